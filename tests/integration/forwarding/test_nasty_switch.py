"""A switch that misbehaves in every way: it ends right, and nobody waits for others."""

import pytest

from contracts.event import new_id
from support.forwarding_facts import MOBILE, SECOND
from support.forwarding_lab import Lab
from support.waiting import eventually

MANNERS = {
    "fails before": {"fail_before": 0.3},
    "fails after it did it": {"fail_after": 0.3},
    "breaks the connection after it did it": {"reset_after": 0.3},
    "turns the order round": {"reorder": 0.7, "reorder_ms": 200},
    "is slow": {"delay_ms": [50, 150]},
    "all at once": {
        "fail_before": 0.2,
        "fail_after": 0.2,
        "reset_after": 0.2,
        "reorder": 0.3,
        "reorder_ms": 100,
    },
}


@pytest.fixture
async def armed(lab: Lab, number: str, line: str) -> str:
    await lab.open(number, line)
    await lab.arm(number, MOBILE)
    return number


@pytest.mark.parametrize("manners", MANNERS.values(), ids=MANNERS)
async def test_it_ends_right_on_a_switch_that(
    lab: Lab, armed: str, line: str, manners: dict[str, object]
) -> None:
    await lab.switch.misbehave(seed=7, **manners)
    for target in (SECOND, MOBILE):
        outage = new_id()
        await lab.send(lab.facts.detected(outage, line))
        await lab.arm(armed, target)
        await lab.quiet()
        assert await lab.rings(armed) == target
        await lab.send(lab.facts.cleared(outage))
        await lab.quiet()
        assert await lab.rings(armed) == armed
    assert lab.newest(armed)["in_effect"] is False


async def test_what_a_switch_said_and_forgot_is_found_and_mended(
    lab: Lab, number: str, line: str
) -> None:
    await lab.open(number, line)
    await lab.switch.misbehave(lose=1.0)
    await lab.arm(number, MOBILE)
    await lab.send(lab.facts.detected(new_id(), line))
    await lab.quiet()
    assert await lab.rings(number) == number
    await lab.switch.misbehave()
    await lab.until_rings(number, MOBILE)


async def test_three_refused_numbers_of_many_stop_nobody_and_are_told_once(
    lab: Lab, line: str
) -> None:
    numbers = [f"+494066969{n:03}" for n in range(40)]
    bad = numbers[:3]
    await lab.send(lab.facts.line_connected(line))
    await lab.send(*(lab.facts.enabled(number, line) for number in numbers))
    await lab.quiet()
    await lab.switch.misbehave(refuse=bad)
    await lab.send(*(lab.facts.rule(number, MOBILE) for number in numbers))
    await lab.quiet()
    await lab.send(lab.facts.detected(new_id(), line))
    await lab.quiet()
    rings = [await lab.rings(number) for number in numbers]
    assert rings == bad + [MOBILE] * 37
    assert all(lab.story(number) == ["failed switch_refused"] for number in bad)
    assert all(lab.story(number) == [f"on {MOBILE}"] for number in numbers[3:])

    # One is given up by the customer: its retries stop though it is refused for ever.
    await lab.answer_to(lab.facts.wish(bad[0], action="remove"))
    left = "SELECT count(*) FROM arming WHERE number = $1"

    async def is_forgotten() -> bool:
        return bool(await lab.row(left, bad[0]) == 0)

    await eventually(is_forgotten, within=20)

    await lab.switch.misbehave()
    await lab.until_rings(bad[1], MOBILE)

    async def is_told() -> bool:
        return lab.story(bad[1]) == ["failed switch_refused", f"on {MOBILE}"]

    await eventually(is_told)


async def test_a_switch_that_is_away_for_a_while_catches_up_and_is_told_of(
    lab: Lab, armed: str, other: str, line: str
) -> None:
    await lab.open(other, line)
    await lab.switch.misbehave(down=True)
    await lab.answer_to(lab.facts.rule(other, SECOND))
    outage = new_id()
    await lab.send(lab.facts.detected(outage, line))

    async def is_told() -> bool:
        return lab.story(other) == ["failed switch_away"]

    await eventually(is_told, within=15)
    assert lab.story(armed) == []  # never told before the switch has it
    await lab.switch.misbehave()
    await lab.until_rings(armed, MOBILE)
    await lab.until_rings(other, SECOND)
    await lab.quiet()
    assert lab.story(armed) == [f"on {MOBILE}"]
    assert lab.story(other) == ["failed switch_away", f"on {SECOND}"]


async def test_an_outage_that_ends_while_the_switch_is_away_leaves_nothing_behind(
    lab: Lab, armed: str, line: str
) -> None:
    await lab.switch.misbehave(down=True)
    outage = new_id()
    await lab.send(lab.facts.detected(outage, line), lab.facts.cleared(outage))

    async def both() -> bool:
        flips = "SELECT count(*) FROM flip WHERE outage_id = $1"
        return bool(await lab.row(flips, outage) in (0, 2))

    await eventually(both)
    await lab.switch.misbehave()
    await lab.quiet()
    assert await lab.rings(armed) == armed
    assert not lab.story(armed) or lab.newest(armed)["in_effect"] is False


async def test_a_switch_that_starts_anew_is_filled_again(
    lab: Lab, armed: str, other: str, line: str
) -> None:
    await lab.open(other, f"{line} b")
    await lab.arm(other, SECOND)
    await lab.use(other, "start", "manual")
    await lab.send(lab.facts.detected(new_id(), line))
    await lab.quiet()
    await lab.switch.restart()
    assert await lab.rings(armed) == armed
    await lab.until_rings(armed, MOBILE)
    await lab.until_rings(other, SECOND)
    assert lab.story(armed) == [f"on {MOBILE}"]


async def test_what_nobody_ordered_is_found_and_taken_off(
    lab: Lab, armed: str, line: str
) -> None:
    held = await lab.switch.held()
    newer = max(version for version, _ in held.values()) + 1000
    await lab.switch.apply(newer, {f"flag/fault/{line}": {"raised": True}})
    assert await lab.rings(armed) == MOBILE
    await lab.until_rings(armed, armed)


async def test_a_newer_state_at_the_switch_than_in_our_restored_database_is_passed(
    lab: Lab, armed: str, line: str
) -> None:
    await lab.send(lab.facts.detected(new_id(), line))
    await lab.quiet()
    held = await lab.switch.held()
    newer = max(version for version, _ in held.values()) + 1000
    rule = held[f"rule/{armed}"][1] | {"target": SECOND}
    flag = {f"flag/fault/{line}": {"raised": False}}
    await lab.switch.apply(newer, flag | {f"rule/{armed}": rule})
    assert await lab.rings(armed) == armed
    await lab.until_rings(armed, MOBILE)


async def test_an_empty_database_never_empties_the_switch(lab: Lab) -> None:
    version = 10**9
    keys = [f"flag/fault/foreign {n}" for n in range(150)]
    await lab.switch.apply(version, {key: {"raised": True} for key in keys})
    refused = await lab.audit()
    assert len(refused.stuck) >= 150
    held = await lab.switch.held()
    assert all(key in held for key in keys)
    await lab.audit(force=True)
    held = await lab.switch.held()
    assert not any(key in held for key in keys)
