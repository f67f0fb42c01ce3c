"""What forwarding is told, and what it does then."""

from chassis.erasing import Erasing
from chassis.service import Service
from contracts.customers import CustomerErased
from contracts.event import Event
from contracts.forwardings import ForwardingRequested
from contracts.holds import ForwardingsHeld
from contracts.numbers import LineConnected
from contracts.options import OptionDisabled, OptionEnabled
from contracts.outages import OutageCleared, OutageDetected
from forwarding.erasing import erase_customer
from forwarding.flips import Flipper
from forwarding.holding import Holding
from forwarding.options import Options
from forwarding.requests import Requests

REPLAYED: tuple[tuple[type[Event], ...], ...] = (
    (LineConnected,),
    (OptionDisabled,),
    (OptionEnabled,),
    # Together: a hold refuses what is wished later, and ends what was wished before.
    (ForwardingRequested, ForwardingsHeld),
    (OutageCleared,),
    (OutageDetected,),
    (CustomerErased,),
)
"""All that it hears, as a replay reads it: ends first, so only open outages act."""

WISHES_AT_ONCE = 10
"""Looked at in one transaction: an outage waits no longer than for these."""


def register(
    service: Service,
    options: Options,
    requests: Requests,
    holding: Holding,
    flipper: Flipper,
) -> None:
    """Subscribe to everything that changes what is in effect."""
    erasing = Erasing(service.transaction, erase_customer)
    service.runs(erasing.run)
    service.on(LineConnected, options.on_line)
    service.on(OptionEnabled, options.on_enabled)
    service.on(OptionDisabled, options.on_disabled)
    service.on(CustomerErased, erasing.on_erased)
    service.on_many(ForwardingRequested, requests.on_requested, at_most=WISHES_AT_ONCE)
    service.on(ForwardingsHeld, holding.on_held)
    # An outage's own row makes it take effect once; its flip is told from that row.
    # In a storm many are recorded at once: they share a statement and a commit.
    service.watch_many(OutageDetected, flipper.on_detected)
    service.watch_many(OutageCleared, flipper.on_cleared)
