"""The front page: what customers feel now."""

from typing import Final

from ops.dashboards.model import Page, Row, graph, quantiles, stat

_CUSTOMERS = Row(
    "Customers now",
    (
        stat(
            "Open outages",
            "Outages that customers are told of: down, or recovering and not yet over.",
            'sum(max by (state) (outage_open{state=~"down|recovering"}))',
            limits=((1, "orange"),),
            runbook="OutageStormGateClosed",
        ),
        stat(
            "Places down",
            "Places of open outages, the canary's left out.",
            'sum(max by (state) (outage_lines{state=~"down|recovering"}))',
            limits=((1, "orange"), (50, "red")),
            runbook="OutageStormGateClosed",
        ),
        stat(
            "Numbers diverted",
            "Numbers whose calls go where the customer chose; blocks in full.",
            'max(forwarding_numbers{state="diverted"})',
            limits=((1, "orange"),),
            runbook="NumbersUnprotected",
        ),
        stat(
            "Unprotected now",
            "Customers whose line is down and whose calls are not known to be diverted."
            " More than a moment above 0 is the worst that can happen here.",
            'max(forwarding_numbers{state="waiting"})',
            limits=((1, "red"),),
            runbook="NumbersUnprotected",
        ),
        stat(
            "Not home yet",
            "The outage is over and the switch has not said that calls are home.",
            'max(forwarding_numbers{state="returning"})',
            limits=((1, "orange"),),
            runbook="ForwardingStuckAfterClear",
        ),
        stat(
            "Stuck",
            "In effect at the switch without any fact behind them. Always 0.",
            "max(forwarding_stuck)",
            limits=((1, "red"),),
            runbook="ForwardingStuck",
        ),
        stat(
            "Longest wait",
            "Age of the oldest change that the switch or Kafka does not have yet.",
            "max(forwarding_oldest_pending_seconds)",
            unit="seconds",
            limits=((10, "orange"), (60, "red")),
            runbook="NumbersUnprotected",
        ),
        stat(
            "Kill switch",
            "1 while somebody holds every forwarding off.",
            "max(forwarding_held)",
            unit="yes_no",
            limits=((1, "red"),),
            runbook="ForwardingHeld",
        ),
    ),
)

_PROMISE = Row(
    "The promise",
    (
        stat(
            "Time to protect (p99)",
            "From OutageDetected until the last number of the outage is diverted, over"
            " the last hour. The objective is 60 s.",
            "histogram_quantile(0.99, sum by (le)"
            " (rate(forwarding_activation_duration_seconds_bucket[1h]))) >= 0",
            unit="seconds",
            width=4,
            limits=((30, "orange"), (60, "red")),
            runbook="ForwardingActivationBudgetBurn",
        ),
        stat(
            "Time to restore (p99)",
            "From OutageCleared until the last number rings at home. The objective is"
            " 5 minutes.",
            "histogram_quantile(0.99, sum by (le)"
            " (rate(forwarding_deactivation_duration_seconds_bucket[1h]))) >= 0",
            unit="seconds",
            width=4,
            limits=((120, "orange"), (300, "red")),
            runbook="RestorationBudgetBurn",
        ),
        stat(
            "Canary protected in",
            "Mean of the canary's runs, hold-down included: what a customer waits.",
            "sum(rate(canary_roundtrip_seconds_sum[1h]))"
            " / (sum(rate(canary_roundtrip_seconds_count[1h])) > 0)",
            unit="seconds",
            width=4,
            limits=((60, "orange"), (120, "red")),
            runbook="ProtectionBudgetBurn",
        ),
        stat(
            "Canary last sang",
            "How long ago the whole chain was last seen to work.",
            "time() - max(canary_last_success_timestamp_seconds > 0)",
            unit="seconds",
            width=4,
            limits=((600, "orange"), (900, "red")),
            runbook="CanaryFailing",
        ),
        stat(
            "Pages firing",
            "Alerts that wake somebody.",
            'count(ALERTS{alertstate="firing", severity="page"}) or vector(0)',
            width=4,
            limits=((1, "red"),),
            runbook="Watchdog",
        ),
        stat(
            "Tickets firing",
            "Alerts that wait for working hours.",
            'count(ALERTS{alertstate="firing", severity="ticket"}) or vector(0)',
            width=4,
            limits=((1, "orange"),),
            runbook="Watchdog",
        ),
    ),
)

_COURSE = Row(
    "How it came to this",
    (
        graph(
            "Numbers in outages",
            "Diverted, and those that wait to be or to come home.",
            ("max by (state) (forwarding_numbers)", "{{state}}"),
            width=12,
            runbook="NumbersUnprotected",
        ),
        graph(
            "Outages by state",
            "Suspect ones are held down and nobody is told of them yet.",
            ("max by (state) (outage_open)", "{{state}}"),
            width=12,
            runbook="OutageStormGateClosed",
        ),
        graph(
            "Time to protect",
            "From OutageDetected until the last number of the outage is diverted.",
            *quantiles("forwarding_activation_duration_seconds_bucket"),
            unit="seconds",
            runbook="ForwardingActivationBudgetBurn",
        ),
        graph(
            "Time to restore",
            "From OutageCleared until the last number of the outage rings at home.",
            *quantiles("forwarding_deactivation_duration_seconds_bucket"),
            unit="seconds",
            runbook="RestorationBudgetBurn",
        ),
        graph(
            "Told per second",
            "ForwardingApplied events: numbers that go and come home.",
            (
                "sum by (in_effect) (rate(forwarding_applied_total[$__rate_interval]))",
                "in effect: {{in_effect}}",
            ),
            unit="per_second",
            runbook="OutboxStuck",
        ),
        graph(
            "Outages started in 5 minutes",
            "By what failed: a line, an element, or one above that is known already.",
            (
                "sum by (root_cause) (increase(outage_started_total[5m]))",
                "root cause: {{root_cause}}",
            ),
            runbook="OutageStormGateClosed",
        ),
        graph(
            "Outages told in 5 minutes",
            "OutageDetected, again when an outage grows, and OutageCleared.",
            (
                (
                    "sum by (type) (increase(outage_events_published_total"
                    '{type=~"Outage(Detected|Cleared)"}[5m]))'
                ),
                "{{type}}",
            ),
            runbook="OutageStormGateClosed",
        ),
        graph(
            "Until the portal shows it",
            "From the switch's acknowledgement to the customer's screen.",
            *quantiles("portal_shown_delay_seconds_bucket"),
            unit="seconds",
            runbook="FreshnessBudgetBurn",
        ),
        graph(
            "Alerts firing",
            "By name. Watchdog always fires: without it alerting is broken.",
            ('count by (alertname) (ALERTS{alertstate="firing"})', "{{alertname}}"),
            runbook="Watchdog",
        ),
    ),
)

PAGE: Final = Page(
    "impact",
    "Customer impact",
    "What customers feel now: who is without a line, and whose calls are safe.",
    (_CUSTOMERS, _PROMISE, _COURSE),
)
