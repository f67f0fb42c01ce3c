"""forwarding and the switch: what is armed, what the switch does, where it differs."""

from typing import Final

from ops.dashboards.model import Page, Row, graph, or_none, quantiles, stat

_NOW = Row(
    "The switch now",
    (
        stat(
            "Switch away",
            "1 while it does not answer; numbers wait and nothing is lost.",
            "max(forwarding_circuit_open)",
            unit="yes_no",
            width=4,
            limits=((1, "red"),),
            runbook="ForwardingBackendDown",
        ),
        stat(
            "Armed",
            "Numbers and blocks that the switch holds a rule for (an estimate).",
            'max(forwarding_state_lines{state="armed"})',
            width=4,
            runbook="DriftFound",
        ),
        stat(
            "Pending at the switch",
            "Changes that it has not acknowledged.",
            'max(forwarding_state_lines{state="pending"})',
            width=4,
            limits=((100, "orange"),),
            runbook="ForwardingBackendDown",
        ),
        stat(
            "Refused by the switch",
            "It says no to these; they are tried every 30 s.",
            'max(forwarding_state_lines{state="failed"})',
            width=4,
            limits=((1, "red"),),
            runbook="SwitchRefuses",
        ),
        stat(
            "Drift",
            "Entries in which the switch differs from the facts and is not mended yet.",
            "sum(max by (kind) (forwarding_drift_lines))",
            width=4,
            limits=((1, "orange"), (100, "red")),
            runbook="DriftFound",
        ),
        stat(
            "Last audit",
            "How long ago the switch was last compared with the facts.",
            "time() - min(max by (node) "
            "(forwarding_audit_last_success_timestamp_seconds))",
            unit="seconds",
            width=4,
            limits=((180, "orange"), (300, "red")),
            runbook="AuditStale",
        ),
    ),
)

_SWITCH = Row(
    "Talking to the switch",
    (
        graph(
            "Operations per second",
            "By result: stale is harmless, refused is not.",
            (
                "sum by (result) (rate(forwarding_operations_total[$__rate_interval]))",
                "{{result}}",
            ),
            unit="per_second",
            runbook="SwitchRefuses",
        ),
        graph(
            "Duration of calls",
            "One call carries up to a thousand operations.",
            *quantiles("forwarding_operation_duration_seconds_bucket"),
            unit="seconds",
            runbook="ForwardingBackendDown",
        ),
        graph(
            "Calls that are sent again per second",
            "By reason: timeouts, status codes, refusals.",
            (
                or_none(
                    "sum by (reason)"
                    " (rate(forwarding_retries_total[$__rate_interval]))",
                    "reason",
                ),
                "{{reason}}",
            ),
            unit="per_second",
            runbook="ForwardingBackendDown",
        ),
    ),
)

_FLIPS = Row(
    "Flips",
    (
        graph(
            "Age of what is not told",
            "The oldest flip that diverts, and the oldest that gives back.",
            ("max(forwarding_oldest_pending_seconds)", "any"),
            ("max(forwarding_oldest_clear_pending_seconds)", "giving back"),
            unit="seconds",
            runbook="NumbersUnprotected",
        ),
        graph(
            "Numbers and blocks by state",
            "Manual: »divert now« and drills.",
            (
                'max by (state) (forwarding_state_lines{state!="armed"})',
                "{{state}}",
            ),
            runbook="DriftFound",
        ),
        graph(
            "Drift found in 10 minutes",
            "missing: the switch forgot; stuck: no fact behind it; ahead: newer there.",
            (
                "sum by (kind) (increase(forwarding_drift_found_total[10m]))",
                "{{kind}}",
            ),
            runbook="DriftFound",
        ),
    ),
)

PAGE: Final = Page(
    "forwarding",
    "Forwarding and switch",
    "What the switch shall hold, what it holds, and how it answers.",
    (_NOW, _SWITCH, _FLIPS),
)
