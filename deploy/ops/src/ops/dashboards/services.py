"""Every service alike: rate, errors, duration, and what the process uses."""

from typing import Final

from ops.dashboards.model import Page, Row, graph, quantiles

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
            "Rate",
            "Requests per second by service, health checks and metrics left out.",
            (
                _ALL,
                "{{job}}",
            ),
            unit="per_second",
        ),
        graph(
            "Errors",
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
        ),
    ),
)

_MESSAGES = Row(
    "Messages",
    (
        graph(
            "Rate",
            "Messages handled per second by service.",
            (
                (
                    "sum by (job) (rate(kafka_consumer_records_total"
                    f'{{{_MINE}, result="done"}}[$__rate_interval]))'
                ),
                "{{job}}",
            ),
            unit="per_second",
        ),
        graph(
            "Errors",
            "Attempts per second that failed (they come again) or were parked.",
            (
                (
                    "sum by (job, result) (rate(kafka_consumer_records_total"
                    f'{{{_MINE}, result=~"failed|rejected"}}[$__rate_interval]))'
                ),
                "{{job}} {{result}}",
            ),
            unit="per_second",
            runbook="DLQNotEmpty",
        ),
        graph(
            "Waiting time",
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
        ),
        graph(
            "Memory",
            "Resident.",
            (f"process_resident_memory_bytes{{{_MINE}}}", "{{job}} {{instance}}"),
            unit="bytes",
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
            "Up",
            "1 for each process that answers Prometheus.",
            (f"up{{{_MINE}}}", "{{job}} {{instance}}"),
            unit="yes_no",
            runbook="ForwardingDown",
        ),
        graph(
            "Builds",
            "More than one revision of a service: a roll-out is under way.",
            (
                f"count by (service, version, revision) (build_info{{{_MINE}}})",
                "{{service}} {{version}} {{revision}}",
            ),
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
