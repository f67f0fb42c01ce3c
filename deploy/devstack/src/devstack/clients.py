"""How the programs of a stack get into its Kafka, or into one that was given."""

from collections.abc import Mapping
from typing import Any

from pydantic import SecretStr

from chassis.brokers import client_options
from chassis.settings import KafkaSettings
from devstack.passwords import secret
from devstack.settings import Settings


def kafka_env(settings: Settings, user: str) -> dict[str, str]:
    """
    Return the environment of a program that comes as that user.

    To a Kafka that was given it comes as whoever was given with it.
    """
    env = {"KAFKA_BOOTSTRAP_SERVERS": settings.bootstrap_servers, **settings.login}
    if settings.secure:
        env |= {
            "KAFKA_USERNAME": user,
            "KAFKA_PASSWORD": kafka_password(settings, user),
            "KAFKA_CA_FILE": str(settings.authority),
        }
    return env


def brokers(settings: Settings, user: str) -> Mapping[str, Any]:
    """Return what an aiokafka client needs to come as that user."""
    env = kafka_env(settings, user)
    password = env.get("KAFKA_PASSWORD")
    return client_options(
        KafkaSettings.model_validate(
            {
                "kafka_bootstrap_servers": env["KAFKA_BOOTSTRAP_SERVERS"],
                "kafka_username": env.get("KAFKA_USERNAME"),
                "kafka_password": SecretStr(password) if password else None,
                "kafka_ca_file": env.get("KAFKA_CA_FILE"),
            }
        )
    )


def kafka_password(settings: Settings, user: str) -> str:
    """Return a Kafka user's password, made for this stack."""
    return secret(settings.secrets, f"kafka-{user}")
