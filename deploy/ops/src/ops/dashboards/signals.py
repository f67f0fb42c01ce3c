"""outage-watcher: what monitoring says, and what became of it."""

from typing import Final

from ops.dashboards.model import Page, Row, graph, quantiles, stat

_NOW = Row(
    "Sources",
    (
        stat(
            "Silent sources",
            "Sources with heartbeats that are late: nothing is cleared on their word.",
            "count(outage_source_up == 0) or vector(0)",
            width=4,
            limits=((1, "red"),),
            runbook="SignalSourceSilent",
        ),
        stat(
            "Suspect",
            "Places that are held down: told only if they stay.",
            'sum(outage_lines{state="suspect"})',
            width=4,
        ),
        stat(
            "Down",
            "Places of outages that are told.",
            'sum(outage_lines{state="down"})',
            width=4,
            limits=((1, "orange"), (50, "red")),
        ),
        stat(
            "Recovering",
            "Places that are held up: told as over only if they stay.",
            'sum(outage_lines{state="recovering"})',
            width=4,
        ),
        stat(
            "Flapping",
            "Places that came back too often: their end needs 15 quiet minutes.",
            'sum(outage_lines_flagged{flag="flapping"})',
            width=4,
            limits=((1, "orange"),),
        ),
        stat(
            "Glitches in 1 h",
            "Failures that were too short to be told.",
            "sum(increase(outage_glitches_total[1h])) or vector(0)",
            width=4,
        ),
    ),
)

_COURSE = Row(
    "Signals",
    (
        graph(
            "Signals per second, by source",
            "A source that falls quiet says nothing is wrong, or nothing at all.",
            (
                "sum by (source) (rate(outage_signals_total[$__rate_interval]))",
                "{{source}}",
            ),
            unit="per_second",
            runbook="SignalSourceSilent",
        ),
        graph(
            "Signals per second, by what became of them",
            "Unmapped and invalid ones protect nobody.",
            (
                "sum by (result) (rate(outage_signals_total[$__rate_interval]))",
                "{{result}}",
            ),
            unit="per_second",
            runbook="UnmappedSignals",
        ),
        graph(
            "Delay of signals",
            "From when it occurred until it was received.",
            *quantiles("outage_signal_delay_seconds_bucket"),
            unit="seconds",
        ),
        graph(
            "Signal to OutageDetected",
            "The hold-down is in it.",
            *quantiles("outage_detection_duration_seconds_bucket"),
            unit="seconds",
            runbook="ProtectionBudgetBurn",
        ),
        graph(
            "Transitions in 5 minutes",
            "Moves of outages through their states.",
            (
                "sum by (from, to) (increase(outage_transitions_total[5m]))",
                "{{from}} → {{to}}",
            ),
        ),
        graph(
            "Duration of outages",
            "Of those that ended, from when it occurred.",
            *quantiles("outage_duration_seconds_bucket"),
            unit="seconds",
        ),
        graph(
            "Intake: answers per second",
            "Webhooks and signals by status.",
            (
                (
                    "sum by (route, status_code) (rate("
                    'http_server_request_duration_seconds_count{job="outage-watcher"}'
                    "[$__rate_interval]))"
                ),
                "{{route}} {{status_code}}",
            ),
            unit="per_second",
            runbook="SignalIntakeBudgetBurn",
        ),
        graph(
            "Intake: duration",
            "The objective is 1 s.",
            *quantiles(
                'http_server_request_duration_seconds_bucket{job="outage-watcher"}'
            ),
            unit="seconds",
            runbook="SignalIntakeBudgetBurn",
        ),
        graph(
            "Places by state",
            "Lines and elements in outages, without the canary.",
            ("sum by (state) (outage_lines)", "{{state}}"),
        ),
    ),
)

PAGE: Final = Page(
    "signals",
    "Signals and outages",
    "What monitoring says, how it becomes outages, and whether the sources live.",
    (_NOW, _COURSE),
)
