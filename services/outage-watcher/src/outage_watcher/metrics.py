"""Every metric of the service, declared once with its meaning."""

from prometheus_client import Counter, Gauge, Histogram

SIGNALS = Counter(
    "outage_signals_total",
    "Signals by source, kind and what became of them",
    ["source", "kind", "result"],
)
REMARKS = Counter(
    "outage_remarks_total", "What sources tell beside states", ["source", "kind"]
)
DELAY = Histogram(
    "outage_signal_delay_seconds",
    "From when it occurred until it was received; of what is said again the first time",
    ["source"],
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900, 3600),
)
OPEN = Gauge("outage_open", "Outages by state, the canary's left out", ["state"])
LINES = Gauge(
    "outage_lines", "Places by the state of their outage, without the canary", ["state"]
)
FLAGGED = Gauge("outage_lines_flagged", "Places by a flag of their outage", ["flag"])
WINDOWS = Gauge("outage_windows_running", "Maintenance windows that run now")
TRANSITIONS = Counter(
    "outage_transitions_total", "Moves of outages", ["from", "to", "cause"]
)
STARTED = Counter(
    "outage_started_total",
    "Outages that readers were told of, by what failed: a line, an element, or one "
    "above that is known already; the canary's left out",
    ["root_cause"],
)
PUBLISHED = Counter(
    "outage_events_published_total", "Events that Kafka acknowledged, by type", ["type"]
)
GLITCHES = Counter("outage_glitches_total", "Failures too short to count", ["source"])
DETECTION = Histogram(
    "outage_detection_duration_seconds",
    "From the first signal until Kafka acknowledged OutageDetected",
    buckets=(0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 120, 300),
)
DURATION = Histogram(
    "outage_duration_seconds",
    "From when it occurred until it was over: of outages that were told, and of those "
    "too short for it (suppressed); the canary's left out",
    ["reason"],
    buckets=(60, 300, 900, 1800, 3600, 14400, 28800, 86400, 259200),
)
HEARTBEAT = Gauge(
    "outage_source_last_heartbeat_timestamp_seconds",
    "When a source was last alive",
    ["source"],
)
SILENT_FROM = Gauge(
    "outage_source_silent_from_timestamp_seconds",
    "From when on a source counts as silent, unless it speaks before",
    ["source"],
)
SOURCE_UP = Gauge(
    "outage_source_up", "1 while a source's heartbeat is on time", ["source"]
)
GATE = Gauge(
    "outage_storm_gate_active",
    "1 while a source reports more than may be true, and its failures wait",
    ["source"],
)
GATED = Gauge("outage_gated_lines", "Suspects that wait behind the gate", ["source"])
ASKED = Counter(
    "outage_reconcile_runs_total",
    "Questions to sources by outcome",
    ["source", "result"],
)
CORRECTIONS = Counter(
    "outage_reconcile_corrections_total",
    "What had to be repaired: missed_detect, missed_clear, phantom",
    ["source", "kind"],
)
ANSWERED = Gauge(
    "outage_reconcile_last_success_timestamp_seconds",
    "When a source last answered",
    ["source"],
)
COMMANDS = Counter(
    "outage_commands_total", "Commands of operators by outcome", ["action", "outcome"]
)
