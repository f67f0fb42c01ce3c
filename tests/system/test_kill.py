"""
Whatever crashes, every acknowledged fact has its effect exactly once in the end.

KILL_TEST_EVENTS, KILL_TEST_KILLS and KILL_TEST_SEED make it longer, harsher, or the
same again.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from random import Random

import pytest

from support.kill import faults
from support.kill.author import Author
from support.kill.faults import Torment, number_from_env
from support.kill.judging import account_for, calm_down
from support.kill.players import Players
from support.kill.stage import Stage, staged
from support.kill.story import Story
from support.stack import Database

pytestmark = pytest.mark.alone
EVENTS = number_from_env("KILL_TEST_EVENTS", 3000)
KILLS = number_from_env("KILL_TEST_KILLS", 20)
SEED = number_from_env("KILL_TEST_SEED", 4711)
SECONDS = max(50.0, EVENTS / 60, KILLS * 2.5)
QUIET_WITHIN = 120.0
AGAIN = (
    f"KILL_TEST_SEED={SEED} KILL_TEST_EVENTS={EVENTS} KILL_TEST_KILLS={KILLS} "
    "python -m pytest -s tests/system/test_kill.py"
)


@pytest.fixture(scope="module")
def story() -> Story:
    return Author(SEED, EVENTS).write()


@pytest.fixture
async def stage(
    database: Database, empty_kafka: str, story: Story, tmp_path: Path
) -> AsyncIterator[Stage]:
    async with staged(database, empty_kafka, story.customers, tmp_path) as stage:
        yield stage


async def disturb(stage: Stage) -> None:
    """Kill everything again and again, and more."""
    plan = Torment(KILLS)
    async with asyncio.TaskGroup() as all_of_them:
        for index, kept in enumerate(stage.services.values()):
            rng = Random(SEED * 10 + index)  # noqa: S311 - chances, no secret
            at_work = partial(stage.is_at_work, kept)
            all_of_them.create_task(faults.torment(kept, plan, rng, at_work))
        all_of_them.create_task(_freeze_twice(stage))
        late = Random(SEED)  # noqa: S311 - chances, no secret
        all_of_them.create_task(faults.echo(stage.switch_url, SECONDS * 0.7, late))
        all_of_them.create_task(faults.misbehave(stage.switch_url, SECONDS * 0.6, SEED))


async def _freeze_twice(stage: Stage) -> None:
    for _ in range(2):
        await asyncio.sleep(SECONDS * 0.2)  # the pace of faults
        await faults.make_a_zombie(stage.services["forwarding"])


async def test_no_acknowledged_fact_is_lost(stage: Stage, story: Story) -> None:
    began = time.monotonic()
    players = Players.on(stage, story, SECONDS)

    async with asyncio.TaskGroup() as both:
        both.create_task(players.play())
        both.create_task(disturb(stage))
    played = time.monotonic()
    await calm_down(stage, within=QUIET_WITHIN)
    quiet = time.monotonic()
    account, model = await account_for(stage, story, players.notes, command=AGAIN)

    account.seconds = {
        "played": played - began,
        "quiet after": quiet - played,
        "looked": time.monotonic() - quiet,
    }
    print("\n" + account.table(stage.services.values()))  # noqa: T201 - the account
    if not account.is_good:
        pytest.fail(account.complaint(model.history), pytrace=False)
