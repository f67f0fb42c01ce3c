"""Versions never go back, whatever the database forgot."""

from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import UnknownTopicOrPartitionError

from chassis.outbox import headers_of
from chassis.replaying import newest_told
from contracts.event import new_id
from contracts.forwardings import ForwardingApplied
from forwarding.going_on import MARGIN
from support.forwarding_facts import CUSTOMER, MOBILE, NOON
from support.forwarding_lab import Lab
from support.stack import Stack, fresh_database
from support.switch_lab import SwitchLab, running_switch

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
        "version": 2**63 - 1,
        "applied_at": NOON,
    }
)


@pytest.fixture
async def switch() -> AsyncIterator[SwitchLab]:
    async with running_switch() as running:
        yield running


async def flip(lab: Lab) -> None:
    """Tell of an outage and its end."""
    outage = new_id()
    await lab.send(lab.facts.detected(outage, LINE))
    await lab.until_rings(NUMBER, MOBILE)
    await lab.send(lab.facts.cleared(outage))
    await lab.until_rings(NUMBER, NUMBER)
    await lab.quiet()


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


async def test_what_a_database_that_forgot_tells_is_newer_than_all_that_was_told(
    stack: Stack, empty_kafka: str, switch: SwitchLab
) -> None:
    async with fresh_database(stack) as lost, fresh_database(stack) as other:
        lab = Lab(empty_kafka, lost, switch)
        async with lab.listening(), lab.serving():
            await lab.open(NUMBER, LINE)
            await lab.arm(NUMBER, MOBILE)
            for _ in range(3):
                await flip(lab)
        newest = max(versions(lab))

        after = Lab(empty_kafka, other, switch)
        # No audit repairs what would be wrong.
        async with after.listening(), after.serving(reconcile_every="PT0S"):
            await after.open(NUMBER, LINE)
            await after.arm(NUMBER, MOBILE)
            await flip(after)

    assert min(versions(after)) > newest
    assert not [one for one in await switch.journal() if one["result"] == "stale"]


async def test_a_database_that_forgot_nothing_goes_on_where_it_was(
    stack: Stack, empty_kafka: str, switch: SwitchLab
) -> None:
    async with fresh_database(stack) as database:
        lab = Lab(empty_kafka, database, switch)
        async with lab.listening(), lab.serving():
            await lab.open(NUMBER, LINE)
            await lab.arm(NUMBER, MOBILE)
            await flip(lab)
        await tell_nonsense(lab)
        async with lab.listening(), lab.serving():
            await flip(lab)

    assert versions(lab) == sorted(versions(lab))
    assert max(versions(lab)) < MARGIN


async def test_a_topic_that_cannot_be_read_does_not_look_empty(
    stack: Stack,
    empty_kafka: str,
    switch: SwitchLab,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ForwardingApplied, "topic", lambda: "NobodyMadeIt")
    async with fresh_database(stack) as database:
        settings = Lab(empty_kafka, database, switch).settings()
        with pytest.raises(UnknownTopicOrPartitionError):
            await newest_told(settings, ForwardingApplied)
