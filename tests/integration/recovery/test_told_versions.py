"""What is told after reading again is newer than all that was told before."""

from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import UnknownTopicOrPartitionError

from chassis.clock import SystemClock
from chassis.outbox import headers_of
from chassis.replaying import newest_told
from contracts.event import new_id
from contracts.forwardings import ForwardingApplied
from forwarding.switch import LARGEST_VERSION
from forwarding.versions import MARGIN, go_past_told
from support.backups import back_up, restored
from support.forwarding_command import forwarding
from support.forwarding_facts import CUSTOMER, MOBILE, NOON
from support.forwarding_lab import Lab
from support.stack import Database, Stack, fresh_database
from support.switch_lab import SwitchLab

NUMBER, LINE = "+493023125040", "line that goes on"
NONSENSE = ForwardingApplied.model_validate(
    {
        "number": "+493023125041",
        "customer_number": CUSTOMER,
        "line": "another",
        "target": MOBILE,
        "in_effect": False,
        "outage_id": None,
        "causes": [],
        "reason": "cleared",
        "version": LARGEST_VERSION + 1,
        "applied_at": NOON,
    }
)
NO_AUDIT: dict[str, Any] = {"reconcile_every": "PT0S"}
"""Nothing repairs what would be wrong."""


async def flip(lab: Lab) -> None:
    """Tell of an outage and its end."""
    outage = new_id()
    await lab.send(lab.facts.detected(outage, LINE))
    await lab.until_rings(NUMBER, MOBILE)
    await lab.send(lab.facts.cleared(outage))
    await lab.until_rings(NUMBER, NUMBER)
    await lab.quiet()


async def begin(lab: Lab) -> None:
    await lab.open(NUMBER, LINE)
    await lab.arm(NUMBER, MOBILE)
    await flip(lab)


async def tell_nonsense(lab: Lab) -> None:
    """Tell what forwarding never would, last in every partition."""
    producer = AIOKafkaProducer(bootstrap_servers=lab.kafka)
    async with producer:
        topic = ForwardingApplied.topic()
        for partition in await producer.partitions_for(topic):
            value = NONSENSE.model_dump_json(by_alias=True).encode()
            headers = headers_of(topic, "forwarding", new_id(), NOON).items()
            await producer.send_and_wait(
                topic,
                value if partition else b"{",
                partition=partition,
                headers=[(name, text.encode()) for name, text in headers],
            )


def versions(lab: Lab) -> list[int]:
    return [
        told.event["version"]
        for told in lab.told
        if told.topic == "ForwardingApplied" and told.event["number"] == NUMBER
    ]


async def nothing_is_stale(switch: SwitchLab) -> bool:
    return not [one for one in await switch.journal() if one["result"] == "stale"]


async def test_a_restored_database_that_reads_again_goes_on_after_all_that_was_told(
    stack: Stack, empty_kafka: str, switch: SwitchLab, backup: Path
) -> None:
    async with fresh_database(stack) as database:
        lab = Lab(empty_kafka, database, switch)
        async with lab.listening(), lab.serving():
            await begin(lab)
            backed_up = SystemClock().now()
            await back_up(stack.settings, backup)
            # More than any margin was given since then.
            await lab.row("SELECT advance_flip_seq($1)", 5 * MARGIN)
            await flip(lab)

        async with restored(database, backup) as copy:
            said = await forwarding(
                copy, empty_kafka, switch, "rewind", "--to", backed_up.isoformat()
            )
            assert "had been told" in said
            after = Lab(empty_kafka, copy, switch, facts=lab.facts)
            async with after.listening(), after.serving(**NO_AUDIT):
                await after.quiet()
                await flip(after)

    assert min(versions(after)) > max(versions(lab)) > 5 * MARGIN
    assert await nothing_is_stale(switch)


async def test_a_new_database_that_reads_all_goes_on_after_all_that_was_told(
    stack: Stack, empty_kafka: str, switch: SwitchLab
) -> None:
    async with fresh_database(stack) as lost, fresh_database(stack) as new:
        lab = Lab(empty_kafka, lost, switch)
        async with lab.listening(), lab.serving():
            await begin(lab)
        said = await forwarding(new, empty_kafka, switch, "replay")
        assert "had been told" in said
        after = Lab(empty_kafka, new, switch, facts=lab.facts)
        async with after.listening(), after.serving(**NO_AUDIT):
            await after.quiet()
            await flip(after)

    assert min(versions(after)) > max(versions(lab))
    assert await nothing_is_stale(switch)


async def test_a_database_that_forgot_nothing_goes_on_where_it_was(
    database: Database, empty_kafka: str, switch: SwitchLab
) -> None:
    lab = Lab(empty_kafka, database, switch)
    async with lab.listening(), lab.serving():
        await begin(lab)
    await tell_nonsense(lab)

    said = await go_past_told(lab.settings())

    assert said == "The database knows every version that was told."
    async with lab.listening(), lab.serving():
        await flip(lab)
    assert versions(lab) == sorted(versions(lab))
    assert max(versions(lab)) < MARGIN


async def test_a_topic_that_cannot_be_read_does_not_look_empty(
    database: Database,
    empty_kafka: str,
    switch: SwitchLab,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ForwardingApplied, "topic", lambda: "NobodyMadeIt")
    with pytest.raises(UnknownTopicOrPartitionError):
        await newest_told(
            Lab(empty_kafka, database, switch).settings(), ForwardingApplied
        )
