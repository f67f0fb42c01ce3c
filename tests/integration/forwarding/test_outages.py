"""Outages of every kind and in every order; the switch and what is told agree."""

from itertools import permutations

import pytest

from contracts.event import new_id
from support.forwarding_facts import MOBILE, NOON, SECOND
from support.forwarding_lab import Lab


@pytest.fixture
async def armed(lab: Lab, number: str, line: str) -> str:
    """A number that diverts to MOBILE when its line, node or region fails."""
    await lab.open(number, line, f"node of {line}", f"region of {line}")
    await lab.arm(number, MOBILE)
    return number


async def test_calls_go_to_the_target_while_the_line_is_down(
    lab: Lab, armed: str, line: str
) -> None:
    assert await lab.rings(armed) == armed

    outage = new_id()
    await lab.send(lab.facts.detected(outage, line))
    await lab.quiet()
    assert await lab.rings(armed) == MOBILE
    assert lab.newest(armed)["outage_id"] == outage
    assert (await lab.switch.call(armed))["diversion"] == {
        "original": armed,
        "reason": "unavailable",
    }

    await lab.send(lab.facts.cleared(outage))
    await lab.quiet()
    assert await lab.rings(armed) == armed
    assert lab.story(armed) == [f"on {MOBILE}", "off"]


async def test_a_flip_carries_the_headers_that_readers_were_promised(
    lab: Lab, armed: str, line: str
) -> None:
    await lab.send(lab.facts.detected(new_id(), line))
    await lab.quiet()
    told = [one for one in lab.told if one.event["number"] == armed][-1]
    assert told.topic == "ForwardingApplied"
    event = {"ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time"}
    assert told.headers == event | {"content-type", "traceparent"}


async def test_overlapping_outages_divert_once_and_restore_once(
    lab: Lab, armed: str, line: str
) -> None:
    first, second = new_id(), new_id()
    await lab.send(lab.facts.detected(first, line), lab.facts.detected(second, line))
    await lab.quiet()
    clear = lab.facts.cleared(first)
    await lab.send(clear)
    await lab.quiet()
    assert await lab.rings(armed) == MOBILE

    await lab.send(clear)  # once more, late
    await lab.send(lab.facts.cleared(second))
    await lab.quiet()
    assert await lab.rings(armed) == armed
    assert lab.story(armed) == [f"on {MOBILE}", "off"]
    flags = await lab.switch.writes(f"flag/fault/{line}")
    assert flags == [{"raised": True}, {"raised": False}]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_outages_on_three_levels_clear_in_any_order(
    lab: Lab, armed: str, line: str, order: tuple[int, ...]
) -> None:
    places = [line, f"node of {line}", f"region of {line}"]
    outages = [new_id() for _ in places]
    for outage, place in zip(outages, places, strict=True):
        await lab.send(lab.facts.detected(outage, place))
    await lab.quiet()
    for step, which in enumerate(order):
        assert await lab.rings(armed) == MOBILE, step
        await lab.send(lab.facts.cleared(outages[which]))
        await lab.quiet()
    assert await lab.rings(armed) == armed
    assert lab.story(armed) == [f"on {MOBILE}", "off"]


async def test_the_same_message_again_changes_nothing(
    lab: Lab, armed: str, line: str
) -> None:
    detected, event_id = lab.facts.detected(new_id(), line), new_id()
    await lab.send(detected, detected, event_id=event_id)
    await lab.send(detected)
    await lab.quiet()
    assert lab.story(armed) == [f"on {MOBILE}"]
    assert len(await lab.switch.writes(f"flag/fault/{line}")) == 1


async def test_a_clear_before_its_outage_leaves_one_late_record(
    lab: Lab, armed: str, line: str
) -> None:
    outage = new_id()
    detected = lab.facts.detected(outage, line)
    await lab.send(lab.facts.cleared(outage))
    await lab.quiet()
    await lab.send(detected, detected)
    await lab.quiet()
    assert await lab.rings(armed) == armed
    assert lab.story(armed) == []
    late = "SELECT count(*) FROM outage WHERE outage_id = $1 AND late_at IS NOT NULL"
    assert await lab.row(late, outage) == 1


