"""
Who listens to what; who tells an event is the event's own `source`.

The AsyncAPI document and the catalogue follow from this table, and a test holds it
against what the handlers of each service subscribe.
"""

from collections.abc import Mapping
from types import MappingProxyType

from contracts.customers import CustomerErased
from contracts.event import Event
from contracts.forwardings import (
    ForwardingApplied,
    ForwardingConfigured,
    ForwardingFailed,
    ForwardingRequested,
)
from contracts.holds import ForwardingsHeld
from contracts.numbers import LineConnected, NumberPorted, NumberProvisioned
from contracts.operations import (
    MaintenanceAnnounced,
    OutageCommandAnswered,
    OutageCommanded,
)
from contracts.options import OptionDisabled, OptionEnabled
from contracts.orders import OrderCancelled, OrderConfirmed, OrderPlaced
from contracts.outages import OutageCleared, OutageDetected, RecoveryNoticed
from contracts.signals import NetworkSignal

LISTENERS: Mapping[str, tuple[type[Event], ...]] = MappingProxyType(
    {
        "portal-gateway": (
            OrderConfirmed,
            CustomerErased,
            NumberPorted,
            NumberProvisioned,
            LineConnected,
            OptionEnabled,
            OptionDisabled,
            ForwardingConfigured,
            ForwardingApplied,
            ForwardingFailed,
            OutageDetected,
            RecoveryNoticed,
            OutageCleared,
            OutageCommandAnswered,
            MaintenanceAnnounced,
        ),
        "provisioning": (
            OrderPlaced,
            OrderCancelled,
            CustomerErased,
            NumberPorted,
            NumberProvisioned,
        ),
        "outage-watcher": (NetworkSignal, OutageCommanded, LineConnected),
        "forwarding": (
            OptionEnabled,
            OptionDisabled,
            LineConnected,
            CustomerErased,
            ForwardingRequested,
            ForwardingsHeld,
            OutageDetected,
            OutageCleared,
        ),
    }
)
"""Our services, and what each of them subscribes."""


def listeners_of(event: type[Event]) -> tuple[str, ...]:
    """Return the services that subscribe to the event."""
    return tuple(name for name, heard in LISTENERS.items() if event in heard)
