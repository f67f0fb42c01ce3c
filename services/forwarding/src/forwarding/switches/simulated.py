"""The switch of `deploy/simulated-switch`, and none at all."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx

from chassis import tracing
from chassis.errors import Unavailable
from forwarding import metrics
from forwarding.switch import (
    Answer,
    Capabilities,
    Desired,
    Difference,
    Incarnation,
    Operation,
    Unreachable,
    one_by_one,
)
from forwarding.switches.web import its_answer

IDLE = ({"raised": False}, {"active": False}, {"held": False}, None)
"""Values that divert nothing: harmless without a fact behind them."""


@dataclass(frozen=True, slots=True)
class Held:
    """An entry that the switch holds."""

    key: str
    version: int
    value: Any


class HttpSwitch:
    """A switch that speaks the HTTP of `deploy/simulated-switch`."""

    backend = "http"
    capabilities = Capabilities(batch=5000)
    partial = False

    def __init__(self, url: str, *, timeout: timedelta) -> None:
        self.name = self.backend
        self.boot: str | None = None
        self._http = httpx.AsyncClient(
            base_url=url, timeout=timeout.total_seconds(), trust_env=False
        )

    async def apply(self, operations: Sequence[Operation]) -> list[Answer]:
        """Send one batch; a lost answer is Unavailable, and harmless to repeat."""
        body = {
            "operations": [
                {
                    "key": one.key,
                    "version": one.version,
                    "value": None if one.value is None else dict(one.value),
                }
                for one in operations
            ]
        }
        with metrics.OPERATION_SECONDS.labels("apply", "http").time():
            answer = await self._call("POST", "/v1/apply", json=body)
        with its_answer("switch"):
            results = [
                Answer(sent.key, one["result"], one["version"], one.get("reason"))
                for sent, one in zip(operations, answer["results"], strict=True)
            ]
        for one in results:
            metrics.OPERATIONS.labels("apply", one.result, "http").inc()
        return results

    async def incarnation(self) -> Incarnation:
        """Ask which life it is; it needs no telling when it is ready."""
        page = await self._call("GET", "/v1/audit", params={"limit": "1"})
        return Incarnation(page["boot"])

    async def audit(self, desired: Desired) -> AsyncIterator[Difference]:
        """Merge what should be with what is: both come in the order of their keys."""
        held = self._entries()
        there = await anext(held, None)
        async with aclosing(one_by_one(desired)) as wanted:
            async for one in wanted:
                while there and there.key.encode() < one.key.encode():
                    if there.value not in IDLE:
                        yield Difference(there.key, "stuck", there.version)
                    there = await anext(held, None)
                if there is None or there.key != one.key:
                    yield Difference(one.key, "missing", wanted=one.version)
                    continue
                if there.version < one.version:
                    yield Difference(one.key, "missing", there.version, one.version)
                elif there.version > one.version or there.value != one.value:
                    yield Difference(one.key, "ahead", there.version, one.version)
                there = await anext(held, None)
        while there:
            if there.value not in IDLE:
                yield Difference(there.key, "stuck", there.version)
            there = await anext(held, None)

    async def ready(self, boot: str) -> None:
        """Do nothing: it takes calls from the beginning."""

    async def _entries(self) -> AsyncIterator[Held]:
        """Read page by page, so that a million entries need no memory here."""
        after: str | None = ""
        while after is not None:
            params = {"limit": "5000"} | ({"after": after} if after else {})
            page = await self._call("GET", "/v1/audit", params=params)
            with its_answer("switch"):
                after = page["next"]
                entries = [
                    Held(entry["key"], entry["version"], entry["value"])
                    for entry in page["entries"]
                ]
            for entry in entries:
                yield entry

    async def _call(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        with tracing.span(f"switch {method} {path}", kind="client") as span:
            headers = {"traceparent": span.traceparent}
            return await self._answer(method, path, headers=headers, **more)

    async def _answer(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        try:
            response = await self._http.request(method, path, **more)
        except httpx.ConnectError as error:
            metrics.RETRIES.labels("http", type(error).__name__).inc()
            raise Unreachable(f"switch: {error!r}") from error
        except httpx.HTTPError as error:
            metrics.RETRIES.labels("http", type(error).__name__).inc()
            raise Unavailable(f"switch: {error!r}") from error
        if not response.is_success:
            # Also 4xx: a proxy or a quota in between; nothing of ours would mend it.
            metrics.RETRIES.labels("http", str(response.status_code)).inc()
            raise Unavailable(f"switch: answered {response.status_code}")
        with its_answer("switch"):
            answer: dict[str, Any] = response.json()
            self.boot = answer["boot"]
        return answer

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()


class NoSwitch:
    """Acknowledges everything at once: for measuring what is around the switch."""

    name = backend = "none"
    partial = False
    capabilities = Capabilities(batch=5000)
    boot: str | None = "none"

    async def apply(self, operations: Sequence[Operation]) -> list[Answer]:
        """Say yes."""
        return [Answer(one.key, "ok", one.version) for one in operations]

    async def incarnation(self) -> Incarnation:
        """Be always the same."""
        return Incarnation("none")

    async def audit(self, desired: Desired) -> AsyncIterator[Difference]:  # noqa: ARG002 - the port's
        """Hold nothing and miss nothing."""
        nothing: tuple[Difference, ...] = ()
        for one in nothing:
            yield one

    async def ready(self, boot: str) -> None:
        """Be always ready."""

    async def close(self) -> None:
        """Have nothing to let go of."""
