"""portal-gateway and provisioning: what customers and the calendar do."""

from typing import Final

from ops.dashboards.model import Page, Row, graph, quantiles, stat

_GATEWAY = 'job="portal-gateway", route!~"/health/.*|/metrics"'
_SECONDS = "http_server_request_duration_seconds"

_NOW = Row(
    "Portal now",
    (
        stat(
            "Listening browsers",
            "Open streams of live events.",
            "sum(portal_event_streams)",
            width=4,
        ),
        stat(
            "Saves that wait",
            "The portal says »wird übernommen« to these customers.",
            "sum(portal_wishes_waiting)",
            width=4,
            limits=((20, "orange"),),
            runbook="SavesWait",
        ),
        stat(
            "Longest waiting save",
            "forwarding answers within a second or two.",
            "max(portal_oldest_wish_seconds)",
            unit="seconds",
            width=4,
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
            width=4,
            limits=((0.01, "orange"), (0.05, "red")),
            runbook="HttpErrors",
        ),
        stat(
            "Numbers live",
            "Numbers and blocks that provisioning knows to be live.",
            "sum(provisioning_numbers_live)",
            width=4,
        ),
        stat(
            "Contested numbers",
            "Ported in while another customer still has them.",
            "sum(provisioning_numbers_contested)",
            width=4,
            limits=((1, "orange"),),
            runbook="NumbersContested",
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
        ),
        graph(
            "Until the portal shows it",
            "From the switch's acknowledgement to the customer's screen.",
            *quantiles("portal_shown_delay_seconds_bucket"),
            unit="seconds",
        ),
        graph(
            "Orders settled in 15 minutes",
            "By outcome.",
            (
                (
                    "sum by (outcome) (increase(provisioning_orders_total[15m]))"
                    " or vector(0)"
                ),
                "{{outcome}}",
            ),
        ),
        graph(
            "Calendar",
            "Openings that failed, and how long until the next one (a day at most"
            " is shown).",
            ("sum(increase(provisioning_calendar_failures_total[15m]))", "failed"),
            (
                (
                    "clamp(max(provisioning_next_opening_timestamp_seconds) - time(),"
                    " -86400, 86400)"
                ),
                "seconds to the next",
            ),
            runbook="OpeningsOverdue",
        ),
    ),
)

PAGE: Final = Page(
    "portal",
    "Portal and orders",
    "What customers see and save, and the days on which numbers open.",
    (_NOW, _COURSE),
)
