"""Switches of every kind as one: what an adapter is told, and where calls then ring."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import httpx

from chassis.clock import SystemClock
from forwarding.slot_store import SlotStore
from forwarding.switch import Answer, Difference, Operation, SwitchNode
from forwarding.switches.ngcp import NgcpSlots
from forwarding.switches.per_number import PerNumberSwitch
from forwarding.switches.simulated import HttpSwitch
from forwarding.switches.slots import Slots
from forwarding.switches.web import Web
from forwarding.switches.xcap import XcapSlots
from support.simulated_ngcp import SimulatedNgcp
from support.simulated_xcap import SimulatedXcap
from support.sip_lab import sip_lab
from support.stack import Stack, fresh_database
from support.switch_lab import running_switch

MOBILE, SECOND = "+4917717712345", "+4915228817386"
LINE, NODE = "line 1", "an/köln|1,2"


@dataclass
class Rig:
    """An adapter with a switch behind it, and a caller."""

    kind: str
    switch: SwitchNode
    rings: Callable[[str], Awaitable[str | None]]
    restart: Callable[[], Awaitable[None]]
    version: int = 0
    peer: Any = None
    """The simulated server of a carrier's interface."""
    kept: SlotStore | None = None
    forgets: Callable[[], Awaitable[None]] | None = None

    async def forget(self) -> None:
        """Let the switch forget everything."""
        await (self.forgets or self.restart)()
        self.version = 0

    async def put(self, **values: Any) -> list[Answer]:
        """Apply values by key, all in one, with the next version each."""
        return await self.put_all(values)

    async def put_all(self, values: dict[str, Any]) -> list[Answer]:
        """Apply values by key, all in one, with the next version each."""
        operations = []
        for key, value in values.items():
            self.version += 1
            operations.append(Operation(key, self.version, value))
        return list(await self.switch.apply(operations))

    async def arm(self, scope: str, target: str | None, **more: Any) -> Answer:
        """Apply a rule."""
        (answer,) = await self.put_all({f"rule/{scope}": rule(scope, target, **more)})
        return answer

    async def flag(self, place: str, *, raised: bool, kind: str = "fault") -> Answer:
        """Raise or lower a flag."""
        key = f"flag/{kind}/{place}"
        (answer,) = await self.put_all({key: {"raised": raised}})
        return answer

    async def cause(self, scope: str, *, active: bool, kind: str = "manual") -> Answer:
        """Divert by hand, or end that."""
        key = f"cause/{scope}/{kind}"
        (answer,) = await self.put_all({key: {"active": active}})
        return answer

    async def audit(self, *desired: Operation) -> list[Difference]:
        """Compare with what should be."""

        async def wanted() -> AsyncGenerator[Sequence[Operation], None]:
            yield sorted(desired, key=lambda one: one.key.encode())

        return [one async for one in self.switch.audit(wanted)]


def rule(scope: str, target: str | None, **more: Any) -> dict[str, Any]:
    """Return a rule as forwarding tells it."""
    first, _, last = scope.partition("-")
    return {
        "first": first,
        "last": last or None,
        "line": LINE,
        "places": [LINE, NODE],
        "target": target,
        "keep_extension": False,
        "fallback": None,
        "target_places": [],
        "off": target is None,
        "planned": True,
        "reason": "unavailable",
    } | more


@asynccontextmanager
async def simulated_rig(_stack: Stack) -> AsyncIterator[Rig]:
    """Run the simulated switch."""
    async with running_switch() as lab:
        switch = HttpSwitch(lab.url, timeout=timedelta(seconds=5))

        async def rings(number: str) -> str | None:
            found: str | None = (await lab.call(number))["rings_at"]
            return found

        yield Rig("simulated", switch, rings, lab.restart)
        await switch.close()


@asynccontextmanager
async def kamailio_rig(_stack: Stack) -> AsyncIterator[Rig]:
    """Run Kamailio."""
    async with sip_lab() as lab:
        switch = lab.nodes[0].adapter()

        async def restart() -> None:
            lab.nodes[0].stop()
            await lab.nodes[0].start()

        yield Rig("kamailio", switch, lab.rings, restart)
        await switch.close()


@asynccontextmanager
async def _slots_rig(
    kind: str, stack: Stack, make_slots: Callable[[], Slots], peer: Any
) -> AsyncIterator[Rig]:
    async with (
        fresh_database(stack) as database,
        asyncpg.create_pool(database.url("forwarding"), min_size=1) as pool,
    ):
        kept = SlotStore(pool, kind, SystemClock())

        def make() -> SwitchNode:
            return PerNumberSwitch(make_slots(), kept)

        async def rings(number: str) -> str | None:
            found: str = peer.rings(number)
            return found

        async def restart() -> None:
            rig.switch = make()

        async def forget() -> None:
            await pool.execute("DELETE FROM switch_slot")
            vars(peer).update(vars(type(peer)()))
            await restart()
            await rig.switch.ready((await rig.switch.incarnation()).boot)

        rig = Rig(kind, make(), rings, restart, peer=peer, kept=kept)
        rig.forgets = forget
        yield rig


def xcap_rig(stack: Stack) -> AbstractAsyncContextManager[Rig]:
    """Put the XCAP adapter in front of a simulated server."""
    peer = SimulatedXcap()

    def slots() -> Slots:
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(peer.app()), base_url="http://xcap.example"
        )
        return XcapSlots(Web("xcap", http), "/xcap", "home.example")

    return _slots_rig("xcap", stack, slots, peer)


def ngcp_rig(stack: Stack) -> AbstractAsyncContextManager[Rig]:
    """Put the NGCP adapter in front of a simulated server."""
    peer = SimulatedNgcp()

    def slots() -> Slots:
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(peer.app()), base_url="http://ngcp.example"
        )
        return NgcpSlots(Web("ngcp", http))

    return _slots_rig("ngcp", stack, slots, peer)
