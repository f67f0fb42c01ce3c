"""What an operator may change of every service."""

import os
import sys
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, Self, TypeVar, cast

from pydantic import (
    AfterValidator,
    AliasChoices,
    BeforeValidator,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

S = TypeVar("S", bound=BaseSettings)

SECRETS_DIR = os.environ.get("SECRETS_DIR") or None
"""A folder with a file a secret, named like its variable in lower case."""


def _is_there(file: Path) -> Path:
    if not file.is_file():
        raise ValueError(f"there is no file {file}")  # else its reader says so, unnamed
    return file


File = Annotated[Path, AfterValidator(_is_there)]
"""A file that has to be there at the start."""
Level = Annotated[
    Literal["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(str.upper)
]


class KafkaSettings(BaseSettings):
    """How a program reaches Kafka, and who it is there."""

    model_config = SettingsConfigDict(
        extra="ignore",
        populate_by_name=True,
        hide_input_in_errors=True,
        secrets_dir=SECRETS_DIR,
    )

    kafka_bootstrap_servers: str = Field(
        default="127.0.0.1:9092",
        validation_alias=AliasChoices("KAFKA_BOOTSTRAP_SERVERS"),
        description="Kafka brokers, comma-separated",
    )
    kafka_username: str | None = Field(
        default=None,
        validation_alias=AliasChoices("KAFKA_USERNAME"),
        description="Who we are to Kafka: SASL_SSL with SCRAM-SHA-512; none: no TLS",
    )
    kafka_password: SecretStr | None = Field(
        default=None,
        validation_alias=AliasChoices("KAFKA_PASSWORD"),
        description="The password to that name",
    )
    kafka_ca_file: File | None = Field(
        default=None,
        validation_alias=AliasChoices("KAFKA_CA_FILE"),
        description="PEM: who may vouch for the brokers; none: the system's",
    )

    @model_validator(mode="after")
    def _name_and_password(self) -> Self:
        if (self.kafka_username is None) != (self.kafka_password is None):
            raise ValueError("KAFKA_USERNAME and KAFKA_PASSWORD come together.")
        return self


class ServiceSettings(KafkaSettings):
    """
    Read from the environment; each service adds its own prefix.

    What is not there is read from the files in SECRETS_DIR: forwarding_database_url.
    """

    database_url: SecretStr = Field(description="PostgreSQL, as the service's own role")
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8080, description="Port of the service's HTTP")
    trusted_proxies: str = Field(
        default="",
        description="Addresses and networks of the proxies in front, comma-separated: "
        "only their X-Forwarded-For is believed; empty: nobody's",
    )
    instance: int = Field(
        default=0, ge=0, description="Ordinal among its replicas: each has another"
    )
    pool_size: int = Field(
        default=8,
        ge=4,
        description="Most database connections; one or two are kept for what cannot "
        "wait",
    )
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
        default=timedelta(days=100),
        description="How long message ids are kept: longer than any topic but two",
    )
    dead_letter_retention: timedelta = Field(
        default=timedelta(days=7), description="Raw messages hold personal data"
    )
    log_level: Level = Field(
        default="INFO", validation_alias=AliasChoices("LOG_LEVEL"), description="Level"
    )
    log_format: Literal["json", "console"] = Field(
        default="json", validation_alias=AliasChoices("LOG_FORMAT"), description="Form"
    )

    @field_validator("database_url")
    @classmethod
    def _postgresql(cls, url: SecretStr) -> SecretStr:
        if not url.get_secret_value().startswith(("postgresql://", "postgres://")):
            raise ValueError("it begins with postgresql://")  # no client says so
        return url

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, listed: str) -> str:
        for network in filter(None, listed.split(",")):
            ip_network(network.strip())  # a name or * would trust whoever comes
        return listed


def read(settings: type[S]) -> S:
    """
    Return what the environment and SECRETS_DIR say; what is wrong ends the program.

    Who only asks what there is (`--help`) needs none.
    """
    try:
        return settings()
    except ValidationError as error:
        if {"-h", "--help"}.intersection(sys.argv[1:]):
            return cast("S", settings.model_construct())
        sys.exit(complaints(settings, error))
    except SettingsError as error:
        # Which field it is stands in its text alone.
        name = str(error).partition('"')[2].partition('"')[0]
        sys.exit(f"{_variable(settings, name)}: no JSON")


def complaints(settings: type[BaseSettings], error: ValidationError) -> str:
    """Return a line for each wrong variable, by its name; no value stands in it."""
    wrong = error.errors(include_url=False, include_input=False)
    return "\n".join(_said(settings, each) for each in wrong)


def _said(settings: type[BaseSettings], wrong: ErrorDetails) -> str:
    said = wrong["msg"].removeprefix("Value error, ")
    if not wrong["loc"]:
        return said
    name, *within = map(str, wrong["loc"])
    if name in settings.model_fields:  # else it is a variable's name already
        name = _variable(settings, name)
    if wrong["type"] == "missing":
        said = f"not set, and there is no file {name.lower()} in SECRETS_DIR"
    if wrong["type"] == "time_delta_parsing":
        said = "no duration in a form such as PT30S or P7D"
    return f"{name}: {'.'.join(within)}: {said}" if within else f"{name}: {said}"


def _variable(settings: type[BaseSettings], field: str) -> str:
    return f"{settings.model_config.get('env_prefix', '')}{field}".upper()
