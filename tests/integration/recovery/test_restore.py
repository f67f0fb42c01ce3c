"""A lost database: what was backed up comes back, and Kafka tells the rest again."""

from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from chassis.clock import SystemClock
from chassis.replaying import rewind
from contracts.event import new_id
from contracts.listeners import LISTENERS
from forwarding.over import tell_over_since
from support.backups import back_up, restored
from support.forwarding_facts import MOBILE, SECOND
from support.forwarding_lab import Lab
from support.stack import Stack, fresh_database
from support.switch_lab import SwitchLab
from support.waiting import eventually

BEFORE, AFTER = "+493023125010", "+493023125011"
LINE, OTHER_LINE = "line to be restored", "another line to be restored"
READY: dict[str, Any] = {"reconcile_every": "PT1S", "failure_told_after": "PT1M"}


def heard(lab: Lab, number: str) -> list[str]:
    """
    Return what was told of a number as readers hear it.

    They go by the version: what a rule does may come after a later one of an outage,
    and is no news then. Nor is the same, told again.
    """
    story, newest = list[str](), 0
    for told in lab.told:
        if told.topic == "ForwardingApplied" and told.event["number"] == number:
            version = int(told.event["version"])
            if version >= newest:
                story.append(told.short)
            newest = max(newest, version)
    return [words for words, _ in groupby(story)]


async def test_a_restored_database_goes_on_without_a_lost_or_doubled_flip(
    stack: Stack, empty_kafka: str, switch: SwitchLab, backup: Path
) -> None:
    first, second = new_id(), new_id()
    async with fresh_database(stack) as database:
        lab = Lab(empty_kafka, database, switch)
        async with lab.listening(), lab.serving(**READY):
            await lab.open(BEFORE, LINE)
            await lab.arm(BEFORE, MOBILE)
            await lab.send(lab.facts.detected(first, LINE))
            await lab.quiet()
            backed_up = SystemClock().now()
            await back_up(stack.settings, backup)

            # What the back-up does not know: one outage ends, another begins.
            await lab.send(lab.facts.cleared(first))
            await lab.open(AFTER, OTHER_LINE)
            await lab.arm(AFTER, SECOND)
            await lab.send(lab.facts.detected(second, OTHER_LINE))
            await lab.quiet()
            assert await lab.rings(BEFORE) == BEFORE
            assert await lab.rings(AFTER) == SECOND

        async with restored(database, backup) as copy:
            after = Lab(empty_kafka, copy, switch, lab.told, lab.facts)
            topics = [event.topic() for event in LISTENERS["forwarding"]]
            read_again = await rewind(after.settings(), "forwarding", topics, backed_up)
            assert read_again["OutageDetected"] == read_again["OutageCleared"] == 1
            async with after.listening(), after.serving(**READY):
                await after.send(after.facts.cleared(second))
                await after.quiet()
                await after.until_rings(AFTER, AFTER)
                assert await after.rings(BEFORE) == BEFORE
                # Whether its end overtook its beginning or not, it is heard of.
                assert await tell_over_since(after.settings(), backed_up) == 1
                await after.quiet()

                third = new_id()
                await after.send(after.facts.detected(third, LINE))
                await after.until_rings(BEFORE, MOBILE)
                await after.send(after.facts.cleared(third))
                await after.until_rings(BEFORE, BEFORE)
                await after.quiet()

    assert heard(lab, BEFORE) == [f"on {MOBILE}", "off", f"on {MOBILE}", "off"]
    assert heard(lab, AFTER) == [f"on {SECOND}", "off"]
    await switch.check_journal()


CORRECTED: dict[str, dict[str, Any]] = {
    "elsewhere": {"element": OTHER_LINE},
    "planned work": {"element": LINE, "kind": "planned"},
}


@pytest.mark.parametrize("corrected", CORRECTED.values(), ids=list(CORRECTED))
async def test_whoever_an_outage_took_once_hears_that_it_is_over(
    stack: Stack, empty_kafka: str, switch: SwitchLab, corrected: dict[str, Any]
) -> None:
    outage, rule = new_id(), {"follows_planned_work": False}
    async with fresh_database(stack) as database:
        lab = Lab(empty_kafka, database, switch)
        async with lab.listening(), lab.serving(**READY):
            began = SystemClock().now()
            await lab.open(BEFORE, LINE)
            await lab.arm(BEFORE, MOBILE, rule=rule)
            await lab.send(lab.facts.detected(outage, LINE))
            await lab.quiet()
            await lab.send(lab.facts.detected(outage, **corrected))
            await lab.send(lab.facts.cleared(outage))
            await lab.quiet()

            assert await tell_over_since(lab.settings(), began) == 1
            await eventually(lambda: told_off_twice(lab))


async def told_off_twice(lab: Lab) -> bool:
    return lab.story(BEFORE) == [f"on {MOBILE}", "off", "off"]
