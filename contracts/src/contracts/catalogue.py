"""Every event there is, in the order in which the story tells them."""

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

EVENTS: tuple[type[Event], ...] = (
    OrderPlaced,
    OrderConfirmed,
    OrderCancelled,
    CustomerErased,
    NumberPorted,
    NumberProvisioned,
    LineConnected,
    OptionEnabled,
    OptionDisabled,
    ForwardingRequested,
    ForwardingConfigured,
    ForwardingsHeld,
    NetworkSignal,
    OutageCommanded,
    OutageCommandAnswered,
    MaintenanceAnnounced,
    OutageDetected,
    RecoveryNoticed,
    OutageCleared,
    ForwardingApplied,
    ForwardingFailed,
)


def dead_letter_topic(topic: str) -> str:
    """Return where messages of `topic` go that can never succeed."""
    return f"{topic}.dlq"
