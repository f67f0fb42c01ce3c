"""What an operator may change of outage-watcher."""

from datetime import timedelta
from pathlib import Path

from pydantic import BaseModel, Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings
from outage_watcher.domain.policy import Holds, Policy

NOTHING = timedelta(0)


class SourceSettings(BaseModel):
    """What one source has otherwise; what is not given is as for all."""

    hold_down: timedelta | None = Field(default=None, ge=NOTHING)
    hold_up: timedelta | None = Field(default=None, ge=NOTHING)
    heartbeat_timeout: timedelta | None = Field(default=None, gt=NOTHING)
    expire_after: timedelta | None = Field(default=None, gt=NOTHING)


class Settings(ServiceSettings):
    """Read from OUTAGE_WATCHER_* variables; durations as ISO 8601, `PT30S`."""

    model_config = SettingsConfigDict(env_prefix="OUTAGE_WATCHER_")

    port: int = Field(default=8083, description="Port of the service's HTTP")
    hold_down: timedelta = Field(
        default=timedelta(seconds=30),
        ge=NOTHING,
        description="How long a failure lasts before it is told",
    )
    hold_up: timedelta = Field(
        default=timedelta(seconds=120),
        ge=NOTHING,
        description="How long a recovery lasts before it is told",
    )
    heartbeat_timeout: timedelta = Field(
        default=timedelta(seconds=180),
        gt=NOTHING,
        description="Silence after which a source with heartbeats is lost",
    )
    expire_after: timedelta | None = Field(
        default=None,
        gt=NOTHING,
        description="Life of a failure that nobody says again; none: for ever",
    )
    per_source: dict[str, SourceSettings] = Field(
        default={}, description="JSON: the same four for a source by its name"
    )
    flap_limit: int = Field(default=3, ge=1, description="So many returns are flapping")
    flap_window: timedelta = Field(
        default=timedelta(minutes=30), description="Time in which returns count"
    )
    flap_quiet: timedelta = Field(
        default=timedelta(minutes=15),
        description="Recovery that ends a flapping outage",
    )
    max_future_skew: timedelta = Field(
        default=timedelta(seconds=60),
        ge=NOTHING,
        description="A source's clock may be ahead by this",
    )
    sources_file: Path | None = Field(
        default=None, description="JSON: each source's secret; none: nobody may post"
    )
    names_file: Path | None = Field(
        default=None,
        description="TOML or JSON: which label or path names the line, by source",
    )
    most_bytes: int = Field(default=5_000_000, description="Largest body of a request")
    retention: timedelta = Field(
        default=timedelta(days=400), description="How long ended outages are kept"
    )

    def policy(self) -> Policy:
        """Return what the domain must know of all this."""
        default = Holds(
            self.hold_down, self.hold_up, self.heartbeat_timeout, self.expire_after
        )
        return Policy(
            default=default,
            sources={
                name: _holds(own, default) for name, own in self.per_source.items()
            },
            flap_limit=self.flap_limit,
            flap_window=self.flap_window,
            flap_quiet=self.flap_quiet,
            max_future_skew=self.max_future_skew,
        )


def _holds(own: SourceSettings, default: Holds) -> Holds:
    return Holds(
        default.down if own.hold_down is None else own.hold_down,
        default.up if own.hold_up is None else own.hold_up,
        own.heartbeat_timeout or default.heartbeat_timeout,
        own.expire_after or default.expire_after,
    )
