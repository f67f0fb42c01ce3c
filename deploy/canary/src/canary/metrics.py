"""What the canary saw: the customer's experience, measured from outside."""

from prometheus_client import Counter, Gauge, Histogram

_BUCKETS = (0.5, 1, 2.5, 5, 10, 20, 30, 45, 60, 90, 120, 180, 300)

ROUNDTRIP = Histogram(
    "canary_roundtrip_seconds",
    "From the first signal until the switch diverts the canary's calls, holds included",
    buckets=_BUCKETS,
)
RESTORE = Histogram(
    "canary_restore_seconds",
    "From the signal of recovery until the canary's calls ring at home, holds included",
    buckets=_BUCKETS,
)
RUNS = Counter(
    "canary_runs_total",
    "Runs by result: ok, refused, not_diverted, not_restored, unreachable",
    ["result"],
)
FAILURES_IN_A_ROW = Gauge(
    "canary_failures_in_a_row", "Runs since the last that went well"
)
LAST_SUCCESS = Gauge(
    "canary_last_success_timestamp_seconds", "When the last run ended that went well"
)
EVERY = Gauge("canary_interval_seconds", "Pause between the starts of two runs")

for _result in ("ok", "refused", "not_diverted", "not_restored", "unreachable"):
    RUNS.labels(_result)  # a rate needs a series before its first one
