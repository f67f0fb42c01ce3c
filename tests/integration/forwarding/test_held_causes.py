"""The kill switch tells what is diverted by hand once, whatever crashes."""

from forwarding import hold
from support.forwarding_facts import MOBILE, SECOND, Facts
from support.forwarding_world import HOME, World


async def test_a_repeat_after_a_crash_says_nothing_else_by_the_same_id(
    world: World,
) -> None:
    facts, number = Facts(), "+492214710001"
    await world.hear(facts.enabled(number, "L"))
    await world.hear(facts.rule(number, MOBILE))
    await world.quiet()
    await world.hear(facts.wish(number, action="start", cause="manual"))
    await world.quiet()
    now = world.clock.now()
    await hold.set_hold(world.pool, held=True, at=now)
    seq = await world.pool.fetchval("SELECT max(seq) FROM flip WHERE told_at IS NULL")

    await hold.tell_causes(world.pool, seq, at=now)
    # Killed here; before it is repeated, the hold is lifted.
    await hold.set_hold(world.pool, held=False, at=now)
    await world.quiet()

    told = [(word.id, word.rings) for word in world.said[number]]
    assert len(dict(told)) == len(told)
    assert [rings for _, rings in told[-2:]] == ["home", MOBILE]


async def test_what_rings_at_home_and_is_changed_meanwhile_is_told_nothing(
    world: World,
) -> None:
    facts, calm, used = Facts(), "+492214710001", "+492214710002"
    for number in (calm, used):
        await world.hear(facts.enabled(number, "L"))
        await world.hear(facts.rule(number, MOBILE))
    await world.hear(facts.wish(used, action="start", cause="manual"))
    await world.quiet()
    await hold.set_hold(world.pool, held=True, at=world.clock.now())
    for number in (calm, used):
        await world.hear(facts.rule(number, SECOND))
    await world.quiet()

    assert world.said.get(calm, []) == []
    assert [word.rings for word in world.said[used]] == [MOBILE, HOME]
