"""What an operator may change of every service."""

from datetime import timedelta
from typing import Literal

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """Read from the environment; each service adds its own prefix."""

    model_config = SettingsConfigDict(
        extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    database_url: SecretStr = Field(description="PostgreSQL, as the service's own role")
    kafka_bootstrap_servers: str = Field(
        default="127.0.0.1:9092",
        validation_alias=AliasChoices("KAFKA_BOOTSTRAP_SERVERS"),
        description="Kafka brokers, comma-separated",
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8080, description="Port of the service's HTTP")
    instance: int = Field(default=0, ge=0, description="Ordinal among its replicas")
    pool_size: int = Field(default=8, ge=2, description="Most database connections")
    handler_timeout: timedelta = Field(
        default=timedelta(seconds=20), description="Longest that one message may take"
    )
    stop_timeout: timedelta = Field(
        default=timedelta(seconds=15), description="Longest that a stop waits for work"
    )
    dead_letters_in_a_row: int = Field(
        default=500, ge=1, description="So many stop a consumer: it may be our bug"
    )
    inbox_retention: timedelta = Field(
        default=timedelta(days=90),
        description="How long message ids are kept: longer than any replay",
    )
    dead_letter_retention: timedelta = Field(
        default=timedelta(days=7), description="Raw messages hold personal data"
    )
    log_level: str = Field(
        default="INFO", validation_alias=AliasChoices("LOG_LEVEL"), description="Level"
    )
    log_format: Literal["json", "console"] = Field(
        default="json", validation_alias=AliasChoices("LOG_FORMAT"), description="Form"
    )
