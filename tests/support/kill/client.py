"""A client that never gives up on a call while the service is being killed."""

import asyncio
import time
from collections import Counter

import httpx

from contracts.number_range import NumberRange

PATIENCE = 480.0
"""Longer than bad luck: whoever kills likes transactions, and they may all be ours."""
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 0.5
TRY_AGAIN = {429, 500, 502, 503}


class GaveUp(Exception):
    """A call had no definite answer in time."""


class Client:
    """Somebody with a cookie or a secret."""

    def __init__(self, http: httpx.AsyncClient, **headers: str) -> None:
        self._http, self._headers = http, headers
        self.retries: Counter[str] = Counter()

    async def call(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        key: str | None = None,
    ) -> httpx.Response:
        """Return the definite answer; repeated with the same key until there is one."""
        headers = self._headers | ({"Idempotency-Key": key} if key else {})
        deadline, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
        while True:
            why = ""
            try:
                answer = await self._http.request(
                    method, path, json=body, headers=headers
                )
                why = _must_repeat(answer)
                if not why:
                    return answer
            except httpx.HTTPError as error:
                why = type(error).__name__
            self.retries[why] += 1
            if time.monotonic() > deadline:
                message = f"{method} {path} after {PATIENCE:g} s: {why}"
                raise GaveUp(message)
            await asyncio.sleep(pause)  # the client's own back-off
            pause = min(pause * 2, LONGEST_PAUSE)

    @staticmethod
    def path(numbers: NumberRange) -> str:
        """Return where the portal has a number or block."""
        kind = "number" if numbers.is_single else "block"
        return f"/api/v1/forwardings/{numbers.first[1:]}?kind={kind}"

    async def sees(self, path: str) -> None:
        """Wait until the portal shows a number that is open."""
        deadline = time.monotonic() + PATIENCE
        while not _is_open(answer := await self.call("GET", path)):
            if time.monotonic() > deadline:
                message = f"{path} is not shown: {answer.text[:200]}"
                raise GaveUp(message)
            await asyncio.sleep(LONGEST_PAUSE)  # the customer looks again


def _is_open(answer: httpx.Response) -> bool:
    return answer.is_success and answer.json()["opens_on"] is None


def _must_repeat(answer: httpx.Response) -> str:
    if answer.status_code in TRY_AGAIN:
        return f"{answer.status_code} {answer.text[:80]}"
    if answer.status_code == httpx.codes.CONFLICT:
        code = str(answer.json().get("code"))
        return code if code == "request_in_progress" else ""
    return ""
