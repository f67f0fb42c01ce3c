"""What is done to the services while they work."""

import asyncio
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from random import Random

import httpx

from devstack.ports import free_port
from support.kill.processes import Kept
from support.waiting import eventually

READY_WITHIN = 120.0
ZOMBIE_SECONDS = 8.5
BESIDE_EACH_OTHER = 3.0
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
    longest_peace: float = 1.2


async def torment(kept: Kept, plan: Torment, rng: Random) -> None:
    """Kill a service again and again, at work or while it starts."""
    while kept.kills < plan.kills:
        if rng.random() < 0.85:
            await eventually(kept.is_ready, within=READY_WITHIN)
        await asyncio.sleep(rng.uniform(0.0, plan.longest_peace))  # the pace of faults
        async with kept.undisturbed:
            kept.kill()
    await eventually(kept.is_ready, within=READY_WITHIN)


async def make_a_zombie(kept: Kept) -> None:
    """Freeze it, let another take its work over, and thaw it."""
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
        await eventually(kept.is_ready, within=READY_WITHIN)
        await asyncio.sleep(BESIDE_EACH_OTHER)  # both work now: the fault itself
        await other.stop()


async def misbehave(url: str, seconds: float, seed: int) -> None:
    """Let the switch be a nasty one for a while, and forget everything once."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        answer = await http.post("/v1/nasty", json={**NASTY, "seed": seed})
        answer.raise_for_status()
        await asyncio.sleep(seconds / 2)  # the fault itself
        (await http.post("/v1/restart")).raise_for_status()
        await asyncio.sleep(seconds / 2)  # the fault itself
        (await http.delete("/v1/nasty")).raise_for_status()


def number_from_env(name: str, default: int) -> int:
    """Return a number that somebody may have set."""
    return int(os.environ.get(name) or default)
