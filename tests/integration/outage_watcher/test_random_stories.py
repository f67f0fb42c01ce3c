"""
Any story of a network ends as a slow and simple model says.

Played against the real code on PostgreSQL. A failure prints its seed;
OUTAGE_STORIES=1000 plays more of them, OUTAGE_STORY=7 only that one.
"""

import os

import pytest

from chassis.postgres import Pool
from support.outage_checks import Checks
from support.outage_story import Story
from support.outage_world import World

STORIES = int(os.environ.get("OUTAGE_STORIES", "12"))
SEED = os.environ.get("OUTAGE_STORY")
SEEDS = [int(SEED)] if SEED else list(range(STORIES))


async def play(world: World, story: Story) -> None:
    checks = Checks(world, story.model)
    await story.begin(world)
    for number in range(story.random.randint(20, 60)):
        await story.step(world)
        await checks.step()
        if number % 20 == 19:
            await story.rest(world)
            await checks.rest()
    await story.end_well(world)
    await checks.end()


@pytest.mark.parametrize("seed", SEEDS)
async def test_any_story_ends_as_the_model_says(pool: Pool, seed: int) -> None:
    story = Story(seed, one_by_one=seed % 3 == 0)
    world = World(pool, story.policy)
    if seed % 2:  # so that little is much
        world.watcher.at_once = 2
    try:
        await play(world, story)
    except BaseException as error:
        error.add_note(f"OUTAGE_STORY={seed}")
        for line in story.log[-25:]:
            error.add_note(line)
        raise
