"""A number that the switch refuses: what is told of it, and how often."""

import json
from datetime import timedelta

from contracts.event import new_id
from support.forwarding_facts import MOBILE, SECOND, Facts
from support.forwarding_world import HOME, World
from support.switch_lab import SwitchLab

NUMBER = "+498999998950"


async def attempts_told(world: World) -> list[int]:
    rows = await world.pool.fetch(
        "SELECT value FROM outbox WHERE topic = 'ForwardingFailed' ORDER BY id"
    )
    return [json.loads(row["value"])["attempts"] for row in rows]


async def test_a_failure_is_told_again_with_its_attempts_more_and_more_rarely(
    world: World, own_switch: SwitchLab
) -> None:
    facts = Facts()
    await own_switch.misbehave(refuse=[NUMBER])
    await world.hear(facts.enabled(NUMBER, "A"))
    await world.hear(facts.rule(NUMBER, MOBILE))

    for _ in range(40):
        await world.keeper.round()
        world.clock.move(timedelta(seconds=31))

    assert await attempts_told(world) == [1, 8, 16, 32]


async def test_the_end_of_an_outage_is_told_though_a_change_is_refused(
    world: World, own_switch: SwitchLab
) -> None:
    facts, outage = Facts(), new_id()
    await own_switch.misbehave()
    await world.hear(facts.enabled(NUMBER, "A"))
    await world.hear(facts.rule(NUMBER, MOBILE))
    await world.quiet()
    await world.hear(facts.detected(outage, "A"))
    await world.flipper.drain()
    await own_switch.misbehave(refuse=[NUMBER])
    await world.hear(facts.rule(NUMBER, SECOND))
    await world.keeper.round()
    await world.relay()
    assert (await own_switch.call(NUMBER))["rings_at"] == MOBILE
    assert world.last_word(NUMBER).rings == MOBILE

    await world.hear(facts.cleared(outage))
    await world.flipper.drain()
    world.clock.move(timedelta(seconds=31))
    await world.keeper.round()
    told = await world.pool.fetch("SELECT topic, value FROM outbox ORDER BY id")
    await world.relay()

    assert world.last_word(NUMBER).rings == HOME
    # That the change is still refused stays the last thing that readers know.
    assert [row["topic"] for row in told] == ["ForwardingApplied", "ForwardingFailed"]
    off, failed = (json.loads(row["value"]) for row in told)
    assert (off["reason"], off["version"] < failed["version"]) == ("cleared", True)
    assert off["target"] == MOBILE  # where calls rang until now

    world.clock.move(timedelta(seconds=31))
    await world.keeper.round()
    assert await world.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_an_end_with_a_change_on_its_way_names_where_calls_rang_until_now(
    world: World, own_switch: SwitchLab
) -> None:
    facts, outage = Facts(), new_id()
    await own_switch.misbehave()
    await world.hear(facts.enabled(NUMBER, "A"))
    await world.hear(facts.rule(NUMBER, MOBILE))
    await world.quiet()
    await world.hear(facts.detected(outage, "A"))
    await world.flipper.drain()
    await world.hear(facts.rule(NUMBER, SECOND))
    await world.hear(facts.cleared(outage))
    await world.flipper.drain()
    await world.keeper.round()
    told = await world.pool.fetchval(
        "SELECT value FROM outbox WHERE topic = 'ForwardingApplied'"
    )

    assert (json.loads(told)["in_effect"], json.loads(told)["target"]) == (
        False,
        MOBILE,
    )


async def test_a_clock_that_ran_ahead_and_came_back_delays_no_attempt(
    world: World, own_switch: SwitchLab
) -> None:
    facts = Facts()
    await own_switch.misbehave(refuse=[NUMBER])
    await world.hear(facts.enabled(NUMBER, "A"))
    await world.hear(facts.rule(NUMBER, MOBILE))

    world.clock.move(timedelta(hours=1))
    await world.keeper.round()
    world.clock.move(timedelta(hours=-1))
    await own_switch.misbehave()
    await world.keeper.round()

    assert not await world.pool.fetchval(
        "SELECT count(*) FROM arming WHERE live_seq IS NULL"
    )


async def test_what_the_switch_has_newer_is_overtaken_at_once_and_is_no_failure(
    world: World, own_switch: SwitchLab
) -> None:
    facts = Facts()
    await own_switch.apply(900, {f"rule/{NUMBER}": None})
    await world.hear(facts.enabled(NUMBER, "A"))
    await world.hear(facts.rule(NUMBER, MOBILE))

    await world.keeper.round()
    await world.keeper.round()

    version, _ = (await own_switch.held())[f"rule/{NUMBER}"]
    assert version > 900
    assert await attempts_told(world) == []
    assert not await world.pool.fetchval(
        "SELECT count(*) FROM arming WHERE live_seq IS NULL OR failure_told"
    )


async def test_who_always_has_something_newer_is_told_of(
    world: World, own_switch: SwitchLab
) -> None:
    facts = Facts()
    await world.hear(facts.enabled(NUMBER, "A"))
    await world.hear(facts.rule(NUMBER, MOBILE))

    for ahead in range(1000, 11_000, 1000):
        await own_switch.apply(ahead, {f"rule/{NUMBER}": None})
        await world.keeper.round()
        world.clock.move(timedelta(seconds=31))

    assert await attempts_told(world) == [1, 8]
