"""What an operator sees of orders and of the porting calendar."""

from prometheus_client import Counter, Gauge

ORDERS = Counter(
    "provisioning_orders_total",
    "Orders settled, by outcome: accepted, refused, cancelled",
    ["outcome"],
)
NUMBERS_LIVE = Gauge(
    "provisioning_numbers_live",
    "Numbers and blocks that are live, with option or not; counted every ten minutes",
)
NUMBERS_CONTESTED = Gauge(
    "provisioning_numbers_contested",
    "Arrivals that wait because another customer still has the number",
)
NEXT_OPENING = Gauge(
    "provisioning_next_opening_timestamp_seconds",
    "When the next number opens or leaves; in the past: overdue; +Inf: none is planned",
)
CALENDAR_FAILURES = Counter(
    "provisioning_calendar_failures_total",
    "Openings that failed and are tried again",
)
