"""outage-watcher: what monitoring says, and what became of it."""

from typing import Final

from ops.dashboards.model import Page, Row, graph, lately, or_none, quantiles, stat

_SECONDS = "http_server_request_duration_seconds"
_INTAKE = 'job="outage-watcher", route=~"/signals|/webhooks/.*"'

_NOW = Row(
    "Now",
    (
        stat(
            "Silent sources",
            "Sources with heartbeats that are late: nothing is cleared on their word.",
            "count(max by (source) (outage_source_up) == 0) or vector(0)",
            limits=((1, "red"),),
            runbook="SignalSourceSilent",
        ),
        stat(
            "Suspect",
            "Places that are held down: told only if they stay.",
            'max(outage_lines{state="suspect"})',
            runbook="OutageStormGateClosed",
        ),
        stat(
            "Down",
            "Places of outages that are told.",
            'max(outage_lines{state="down"})',
            limits=((1, "orange"), (50, "red")),
            runbook="OutageStormGateClosed",
        ),
        stat(
            "Recovering",
            "Places that are held up: told as over only if they stay.",
            'max(outage_lines{state="recovering"})',
            runbook="ManyUncertain",
        ),
        stat(
            "Flapping",
            "Places that came back too often: their end needs 15 quiet minutes.",
            'max(outage_lines_flagged{flag="flapping"})',
            limits=((1, "orange"),),
            runbook="ManyUncertain",
        ),
        stat(
            "Uncertain",
            "Places whose source is lost, or cannot prove that they work again.",
            'max(outage_lines_flagged{flag="uncertain"})',
            limits=((1, "orange"), (10, "red")),
            runbook="ManyUncertain",
        ),
        stat(
            "Storm gates",
            "Sources that report more at once than may be true: it waits.",
            "count(max by (source) (outage_storm_gate_active) == 1) or vector(0)",
            limits=((1, "red"),),
            runbook="OutageStormGateClosed",
        ),
        stat(
            "Glitches in 1 h",
            "Failures that were too short to be told.",
            "sum(increase(outage_glitches_total[1h])) or vector(0)",
            runbook="FalseAlarmBudgetBurn",
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
                lately(
                    "sum by (source) (rate(outage_signals_total[$__rate_interval]))",
                    "outage_signals_total",
                    "source",
                ),
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
            runbook="SignalSourceSilent",
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
            runbook="OutageStormGateClosed",
        ),
        graph(
            "Duration of outages",
            "Of those that ended in the hour before, from when it occurred; the"
            " canary's left out.",
            *quantiles("outage_duration_seconds_bucket", over="1h"),
            unit="seconds",
            runbook="FalseAlarmBudgetBurn",
        ),
        graph(
            "Intake: answers per second",
            "Webhooks and signals by status.",
            (
                (
                    "sum by (route, status_code)"
                    f" (rate({_SECONDS}_count{{{_INTAKE}}}[$__rate_interval]))"
                ),
                "{{route}} {{status_code}}",
            ),
            unit="per_second",
            runbook="SignalIntakeBudgetBurn",
        ),
        graph(
            "Intake: duration",
            "The objective is 1 s.",
            *quantiles(f"{_SECONDS}_bucket{{{_INTAKE}}}"),
            unit="seconds",
            runbook="SignalIntakeBudgetBurn",
        ),
        graph(
            "Places by state",
            "Lines and elements in outages, without the canary.",
            ("max by (state) (outage_lines)", "{{state}}"),
            runbook="OutageStormGateClosed",
        ),
    ),
)

_SOURCES = Row(
    "What is known of the sources",
    (
        graph(
            "Silence of sources",
            "Since the last heartbeat of those that send any; lost after 3 minutes.",
            (
                or_none(
                    "time() - max by (source)"
                    " (outage_source_last_heartbeat_timestamp_seconds)",
                    "source",
                ),
                "{{source}}",
            ),
            unit="seconds",
            runbook="SignalSourceSilent",
        ),
        graph(
            "Corrections in 1 h",
            "What sources told wrongly or not at all, found by asking them.",
            (
                or_none(
                    "sum by (source, kind)"
                    " (increase(outage_reconcile_corrections_total[1h]))",
                    "kind",
                ),
                "{{source}} {{kind}}",
            ),
            runbook="ReconcileCorrectsOften",
        ),
        graph(
            "Behind storm gates",
            "Suspects that wait for an explanation, or for the hold to end.",
            (
                or_none("max by (source) (outage_gated_lines)", "source"),
                "{{source}}",
            ),
            runbook="OutageStormGateClosed",
        ),
    ),
)

PAGE: Final = Page(
    "signals",
    "Signals and outages",
    "What monitoring says, how it becomes outages, and whether the sources live.",
    (_NOW, _COURSE, _SOURCES),
)
