"""What an operator may change of forwarding."""

from datetime import timedelta

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from FORWARDING_* variables."""

    model_config = SettingsConfigDict(env_prefix="FORWARDING_")

    port: int = Field(default=8082, description="Port of the service's HTTP")
    switch_url: str = Field(
        default="http://127.0.0.1:8090",
        description="The switch, each node, parted by commas: http://… (simulated), "
        "kamailio://host:port, xcaps://user@host/root?domain=…, ngcps://user@host, or "
        "`none`: acknowledge everything at once (benchmarks)",
    )
    switch_key: SecretStr = Field(
        default=SecretStr(""), description="Shown to the switch where it wants one"
    )
    switch_node_grace: timedelta = Field(
        default=timedelta(seconds=5),
        description="How long a silent node is waited for while others take calls",
    )
    switch_timeout: timedelta = Field(
        default=timedelta(seconds=5), description="Longest that one call to it may take"
    )
    switch_batch: int = Field(
        default=1000, ge=1, le=5000, description="Operations in one call to the switch"
    )
    reconcile_every: timedelta = Field(
        default=timedelta(seconds=60),
        description="How often switch and facts are compared; PT0S: never",
    )
    reconcile_limit: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="Greatest share of entries that a reconcile changes unasked",
    )
    first_numbers: int = Field(
        default=1000, ge=0, description="Numbers of a flip that are told at once"
    )
    sheet_numbers: int = Field(
        default=1000,
        ge=0,
        description="Of so many numbers under one element whose events are not ready "
        "they are made so; 0: of none",
    )
    sheet_every: timedelta = Field(
        default=timedelta(seconds=60),
        description="How often events are made ready, also those that a change spoilt",
    )
    failure_told_after: timedelta = Field(
        default=timedelta(seconds=5), description="When a customer hears of a retry"
    )
    history_retention: timedelta = Field(
        default=timedelta(days=180), description="How long rules that were are kept"
    )
    outage_retention: timedelta = Field(
        default=timedelta(days=400), description="How long ended outages are known"
    )
