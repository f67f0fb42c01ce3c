"""From the setting to the switch that it names."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol

from pydantic import SecretStr

from forwarding.switch import SwitchNode
from forwarding.switches.kamailio import KamailioSwitch
from forwarding.switches.nodes import Nodes
from forwarding.switches.simulated import HttpSwitch, NoSwitch


class UnknownSwitch(ValueError):
    """The setting names a kind of switch that there is no adapter for."""

    def __init__(self, url: str) -> None:
        scheme = url.partition("://")[0]
        super().__init__(
            f"switch_url: no adapter for {scheme}; "
            "http, kamailio, xcap, ngcp or none, several parted by commas"
        )


class SwitchSettings(Protocol):
    """What has to be known of the switch."""

    switch_url: str
    switch_timeout: timedelta
    switch_key: SecretStr
    switch_node_grace: timedelta


def make_switch(
    settings: SwitchSettings, *, fence: Callable[[], int] = lambda: 1
) -> Nodes:
    """Return adapters for what the setting names, one a node, as one switch."""
    timeout, key = settings.switch_timeout, settings.switch_key.get_secret_value()

    def one(url: str) -> SwitchNode:
        scheme, _, rest = url.partition("://")
        if url == "none":
            return NoSwitch()
        if scheme in {"http", "https"}:
            return HttpSwitch(url, timeout=timeout)
        if scheme == "kamailio":
            return KamailioSwitch(
                f"http://{rest}", key=key, timeout=timeout, fence=fence
            )
        raise UnknownSwitch(url)

    urls = settings.switch_url.split(",")
    found = [one(url.strip()) for url in urls if url.strip()]
    return Nodes(found, grace=settings.switch_node_grace.total_seconds())
