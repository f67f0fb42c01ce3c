"""An audit tells what is wrong from what only changed while it looked."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs
from typing_extensions import override

from contracts.event import new_id
from forwarding.auditing import Findings
from forwarding.desired_store import DesiredStore
from forwarding.flip_store import FlipStore, detected
from forwarding.reconciler import Reconciler
from forwarding.switch import Desired, Difference, Operation
from forwarding.switches.nodes import Node
from forwarding.switches.simulated import HttpSwitch
from support.forwarding_facts import MOBILE, SECOND
from support.forwarding_facts import Facts as Story
from support.forwarding_world import World, running_world
from support.stack import Stack
from support.switch_lab import SwitchLab

NUMBER, OTHER = "+498999998901", "+498999998902"
LINE = "A"
Meanwhile = Callable[[], Awaitable[object]]


class Slow(HttpSwitch):
    """The switch as it is, read a while after the facts."""

    meanwhile: Meanwhile | None = None

    @override
    async def audit(self, desired: Desired) -> AsyncIterator[Difference]:
        """Read what should be, let something happen, and read the switch."""
        picture = [some async for some in desired()]
        if self.meanwhile:
            await self.meanwhile()

        async def kept() -> AsyncGenerator[Sequence[Operation], None]:
            for some in picture:
                yield some

        async for one in super().audit(kept):
            yield one


@pytest.fixture
async def world(stack: Stack, own_switch: SwitchLab) -> AsyncIterator[World]:
    async with running_world(stack, own_switch) as world:
        yield world


@pytest.fixture
async def story(world: World) -> Story:
    story = Story()
    await world.hear(story.line_connected(LINE))
    for number in (NUMBER, OTHER):
        await world.hear(story.enabled(number, LINE))
    await world.hear(story.rule(NUMBER, MOBILE))
    await world.quiet()
    return story


@pytest.fixture
async def switch(world: World) -> AsyncIterator[Slow]:
    switch = Slow(world.url, timeout=timedelta(seconds=5))
    yield switch
    await switch.close()


async def audit(world: World, switch: Slow) -> tuple[Findings, float, list[str]]:
    """Return what an audit found, how much it counted, and what it logged."""
    reconciler = Reconciler(
        world.pool, Node(switch), world.clock, every=60, limit=0.1, batch=50
    )
    before = _found()
    with capture_logs() as logs:
        findings = await reconciler.reconcile()
    return findings, _found() - before, [entry["event"] for entry in logs]


def _found() -> float:
    kinds = ("missing", "stuck", "ahead")
    name = "forwarding_drift_found_total"
    return sum(REGISTRY.get_sample_value(name, {"kind": kind}) or 0 for kind in kinds)


async def _change(world: World, story: Story) -> None:
    await world.hear(story.rule(NUMBER, SECOND))
    await world.quiet()


async def _arm(world: World, story: Story) -> None:
    await world.hear(story.rule(OTHER, MOBILE))
    await world.quiet()


async def _arm_unacknowledged(world: World, story: Story) -> None:
    await _arm(world, story)
    await world.pool.execute("UPDATE arming SET live_seq = NULL")


async def _disarm(world: World, story: Story) -> None:
    await world.hear(story.wish(NUMBER, action="remove"))
    await world.quiet()


async def _fail(world: World, story: Story) -> None:
    await world.hear(story.detected(new_id(), LINE))
    await world.quiet()


async def _fail_untold(world: World, story: Story) -> None:
    store = FlipStore(world.pool)
    facts = [detected(story.detected(new_id(), LINE))]
    await store.record(facts, at=world.clock.now(), first=1000)
    await store.close()


@pytest.mark.parametrize(
    "happens", [_change, _arm, _arm_unacknowledged, _disarm, _fail, _fail_untold]
)
@pytest.mark.parametrize("when", ["meanwhile", "just before"])
async def test_what_is_on_its_way_is_no_drift(
    world: World, story: Story, switch: Slow, happens: Callable[..., object], when: str
) -> None:
    async def happen() -> None:
        await happens(world, story)  # type: ignore[misc]

    if when == "meanwhile":
        switch.meanwhile = happen
    else:
        await happen()
    findings, counted, logs = await audit(world, switch)
    assert (findings.differences, counted, findings.waits) == (0, 0, False)
    assert "drift_repaired" not in logs
    await world.quiet()
    switch.meanwhile = None
    findings, counted, _ = await audit(world, switch)
    assert (findings.differences, findings.on_their_way, counted) == (0, [], 0)


async def test_an_outage_that_ends_meanwhile_is_no_drift(
    world: World, story: Story, switch: Slow, own_switch: SwitchLab
) -> None:
    outage = new_id()
    await world.hear(story.detected(outage, LINE))
    await world.quiet()

    async def end() -> None:
        await world.hear(story.cleared(outage))
        await world.quiet()

    switch.meanwhile = end
    findings, counted, _ = await audit(world, switch)
    assert (findings.differences, counted) == (0, 0)
    assert (await own_switch.call(NUMBER))["rings_at"] == NUMBER


async def test_what_was_lost_on_its_way_is_sent_again(
    world: World, story: Story, switch: Slow, own_switch: SwitchLab
) -> None:
    await _fail_untold(world, story)  # and nobody has told the switch
    findings, counted, _ = await audit(world, switch)
    assert ([one.kind for one in findings.on_their_way], counted) == (["missing"], 0)
    assert (await own_switch.call(NUMBER))["rings_at"] == MOBILE


async def test_what_was_told_after_the_switch_was_read_is_no_drift(
    world: World, story: Story, switch: Slow
) -> None:
    await _fail_untold(world, story)

    async def tell() -> None:
        await world.pool.execute("UPDATE flip SET told_at = now()")

    switch.meanwhile = tell
    findings, counted, _ = await audit(world, switch)
    assert ([one.kind for one in findings.on_their_way], counted) == (["missing"], 0)


@pytest.mark.parametrize(
    ("key", "change", "kind"),
    [
        (f"rule/{NUMBER}", {"target": SECOND}, "ahead"),
        (f"rule/{OTHER}", {"first": OTHER}, "stuck"),
        (f"flag/fault/{LINE}", {"raised": True}, "stuck"),
    ],
)
@pytest.mark.usefixtures("story")
async def test_what_nobody_asked_for_is_found_counted_and_repaired(
    world: World, switch: Slow, key: str, change: dict[str, object], kind: str
) -> None:
    [known] = await DesiredStore(world.pool).these([f"rule/{NUMBER}"])
    rule = dict(known.value or {}) if key.startswith("rule") else {}
    [answer] = await switch.apply([Operation(key, known.version + 900, rule | change)])
    assert answer.result == "ok"
    findings, counted, logs = await audit(world, switch)
    found = [one.kind for one in (*findings.stuck, *findings.ahead)]
    assert (found, findings.differences, findings.on_their_way) == ([kind], 1, [])
    assert (counted, "drift_repaired" in logs) == (1, True)
    findings, counted, _ = await audit(world, switch)
    assert (findings.differences, counted) == (0, 0)


async def test_what_the_switch_said_and_forgot_is_found_and_sent_again(
    world: World, story: Story, switch: Slow, own_switch: SwitchLab
) -> None:
    await own_switch.misbehave(lose=1.0)
    await _arm(world, story)
    await own_switch.misbehave()
    findings, counted, _ = await audit(world, switch)
    assert (findings.missing, counted) == ([f"rule/{OTHER}"], 1)
    findings, counted, _ = await audit(world, switch)
    assert (findings.differences, counted) == (0, 0)


async def test_what_is_newer_there_is_overtaken_though_its_flip_is_on_its_way(
    world: World, story: Story, switch: Slow, own_switch: SwitchLab
) -> None:
    await _fail_untold(world, story)
    await switch.apply([Operation(f"flag/fault/{LINE}", 900, {"raised": False})])
    await audit(world, switch)
    assert (await own_switch.call(NUMBER))["rings_at"] == MOBILE


@pytest.mark.usefixtures("story")
async def test_a_kill_switch_that_is_missing_there_is_drift(
    world: World, switch: Slow
) -> None:
    await world.pool.execute("UPDATE hold SET held = true, seq = nextval('flip_seq')")
    findings, counted, _ = await audit(world, switch)
    assert (findings.missing, counted) == (["hold"], 1)
