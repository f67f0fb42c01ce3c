"""Wishes that are looked at together: each keeps its own fate, order and trace."""

from contracts.event import new_id
from support.forwarding_facts import MOBILE, SECOND, Facts
from support.forwarding_world import HOME, World

LINE, OTHER_LINE = "line of test_together", "another of test_together"
FIRST, OTHER = "+494066969081", "+494066969082"
BLOCK, BLOCK_ENDS, INSIDE = "+4969900090010", "+4969900090019", "+4969900090013"
TRACES = [f"00-{digit * 32}-{digit * 16}-01" for digit in "ab"]


async def open_two(world: World) -> Facts:
    facts = Facts()
    await world.hear(facts.line_connected(LINE))
    await world.hear(facts.enabled(FIRST, LINE))
    await world.hear(facts.line_connected(OTHER_LINE))
    await world.hear(facts.enabled(OTHER, OTHER_LINE))
    return facts


async def test_a_refusal_is_one_wishs_own(world: World) -> None:
    facts = await open_two(world)
    await world.hear_together(
        [facts.rule(FIRST, "+49110112"), facts.rule(OTHER, MOBILE)]
    )
    answers = [(outcome, code) for outcome, code, _ in await world.answers()]
    await world.hear(facts.detected(new_id(), OTHER_LINE))
    await world.quiet()

    assert [outcome for outcome, _ in answers] == ["refused", "accepted"]
    assert world.last_word(OTHER).rings == MOBILE


async def test_a_wish_meets_the_rules_of_those_before_it(world: World) -> None:
    facts = await open_two(world)
    await world.hear_together([facts.rule(FIRST, OTHER), facts.rule(OTHER, FIRST)])

    assert [(outcome, code) for outcome, code, _ in await world.answers()] == [
        ("accepted", None),
        ("refused", "target_circle"),
    ]


async def test_the_last_of_one_number_counts(world: World) -> None:
    facts = await open_two(world)
    await world.hear(facts.detected(new_id(), LINE))
    await world.hear_together([facts.rule(FIRST, MOBILE), facts.rule(FIRST, SECOND)])
    await world.quiet()

    assert world.last_word(FIRST).rings == SECOND


async def test_it_can_be_used_by_the_wish_behind_it(world: World) -> None:
    facts = await open_two(world)
    start = facts.wish(FIRST, action="start", cause="manual", version=2)
    await world.hear_together([facts.rule(FIRST, MOBILE), start])
    await world.quiet()

    assert world.last_word(FIRST).rings == MOBILE


async def test_a_number_that_leaves_its_block_is_told_before_the_block_changes(
    world: World,
) -> None:
    facts = Facts()
    await world.hear(facts.line_connected(LINE))
    await world.hear(facts.enabled(BLOCK, LINE, last=BLOCK_ENDS))
    await world.hear(facts.rule(BLOCK, MOBILE, last=BLOCK_ENDS))
    await world.quiet()
    await world.hear(facts.detected(new_id(), LINE))
    await world.quiet()
    await world.hear_together(
        [facts.rule(INSIDE, None), facts.rule(BLOCK, SECOND, last=BLOCK_ENDS)]
    )
    await world.quiet()

    assert world.said[INSIDE][-1].rings == HOME
    assert world.last_word(f"{BLOCK}-{BLOCK_ENDS}").rings == SECOND


async def test_each_is_answered_and_armed_in_its_own_trace(world: World) -> None:
    facts = await open_two(world)
    await world.hear_together(
        [facts.rule(FIRST, MOBILE), facts.rule(OTHER, MOBILE)], TRACES
    )
    armed = await world.pool.fetch("SELECT traceparent FROM arming ORDER BY scope")

    assert [trace for _, _, trace in await world.answers()] == TRACES
    assert [row["traceparent"] for row in armed] == TRACES
