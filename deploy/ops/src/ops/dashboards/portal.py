"""portal-gateway and provisioning: what customers and the calendar do."""

from typing import Final

from ops.dashboards.model import Page, Row, graph, or_none, quantiles, stat

_GATEWAY = 'job="portal-gateway", route!~"/health/.*|/metrics"'
_SECONDS = "http_server_request_duration_seconds"

_NOW = Row(
    "Portal now",
    (
        stat(
            "Listening browsers",
            "Open streams of live events.",
            "sum(portal_event_streams)",
            runbook="PortalGatewayDown",
        ),
        stat(
            "Saves that wait",
            "The portal says »wird übernommen« to these customers.",
            "max(portal_wishes_waiting)",
            limits=((20, "orange"),),
            runbook="SavesWait",
        ),
        stat(
            "Longest save",
            "forwarding answers within a second or two.",
            "max(portal_oldest_wish_seconds)",
            unit="seconds",
            limits=((10, "orange"), (60, "red")),
            runbook="SavesWait",
        ),
        stat(
            "Server errors",
            "Answers with 5xx, as a share of the portal's answers in 5 minutes.",
            f'(sum(rate({_SECONDS}_count{{{_GATEWAY}, status_code=~"5.."}}[5m]))'
            f" or vector(0)) / (sum(rate({_SECONDS}_count{{{_GATEWAY}}}[5m])) > 0)"
            " or vector(0)",
            unit="share",
            limits=((0.01, "orange"), (0.05, "red")),
            runbook="HttpErrors",
        ),
        stat(
            "Numbers live",
            "Numbers and blocks that are live, counted every ten minutes.",
            "max(provisioning_numbers_live)",
            runbook="OpeningsOverdue",
        ),
        stat(
            "Contested",
            "Ported in while another customer still has them.",
            "max(provisioning_numbers_contested)",
            limits=((1, "orange"),),
            runbook="NumbersContested",
        ),
        stat(
            "Erasures waiting",
            "Customers to be erased of whom a number or an option is not over.",
            "max(erasures_waiting_customers)",
            limits=((1, "orange"),),
            runbook="ErasureWaits",
        ),
        stat(
            "Next opening in",
            "When numbers open next; 30 days: none is known. 0 for long: overdue.",
            "clamp(min(provisioning_next_opening_timestamp_seconds) - time(),"
            " 0, 2592000)",
            unit="seconds",
            runbook="OpeningsOverdue",
        ),
        stat(
            "Oldest notice",
            "How long a mail or SMS that is due waits; providers may be away.",
            "max(portal_gateway_notices_oldest_seconds)",
            unit="seconds",
            limits=((300, "orange"), (3600, "red")),
            runbook="PortalGatewayDown",
        ),
    ),
)

_COURSE = Row(
    "Portal and orders",
    (
        graph(
            "Requests per second",
            "By status.",
            (
                (
                    f"sum by (status_code) (rate({_SECONDS}_count{{{_GATEWAY}}}"
                    "[$__rate_interval]))"
                ),
                "{{status_code}}",
            ),
            unit="per_second",
            stacked=True,
            runbook="HttpErrors",
        ),
        graph(
            "Duration of requests",
            "A save waits up to 1.5 s for its confirmation.",
            *quantiles(f"{_SECONDS}_bucket{{{_GATEWAY}}}"),
            unit="seconds",
            runbook="HttpErrors",
        ),
        graph(
            "Slowest routes, p95",
            "Where the time goes.",
            (
                (
                    "topk(8, histogram_quantile(0.95, sum by (le, method, route)"
                    f" (rate({_SECONDS}_bucket{{{_GATEWAY}}}[$__rate_interval]))))"
                ),
                "{{method}} {{route}}",
            ),
            unit="seconds",
            runbook="HttpErrors",
        ),
        graph(
            "Until the portal shows it",
            "From the switch's acknowledgement to the customer's screen.",
            *quantiles("portal_shown_delay_seconds_bucket"),
            unit="seconds",
            runbook="FreshnessBudgetBurn",
        ),
        graph(
            "Orders settled in 15 minutes",
            "By outcome.",
            (
                or_none(
                    "sum by (outcome) (increase(provisioning_orders_total[15m]))",
                    "outcome",
                ),
                "{{outcome}}",
            ),
            runbook="OpeningsOverdue",
        ),
        graph(
            "Openings that failed in 15 minutes",
            "The calendar tries them again at each poll; the others are not held up.",
            ("sum(increase(provisioning_calendar_failures_total[15m]))", "failed"),
            runbook="OpeningsOverdue",
        ),
        graph(
            "Notices in 15 minutes",
            "Mails and SMS by result; void: what they told of was over before.",
            (
                or_none(
                    "sum by (channel, result)"
                    " (increase(portal_gateway_notices_total[15m]))",
                    "channel",
                ),
                "{{channel}} {{result}}",
            ),
            runbook="PortalGatewayDown",
        ),
        graph(
            "Imports of rules in 1 h",
            "Files by step.",
            (
                or_none(
                    "sum by (step) (increase(portal_gateway_imports_total[1h]))",
                    "step",
                ),
                "{{step}}",
            ),
            runbook="SavesWait",
        ),
        graph(
            "Listening browsers",
            "Open streams of live events, by instance.",
            ("sum by (instance) (portal_event_streams)", "{{instance}}"),
            runbook="PortalGatewayDown",
        ),
    ),
)

PAGE: Final = Page(
    "portal",
    "Portal and orders",
    "What customers see and save, and the days on which numbers open.",
    (_NOW, _COURSE),
)
