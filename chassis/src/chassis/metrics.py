"""Every metric that all services have, declared once with its meaning."""

from prometheus_client import REGISTRY, Counter, Gauge, Histogram
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import Response

RECORDS = Counter(
    "kafka_consumer_records_total",
    "Messages consumed, by what became of them: done, repeated, rejected, failed",
    ["group", "topic", "result"],
)
OLDEST = Gauge(
    "kafka_consumer_oldest_unprocessed_seconds",
    "Age of the oldest message that is not handled yet; 0 when there is none",
    ["group", "topic"],
)
LAG = Gauge(
    "kafka_consumer_lag_records",
    "Messages not handled yet",
    ["group", "topic", "partition"],
)
POLLED = Gauge(
    "kafka_consumer_last_poll_timestamp_seconds",
    "When Kafka last answered the consumer, with messages or without; the oldest "
    "of its partitions; of who has not heard it yet, when the service began",
    ["group", "topic"],
)
REBALANCES = Counter(
    "kafka_consumer_rebalances_total",
    "How often the consumer was given partitions anew",
    ["group"],
)
HALTED = Gauge(
    "kafka_consumer_halted",
    "1 while a consumer waits for a person: too many dead letters in a row",
    ["group", "topic"],
)
DEAD_LETTERS = Counter(
    "kafka_dlq_records_total",
    "Messages parked because they can never succeed",
    ["topic", "reason"],
)
DEAD_LETTERS_WAITING = Gauge(
    "kafka_dlq_waiting_records", "Dead letters that nobody has sent again yet"
)
PRODUCER_ERRORS = Counter(
    "kafka_producer_errors_total",
    "Sends to Kafka that failed and are tried again",
    ["topic"],
)
OUTBOX_PENDING = Gauge("outbox_pending_records", "Events committed but not sent yet")
OUTBOX_OLDEST = Gauge("outbox_oldest_seconds", "Age of the oldest event not sent yet")
REQUESTS = Histogram(
    "http_server_request_duration_seconds",
    "HTTP requests by route, method and status",
    ["method", "route", "status_code"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
POOL = Gauge(
    "postgres_pool_connections",
    "Connections of the pool: busy, idle, and the most it may open",
    ["state"],
)
ERASURES_WAITING = Gauge(
    "erasures_waiting_customers",
    "Customers to be erased of whom something is not over yet",
)
LOOP_LAG = Gauge(
    "event_loop_lag_seconds", "By how much the event loop was late at the last look"
)
BUILD = Gauge("build_info", "Which build runs", ["service", "version", "revision"])


async def show(request: Request) -> Response:
    """Answer /metrics itself: a mounted application would answer /metrics/ only."""
    encode, content_type = choose_encoder(request.headers.get("accept", ""))
    return Response(encode(REGISTRY), headers={"Content-Type": content_type})
