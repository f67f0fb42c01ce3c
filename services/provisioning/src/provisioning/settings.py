"""What an operator may change of provisioning."""

from datetime import timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Read from PROVISIONING_* variables."""

    model_config = SettingsConfigDict(env_prefix="PROVISIONING_")

    port: int = Field(default=8081, description="Port of the service's HTTP")
    calendar_poll: timedelta = Field(
        default=timedelta(seconds=30),
        gt=timedelta(0),
        le=timedelta(seconds=30),
        description="Longest time between two looks into the porting calendar",
    )
