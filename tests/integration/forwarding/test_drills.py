"""Drills end by the clock, which here is the test's."""

from datetime import datetime, timedelta

import pytest

from chassis.clock import SetClock
from support.forwarding_facts import MOBILE, NOON
from support.forwarding_lab import Lab
from support.stack import Stack, fresh_database
from support.switch_lab import SwitchLab
from support.waiting import eventually


@pytest.mark.parametrize("said", [NOON + timedelta(minutes=5), None])
async def test_a_drill_ends_by_itself(
    stack: Stack, kafka: str, switch: SwitchLab, number: str, said: object
) -> None:
    clock = SetClock(NOON)
    async with (
        fresh_database(stack) as database,
        Lab(kafka, database, switch).listening() as lab,
        lab.serving(clock),
    ):
        await lab.open(number, "L1")
        await lab.arm(number, MOBILE)
        await lab.use(number, "start", "drill", ends_at=said)
        assert await lab.rings(number) == MOBILE
        clock.move(timedelta(minutes=16))
        await lab.until_rings(number, number)

        async def ended() -> bool:
            return lab.story(number) == [f"on {MOBILE}", "off"]

        await eventually(ended)


@pytest.mark.parametrize(("asked", "lasts"), [(30, 30), (600, 60), (None, 15)])
async def test_the_answer_names_the_end_that_a_drill_will_have(
    stack: Stack,
    kafka: str,
    switch: SwitchLab,
    number: str,
    asked: int | None,
    lasts: int,
) -> None:
    end = NOON + timedelta(minutes=lasts)
    async with (
        fresh_database(stack) as database,
        Lab(kafka, database, switch).listening() as lab,
        lab.serving(SetClock(NOON)),
    ):
        await lab.open(number, "L1")
        await lab.arm(number, MOBILE)
        said = NOON + timedelta(minutes=asked) if asked else None
        wish = lab.facts.wish(number, action="start", cause="drill", ends_at=said)
        answer = await lab.answer_to(wish)

        assert datetime.fromisoformat(answer["ends_at"]) == end
        query = "SELECT ends_at FROM cause WHERE number = $1"
        assert await lab.row(query, number) == end
        await lab.use(number, "stop", "drill")
