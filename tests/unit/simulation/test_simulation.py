"""
Three services, their domains real and everything around them drawn from a seed.

A failure prints its seed. SIMULATION_SEEDS=10000 plays more of them, SIMULATION_FIRST
says where to begin; docs/reliability.md has the last figures.
"""

import os
from collections.abc import Iterator
from dataclasses import fields, replace

import pytest
import structlog

from support.simulation.design import Design
from support.simulation.world import Simulation, Violated, run

FIRST = int(os.environ.get("SIMULATION_FIRST", "0"))
SEEDS = int(os.environ.get("SIMULATION_SEEDS", "200"))
PART = 50
ENOUGH = range(120, 200)
"""These seeds must do to notice that a safeguard is gone."""


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Say nothing of poison: there is much of it."""
    with structlog.testing.capture_logs():
        yield


@pytest.mark.parametrize("first", range(FIRST, FIRST + SEEDS, PART))
def test_whatever_crashes_every_fact_has_its_effect(first: int) -> None:
    crashes, pauses = run(range(first, min(first + PART, FIRST + SEEDS)))

    assert crashes > PART
    assert pauses > PART // 2


@pytest.mark.parametrize("safeguard", [each.name for each in fields(Design)])
def test_without_this_safeguard_some_fact_has_none(safeguard: str) -> None:
    design = replace(Design(), **{safeguard: False})

    with pytest.raises(Violated):
        run(ENOUGH, design)


def test_a_seed_plays_the_same_again() -> None:
    one, again = Simulation(7), Simulation(7)
    one.run()
    again.run()

    assert one.world.bus.records == again.world.bus.records
    assert one.switch.core.journal(after=0, limit=10**6) == (
        again.switch.core.journal(after=0, limit=10**6)
    )
