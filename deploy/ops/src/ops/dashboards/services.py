"""Every service alike: rate, errors, duration, and what the process uses."""

from typing import Final

from ops.dashboards.model import Page, Row, graph, or_none, quantiles

_MINE = 'job=~"$job", instance=~"$instance"'
_SECONDS = "http_server_request_duration_seconds"

_ASKED = f'{_MINE}, route!~"/health/.*|/metrics"'
_ALL = f"sum by (job) (rate({_SECONDS}_count{{{_ASKED}}}[$__rate_interval]))"
_BAD = (
    f'sum by (job) (rate({_SECONDS}_count{{{_ASKED}, status_code=~"5.."}}'
    "[$__rate_interval]))"
)
_BUSY = f'postgres_pool_connections{{{_MINE}, state="busy"}}'
_MOST = f'postgres_pool_connections{{{_MINE}, state="most"}}'

_HTTP = Row(
    "Requests",
    (
        graph(
            "Requests per second",
            "By service, health checks and metrics left out.",
            (
                _ALL,
                "{{job}}",
            ),
            unit="per_second",
            runbook="HttpErrors",
        ),
        graph(
            "Server errors",
            "Share of answers with 5xx.",
            (
                (f"{_BAD} / {_ALL} or 0 * {_ALL}"),
                "{{job}}",
            ),
            unit="share",
            runbook="HttpErrors",
        ),
        graph(
            "Duration, p99",
            "Of all requests of a service.",
            quantiles(f"{_SECONDS}_bucket{{{_ASKED}}}", "job")[2],
            unit="seconds",
            runbook="HttpErrors",
        ),
    ),
)

_MESSAGES = Row(
    "Messages",
    (
        graph(
            "Messages per second",
            "Handled, by service.",
            (
                (
                    "sum by (job) (rate(kafka_consumer_records_total"
                    f'{{{_MINE}, result="done"}}[$__rate_interval]))'
                ),
                "{{job}}",
            ),
            unit="per_second",
            runbook="ConsumerLagGrowing",
        ),
        graph(
            "Failures per second",
            "Attempts that failed (they come again), and messages that were parked.",
            (
                or_none(
                    "sum by (job, result) (rate(kafka_consumer_records_total"
                    f'{{{_MINE}, result=~"failed|rejected"}}[$__rate_interval]))',
                    "job",
                ),
                "{{job}} {{result}}",
            ),
            unit="per_second",
            runbook="DLQNotEmpty",
        ),
        graph(
            "Oldest unprocessed",
            "Age of the oldest message that is not handled.",
            (
                f"max by (job) (kafka_consumer_oldest_unprocessed_seconds{{{_MINE}}})",
                "{{job}}",
            ),
            unit="seconds",
            runbook="ConsumerLagGrowing",
        ),
    ),
)

_PROCESS = Row(
    "Processes",
    (
        graph(
            "CPU",
            "Cores in use.",
            (
                (
                    "sum by (job, instance) (rate(process_cpu_seconds_total"
                    f"{{{_MINE}}}[$__rate_interval]))"
                ),
                "{{job}} {{instance}}",
            ),
            runbook="EventLoopLate",
        ),
        graph(
            "Memory",
            "Resident.",
            (f"process_resident_memory_bytes{{{_MINE}}}", "{{job}} {{instance}}"),
            unit="bytes",
            runbook="EventLoopLate",
        ),
        graph(
            "Garbage collections per second",
            "Of all generations: each stops the process for a moment.",
            (
                (
                    "sum by (job, instance) (rate(python_gc_collections_total"
                    f"{{{_MINE}}}[$__rate_interval]))"
                ),
                "{{job}} {{instance}}",
            ),
            unit="per_second",
            runbook="EventLoopLate",
        ),
        graph(
            "Open files",
            "Share of what a process may have open, connections included.",
            (
                f"process_open_fds{{{_MINE}}} / process_max_fds{{{_MINE}}}",
                "{{job}} {{instance}}",
            ),
            unit="share",
            runbook="PoolExhausted",
        ),
        graph(
            "Lateness of the event loop",
            "Everything in the process waits so long.",
            (
                f"max by (job) (event_loop_lag_seconds{{{_MINE}}})",
                "{{job}}",
            ),
            unit="seconds",
            runbook="EventLoopLate",
        ),
        graph(
            "Database connections in use",
            "Share of the pool.",
            (
                f"sum by (job) ({_BUSY}) / sum by (job) ({_MOST})",
                "{{job}}",
            ),
            unit="share",
            runbook="PoolExhausted",
        ),
        graph(
            "Instances that answer",
            "Processes that Prometheus reaches.",
            (f"sum by (job) (up{{{_MINE}}})", "{{job}}"),
            runbook="ForwardingDown",
        ),
        graph(
            "Starts in 15 minutes",
            "More than a roll-out explains: a process keeps dying.",
            (
                or_none(
                    "sum by (job, instance)"
                    f" (changes(process_start_time_seconds{{{_MINE}}}[15m]))",
                    "job",
                ),
                "{{job}} {{instance}}",
            ),
            runbook="OutageWatcherDown",
        ),
        graph(
            "Builds",
            "More than one revision of a service: a roll-out is under way.",
            (
                f"count by (service, version, revision) (build_info{{{_MINE}}})",
                "{{service}} {{version}} {{revision}}",
            ),
            runbook="OutageWatcherDown",
        ),
    ),
)

PAGE: Final = Page(
    "services",
    "Services",
    "Rate, errors and duration of each service, and what its processes use.",
    (_HTTP, _MESSAGES, _PROCESS),
    by_instance=True,
)
