"""What an operator may change of outage-watcher."""

from collections.abc import Collection
from dataclasses import fields, replace
from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field
from pydantic_settings import SettingsConfigDict

from chassis.settings import File, ServiceSettings
from outage_watcher.domain.policy import Holds, Policy

NOTHING = timedelta(0)


class SourceSettings(BaseModel):
    """What one source has otherwise; what is not given is as for all."""

    model_config = ConfigDict(extra="forbid")

    hold_down: timedelta | None = Field(default=None, ge=NOTHING)
    hold_up: timedelta | None = Field(default=None, ge=NOTHING)
    heartbeat_timeout: timedelta | None = Field(default=None, gt=NOTHING)
    expire_after: timedelta | None = Field(default=None, gt=NOTHING)
    stale_after: timedelta | None = Field(default=None, gt=NOTHING)
    flap_limit: int | None = Field(default=None, ge=1)
    flap_window: timedelta | None = Field(default=None, gt=NOTHING)
    flap_quiet: timedelta | None = Field(default=None, ge=NOTHING)
    storm_least: int | None = Field(default=None, ge=0)
    storm_share: float | None = Field(default=None, ge=0, le=1)
    storm_window: timedelta | None = Field(default=None, gt=NOTHING)
    storm_hold: timedelta | None = Field(default=None, ge=NOTHING)
    max_future_skew: timedelta | None = Field(default=None, ge=NOTHING)
    max_age: timedelta | None = Field(default=None, gt=NOTHING)
    most_age: timedelta | None = Field(default=None, gt=NOTHING)


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
    stale_after: timedelta = Field(
        default=timedelta(hours=24),
        gt=NOTHING,
        description="How long a recovery may stay unproved before it counts as expired",
    )
    per_source: dict[str, SourceSettings] = Field(
        default={}, description="JSON: the same for a source by its name"
    )
    flap_limit: int = Field(default=3, ge=1, description="So many returns are flapping")
    flap_window: timedelta = Field(
        default=timedelta(minutes=30), description="Time in which returns count"
    )
    flap_quiet: timedelta | None = Field(
        default=None,
        ge=NOTHING,
        description="Recovery that ends a flapping outage; none: 7.5 times the hold"
        " of a recovery, 15 minutes at most",
    )
    storm_least: int = Field(
        default=50, ge=0, description="More failures of a source at once are a storm"
    )
    storm_share: float = Field(
        default=0.2, ge=0, le=1, description="Or this share of all lines, if it is more"
    )
    storm_window: timedelta = Field(
        default=timedelta(seconds=60), gt=NOTHING, description="What »at once« means"
    )
    storm_hold: timedelta = Field(
        default=timedelta(seconds=120),
        ge=NOTHING,
        description="How long the failures of a storm wait for an explanation",
    )
    element_share: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="From this share of its lines on, the element itself has failed",
    )
    element_least: int = Field(
        default=3, ge=2, description="Fewer lines say nothing of their element"
    )
    max_future_skew: timedelta = Field(
        default=timedelta(seconds=60),
        ge=NOTHING,
        description="A source's clock may be ahead by this",
    )
    max_age: timedelta = Field(
        default=timedelta(minutes=15),
        gt=NOTHING,
        description="A failure that began earlier waits until its source lists it",
    )
    most_age: timedelta = Field(
        default=timedelta(days=30),
        gt=NOTHING,
        description="One that began even earlier waits until anybody says it again",
    )
    ask_file: File | None = Field(
        default=None, description="TOML or JSON: the sources that can be asked, by name"
    )
    ask_every: timedelta = Field(
        default=timedelta(seconds=60),
        gt=NOTHING,
        description="How often they are asked",
    )
    sources_file: File | None = Field(
        default=None, description="JSON: each source's secret; none: nobody may post"
    )
    names_file: File | None = Field(
        default=None,
        description="TOML or JSON: which label or path names the line, by source",
    )
    most_bytes: int = Field(default=5_000_000, description="Largest body of a request")
    retention: timedelta = Field(
        default=timedelta(days=400),
        ge=timedelta(days=30),
        description="How long ended outages and commands are kept",
    )

    def policy(self, asked: Collection[str] = ()) -> Policy:
        """Return what the domain must know of all this; `asked`: by name."""
        default = _holds(self, Holds())
        sources = {name: _holds(own, default) for name, own in self.per_source.items()}
        for name in asked:
            sources[name] = replace(sources.get(name, default), asked=True)
        return Policy(
            default=default,
            sources=sources,
            element_share=self.element_share,
            element_least=self.element_least,
        )


def _holds(said: Settings | SourceSettings, default: Holds) -> Holds:
    given = {name: getattr(said, _SETTING.get(name, name), None) for name in _HOLDS}
    return replace(
        default, **{name: value for name, value in given.items() if value is not None}
    )


_SETTING = {"down": "hold_down", "up": "hold_up"}
_HOLDS = [
    field.name for field in fields(Holds) if field.name not in ("asked", "snapshots")
]
