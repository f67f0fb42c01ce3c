"""From Kafka to use cases; no decisions."""

from chassis.service import Service
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


def subscribe(service: Service) -> None:
    """Say which use case hears which event; versioned facts come in batches."""
    service.on(OrderConfirmed, events.confirm_order)
    service.on(CustomerErased, personal.erase_again)
    service.on(ForwardingConfigured, events.settle_wish)
    service.on(OutageDetected, events.detect_outage)
    service.on(RecoveryNoticed, events.notice_recovery)
    service.on(OutageCleared, events.clear_outage)
    service.on(OutageCommandAnswered, events.settle_command)
    service.on(MaintenanceAnnounced, events.announce_maintenance)
    service.gather(NumberPorted, events.plan_numbers)
    service.gather(NumberProvisioned, events.plan_numbers)
    service.gather(LineConnected, events.connect_lines)
    service.gather(OptionEnabled, events.enable_options)
    service.gather(OptionDisabled, events.disable_options)
    service.gather(ForwardingApplied, events.apply_forwardings)
    service.gather(ForwardingFailed, events.fail_forwardings)
