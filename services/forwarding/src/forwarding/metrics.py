"""What forwarding measures of itself."""

from prometheus_client import Counter, Gauge, Histogram

_LONG = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 300, 600)

ACTIVATION = Histogram(
    "forwarding_activation_duration_seconds",
    "From OutageDetected to the last acknowledged ForwardingApplied of the outage",
    buckets=_LONG,
)
DEACTIVATION = Histogram(
    "forwarding_deactivation_duration_seconds",
    "From OutageCleared to the last acknowledged ForwardingApplied of the outage",
    buckets=_LONG,
)
OPERATIONS = Counter(
    "forwarding_operations_total",
    "Operations at the switch",
    ["operation", "result", "backend"],
)
OPERATION_SECONDS = Histogram(
    "forwarding_operation_duration_seconds",
    "Calls to the switch",
    ["operation", "backend"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
RETRIES = Counter(
    "forwarding_retries_total",
    "Calls to the switch that are sent again",
    ["backend", "reason"],
)
BARRED = Counter(
    "forwarding_barred_targets_total",
    "Rules kept from the switch because nobody may call their target",
)
CIRCUIT = Gauge(
    "forwarding_circuit_open", "1 while the switch does not answer", ["backend"]
)
SCOPES = Gauge(
    "forwarding_state_lines",
    "Numbers and blocks: armed, pending at the switch, failed there, manual; and of "
    "outages: active, clear_pending",
    ["state"],
)
OLDEST_PENDING = Gauge(
    "forwarding_oldest_pending_seconds", "Age of the oldest flip not told yet"
)
OLDEST_CLEAR_PENDING = Gauge(
    "forwarding_oldest_clear_pending_seconds",
    "Age of the oldest flip that gives numbers back and is not told yet",
)
READY = Gauge(
    "forwarding_ready_lines",
    "Numbers and blocks whose event is ready on a sheet, see FORWARDING_SHEET_NUMBERS",
)
NUMBERS = Gauge(
    "forwarding_numbers",
    "Telephone numbers in outages, blocks counted in full, without the canary: "
    "diverted; waiting: should be diverted and are not known to be; returning: should "
    "ring at home and are not known to",
    ["state"],
)
HELD = Gauge("forwarding_held", "1 while the kill switch holds every forwarding off")
DRIFT = Gauge(
    "forwarding_drift_lines",
    "Entries where a node of the switch differs from the facts, as far as audits know: "
    "missing, stuck, ahead; 0 once repaired",
    ["kind", "node"],
)
DRIFT_FOUND = Counter(
    "forwarding_drift_found_total",
    "Entries that audits found to differ, repaired or not",
    ["kind"],
)
KINDS_OF_DRIFT = ("missing", "stuck", "ahead")
for _kind in KINDS_OF_DRIFT:
    DRIFT_FOUND.labels(_kind)  # a rate needs a series before its first one
STUCK = Gauge(
    "forwarding_stuck",
    "Flags and causes at a node of the switch without a fact behind them",
    ["node"],
)
AUDITED = Gauge(
    "forwarding_audit_last_success_timestamp_seconds",
    "When the last audit of a node of the switch ended",
    ["node"],
)
TOLD = Counter(
    "forwarding_applied_total", "ForwardingApplied events told", ["in_effect"]
)
NODES = Gauge(
    "forwarding_switch_node",
    "Nodes of the switch: 1 in the state that each is in",
    ["node", "state"],
)
PARTIAL = Gauge(
    "forwarding_switch_partial",
    "1 while a node of the switch does not have, or may not have, every change",
)
RECONCILE_WAITS = Gauge(
    "forwarding_reconcile_waits",
    "1 while a difference is too large to be repaired unasked",
    ["node"],
)
