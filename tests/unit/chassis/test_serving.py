"""How services are served by HTTP."""

from starlette.applications import Starlette

from chassis.commands import served
from chassis.settings import ServiceSettings

PROXIES_KEEP = 90
"""Seconds: Traefik and Go; nginx keeps what is idle for 60."""


def test_what_is_idle_is_closed_by_the_other_side_first() -> None:
    """Else a request meets the end of its connection: a 502, and nobody knows why."""
    settings = ServiceSettings(database_url="postgresql://nobody@nowhere/nothing")
    assert served(settings, Starlette()).timeout_keep_alive > PROXIES_KEEP
