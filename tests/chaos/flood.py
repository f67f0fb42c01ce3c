"""Every message again, many times and in any order, with poison in between."""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

from chaos.book import Book
from chaos.campaign import Violated, commit
from chaos.machines import running_machines
from support.kill.author import POISON_TOPICS, Author
from support.kill.evidence import Evidence, id_of, read_records, read_switch
from support.kill.judging import account_for, calm_down
from support.kill.players import Notes, Players
from support.kill.stage import Stage, staged
from support.kill.story import Story
from support.stack import fresh_database

AT_ONCE = 2000
EVENTS_A_SECOND = 40
QUIET_WITHIN = 1800.0
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Water:
    """How much of it comes."""

    again: int = 20_000
    """Messages that were told before."""
    poison: int = 20_000


async def flood(
    water: Water, seed: int, events: int, logs: Path, keep: Callable[[Book], None]
) -> Book:
    """
    Tell a story in peace, then its messages again and again; `keep` gets a good book.

    Nothing may come of it but a dead letter for each that is poison: else Violated.
    """
    story, book = Author(seed, events).write(), Book(seeds=[seed], commits=[commit()])
    async with (
        running_machines(Random(seed)) as machines,  # noqa: S311 - chances
        fresh_database(machines.stack) as database,
        staged(
            database, machines.stack.bootstrap_servers, story.customers, logs
        ) as stage,
    ):
        notes = await _tell(stage, story, events / EVENTS_A_SECOND)
        before, began = await _changes(stage), time.monotonic()
        await _pour(stage, notes, water, Random(seed))  # noqa: S311 - chances
        book.note("all of it sent, until nothing is under way", await _calm(stage))
        book.seconds = time.monotonic() - began
        amount = f"--again {water.again} --poison {water.poison}"
        again = f"make chaos CHAOS='flood --seed {seed} --events {events} {amount}'"
        account, model = await account_for(stage, story, notes, command=again)
    if account.flips != before:
        changed = account.flips - before
        account.uncaused.append(f"repeats changed the switch {changed} times")
    book.take(account)
    if not account.is_good:
        raise Violated(account.complaint(model.history))
    keep(book)
    return book


async def _tell(stage: Stage, story: Story, seconds: float) -> Notes:
    players = Players.on(stage, story, seconds)
    await players.play()
    await _calm(stage)
    return players.notes


async def _calm(stage: Stage) -> float:
    """Return how long it took until nothing was under way."""
    began = time.monotonic()
    await calm_down(stage, within=QUIET_WITHIN)
    return time.monotonic() - began


async def _changes(stage: Stage) -> int:
    """Return how many changes the switch has taken."""
    found = Evidence()
    await read_switch(stage.switch_url, (), found)
    return found.changes


async def _pour(stage: Stage, notes: Notes, water: Water, rng: Random) -> None:
    told = [one for one in await read_records(stage.servers) if id_of(one)]
    drops = [_again] * water.again + [_poison] * water.poison
    rng.shuffle(drops)
    for start in range(0, len(drops), AT_ONCE):
        some = drops[start : start + AT_ONCE]
        await asyncio.gather(*(drop(stage, notes, told, rng) for drop in some))


async def _again(stage: Stage, notes: Notes, told: Sequence[Any], rng: Random) -> None:
    record = rng.choice(told)
    await stage.producer.send_and_wait(
        record.topic, record.value, key=record.key, headers=list(record.headers)
    )
    notes.counts["duplicates and replays sent"] += 1


async def _poison(stage: Stage, notes: Notes, told: Sequence[Any], rng: Random) -> None:
    record = rng.choice(told)
    while record.topic not in POISON_TOPICS:
        record = rng.choice(told)
    kind, value, headers = _spoilt(record, rng)
    sent = await stage.producer.send_and_wait(
        record.topic, value, key=record.key, headers=headers
    )
    notes.counts[f"poison: {kind}"] += 1
    notes.poison.append((sent.topic, sent.partition, sent.offset))


def _spoilt(
    record: Any, rng: Random
) -> tuple[str, bytes, list[tuple[str, bytes | None]]]:
    """Return what nobody can read, and what it is called."""
    named = [one for one in record.headers if one[0] != "ce_id"]
    kinds: Sequence[tuple[str, bytes, list[tuple[str, bytes | None]]]] = (
        ("bytes of any sort", rng.randbytes(rng.randrange(1, LONGEST)), named),
        ("cut off", record.value[: rng.randrange(len(record.value))], named),
        ("bytes in a header", b"{", [("ce_time", rng.randbytes(20)), ("x", None)]),
        ("another shape", b'{"%x": %d}' % (rng.getrandbits(64), rng.random()), named),
    )
    return rng.choice(kinds)
