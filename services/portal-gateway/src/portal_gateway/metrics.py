"""What the gateway measures of itself."""

from prometheus_client import Counter, Gauge

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
