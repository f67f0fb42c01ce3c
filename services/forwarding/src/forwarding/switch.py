"""
The telephone switch behind one small port.

Operations are absolute and versioned: the switch refuses an older one, so a
process that slept and wakes up cannot bring an old state back. A timeout
means "unknown"; the same operation is then sent again.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, Protocol

import httpx

from chassis import tracing
from chassis.errors import Unavailable
from forwarding import metrics


@dataclass(frozen=True, slots=True)
class Operation:
    """Be so: `value` under `key` from `version` on; None: nothing under it."""

    key: str
    version: int
    value: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the switch says to one operation."""

    key: str
    result: Literal["ok", "stale", "refused"]
    version: int | None
    """What it holds now; None: nothing, and never did."""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Held:
    """An entry that the switch holds."""

    key: str
    version: int
    value: Mapping[str, Any] | None


class Switch(Protocol):
    """What forwarding needs of a switch; raises Unavailable when it is away."""

    boot: str | None
    """Which life of the switch answered last: a new one has forgotten everything."""

    async def apply(self, operations: Sequence[Operation]) -> list[Answer]:
        """Do the operations, each by itself; answers come in their order."""

    def audit(self) -> AsyncIterator[Held]:
        """Read everything that the switch holds, sorted by key."""

    async def close(self) -> None:
        """Let go of connections."""


class HttpSwitch:
    """A switch that speaks the HTTP of `deploy/simulated-switch`."""

    def __init__(self, url: str, *, timeout: timedelta) -> None:
        self.boot: str | None = None
        self._http = httpx.AsyncClient(
            base_url=url, timeout=timeout.total_seconds(), trust_env=False
        )

    async def apply(self, operations: Sequence[Operation]) -> list[Answer]:
        """Send one batch; a lost answer is Unavailable, and harmless to repeat."""
        body = {
            "operations": [
                {"key": one.key, "version": one.version, "value": one.value}
                for one in operations
            ]
        }
        with metrics.OPERATION_SECONDS.labels("apply", "http").time():
            answer = await self._call("POST", "/v1/apply", json=body)
        try:
            results = [
                Answer(sent.key, one["result"], one["version"], one.get("reason"))
                for sent, one in zip(operations, answer["results"], strict=True)
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise Unavailable(f"switch: not its answer: {error!r}") from error
        for one in results:
            metrics.OPERATIONS.labels("apply", one.result, "http").inc()
        return results

    async def audit(self) -> AsyncIterator[Held]:
        """Read page by page, so that a million entries need no memory here."""
        after: str | None = ""
        while after is not None:
            params = {"limit": "5000"} | ({"after": after} if after else {})
            page = await self._call("GET", "/v1/audit", params=params)
            for entry in page["entries"]:
                yield Held(entry["key"], entry["version"], entry["value"])
            after = page["next"]

    async def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        with tracing.span(f"switch {method} {path}", kind="client") as span:
            headers = {"traceparent": span.traceparent}
            return await self._answer(method, path, headers=headers, **more)

    async def _answer(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        try:
            response = await self._http.request(method, path, **more)
        except httpx.HTTPError as error:
            metrics.RETRIES.labels("http", type(error).__name__).inc()
            raise Unavailable(f"switch: {error!r}") from error
        if not response.is_success:
            # Also 4xx: a proxy or a quota in between; nothing of ours would mend it.
            metrics.RETRIES.labels("http", str(response.status_code)).inc()
            raise Unavailable(f"switch: answered {response.status_code}")
        try:
            answer: dict[str, Any] = response.json()
            self.boot = answer["boot"]
        except (ValueError, KeyError, TypeError) as error:
            raise Unavailable(f"switch: not its answer: {error!r}") from error
        return answer

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()


class NoSwitch:
    """Acknowledges everything at once: for measuring what is around the switch."""

    boot: str | None = "none"

    async def apply(self, operations: Sequence[Operation]) -> list[Answer]:
        """Say yes."""
        return [Answer(one.key, "ok", one.version) for one in operations]

    async def audit(self) -> AsyncIterator[Held]:
        """Hold nothing."""
        nothing: tuple[Held, ...] = ()
        for one in nothing:
            yield one

    async def close(self) -> None:
        """Have nothing to let go of."""


def make_switch(url: str, *, timeout: timedelta) -> Switch:
    """Return the adapter for what the setting names."""
    return NoSwitch() if url == "none" else HttpSwitch(url, timeout=timeout)
