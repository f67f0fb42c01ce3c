"""What is done to the services while they work."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from random import Random

import httpx

from devstack.ports import free_port
from support.kill.processes import Kept
from support.waiting import eventually

READY_WITHIN = 120.0
ZOMBIE_SECONDS = 8.5
BESIDE_EACH_OTHER = 3.0
AT_WORK, LONGEST_WATCH = 0.7, 1.0
"""So many kills wait for a transaction, and so many seconds for one."""
SHORT_PEACE = 1.2
ECHO_EVERY = 0.5
ECHO_OF = {"limit": 1000}
"""The oldest requests: by then there is something newer for most."""
NASTY: Mapping[str, object] = {
    "delay_ms": [0, 150],
    "fail_before": 0.05,
    "fail_after": 0.1,
    "reset_after": 0.1,
    "reorder": 0.15,
    "reorder_ms": 400,
    "lose": 0.01,
}


@dataclass(frozen=True, slots=True)
class Torment:
    """How often each service is killed, and how quickly one after another."""

    kills: int
    longest_peace: float = SHORT_PEACE
    rest_every: int = 8
    """After so many kills comes a longer peace, so that slow work ends some time."""
    rest: float = 4.0


async def torment(
    kept: Kept, plan: Torment, rng: Random, at_work: Callable[[], Awaitable[bool]]
) -> None:
    """Kill a service again and again: in a transaction, at rest, or as it starts."""
    while kept.kills < plan.kills:
        if rng.random() < 0.85:
            await eventually(kept.is_ready, within=READY_WITHIN)
        rests = kept.kills % plan.rest_every == plan.rest_every - 1
        peace = rng.uniform(0.0, plan.rest if rests else plan.longest_peace)
        await asyncio.sleep(peace)  # the pace of faults
        chosen = rng.random() < AT_WORK
        async with kept.undisturbed:
            until = time.monotonic() + LONGEST_WATCH
            while chosen and time.monotonic() < until and not await at_work():  # noqa: ASYNC110 - asks
                await asyncio.sleep(0.003)
            kept.kill()
    await eventually(kept.is_ready, within=READY_WITHIN)


async def make_a_zombie(kept: Kept) -> float:
    """
    Freeze it, let another take its work over, and thaw it.

    Returns how long it took from the thaw until it was ready.
    """
    async with kept.undisturbed:
        await eventually(kept.is_ready, within=READY_WITHIN)
        port = free_port()
        prefix = kept.nursery.package.upper()
        more = {f"{prefix}_PORT": str(port), f"{prefix}_INSTANCE": "1"}
        other = replace(
            kept,
            name=f"{kept.name} (stand-in)",
            env={**kept.env, **more},
            port=port,
            kills=0,
            restarts=0,
            recoveries=[],
            undisturbed=asyncio.Lock(),
        )
        kept.pause()
        frozen_at = time.monotonic()
        try:
            other.start()
            await eventually(other.is_ready, within=READY_WITHIN)
            left = frozen_at + ZOMBIE_SECONDS - time.monotonic()
            await asyncio.sleep(max(0.0, left))  # the fault itself
        finally:
            kept.resume()
        thawed_at = time.monotonic()
        await eventually(kept.is_ready, within=READY_WITHIN)
        took = time.monotonic() - thawed_at
        await asyncio.sleep(BESIDE_EACH_OTHER)  # both work now: the fault itself
        await other.stop()
    return took


async def misbehave(url: str, seconds: float, seed: int) -> None:
    """Let the switch be a nasty one for a while, and forget everything once."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        answer = await http.post("/v1/nasty", json={**NASTY, "seed": seed})
        answer.raise_for_status()
        await asyncio.sleep(seconds / 2)  # the fault itself
        (await http.post("/v1/restart")).raise_for_status()
        await asyncio.sleep(seconds / 2)  # the fault itself
        (await http.delete("/v1/nasty")).raise_for_status()


async def echo(url: str, seconds: float, rng: Random) -> None:
    """Let old requests arrive at the switch once more, as late as networks can."""
    until = time.monotonic() + seconds
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        while time.monotonic() < until:
            await asyncio.sleep(ECHO_EVERY)  # the pace of faults
            page = (await http.get("/v1/history", params=ECHO_OF)).json()["entries"]
            old = [entry for entry in page if entry["result"] == "ok"]
            operations = [
                {name: entry[name] for name in ("key", "version", "value")}
                for entry in rng.sample(old, min(len(old), 3))
            ]
            # A nasty switch may break the line: nobody waits for the answer.
            with suppress(httpx.HTTPError):
                await http.post("/v1/apply", json={"operations": operations})


def number_from_env(name: str, default: int) -> int:
    """Return a number that somebody may have set."""
    return int(os.environ.get(name) or default)
