"""Where the page and its servers listen, read from the environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from devstack.settings import HOST, port_of
from devstack.settings import Settings as Stack

PORTS: Final = {"OPS_PORT": 8085, "PROMETHEUS_PORT": 9090, "ALERTMANAGER_PORT": 9093}


@dataclass(frozen=True, slots=True)
class Settings:
    """The page beside one stack."""

    stack: Stack
    port: int
    prometheus_port: int
    alertmanager_port: int
    interval: str | None = None
    """Scrape and evaluate so often, for who cannot wait; None: as configured."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read every variable once; a bad one is refused with its name."""
        page, prometheus, alertmanager = (
            port_of(env, name, default) for name, default in PORTS.items()
        )
        interval = env.get("OPS_INTERVAL") or None
        return cls(Stack.from_env(env), page, prometheus, alertmanager, interval)

    @property
    def folder(self) -> Path:
        """Configuration and data of Prometheus and Alertmanager."""
        return self.stack.dev_dir / "ops"

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://{HOST}:{self.port}"

    @property
    def prometheus(self) -> str:
        """Where Prometheus is."""
        return f"http://{HOST}:{self.prometheus_port}"

    @property
    def alertmanager(self) -> str:
        """Where Alertmanager is."""
        return f"http://{HOST}:{self.alertmanager_port}"
