"""The network: monitoring that reports of it, and the switch that routes its calls."""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import httpx
from typing_extensions import override

from contracts.event import new_id
from devstack.journey.calling import Dialler, Trace, call
from devstack.journey.seeing import PATIENCE, seen
from devstack.programs import DEMO_SOURCE
from devstack.settings import Settings

TIMEOUT: Final = 30.0
OPERATOR: Final = "operator"


class Refused(Exception):
    """outage-watcher does not take a signal."""


class Monitoring:
    """Speaks to outage-watcher as a source of signals, and as an operator."""

    def __init__(
        self, http: httpx.AsyncClient, watcher: str, secrets: Mapping[str, str]
    ) -> None:
        self._http = http
        self._watcher = watcher
        self._secrets = secrets

    async def signal(self, state: str, alarm_id: str, **said: Any) -> None:
        """Say what this source believes of an element or lines."""
        body = {"source": DEMO_SOURCE, "alarm_id": alarm_id, "state": state} | said
        answer = await self.post("/v1/signals", body)
        if not answer["accepted"]:
            raise Refused(f"The signal was not taken: {answer}")

    async def down(self, *, alarm_id: str | None = None, **said: Any) -> str:
        """Report a failure and return the alarm's id, which its end must name."""
        alarm_id = alarm_id or f"demo-{new_id()[:8]}"
        await self.signal("down", alarm_id, **said)
        return alarm_id

    async def up(self, alarm_id: str, **said: Any) -> None:
        """Report that it works again."""
        await self.signal("up", alarm_id, **said)

    async def withdraw(self, outage_id: str) -> None:
        """Say as an operator that it was a false alarm."""
        why = {"because": "The line was never down."}
        await self.post(f"/v1/outages/{outage_id}/withdraw", why, source=OPERATOR)

    async def outages(self) -> list[dict[str, Any]]:
        """Return the outages that are open, as an operator sees them."""
        answer = await self._http.get(
            f"{self._watcher}/v1/outages",
            headers={"Authorization": f"Bearer {self._secrets[OPERATOR]}"},
        )
        if answer.is_error:
            raise Refused(f"/v1/outages: {answer.status_code} {answer.text[:300]}")
        return list(answer.json()["outages"])

    async def post(
        self, path: str, body: object, *, source: str = DEMO_SOURCE
    ) -> dict[str, Any]:
        """Send something with the source's secret."""
        answer = await self._http.post(
            f"{self._watcher}{path}",
            json=body,
            headers={"Authorization": f"Bearer {self._secrets[source]}"},
        )
        if answer.is_error:
            raise Refused(f"{path}: {answer.status_code} {answer.text[:300]}")
        return dict(answer.json())


class SwitchView(ABC):
    """Where a call to a number rings now, asked of the switch itself."""

    @abstractmethod
    async def call(self, number: str) -> dict[str, Any]:
        """
        Tell what happens to a call that is dialled now.

        `number`, `rings_at` (the number itself: its line; None: nowhere), `diverted`.
        """

    async def rings_at(
        self, number: str, target: str, *, within: float = PATIENCE
    ) -> dict[str, Any]:
        """Return as soon as a call to the number rings at the target."""
        return await seen(
            f"a call to {number} rings at {target}",
            lambda: self.call(number),
            lambda call: call["rings_at"] == target,
            within=within,
        )

    async def rings_at_home(
        self, number: str, *, within: float = PATIENCE
    ) -> dict[str, Any]:
        """Return as soon as a call to the number rings at its own line."""
        return await self.rings_at(number, number, within=within)

    @abstractmethod
    async def whole_call(self, number: str) -> Trace | None:
        """Place a real call and tell what became of it; None: no calls run here."""


class SimulatedView(SwitchView):
    """Asks the simulated switch, through which no calls run."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    @override
    async def call(self, number: str) -> dict[str, Any]:
        answer = await self._http.get(f"{self._url}/v1/calls/{number}")
        answer.raise_for_status()
        return dict(answer.json())

    @override
    async def whole_call(self, number: str) -> None:
        return


class SipView(SwitchView):
    """Dials through the real switch."""

    def __init__(self, settings: Settings, dialler: Dialler) -> None:
        self._settings, self._dialler = settings, dialler

    @override
    async def call(self, number: str) -> dict[str, Any]:
        return await self._dialler.call(number)

    @override
    async def whole_call(self, number: str) -> Trace | None:
        return await call(self._settings, number)


@contextlib.asynccontextmanager
async def switch_view(
    settings: Settings, http: httpx.AsyncClient
) -> AsyncIterator[SwitchView]:
    """Look at the switch of a stack that runs."""
    if settings.switch == "simulated":
        yield SimulatedView(http, settings.switch_url)
        return
    dialler = await Dialler(settings).plug_in()
    try:
        yield SipView(settings, dialler)
    finally:
        dialler.unplug()
