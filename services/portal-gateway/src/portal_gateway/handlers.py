"""From Kafka to use cases; no decisions."""

from functools import partial
from typing import Final

from contracts.customers import CustomerErased
from contracts.forwardings import (
    ForwardingApplied,
    ForwardingConfigured,
    ForwardingFailed,
)
from contracts.numbers import LineConnected, NumberPorted, NumberProvisioned
from contracts.operations import MaintenanceAnnounced, OutageCommandAnswered
from contracts.options import OptionDisabled, OptionEnabled
from contracts.orders import OrderConfirmed
from contracts.outages import OutageCleared, OutageDetected, RecoveryNoticed
from portal_gateway.usecases import events, personal
from portal_gateway.usecases.gateway import Gateway

ANSWERS_TOGETHER: Final = 200
OUTAGES_TOGETHER: Final = 20
"""Each looks for its contacts among all: together they must fit `handler_timeout`."""


def subscribe(gateway: Gateway) -> None:
    """Say which use case hears which event; what may be many comes in batches."""
    service = gateway.service
    service.on(CustomerErased, partial(personal.erase_again, gateway))
    service.on(OutageCommandAnswered, events.settle_command)
    service.on(MaintenanceAnnounced, events.announce_maintenance)
    service.gather(OrderConfirmed, events.confirm_orders, at_most=ANSWERS_TOGETHER)
    service.gather(NumberPorted, events.plan_numbers)
    service.gather(NumberProvisioned, events.plan_numbers)
    service.gather(LineConnected, events.connect_lines)
    service.gather(OptionEnabled, events.enable_options)
    service.gather(OptionDisabled, events.disable_options)
    service.gather(
        ForwardingConfigured, events.settle_wishes, at_most=ANSWERS_TOGETHER, once=True
    )
    service.gather(
        OutageDetected, events.detect_outages, at_most=OUTAGES_TOGETHER, once=True
    )
    service.gather(
        RecoveryNoticed, events.notice_recoveries, at_most=OUTAGES_TOGETHER, once=True
    )
    service.gather(
        OutageCleared, events.clear_outages, at_most=OUTAGES_TOGETHER, once=True
    )
    service.gather(ForwardingApplied, events.apply_forwardings)
    service.gather(ForwardingFailed, events.fail_forwardings)
