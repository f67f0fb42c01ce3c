"""The fault campaign in its shortest form: `make chaos` is the same for longer."""

from collections import Counter
from pathlib import Path

from chaos import __main__ as command
from chaos.book import Book
from chaos.campaign import campaign
from chaos.flood import Water, flood
from chaos.weather import FULL, Plan

SEED, EVENTS = 4711, 700
SHORT = Plan(
    seconds=15, kills=3, zombies=0, restarts=2, full_disks=0, link_faults=1, skews=2
)


def test_the_full_run_is_as_long_as_was_promised() -> None:
    rounds = command.ROUNDS["full"]

    assert rounds * FULL.kills >= 1_000
    assert rounds * command.EVENTS["full"] >= 90_000  # a tenth more come by themselves
    assert rounds * FULL.zombies * 4 >= 200
    # Of three ways to end a server one is no restart.
    assert rounds * (FULL.restarts * 2 // 3) >= 100


async def test_a_short_campaign_loses_nothing(tmp_path: Path) -> None:
    kept: list[Book] = []
    book = await campaign(SHORT, [SEED], EVENTS, tmp_path, kept.append)
    assert [one.seeds for one in kept] == [[SEED]]

    assert not any(book.verdicts.values())
    restarts = Counter(name.split()[-1] for name in book.times.elements())
    assert restarts["kafka"] == restarts["postgres"] == SHORT.restarts
    assert book.sums["acknowledged"] >= EVENTS


async def test_a_short_flood_changes_nothing(tmp_path: Path) -> None:
    kept: list[Book] = []
    water = Water(again=1500, poison=1500)
    book = await flood(water, SEED, EVENTS, tmp_path, kept.append)

    assert kept == [book]
    assert not any(book.verdicts.values())
    assert sum(n for name, n in book.sums.items() if name.startswith("poison:")) >= 1500
