"""Targets that hang on our own lines, circles, and the nightly second look."""

import asyncio

import pytest

from contracts.event import new_id
from support.forwarding_facts import MOBILE, SECOND, STRANGER
from support.forwarding_lab import Lab

Block = tuple[str, str]


@pytest.fixture
async def target(lab: Lab, other: str, line: str) -> str:
    """A number of another customer that hangs on a line of its own."""
    await lab.open(other, f"far {line}", customer=STRANGER)
    return other


@pytest.fixture
async def source(lab: Lab, number: str, line: str) -> str:
    await lab.open(number, line)
    return number


async def detect(lab: Lab, place: str) -> str:
    outage = new_id()
    await lab.send(lab.facts.detected(outage, place))
    await lab.quiet()
    return outage


async def clear(lab: Lab, outage: str) -> None:
    await lab.send(lab.facts.cleared(outage))
    await lab.quiet()


async def refused(lab: Lab, number: str, target: str, **more: object) -> str:
    answer = await lab.answer_to(lab.facts.rule(number, target, **more))
    assert answer["outcome"] == "refused", answer
    return str(answer["code"])


async def test_while_the_target_is_down_the_fallback_is_used(
    lab: Lab, source: str, target: str, line: str
) -> None:
    await lab.arm(source, target, rule={"fallback_target": MOBILE})
    first = await detect(lab, line)
    assert await lab.rings(source) == target
    second = await detect(lab, f"far {line}")
    assert await lab.rings(source) == MOBILE
    await clear(lab, second)
    assert await lab.rings(source) == target
    await clear(lab, first)
    assert await lab.rings(source) == source
    on = [f"on {target}", f"on {MOBILE}", f"on {target}", "off"]
    assert lab.story(source) == on


async def test_without_a_fallback_the_customer_is_told_that_his_target_is_down(
    lab: Lab, source: str, target: str, line: str
) -> None:
    await lab.arm(source, target)
    second = await detect(lab, f"far {line}")
    assert lab.story(source) == []  # nothing of his is diverted yet
    first = await detect(lab, line)
    assert await lab.rings(source) is None
    await clear(lab, second)
    assert await lab.rings(source) == target
    await clear(lab, first)
    assert lab.story(source) == ["failed target_down", f"on {target}", "off"]


async def test_one_outage_that_takes_line_and_target_is_told_once(
    lab: Lab, source: str, target: str, line: str
) -> None:
    await lab.arm(source, target, rule={"fallback_target": MOBILE})
    outage = new_id()
    await lab.send(lab.facts.detected(outage, lines=[line, f"far {line}"]))
    await lab.quiet()
    assert await lab.rings(source) == MOBILE
    await clear(lab, outage)
    assert lab.story(source) == [f"on {MOBILE}", "off"]


async def test_overlapping_outages_say_nothing_twice_of_such_a_number(
    lab: Lab, source: str, target: str, line: str
) -> None:
    await lab.arm(source, target)
    first, second = await detect(lab, line), await detect(lab, line)
    await clear(lab, first)
    await clear(lab, second)
    assert lab.story(source) == [f"on {target}", "off"]


async def test_a_target_that_moves_to_a_failed_line_is_looked_at_again(
    lab: Lab, source: str, target: str, line: str
) -> None:
    await lab.arm(source, target, rule={"fallback_target": MOBILE})
    await detect(lab, line)
    await detect(lab, f"third {line}")
    await lab.send(lab.facts.enabled(target, f"third {line}", customer=STRANGER))
    await lab.quiet()
    assert await lab.rings(source) == MOBILE


async def test_a_target_that_left_us_no_longer_hangs_on_our_line(
    lab: Lab, source: str, target: str, line: str
) -> None:
    await lab.arm(source, target, rule={"fallback_target": MOBILE})
    await lab.send(lab.facts.disabled(target, customer=STRANGER))
    await lab.quiet()
    await detect(lab, line)
    await detect(lab, f"far {line}")
    assert await lab.rings(source) == target


