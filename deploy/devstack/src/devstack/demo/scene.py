"""Who and what is in the story; every run has customer and lines of its own."""

import asyncio
import time
from dataclasses import dataclass, field
from typing import Any, Final

from contracts.forwardings import ForwardingApplied, ForwardingConfigured
from contracts.options import OptionEvent
from contracts.outages import OutageCleared, OutageDetected
from devstack.demo.telling import Teller
from devstack.journey.live import Live
from devstack.journey.portal import Portal
from devstack.journey.seeing import must
from devstack.journey.world import World, stamp

ForwardingEvent = ForwardingApplied | ForwardingConfigured

PREFIX: Final = "S-"
MOBILE: Final = "+4917717712345"
MOBILE_WRITTEN: Final = ("017717712345", "+4917717712345", "004917717712345")
OTHER_MOBILE: Final = "+4915228817386"
OFFICE: Final = "+493023125042"

SINGLES: Final = tuple(f"+49406696990{digit}" for digit in range(1, 6))
HERO: Final = SINGLES[0]
TO_COME: Final = "+494066969909"
BLOCK: Final = ("+494066969910", "+494066969919")
IN_BLOCK, OWN_RULE, OFF = "+494066969911", "+494066969912", "+494066969914"
THOUSAND: Final = ("+498999998000", "+498999998999")
TWIN: Final = "+493023125000"
"""Where the thousand go, each keeping its extension."""


@dataclass(slots=True)
class Scene:
    """What the steps hand on to each other."""

    world: World
    tell: Teller
    hold: float
    customer: str = field(default_factory=lambda: f"{PREFIX}{stamp()}")
    order_id: str = ""
    _browser: Portal | None = None
    _live: Live | None = None

    @property
    def node(self) -> str:
        """Return the access node above all lines."""
        return f"AN-{self.customer}"

    @property
    def elements(self) -> tuple[str, ...]:
        """Return everything above the lines, nearest first."""
        return (self.node, f"AGG-{self.customer}", f"REGION-{self.customer}")

    def line(self, number: str) -> str:
        """Return the line of a number: each single and each block has its own."""
        at = [*SINGLES, BLOCK[0], THOUSAND[0]].index(number)
        return f"L-{self.customer}-{at + 1}"

    def is_mine(self, event: OptionEvent | ForwardingEvent, number: str) -> bool:
        """Return whether it is about a number of ours, not of an earlier story's."""
        return event.number == number and event.customer_number == self.customer

    @property
    def browser(self) -> Portal:
        """Return the customer's browser, once he is logged in."""
        assert self._browser  # noqa: S101 - the story logs in first
        return self._browser

    @property
    def live(self) -> Live:
        """Return what the customer's open page hears."""
        assert self._live  # noqa: S101 - the story logs in first
        return self._live

    def enters(self, browser: Portal, heard: Live) -> None:
        """Let the customer in."""
        self._browser, self._live = browser, heard

    async def shows_call(self, number: str, at: str) -> None:
        """Place a real call and show its trace; else say what would be shown."""
        where = "its line" if at == number else at
        with self.tell.step(f"Somebody calls {number}, through a SIP switch") as step:
            trace = await self.world.switch.whole_call(number)
            if trace is None:
                step.saw(
                    f"would ring at {where}, with its headers; "
                    "not shown: no Kamailio and SIPp here (make programs)"
                )
                return
            must(f"it rings at {where}", trace.rang_at == at, trace)
            step.saw(trace.told)

    async def fails(self, what: dict[str, Any], number: str, target: str) -> "Failure":
        """Report a confirmed failure and time until a call to the number diverts."""
        failure = Failure(self, time.monotonic(), what)
        failure.alarm = await self.world.monitoring.down(confirmed=True, **what)
        await self.world.switch.rings_at(number, target)
        failure.diverted_after = time.monotonic() - failure.began
        self.tell.diverted.append(failure.diverted_after)
        return failure


@dataclass(slots=True)
class Failure:
    """A failure that monitoring reported, and how it goes on."""

    scene: Scene
    began: float
    what: dict[str, Any]
    alarm: str = ""
    diverted_after: float = 0.0

    async def detected(self) -> OutageDetected:
        """Return the outage that became of it."""
        places = {self.what.get("element"), *self.what.get("lines", ())} - {None}
        return await self.scene.world.ears.hear(
            f"the outage of {', '.join(map(str, places))} is told",
            OutageDetected,
            lambda event: set(event.places) == places,
            within=20 + self.scene.hold,
        )

    async def applied(self, number: str) -> ForwardingApplied:
        """Return the event that tells the diversion of a number."""
        outage = await self.detected()
        return await self.scene.world.ears.hear(
            f"{number} is diverted because of {outage.outage_id}",
            ForwardingApplied,
            lambda event: (
                self.scene.is_mine(event, number)
                and event.in_effect
                and event.outage_id == outage.outage_id
            ),
        )

    async def ends(self, *numbers: str) -> float:
        """Report the recovery; return how long after it calls ring at home again."""
        began = time.monotonic()
        await self.scene.world.monitoring.up(self.alarm)
        await self.cleared()
        rings = self.scene.world.switch.rings_at_home
        await asyncio.gather(*(rings(number) for number in numbers))
        return time.monotonic() - began

    async def cleared(self) -> OutageCleared:
        """Return the event that tells its end."""
        outage = await self.detected()
        return await self.scene.world.ears.hear(
            f"the outage {outage.outage_id} is cleared",
            OutageCleared,
            lambda event: event.outage_id == outage.outage_id,
            within=20 + self.scene.hold,
        )
