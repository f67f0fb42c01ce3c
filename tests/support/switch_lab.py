"""The simulated switch as a process, and a look at what it does and did."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx

from devstack.ports import free_port
from support.waiting import eventually


class SwitchLab:
    """Asks the switch and tells it how to misbehave."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self.url, self._http = url, http

    async def call(self, number: str) -> dict[str, Any]:
        """Return what happens to a call to the number now."""
        return dict((await self._http.get(f"/v1/calls/{number}")).json())

    async def misbehave(self, **manners: Any) -> None:
        """Behave like this from now on; well again with no manners."""
        await self._http.post("/v1/nasty", json=manners)

    async def restart(self) -> None:
        """Forget everything, as a switch does that starts anew."""
        await self._http.post("/v1/restart")

    async def held(self) -> dict[str, tuple[int, Any]]:
        """Return version and value by key."""
        entries: list[dict[str, Any]] = []
        after: str | None = ""
        while after is not None:
            params = {"limit": "10000"} | ({"after": after} if after else {})
            page = (await self._http.get("/v1/audit", params=params)).json()
            entries += page["entries"]
            after = page["next"]
        return {e["key"]: (e["version"], e["value"]) for e in entries}

    async def apply(self, version: int, values: dict[str, Any]) -> None:
        """Write past forwarding, as a mistake or a second master would."""
        operations = [
            {"key": key, "version": version, "value": value}
            for key, value in values.items()
        ]
        await self._http.post("/v1/apply", json={"operations": operations})

    async def journal(self) -> list[dict[str, Any]]:
        """Return every operation that the switch was ever asked for."""
        entries: list[dict[str, Any]] = []
        after = "0"
        while True:
            params = {"after": after, "limit": "10000"}
            page = (await self._http.get("/v1/history", params=params)).json()
            entries += page["entries"]
            if not page["entries"]:
                return entries
            after = str(page["entries"][-1]["n"])

    async def writes(self, key: str) -> list[Any]:
        """Return the values that took effect under a key, without repetitions."""
        told: dict[tuple[str, int], Any] = {
            (one["boot"], one["version"]): one["value"]
            for one in await self.journal()
            if one["key"] == key and one["result"] == "ok"
        }
        return list(told.values())

    async def check_journal(self) -> None:
        """Fail if an older version took effect after a newer one."""
        newest: dict[tuple[str, str], int] = {}
        for one in await self.journal():
            if one["result"] == "ok":
                key = one["boot"], one["key"]
                assert one["version"] >= newest.get(key, 0), one
                newest[key] = one["version"]


@asynccontextmanager
async def running_switch() -> AsyncIterator[SwitchLab]:
    """Run the simulated switch as a process."""
    port = free_port()
    process = subprocess.Popen(  # noqa: ASYNC220 - started once; our own program
        [sys.executable, "-m", "simulated_switch", "--port", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.STDOUT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    url = f"http://127.0.0.1:{port}"
    try:
        async with httpx.AsyncClient(base_url=url, trust_env=False) as http:

            async def answers() -> bool:
                try:
                    return (await http.get("/health/ready")).is_success
                except httpx.HTTPError:
                    return False

            await eventually(answers, within=20)
            yield SwitchLab(url, http)
    finally:
        process.terminate()
        process.wait(10)