async def test_an_old_extent_after_the_clear_is_no_late_outage(
    lab: Lab, armed: str, line: str
) -> None:
    outage = new_id()
    detected = lab.facts.detected(outage, line)
    await lab.send(detected)
    await lab.quiet()
    await lab.send(lab.facts.cleared(outage))
    await lab.quiet()
    await lab.send(detected)
    await lab.quiet()
    assert lab.story(armed) == [f"on {MOBILE}", "off"]
    late = "SELECT late_at FROM outage WHERE outage_id = $1"
    assert await lab.row(late, outage) is None


async def test_a_withdrawn_outage_restores_and_says_so(
    lab: Lab, armed: str, line: str
) -> None:
    outage = new_id()
    await lab.send(lab.facts.detected(outage, line))
    await lab.quiet()
    await lab.send(lab.facts.cleared(outage, reason="withdrawn"))
    await lab.quiet()
    assert await lab.rings(armed) == armed
    assert lab.newest(armed)["reason"] == "withdrawn"


async def test_an_extended_then_reduced_outage_moves_only_what_it_names(
    lab: Lab, armed: str, other: str, line: str
) -> None:
    second = f"{line} b"
    await lab.open(other, second)
    await lab.arm(other, SECOND)
    outage = new_id()

    await lab.send(lab.facts.detected(outage, lines=[line]))
    await lab.quiet()
    assert [await lab.rings(armed), await lab.rings(other)] == [MOBILE, other]
    await lab.send(lab.facts.detected(outage, lines=[line, second]))
    await lab.quiet()
    assert [await lab.rings(armed), await lab.rings(other)] == [MOBILE, SECOND]
    await lab.send(lab.facts.detected(outage, lines=[second]))
    await lab.quiet()
    assert [await lab.rings(armed), await lab.rings(other)] == [armed, SECOND]
    assert lab.newest(armed)["reason"] == "cleared"

    await lab.send(lab.facts.cleared(outage))
    await lab.quiet()
    assert lab.story(armed) == [f"on {MOBILE}", "off"]
    assert lab.story(other) == [f"on {SECOND}", "off"]


async def test_an_older_extent_that_arrives_late_is_ignored(
    lab: Lab, armed: str, line: str
) -> None:
    outage = new_id()
    small = lab.facts.detected(outage, lines=[f"{line} elsewhere"])
    await lab.send(lab.facts.detected(outage, line))
    await lab.quiet()
    await lab.send(small)
    await lab.quiet()
    assert await lab.rings(armed) == MOBILE
    assert lab.story(armed) == [f"on {MOBILE}"]


async def test_lines_replaced_by_the_element_above_move_nobody_twice(
    lab: Lab, armed: str, other: str, line: str
) -> None:
    second, node = f"{line} b", f"node of {line}"
    await lab.open(other, second, node)
    await lab.arm(other, SECOND)
    outage = new_id()
    await lab.send(lab.facts.detected(outage, lines=[line]))
    await lab.send(lab.facts.detected(outage, node))
    await lab.quiet()
    assert [await lab.rings(armed), await lab.rings(other)] == [MOBILE, SECOND]
    assert lab.story(armed) == [f"on {MOBILE}"]
    assert lab.story(other) == [f"on {SECOND}"]
    await lab.send(lab.facts.cleared(outage))
    await lab.quiet()
    assert [await lab.rings(armed), await lab.rings(other)] == [armed, other]


async def test_a_flapping_line_is_told_each_time_and_ends_at_home(
    lab: Lab, armed: str, line: str
) -> None:
    for _ in range(5):
        outage = new_id()
        await lab.send(lab.facts.detected(outage, line), lab.facts.cleared(outage))
    await lab.quiet()
    assert await lab.rings(armed) == armed
    told = [t.event for t in lab.told if t.event.get("number") == armed]
    applied = sorted((e["version"], e["in_effect"]) for e in told if "in_effect" in e)
    assert [in_effect for _, in_effect in applied] == [True, False] * (
        len(applied) // 2
    )


