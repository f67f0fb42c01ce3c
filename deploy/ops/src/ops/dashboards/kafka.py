"""Kafka, outbox and inbox: whether facts travel."""

from typing import Final

from ops.dashboards.model import Page, Row, graph, lately, or_none, stat

_DONE = 'kafka_consumer_records_total{result="done"}'

_NOW = Row(
    "Now",
    (
        stat(
            "Oldest unprocessed",
            "Age of the oldest message that any consumer has not handled.",
            "max(kafka_consumer_oldest_unprocessed_seconds)",
            unit="seconds",
            width=4,
            limits=((10, "orange"), (30, "red")),
            runbook="ConsumerLagGrowing",
        ),
        stat(
            "Messages behind",
            "Of all consumers together.",
            "sum(kafka_consumer_lag_records)",
            width=4,
            limits=((10000, "orange"),),
            runbook="ConsumerLagGrowing",
        ),
        stat(
            "Longest since a poll",
            "How long Kafka has not answered some consumer.",
            "time() - min(kafka_consumer_last_poll_timestamp_seconds)",
            unit="seconds",
            width=4,
            limits=((30, "orange"), (120, "red")),
            runbook="ConsumerNotPolling",
        ),
        stat(
            "Oldest in an outbox",
            "Committed events that Kafka does not have.",
            "max(outbox_oldest_seconds)",
            unit="seconds",
            width=4,
            limits=((5, "orange"), (30, "red")),
            runbook="OutboxStuck",
        ),
        stat(
            "Dead letters waiting",
            "Parked and not sent again.",
            "sum(max by (job) (kafka_dlq_waiting_records))",
            width=4,
            limits=((1, "orange"),),
            runbook="DLQNotEmpty",
        ),
        stat(
            "Halted consumers",
            "Waiting for a person after too many dead letters in a row.",
            "sum(kafka_consumer_halted)",
            width=4,
            limits=((1, "red"),),
            runbook="ConsumerHalted",
        ),
    ),
)

_COURSE = Row(
    "Consumers and outboxes",
    (
        graph(
            "Oldest unprocessed, by topic",
            "Time behind, which says more than records behind.",
            (
                or_none(
                    "max by (job, topic) (kafka_consumer_oldest_unprocessed_seconds)",
                    "job",
                ),
                "{{job}} {{topic}}",
            ),
            unit="seconds",
            width=12,
            runbook="ConsumerLagGrowing",
        ),
        graph(
            "Messages behind, by topic",
            "Records that wait for a consumer.",
            (
                or_none("sum by (job, topic) (kafka_consumer_lag_records)", "job"),
                "{{job}} {{topic}}",
            ),
            width=12,
            runbook="ConsumerLagGrowing",
        ),
        graph(
            "Handled per second, by topic",
            "Of all services together.",
            (
                lately(
                    f"sum by (topic) (rate({_DONE}[$__rate_interval]))", _DONE, "topic"
                ),
                "{{topic}}",
            ),
            unit="per_second",
            runbook="ConsumerLagGrowing",
        ),
        graph(
            "Outboxes",
            "Events that are committed and not sent.",
            (
                'max by (job) (outbox_pending_records{job!="canary"})',
                "{{job}}",
            ),
            runbook="OutboxStuck",
        ),
        graph(
            "Rebalances in 15 minutes",
            "With static membership a restart makes none.",
            (
                or_none(
                    "sum by (group) (increase(kafka_consumer_rebalances_total[15m]))",
                    "group",
                ),
                "{{group}}",
            ),
            runbook="ConsumerNotPolling",
        ),
        graph(
            "Dead letters in 15 minutes",
            "By topic and reason.",
            (
                or_none(
                    "sum by (topic, reason) (increase(kafka_dlq_records_total[15m]))",
                    "reason",
                ),
                "{{topic}} {{reason}}",
            ),
            runbook="DLQNotEmpty",
        ),
        graph(
            "Repeated messages per second",
            "Came again and had no second effect: harmless, and normal after a crash.",
            (
                or_none(
                    "sum by (job) (rate(kafka_consumer_records_total"
                    '{result="repeated"}[$__rate_interval]))',
                    "job",
                ),
                "{{job}}",
            ),
            unit="per_second",
            runbook="ConsumerNotPolling",
        ),
        graph(
            "Sends that failed per second",
            "The relay begins anew and sends again.",
            (
                or_none(
                    "sum by (job)"
                    " (rate(kafka_producer_errors_total[$__rate_interval]))",
                    "job",
                ),
                "{{job}}",
            ),
            unit="per_second",
            runbook="OutboxStuck",
        ),
    ),
)

PAGE: Final = Page(
    "kafka",
    "Kafka, outbox, inbox",
    "Whether facts travel: what waits, for how long, and what stepped aside.",
    (_NOW, _COURSE),
)
