"""Which faults happen when: drawn from a seed, many at once, until the play is over."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from chaos.book import Book
from chaos.link import BAD, Link
from chaos.machines import Machines
from chaos.server import Server
from support.kill import faults
from support.kill.faults import Torment
from support.kill.processes import Kept
from support.kill.stage import Stage
from support.waiting import eventually

READY_WITHIN = 150.0
AHEAD = {"portal_gateway": (-300, 300)}
"""Sessions end by the clock: an hour ahead, everybody must log in again."""
CALLER = {"switch": "forwarding"}
HOUR = (-3600, 3600)


@dataclass(frozen=True, slots=True)
class Plan:
    """How often what happens in one round."""

    seconds: float = 80.0
    kills: int = 12
    """Of each service."""
    zombies: int = 1
    """Of each service."""
    restarts: int = 2
    """Of Kafka, and of PostgreSQL."""
    full_disks: int = 1
    """Of each server."""
    link_faults: int = 2
    """Of each link."""
    skews: int = 4


FULL = Plan(seconds=300, kills=106, zombies=6, restarts=17, link_faults=1)
"""A round of the full run: as much as two cores can do beside the story itself."""


@dataclass
class Weather:
    """Everything that is done to one stage."""

    stage: Stage
    machines: Machines
    book: Book
    plan: Plan
    seed: int
    _rng: Random = field(init=False)

    def __post_init__(self) -> None:
        self._rng = Random(self.seed)  # noqa: S311 - chances, no secret

    async def rage(self) -> None:
        """Do all of it; returns when the last fault is over."""
        plan, url = self.plan, self.stage.switch_url
        async with asyncio.TaskGroup() as all_of_them:
            go = all_of_them.create_task
            for kept in self.stage.services.values():
                go(self._kills(kept, self._other()))
                go(self._zombies(kept, self._other()))
            for server in self.machines.servers:
                go(self._restarts(server, self._other()))
            for link in self.machines.links.values():
                go(self._link_faults(link, self._other()))
            go(self._skews(self._other()))
            go(faults.echo(url, plan.seconds * 0.7, self._other()))
            go(self._nasty_switch())

    async def clear_up(self) -> None:
        """Let every clock be right again, and every part be there."""
        for server in self.machines.servers:
            await server.start()
        for kept in self.stage.services.values():
            kept.env = {**kept.env, "CLOCK_AHEAD_SECONDS": "0"}
            await eventually(kept.is_ready, within=READY_WITHIN)
            kept.kill()
        for kept in self.stage.services.values():
            await eventually(kept.is_ready, within=READY_WITHIN)
            self._note_kills(kept)

    def _other(self) -> Random:
        return Random(self._rng.random())  # noqa: S311 - chances, no secret

    # -- services -----------------------------------------------------------------

    async def _kills(self, kept: Kept, rng: Random) -> None:
        at_work = partial(self.stage.is_at_work, kept)
        # Who is always killed in the middle of something would never get it done.
        peace = max(faults.SHORT_PEACE, self.plan.seconds / max(1, self.plan.kills))
        torment = Torment(self.plan.kills, longest_peace=peace)
        await faults.torment(kept, torment, rng, at_work)

    def _note_kills(self, kept: Kept) -> None:
        name = f"SIGKILL {kept.name}"
        self.book.times[name] += kept.kills
        self.book.recoveries.setdefault(name, []).extend(kept.recoveries)

    async def _zombies(self, kept: Kept, rng: Random) -> None:
        for _ in range(self.plan.zombies):
            await self._pause(rng, self.plan.zombies)
            took = await faults.make_a_zombie(kept)
            self.book.note(f"SIGSTOP {faults.ZOMBIE_SECONDS:g} s {kept.name}", took)

    async def _skews(self, rng: Random) -> None:
        for _ in range(self.plan.skews):
            await self._pause(rng, self.plan.skews)
            package, kept = rng.choice(list(self.stage.services.items()))
            ahead = rng.uniform(*AHEAD.get(package, HOUR))
            kept.env = {**kept.env, "CLOCK_AHEAD_SECONDS": f"{ahead:.0f}"}
            self.book.note("clock of a service up to 1 h wrong")

    # -- what lies below ------------------------------------------------------------

    async def _restarts(self, server: Server, rng: Random) -> None:
        ways: list[tuple[str, Callable[[Server, Random], Awaitable[None]]]]
        ways = [("SIGKILL", _killed), ("restart", _stopped), ("SIGSTOP", _frozen)]
        first = rng.randrange(len(ways))
        faults_of = [ways[(first + n) % 3] for n in range(self.plan.restarts)]
        if server.name in self.machines.disks:
            faults_of += [("full disk", self._disk_full)] * self.plan.full_disks
        elif self.plan.full_disks:
            why = "no right to mount a small disk"
            self.book.skipped[f"full disk {server.name}"] = why
        rng.shuffle(faults_of)
        for name, do in faults_of:
            await self._pause(rng, len(faults_of))
            async with server.at_play:
                await do(server, rng)
                await server.start()
                self.book.note(f"{name} {server.name}", await self._all_ready())

    async def _disk_full(self, server: Server, rng: Random) -> None:
        disk = self.machines.disks[server.name]
        await _at_times(disk.fill, rng.uniform(3, 6))
        disk.empty()

    async def _link_faults(self, link: Link, rng: Random) -> None:
        first, several = rng.randrange(len(BAD)), range(self.plan.link_faults)
        manners = [BAD[(first + n) % len(BAD)] for n in several]
        rng.shuffle(manners)
        for manner in manners:
            await self._pause(rng, self.plan.link_faults)
            async with link.suffering(manner):
                await asyncio.sleep(rng.uniform(1, 7))  # the fault itself
            package = CALLER.get(link.name, link.name.split()[0])
            took = await self._all_ready([self.stage.services[package]])
            self.book.note(f"link: {manner.name}", took)

    async def _nasty_switch(self) -> None:
        seconds = self.plan.seconds * 0.6
        await faults.misbehave(self.stage.switch_url, seconds, self.seed)
        self.book.note("nasty switch, minutes of it, and a restart")

    # -- time ---------------------------------------------------------------------

    async def _pause(self, rng: Random, times: int) -> None:
        """Wait so long that so many faults fill the play."""
        share = self.plan.seconds / max(1, times)
        await asyncio.sleep(rng.uniform(0.2, 1.1) * share)  # the pace of faults

    async def _all_ready(self, some: list[Kept] | None = None) -> float:
        """Return how long it took until these services (all of them) were ready."""
        began = time.monotonic()
        for kept in self.stage.services.values() if some is None else some:
            await eventually(kept.is_ready, within=READY_WITHIN)
        return time.monotonic() - began


async def _killed(server: Server, rng: Random) -> None:
    await server.kill()
    await asyncio.sleep(rng.uniform(0.0, 4.0))  # the fault itself


async def _stopped(server: Server, rng: Random) -> None:
    await server.stop()
    await asyncio.sleep(rng.uniform(0.0, 2.0))  # the fault itself


async def _frozen(server: Server, rng: Random) -> None:
    server.pause()
    try:
        await asyncio.sleep(rng.uniform(2.0, 9.0))  # the fault itself
    finally:
        server.resume()


async def _at_times(do: Callable[[], Awaitable[None]], seconds: float) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        await do()
        await asyncio.sleep(0.2)  # the fault itself
