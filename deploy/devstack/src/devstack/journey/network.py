"""The network: monitoring that reports of it, and the switch that routes its calls."""

from collections.abc import Mapping
from typing import Any, Final

import httpx

from contracts.event import new_id
from devstack.journey.seeing import PATIENCE, seen
from devstack.programs import DEMO_SOURCE

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
        await self.post(f"/v1/outages/{outage_id}/withdraw", {}, source=OPERATOR)

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


class SwitchView:
    """Where a call to a number rings now, asked of the switch itself."""

    def __init__(self, http: httpx.AsyncClient, url: str) -> None:
        self._http = http
        self._url = url

    async def call(self, number: str) -> dict[str, Any]:
        """Tell what happens to a call that is dialled now."""
        answer = await self._http.get(f"{self._url}/v1/calls/{number}")
        answer.raise_for_status()
        return dict(answer.json())

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
