"""One small client a kind of source; each lists all that it knows, or raises."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
from pydantic_core import from_json

from chassis.errors import Unavailable
from outage_watcher.asking.peers import Form, Peer
from outage_watcher.sources import values

MOST_PAGES = 1000
ICINGA_ATTRS = (
    *("__name", "name", "host_name", "display_name", "state", "state_type", "vars"),
    *("last_hard_state_change", "last_check", "downtime_depth", "acknowledgement"),
    "flapping",
)
OPENNMS_PATH = "/opennms/api/v2/alarms"


class CannotBeAsked(Unavailable):
    """A source gave no answer that could be read; nothing follows from that."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What a source lists now, as its own API says it."""

    bodies: tuple[Any, ...]
    """Decoded values, each of a form that the source's reader knows."""
    sees: bool = True
    """False: it answers, and its checks are switched off."""


class Client(Protocol):
    """Asks one source."""

    async def listing(self) -> Listing:
        """Return all that it knows; raises CannotBeAsked."""


class _Asking:
    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    async def get(
        self, client: httpx.AsyncClient, path: str, **params: str | list[str]
    ) -> Any:
        """Return the decoded answer, None for an empty one; raises CannotBeAsked."""
        try:
            answer = await client.get(path, params=params)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise CannotBeAsked(f"{type(error).__name__}: {error}") from None
        if answer.status_code == httpx.codes.NO_CONTENT:
            return None
        if answer.status_code != httpx.codes.OK:
            raise CannotBeAsked(f"It answered {answer.status_code}.")
        try:
            return from_json(answer.content, allow_inf_nan=False)
        except ValueError as error:
            raise CannotBeAsked(f"It answered no JSON: {error}") from None


class Alertmanager(_Asking):
    """Prometheus Alertmanager, API v2; silenced and inhibited alerts are down too."""

    async def listing(self) -> Listing:
        """Return all active alerts; it knows of no pages."""
        async with self.peer.connect() as client:
            path = self.peer.path or "/api/v2/alerts"
            every = {"silenced": "true", "inhibited": "true", "active": "true"}
            alerts = await self.get(client, path, **every, unprocessed="true")
        if not isinstance(alerts, list):
            raise CannotBeAsked("It answered no list of alerts.")
        return Listing((alerts,))


class Icinga2(_Asking):
    """Icinga 2, API v1: hosts and services with their hard states, good ones too."""

    async def listing(self) -> Listing:
        """Return all hosts and services, which says of each whether it is up."""
        attrs = list(ICINGA_ATTRS)
        async with self.peer.connect() as client:
            status = await self.get(client, "/v1/status/IcingaApplication")
            hosts = await self.get(client, "/v1/objects/hosts", attrs=attrs)
            services = await self.get(client, "/v1/objects/services", attrs=attrs)
        bodies = (hosts, services)
        if not all(isinstance(each, dict) and "results" in each for each in bodies):
            raise CannotBeAsked("It answered no list of objects.")
        return Listing(bodies, sees=_checks(status))


class OpenNms(_Asking):
    """OpenNMS, REST: alarms, page by page in the order of their ids."""

    async def listing(self) -> Listing:
        """Return all alarms that were not deleted, cleared ones too."""
        alarms: list[Any] = []
        path = self.peer.path or OPENNMS_PATH
        async with self.peer.connect() as client:
            for _ in range(MOST_PAGES):
                page = {"limit": str(self.peer.page_size), "offset": str(len(alarms))}
                answer = await self.get(client, path, orderBy="id", order="asc", **page)
                found = _alarms(answer)
                alarms += found
                if len(found) < self.peer.page_size or len(alarms) >= _total(answer):
                    return Listing(({"alarm": alarms},))
        raise CannotBeAsked(f"More than {MOST_PAGES} pages.")


CLIENTS: dict[Form, Callable[[Peer], Client]] = {
    "alertmanager": Alertmanager,
    "icinga2": Icinga2,
    "opennms": OpenNms,
}


def _checks(status: Any) -> bool:
    """Return whether Icinga checks anything now; it can be switched off as a whole."""
    try:
        app = status["results"][0]["status"]["icingaapplication"]["app"]
        enabled = app["enable_host_checks"] and app["enable_service_checks"]
    except (LookupError, TypeError):
        raise CannotBeAsked("It answered no status.") from None
    return bool(enabled)


def _alarms(answer: Any) -> list[Any]:
    if answer is None:
        return []
    found = answer.get("alarm") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise CannotBeAsked("It answered no list of alarms.")
    return found


def _total(answer: Any) -> int:
    return values.number(values.mapping(answer).get("totalCount")) or 0
