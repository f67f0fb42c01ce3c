"""
The objectives, and the rules that follow from them.

One table; recording rules, burn-rate alerts and the page of objectives are made
from it (`python -m ops generate`).
"""

from dataclasses import dataclass
from typing import Any, Final

PERIOD: Final = "28d"


@dataclass(frozen=True, slots=True)
class Burn:
    """How fast the budget may burn before somebody is told."""

    severity: str
    factor: float
    long: str
    short: str
    """It must burn in both windows: long enough to matter, and still."""


BURNS: Final = (
    Burn("page", 14.4, "1h", "5m"),
    Burn("page", 6, "6h", "30m"),
    Burn("ticket", 1, "3d", "6h"),
)
WINDOWS: Final = ("5m", "30m", "1h", "6h", "3d", PERIOD)


@dataclass(frozen=True, slots=True)
class Slo:
    """A promise that can be measured."""

    name: str
    alert: str
    title: str
    """Few words, for above a panel."""
    promise: str
    objective: float
    bad: str
    """PromQL of the share that was bad in a window, written `$w`."""
    severities: tuple[str, ...] = ("page", "ticket")
    base: str | None = None
    """PromQL that is recorded first as `slo:<name>:now`, for shares of time."""


def _slow(histogram: str, limit: str, *, missed: str | None = None) -> str:
    """Return the share that took longer; `missed`: counts what never came to an end."""
    good = f'sum(rate({histogram}_bucket{{le="{limit}"}}[$w]))'
    all_of_them = f"sum(rate({histogram}_count[$w]))"
    if missed:
        all_of_them = f"({all_of_them} + sum(rate({missed}[$w])))"
    return _bad(good, all_of_them)


def _bad(good: str, all_of_them: str) -> str:
    """Return the share that was not good; where nothing was, nothing was bad."""
    return f"1 - {good} / ({all_of_them} > 0) or 0 * {all_of_them}"


_MISSED = 'canary_runs_total{result=~"refused|not_diverted|unreachable"}'
_ENDED = "outage_duration_seconds_count"
_REQUESTS = "http_server_request_duration_seconds"
_INTAKE = 'job="outage-watcher", route=~"/signals|/webhooks/.*"'
_ASKED = f'sum(rate({_REQUESTS}_count{{{_INTAKE}, status_code!~"4.."}}[$w]))'

SLOS: Final = (
    Slo(
        "activation",
        "ForwardingActivationBudgetBurn",
        "Diverted within 60 s",
        "Calls are diverted within 60 s of OutageDetected",
        0.999,
        _slow("forwarding_activation_duration_seconds", "60.0"),
    ),
    Slo(
        "protection",
        "ProtectionBudgetBurn",
        "Protected within 120 s",
        "Calls are diverted within 120 s of the first signal, holds included",
        0.99,
        _slow("canary_roundtrip_seconds", "120.0", missed=_MISSED),
    ),
    Slo(
        "restoration",
        "RestorationBudgetBurn",
        "Home within 5 minutes",
        "Calls ring at home within 5 minutes of OutageCleared",
        0.995,
        _slow("forwarding_deactivation_duration_seconds", "300.0"),
    ),
    Slo(
        "truth",
        "TruthBudgetBurn",
        "Switch holds the facts",
        "The switch holds what the facts say, in 99.99 % of rule-minutes",
        0.9999,
        "avg_over_time(slo:truth:now[$w])",
        base="sum(max by (kind) (forwarding_drift_lines))"
        ' / clamp_min(max(forwarding_state_lines{state="armed"}), 1)',
    ),
    Slo(
        "false-alarms",
        "FalseAlarmBudgetBurn",
        "Outages that were real",
        "No more than 1 in 1000 outages, the canary's left out, is withdrawn as a"
        " false alarm",
        0.999,
        # Both are counted as outages end. Where none did, none was false.
        f'sum(rate({_ENDED}{{reason="withdrawn"}}[$w]))'
        f' / (sum(rate({_ENDED}{{reason!="suppressed"}}[$w])) > 0)'
        f" or 0 * sum(rate({_ENDED}[$w]))",
        # One withdrawn outage among few is no reason to wake somebody.
        severities=("ticket",),
    ),
    Slo(
        "intake",
        "SignalIntakeBudgetBurn",
        "Signals taken within 1 s",
        "Webhooks and signals are taken within 1 s",
        0.999,
        _bad(
            # Who took none yet has no series of those that were taken.
            f'(sum(rate({_REQUESTS}_bucket{{{_INTAKE}, le="1.0",'
            f' status_code=~"2.."}}[$w])) or 0 * {_ASKED})',
            _ASKED,
        ),
    ),
    Slo(
        "freshness",
        "FreshnessBudgetBurn",
        "Events fresh within 10 s",
        "No event waits longer than 10 s, in 99.9 % of minutes",
        0.999,
        "avg_over_time(slo:freshness:now[$w])",
        base="max(kafka_consumer_oldest_unprocessed_seconds) >= bool 10",
    ),
)


def rules() -> dict[str, Any]:
    """Return the rule file of all objectives."""
    return {
        "groups": [
            {
                "name": f"slo-{slo.name}",
                "interval": "1m",
                "rules": [*_records(slo), *_alerts(slo)],
            }
            for slo in SLOS
        ]
    }


def error_ratio(window: str) -> str:
    """Return the name of the recorded share of what was bad."""
    return f"slo:error:ratio_{window}"


def _records(slo: Slo) -> list[dict[str, Any]]:
    labels = {"slo": slo.name}
    base = [{"record": f"slo:{slo.name}:now", "expr": slo.base}] if slo.base else []
    return [
        *base,
        {
            "record": "slo:objective:ratio",
            "expr": f"vector({slo.objective})",
            "labels": labels,
        },
        *(
            {
                "record": error_ratio(window),
                "expr": slo.bad.replace("$w", window),
                "labels": labels,
            }
            for window in WINDOWS
        ),
        {
            "record": "slo:budget_left:ratio",
            "expr": f'1 - {error_ratio(PERIOD)}{{slo="{slo.name}"}}'
            f" / (1 - {slo.objective})",
            "labels": labels,
        },
    ]


def _alerts(slo: Slo) -> list[dict[str, Any]]:
    return [
        {
            "alert": slo.alert,
            "expr": "\n  or\n".join(
                _burning(slo, burn) for burn in BURNS if burn.severity == severity
            ),
            "labels": {"severity": severity, "slo": slo.name},
            "annotations": {
                "summary": f"{slo.promise}: too often not"
                f" ({{{{ $value | humanizePercentage }}}} bad)",
                "description": f"The objective is {slo.objective * 100:g} % over"
                f" {PERIOD}. At this pace the budget is spent long before that.",
                "runbook_url": f"docs/runbooks/{slo.alert}.md",
                "dashboard": "/d/slo",
            },
        }
        for severity in slo.severities
    ]


def _burning(slo: Slo, burn: Burn) -> str:
    limit = f"{round(burn.factor * (1 - slo.objective), 8):g}"
    long, short = (
        f'{error_ratio(window)}{{slo="{slo.name}"}} > {limit}'
        for window in (burn.long, burn.short)
    )
    return f"({long} and {short})"
