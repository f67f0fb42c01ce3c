"""Behind a switch of single numbers one is served badly: he alone fails, and hears."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta

import asyncpg
import pytest

from contracts.event import new_id
from forwarding.reconciler import Reconciler
from forwarding.switches.nodes import Node
from support.forwarding_facts import MOBILE, SECOND, Facts
from support.forwarding_world import HOME, World
from support.rigs import Rig, ngcp_rig, xcap_rig
from support.stack import Stack, fresh_database

LINE = "line of test_served_badly"
BADLY, WELL = "+494066969071", "+494066969072"


class SlotsWorld(World):
    """Forwarding in front of a switch with one slot a number."""

    rig: Rig

    def speak_to(self, rig: Rig) -> None:
        """Put its parts in front of that switch."""
        self.rig = rig
        for part in (self.keeper, self.flipper):
            part._switch = rig.switch  # noqa: SLF001 - as begin() does

    async def audit(self) -> None:
        """Compare the switch once."""
        await Reconciler(
            self.pool, Node(self.rig.switch), self.clock, every=60, limit=0.1, batch=50
        ).reconcile()

    async def failed(self) -> list[str]:
        """Return of which numbers a failure waits to be told."""
        rows = await self.pool.fetch(
            "SELECT value FROM outbox WHERE topic = 'ForwardingFailed' ORDER BY id"
        )
        return [json.loads(row["value"])["number"] for row in rows]


@pytest.fixture(scope="module", params=[xcap_rig, ngcp_rig], ids=["xcap", "ngcp"])
async def running_rig(
    request: pytest.FixtureRequest, stack: Stack
) -> AsyncIterator[Rig]:
    async with request.param(stack) as rig:
        yield rig


@pytest.fixture
async def world(stack: Stack, running_rig: Rig) -> AsyncIterator[SlotsWorld]:
    """Two numbers with armed rules on one line."""
    await running_rig.forget()
    async with (
        fresh_database(stack) as database,
        asyncpg.create_pool(database.url("forwarding"), min_size=1, max_size=6) as pool,
    ):
        world, facts = SlotsWorld(pool, "http://unused.example"), Facts()
        world.speak_to(running_rig)
        await world.hear(facts.line_connected(LINE))
        for number in (BADLY, WELL):
            await world.hear(facts.enabled(number, LINE))
            await world.hear(facts.rule(number, MOBILE))
        await world.quiet()
        yield world
        await world.close()


async def raised(world: SlotsWorld, *, served: str) -> str:
    """Let the line fail while one number is served badly; return the outage."""
    world.rig.peer.broken[BADLY] = served
    outage = new_id()
    await world.hear(Facts().detected(outage, LINE))
    await world.flipper.drain()
    return outage


@pytest.mark.parametrize("served", ["unreadable", "500", "put 500", "hangs"])
async def test_an_outage_is_told_and_he_is_told_as_failed(
    world: SlotsWorld, served: str
) -> None:
    await raised(world, served=served)
    failed = await world.failed()
    untold = await world.pool.fetchval(
        "SELECT count(*) FROM flip WHERE told_at IS NULL"
    )
    await world.relay()

    assert (failed, untold) == ([BADLY], 0)
    assert world.last_word(WELL).rings == MOBILE
    assert world.last_word(BADLY).rings == HOME


async def test_he_is_tried_again_and_told_when_it_is_done(world: SlotsWorld) -> None:
    await raised(world, served="500")
    world.clock.move(timedelta(seconds=10))
    await world.keeper.round()
    world.rig.peer.broken.clear()
    world.clock.move(timedelta(seconds=10))
    await world.quiet()

    assert world.last_word(BADLY).rings == MOBILE
    assert await world.rig.rings(BADLY) == MOBILE


async def test_an_end_that_fails_for_him_is_told_when_it_is_done(
    world: SlotsWorld,
) -> None:
    facts, outage = Facts(), new_id()
    await world.hear(facts.detected(outage, LINE))
    await world.quiet()
    world.rig.peer.broken[BADLY] = "put 500"
    await world.hear(facts.cleared(outage))
    await world.flipper.drain()
    during = await world.failed()
    world.rig.peer.broken.clear()
    world.clock.move(timedelta(seconds=10))
    await world.quiet()

    assert during == [BADLY]
    assert [world.last_word(n).rings for n in (BADLY, WELL)] == [HOME, HOME]
    assert await world.rig.rings(BADLY) == BADLY


async def test_a_rule_of_another_is_in_force_meanwhile(world: SlotsWorld) -> None:
    facts = Facts()
    facts.versions.update({f"wish {n}-None": 9 for n in (BADLY, WELL)})
    await raised(world, served="500")
    await world.hear(facts.rule(BADLY, SECOND))
    await world.hear(facts.rule(WELL, SECOND))
    await world.keeper.round()
    pending = await world.pool.fetch("SELECT scope FROM arming WHERE live_seq IS NULL")

    assert [row["scope"] for row in pending] == [BADLY]
    assert await world.rig.rings(WELL) == SECOND


async def test_a_diversion_by_hand_that_fails_is_told_and_does_not_wait(
    world: SlotsWorld,
) -> None:
    facts = Facts()
    facts.versions.update({f"wish {n}-None": 9 for n in (BADLY, WELL)})
    world.rig.peer.broken[BADLY] = "500"
    for number in (BADLY, WELL):
        await world.hear(facts.wish(number, action="start", cause="manual"))
    await world.keeper.round()
    failed = await world.failed()
    await world.relay()

    assert failed == [BADLY]
    assert world.last_word(WELL).rings == MOBILE
    assert world.last_word(BADLY).rings == HOME


async def test_whom_a_start_could_not_serve_the_next_audit_tells(
    world: SlotsWorld,
) -> None:
    await world.hear(Facts().detected(new_id(), LINE))
    await world.quiet()
    world.rig.peer.broken[BADLY] = "500"
    await world.rig.restart()
    world.speak_to(world.rig)
    await world.audit()
    await world.audit()

    assert await world.failed() == [BADLY]
    assert await world.rig.rings(WELL) == MOBILE