async def test_targets_that_fail_with_the_number_are_refused(
    lab: Lab, source: str, other: str, block: Block, line: str
) -> None:
    assert await refused(lab, source, source) == "target_own_number"
    await lab.open(other, line)
    assert await refused(lab, source, other) == "target_same_line"
    await lab.open(block[0], f"{line} b", last=block[1])
    inner = f"+{int(block[0]) + 4}"
    assert await refused(lab, block[0], inner, last=block[1]) == "target_own_block"
    assert await refused(lab, inner, f"+{int(block[0]) + 5}") == "target_own_block"
    bad = {"fallback_target": other}
    assert await refused(lab, source, MOBILE, rule=bad) == "target_same_line"


async def test_a_circle_over_three_rules_and_two_customers_is_refused(
    lab: Lab, source: str, target: str, block: Block, line: str
) -> None:
    await lab.open(block[0], f"third {line}", last=block[1])
    inner = f"+{int(block[0]) + 4}"
    await lab.arm(source, target)
    await lab.arm(target, inner, customer_number=STRANGER)
    wish = lab.facts.rule(block[0], source, last=block[1])
    answer = await lab.answer_to(wish)
    assert answer["code"] == "target_circle"
    assert answer["chain"][0] == answer["chain"][-1]
    assert {source, target} < set(answer["chain"])
    # A rule that is switched off counts: switching it on would close the circle.
    await lab.arm(target, None, customer_number=STRANGER, rule={"target": inner})
    assert await refused(lab, block[0], source, last=block[1]) == "target_circle"


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_circle_through_a_fallback_is_refused_whichever_is_saved_first(
    lab: Lab, source: str, target: str, *, is_first: bool
) -> None:
    there = lab.facts.rule(source, MOBILE, rule={"fallback_target": target})
    back = lab.facts.rule(target, source, customer_number=STRANGER)
    first, second = (there, back) if is_first else (back, there)
    assert (await lab.answer_to(first))["outcome"] == "accepted"
    answer = await lab.answer_to(second)
    assert (answer["outcome"], answer["code"]) == ("refused", "target_circle")
    assert set(answer["chain"]) == {source, target}
    assert answer["chain"][0] == second.number


async def test_a_circle_through_a_lengthened_number_is_refused(
    lab: Lab, source: str, block: Block, line: str
) -> None:
    await lab.open(block[0], f"third {line}", last=block[1])
    await lab.arm(block[0], source, last=block[1])
    assert await refused(lab, source, f"{block[0]}7") == "target_circle"


async def test_of_two_that_name_each_other_at_once_one_stands(
    lab: Lab, source: str, target: str
) -> None:
    there = lab.facts.rule(source, target)
    back = lab.facts.rule(target, source, customer_number=STRANGER)
    answers = await asyncio.gather(lab.answer_to(there), lab.answer_to(back))
    assert sorted(a["outcome"] for a in answers) == ["accepted", "refused"]


async def test_the_nightly_look_flags_what_would_be_refused_now_and_unflags(
    lab: Lab, source: str, other: str, line: str
) -> None:
    await lab.open(other, f"far {line}")
    await lab.arm(source, other)
    await lab.send(lab.facts.enabled(other, line))  # on one line with it by now
    await lab.quiet()
    since = len(lab.told)
    assert await lab.recheck() >= 1
    assert await lab.recheck() == 0
    await lab.quiet()
    news = [t.event for t in lab.told[since:] if t.event["number"] == source]
    assert [(e["outcome"], e["code"]) for e in news] == [
        ("flagged", "target_same_line")
    ]
    await lab.send(lab.facts.enabled(other, f"far {line}"))
    await lab.quiet()
    await lab.recheck()
    flagged = "SELECT flagged FROM rule WHERE number = $1"
    assert await lab.row(flagged, source) is None


async def test_the_nightly_look_reads_past_a_page_within_one_first_number(
    lab: Lab, block: Block, line: str
) -> None:
    await lab.open(block[0], line, last=block[1])
    await lab.open(block[0], line)
    await lab.arm(block[0], MOBILE, last=block[1])
    await lab.arm(block[0], SECOND)
    assert await lab.pages_of_one(block[0]) == [block[0], block[1]]