async def test_planned_work_diverts_only_who_follows_it(
    lab: Lab, armed: str, other: str, line: str
) -> None:
    await lab.open(other, line, f"node of {line}")
    await lab.arm(other, SECOND, rule={"follows_planned_work": False})
    work = new_id()
    await lab.send(lab.facts.detected(work, line, kind="planned"))
    await lab.quiet()
    assert [await lab.rings(armed), await lab.rings(other)] == [MOBILE, other]

    # What was announced as work turns out to be a fault.
    await lab.send(lab.facts.detected(work, line, kind="fault"))
    await lab.quiet()
    assert [await lab.rings(armed), await lab.rings(other)] == [MOBILE, SECOND]
    await lab.send(lab.facts.cleared(work))
    await lab.quiet()
    assert lab.story(armed) == [f"on {MOBILE}", "off"]
    assert lab.story(other) == [f"on {SECOND}", "off"]


async def test_a_fault_beside_planned_work_ends_by_itself(
    lab: Lab, armed: str, other: str, line: str
) -> None:
    await lab.open(other, line, f"node of {line}")
    await lab.arm(other, SECOND, rule={"follows_planned_work": False})
    work, fault = new_id(), new_id()
    await lab.send(lab.facts.detected(work, f"node of {line}", kind="planned"))
    await lab.send(lab.facts.detected(fault, line))
    await lab.quiet()
    assert [await lab.rings(armed), await lab.rings(other)] == [MOBILE, SECOND]
    await lab.send(lab.facts.cleared(fault))
    await lab.quiet()
    assert [await lab.rings(armed), await lab.rings(other)] == [MOBILE, other]
    await lab.send(lab.facts.cleared(work))
    await lab.quiet()
    assert lab.story(armed) == [f"on {MOBILE}", "off"]
    assert lab.story(other) == [f"on {SECOND}", "off"]


@pytest.mark.parametrize(
    ("said", "diverts"),
    [
        ({"kind": "degradation"}, False),
        ({"kind": "degradation", "voice_reachable": False}, True),
        ({"kind": "fault", "voice_reachable": True}, False),
    ],
)
async def test_only_an_outage_that_takes_voice_diverts(
    lab: Lab, armed: str, line: str, said: dict[str, object], *, diverts: bool
) -> None:
    await lab.send(lab.facts.detected(new_id(), line, **said))
    await lab.quiet()
    assert await lab.rings(armed) == (MOBILE if diverts else armed)


async def test_a_backup_that_comes_up_brings_calls_home_and_lost_again_away(
    lab: Lab, armed: str, line: str
) -> None:
    outage = new_id()
    await lab.send(lab.facts.detected(outage, line))
    await lab.quiet()
    await lab.send(lab.facts.detected(outage, line, voice_reachable=True))
    await lab.quiet()
    assert await lab.rings(armed) == armed
    await lab.send(lab.facts.detected(outage, line, voice_reachable=False))
    await lab.quiet()
    assert await lab.rings(armed) == MOBILE
    assert lab.story(armed) == [f"on {MOBILE}", "off", f"on {MOBILE}"]


async def test_an_armed_number_keeps_its_effect_for_weeks(
    lab: Lab, armed: str, line: str
) -> None:
    outage = new_id()
    await lab.send(lab.facts.detected(outage, line, occurred_at=NOON.replace(day=1)))
    await lab.quiet()
    assert lab.newest(armed)["causes"][0]["since"].startswith("2026-11-01")


async def test_a_place_that_no_switch_can_name_stops_nobody_else(
    lab: Lab, armed: str, line: str
) -> None:
    await lab.send(lab.facts.detected(new_id(), lines=["two  spaces", line]))
    await lab.quiet()
    assert await lab.rings(armed) == MOBILE
    assert lab.story(armed) == [f"on {MOBILE}"]
