"""What the gateway measures of itself."""

from prometheus_client import Counter, Gauge, Histogram

NOTICES = Counter(
    "portal_gateway_notices_total",
    "Tries of notices by result: sent, void, refused, failed, expired",
    ["channel", "kind", "result"],
)
NOTICES_WAITING = Gauge(
    "portal_gateway_notices_waiting", "Notices that are due and not sent yet"
)
NOTICES_OLDEST = Gauge(
    "portal_gateway_notices_oldest_seconds",
    "How long the oldest notice that is due waits",
)
IMPORTS = Counter(
    "portal_gateway_imports_total",
    "Imports of rules, by step: previewed, applied, undone, refused",
    ["step"],
)
STREAMS = Gauge("portal_event_streams", "Browsers that listen to live events now")
WISHES = Gauge("portal_wishes_waiting", "Saves that wait for forwarding's answer")
OLDEST_WISH = Gauge(
    "portal_oldest_wish_seconds", "Age of the oldest save that waits for its answer"
)
SHOWN = Histogram(
    "portal_shown_delay_seconds",
    "From the switch's acknowledgement until the portal shows it, oldest of a batch",
    buckets=(0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)
