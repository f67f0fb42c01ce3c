"""From the setting to the switch that it names."""

from collections.abc import Callable
from datetime import timedelta
from typing import Protocol
from urllib.parse import SplitResult, parse_qs, urlsplit

import httpx
from pydantic import SecretStr

from forwarding.slot_store import SlotStore
from forwarding.switch import SwitchNode
from forwarding.switches.gate import Gate
from forwarding.switches.kamailio import KamailioSwitch
from forwarding.switches.ngcp import NgcpSlots
from forwarding.switches.nodes import Nodes
from forwarding.switches.per_number import PerNumberSwitch
from forwarding.switches.simulated import HttpSwitch, NoSwitch
from forwarding.switches.slots import Slots
from forwarding.switches.web import Web
from forwarding.switches.xcap import XcapSlots

SLOTS = ("xcap", "xcaps", "ngcp", "ngcps")
DOMAIN = "home.example"


class UnknownSwitch(ValueError):
    """The setting names a kind of switch that there is no adapter for."""

    def __init__(self, url: str) -> None:
        scheme = url.partition("://")[0]
        super().__init__(
            f"switch_url: no adapter for {scheme!r}: give http, kamailio, "
            f"{', '.join(SLOTS)} or none, nodes parted by commas"
        )


class SwitchSettings(Protocol):
    """What has to be known of the switch."""

    switch_url: str
    switch_timeout: timedelta
    switch_key: SecretStr
    switch_node_grace: timedelta


def make_switch(
    settings: SwitchSettings,
    *,
    fence: Callable[[], int] = lambda: 1,
    slots: Callable[[str], SlotStore],
) -> Nodes:
    """
    Return adapters for what the setting names, one a node, as one switch.

    `slots` gives the store of borrowed slots by the name of the switch.
    """
    urls = [url.strip() for url in settings.switch_url.split(",") if url.strip()]
    found = [Gate(_one(url, settings, fence, slots)) for url in urls]
    return Nodes(found, grace=settings.switch_node_grace.total_seconds())


def _one(
    url: str,
    settings: SwitchSettings,
    fence: Callable[[], int],
    kept: Callable[[str], SlotStore],
) -> SwitchNode:
    parts, timeout = urlsplit(url), settings.switch_timeout
    if url == "none":
        return NoSwitch()
    if parts.scheme in {"http", "https"}:
        return HttpSwitch(url, timeout=timeout)
    if parts.scheme == "kamailio":
        key = settings.switch_key.get_secret_value()
        address = f"http://{parts.netloc}"
        return KamailioSwitch(address, key=key, timeout=timeout, fence=fence)
    if parts.scheme in SLOTS:
        slots = _slots(parts, settings)
        return PerNumberSwitch(slots, kept(slots.name))
    raise UnknownSwitch(url)


def _slots(parts: SplitResult, settings: SwitchSettings) -> Slots:
    """Return a carrier's interface; the user stands in the URL, the key is secret."""
    scheme = "https" if parts.scheme.endswith("s") else "http"
    host = f"{parts.hostname}:{parts.port}" if parts.port else f"{parts.hostname}"
    key = settings.switch_key.get_secret_value()
    http = httpx.AsyncClient(
        base_url=f"{scheme}://{host}",
        timeout=settings.switch_timeout.total_seconds(),
        trust_env=False,
        auth=httpx.BasicAuth(parts.username, key) if parts.username else None,
    )
    name = parts.scheme.removesuffix("s")
    web = Web(name, http)
    if name == "ngcp":
        return NgcpSlots(web)
    domain = parse_qs(parts.query).get("domain", [DOMAIN])[0]
    return XcapSlots(web, parts.path.rstrip("/"), domain)
