"""
One run: the canary's line fails and comes back, and its calls go and come home.

Only through the doors that everybody has: signals go in at outage-watcher, what
happened is heard on Kafka and asked of the switch. Whatever fails, the recovery is
reported at the end, so that no run leaves an outage behind.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import httpx
import structlog
from aiokafka.errors import KafkaError

from canary import metrics
from canary.listening import Ear, listening
from canary.settings import Settings
from chassis import tracing
from chassis.brokers import client_options
from chassis.clock import Clock
from contracts import canary

log = structlog.get_logger()

ALARM = "canary-line"
"""Always the same: a run that was cut off is healed by the next one's recovery."""
Result = Literal["ok", "refused", "not_diverted", "not_restored", "unreachable"]
POLL = 0.05


class Failed(Exception):
    """The promise was not kept, or could not be looked at."""

    def __init__(self, result: Result, why: str) -> None:
        super().__init__(why)
        self.result = result


@dataclass(frozen=True, slots=True)
class Canary:
    """Plays runs, one at a time."""

    settings: Settings
    http: httpx.AsyncClient
    clock: Clock

    async def play(self) -> Result:
        """Play one run, measure it, and return how it went; raises nothing of it."""
        said = self.settings
        with tracing.span("canary run"):
            try:
                async with listening(client_options(said), said.number) as ear:
                    result = await self._judged(self._play(ear))
                    if result == "not_diverted":
                        await self._quiet(ear)
            except (KafkaError, OSError) as error:
                result = self._count("unreachable", repr(error))
        return result

    async def _judged(self, run: Awaitable[None]) -> Result:
        try:
            await run
        except Failed as failed:
            return self._count(failed.result, str(failed))
        except (KafkaError, OSError, httpx.HTTPError) as error:
            return self._count("unreachable", repr(error))
        return self._count("ok")

    def _count(self, result: Result, why: str = "") -> Result:
        metrics.RUNS.labels(result).inc()
        if result == "ok":
            metrics.FAILURES_IN_A_ROW.set(0)
            metrics.LAST_SUCCESS.set(self.clock.now().timestamp())
        else:
            log.warning("canary_failed", result=result, why=why)
            metrics.FAILURES_IN_A_ROW.inc()
        return result

    async def _play(self, ear: Ear) -> None:
        try:
            diverted = await self._diverted(ear)
        finally:
            up_at = asyncio.get_running_loop().time()
            await self._signal("up")
        restored = await self._restored(ear, since=up_at)
        log.info(
            "canary_sang",
            diverted_after=round(diverted, 3),
            home_after=round(restored, 3),
        )

    async def _quiet(self, ear: Ear) -> None:
        """
        Wait for the end of what was not diverted in time, as long as it may take.

        A run that began within its hold would be no news to anybody and fail as well,
        for ever, and the third would make the line flap.
        """
        with suppress(KafkaError, OSError):  # a time-out, too
            async with asyncio.timeout(self.settings.restore_within.total_seconds()):
                await ear.applied(in_effect=False)

    async def _diverted(self, ear: Ear) -> float:
        said, loop = self.settings, asyncio.get_running_loop()
        began = loop.time()
        await self._signal("down")
        try:
            async with asyncio.timeout(said.divert_within.total_seconds()):
                await ear.applied(in_effect=True)
                await self._rings_at(said.target)
        except TimeoutError:
            late = f"no call was diverted within {said.divert_within}"
            raise Failed("not_diverted", late) from None
        took = loop.time() - began
        metrics.ROUNDTRIP.observe(took, _exemplar())
        return took

    async def _restored(self, ear: Ear, *, since: float) -> float:
        said, loop = self.settings, asyncio.get_running_loop()
        try:
            async with asyncio.timeout(said.restore_within.total_seconds()):
                await ear.applied(in_effect=False)
                await self._rings_at(said.number)
        except TimeoutError:
            late = f"calls were not home within {said.restore_within}"
            raise Failed("not_restored", late) from None
        took = loop.time() - since
        metrics.RESTORE.observe(took, _exemplar())
        return took

    async def _signal(self, state: Literal["down", "up"]) -> None:
        body = {
            "source": canary.SOURCE,
            "alarm_id": ALARM,
            "state": state,
            "lines": [self.settings.line],
            "occurred_at": self.clock.now().isoformat(),
            "note": "canary",
        }
        secret = self.settings.secret.get_secret_value()
        with tracing.span(f"signal {state}", kind="client") as span:
            answer = await self.http.post(
                f"{self.settings.watcher_url}/v1/signals",
                json=body,
                headers={
                    "Authorization": f"Bearer {secret}",
                    "traceparent": span.traceparent,
                },
            )
        if not answer.is_success:
            raise Failed("refused", f"outage-watcher answers {answer.status_code}")

    async def _rings_at(self, where: str) -> None:
        """Return once a call to the number would ring there; at once if unasked."""
        if self.settings.switch_url is None:
            return
        url = f"{self.settings.switch_url}/v1/calls/{self.settings.number}"
        while True:
            if _place_in(await self.http.get(url)) == where:
                return
            await asyncio.sleep(POLL)


def _place_in(answer: httpx.Response) -> object:
    """Return where a call would ring; None for an answer that does not say it."""
    try:
        told = answer.json() if answer.is_success else None
    except ValueError:
        return None
    return told.get("rings_at") if isinstance(told, dict) else None


def _exemplar() -> dict[str, str] | None:
    found = tracing.trace_id()
    return {"trace_id": found} if found else None
