"""An access node fails with everything behind it: more than a thousand numbers."""

import asyncio
import time
from typing import Any

from contracts.number_range import NumberRange
from devstack.demo.scene import (
    BLOCK,
    HERO,
    MOBILE,
    OFF,
    OFFICE,
    OTHER_MOBILE,
    OWN_RULE,
    SINGLES,
    THOUSAND,
    TWIN,
    Failure,
    Scene,
)
from devstack.demo.telling import duration
from devstack.journey.seeing import must

AT_ONCE = 16


async def whole_node(scene: Scene) -> None:
    """Arm everything; then lines fail one by one, and last the node above all."""
    scene.tell.chapter("7 · Everything behind one access node")
    with scene.tell.step("A block of 1,000 goes to another, digit for digit") as step:
        await scene.browser.set_rule(
            THOUSAND[0], target=TWIN, enabled=True, keep_extension=True
        )
        for number in SINGLES[1:]:
            await scene.browser.set_rule(number, target=MOBILE, enabled=True)
        step.saw("…99998 123 → …23125 123; four more numbers are armed")
    await _line_after_line(scene)
    expected = _expected()
    with scene.tell.step("The access node fails, with all lines under it") as step:
        failure = await scene.fails({"element": scene.node}, HERO, OTHER_MOBILE)
        for number in THOUSAND:
            await scene.world.switch.rings_at(number, expected[number])
        step.took(time.monotonic() - failure.began)
        wrong = await _ringing_elsewhere(scene, expected)
        must(f"{len(expected)} calls ring where they should", not wrong, wrong)
        step.saw(f"both ends of the thousand divert; {len(expected):,} calls dialled")
    with scene.tell.step("The node is back") as step:
        step.took(await failure.ends(HERO))
        wrong = await _ringing_elsewhere(scene, {number: number for number in expected})
        must(f"{len(expected)} calls ring at home", not wrong, wrong)
        step.saw(f"all {len(expected):,} ring at their lines")


async def _line_after_line(scene: Scene) -> None:
    with scene.tell.step("Four lines fail, one after the other") as step:
        failures: list[tuple[str, Failure]] = []
        for number in SINGLES[1:]:
            where = {"lines": [scene.line(number)]}
            failures.append((number, await scene.fails(where, number, MOBILE)))
        times = [failure.diverted_after for _, failure in failures]
        step.took(max(times))
        step.saw(f"signal to diverted call: {', '.join(map(duration, times))}")
    with scene.tell.step("All four are back") as step:
        await asyncio.gather(*(failure.ends(number) for number, failure in failures))
        step.saw("calls ring at the lines")


def _expected() -> dict[str, str]:
    """Return where a call to each number rings while the node is down."""
    thousand, twin = NumberRange(*THOUSAND), NumberRange.starting(TWIN, size=1000)
    return {
        HERO: OTHER_MOBILE,
        **dict.fromkeys(SINGLES[1:], MOBILE),
        **dict.fromkeys(NumberRange(*BLOCK).numbers(), MOBILE),
        OWN_RULE: OFFICE,
        OFF: OFF,
        **{
            number: thousand.same_extension_in(twin, number)
            for number in thousand.numbers()
        },
    }


async def _ringing_elsewhere(
    scene: Scene, expected: dict[str, str]
) -> list[dict[str, Any]]:
    """Dial every number once and return the calls that ring elsewhere."""
    waiting = list(expected)
    wrong: list[dict[str, Any]] = []

    async def dial() -> None:
        while waiting:
            call = await scene.world.switch.call(waiting.pop())
            if call["rings_at"] != expected[call["number"]]:
                wrong.append(call)

    await asyncio.gather(*(dial() for _ in range(AT_ONCE)))
    return wrong
