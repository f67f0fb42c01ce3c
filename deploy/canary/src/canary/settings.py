"""What an operator may change of the canary."""

from datetime import timedelta

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.settings import KafkaSettings, Level


class Settings(KafkaSettings):
    """Read from CANARY_* and KAFKA_* variables; durations as ISO 8601, `PT5M`."""

    model_config = SettingsConfigDict(env_prefix="CANARY_")

    every: timedelta = Field(
        default=timedelta(minutes=5),
        gt=timedelta(0),
        description="From the start of one run to the start of the next",
    )
    watcher_url: str = Field(
        default="http://127.0.0.1:8083", description="outage-watcher's HTTP"
    )
    secret: SecretStr = Field(description="The secret of the source `canary`")
    switch_url: str | None = Field(
        default=None,
        description="Where the switch says how a call would go; none: it is not asked",
    )
    line: str = Field(description="The canary's own line; nobody else hangs on it")
    number: str = Field(description="The canary's number on that line, E.164")
    target: str = Field(description="Where its armed rule sends calls, E.164")
    divert_within: timedelta = Field(
        default=timedelta(seconds=120),
        description="Longest from the signal to the switch",
    )
    restore_within: timedelta = Field(
        default=timedelta(seconds=300), description="Longest until calls are home again"
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on")
    port: int = Field(default=8084, description="Port of /metrics and health")
    log_level: Level = Field(
        default="INFO", validation_alias=AliasChoices("LOG_LEVEL"), description="Level"
    )
    log_format: str = Field(
        default="json", validation_alias=AliasChoices("LOG_FORMAT"), description="Form"
    )
