"""How to reach Kafka: in the clear on one machine, SASL_SSL with SCRAM elsewhere."""

import asyncio
import ssl
from collections.abc import Mapping
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaTimeoutError
from faststream.security import BaseSecurity, SASLScram512

from chassis import unpacking as _unpacking  # noqa: F401 - for all who read Kafka
from chassis.settings import KafkaSettings

START_SECONDS = 20.0
"""So long a client may take to begin; else it never will."""


def client_options(settings: KafkaSettings) -> Mapping[str, Any]:
    """Return what every aiokafka client needs to reach the brokers."""
    options: dict[str, Any] = {"bootstrap_servers": settings.kafka_bootstrap_servers}
    if settings.kafka_username is None:
        return options
    return options | {
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": settings.kafka_username,
        "sasl_plain_password": _password(settings),
        "ssl_context": _context(settings),
    }


async def meet(settings: KafkaSettings) -> None:
    """Return when a broker lets us in; raises a Kafka error if none does."""
    client = AIOKafkaClient(**client_options(settings))
    try:
        await client.bootstrap()
    finally:
        await client.close()


async def begin(producer: AIOKafkaProducer) -> None:
    """
    Start a producer; raises a Kafka error, also when it would take for ever.

    A cluster that begins or ends itself may answer that it has no brokers. A producer
    that is told so has nobody left to ask, and waits for its id without an end.
    """
    try:
        async with asyncio.timeout(START_SECONDS):
            await producer.start()
    except TimeoutError as error:
        message = f"a producer did not begin within {START_SECONDS:g} s"
        raise KafkaTimeoutError(message) from error


def security(settings: KafkaSettings) -> BaseSecurity | None:
    """Return the same for FastStream; none: in the clear."""
    if settings.kafka_username is None:
        return None
    return SASLScram512(
        username=settings.kafka_username,
        password=_password(settings),
        ssl_context=_context(settings),
        use_ssl=True,
    )


def _password(settings: KafkaSettings) -> str:
    secret = settings.kafka_password
    return secret.get_secret_value() if secret else ""


def _context(settings: KafkaSettings) -> ssl.SSLContext:
    """Trust the cluster's own authority, or without one those of the system."""
    return ssl.create_default_context(cafile=settings.kafka_ca_file)
