"""Rounds: each plays a story under faults, then accounts for every fact of it."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from random import Random

from chaos.book import Book
from chaos.link import HOST
from chaos.machines import PORTAL, WATCHER, Machines, running_machines
from chaos.weather import Plan, Weather
from devstack.settings import ROOT
from devstack.topics import empty_topics
from support.kill import left
from support.kill.author import Author
from support.kill.judging import account_for, calm_down
from support.kill.players import Players
from support.kill.stage import Ways, staged
from support.stack import fresh_database

QUIET_WITHIN = 180.0


class Violated(Exception):
    """The promise was not kept; the message is the complaint."""


async def campaign(
    plan: Plan,
    seeds: Sequence[int],
    events: int,
    logs: Path,
    keep: Callable[[Book], None],
) -> Book:
    """
    Play a round for each seed on servers of our own; `keep` gets each that was good.

    Raises Violated at the first bad one.
    """
    book = Book()
    async with running_machines(Random(seeds[0])) as machines:  # noqa: S311 - chances
        for seed in seeds:
            folder = logs / f"{seed}"
            folder.mkdir(parents=True)
            played = await _round(machines, plan, seed, events, folder)
            keep(played)
            book.add(played)
    return book


async def _round(
    machines: Machines, plan: Plan, seed: int, events: int, folder: Path
) -> Book:
    story, book = Author(seed, events).write(), Book(seeds=[seed], commits=[commit()])
    servers = machines.stack.bootstrap_servers
    await _forget_all(machines)
    doors = {
        "portal_gateway": f"http://{HOST}:{machines.links[PORTAL].port}",
        "outage_watcher": f"http://{HOST}:{machines.links[WATCHER].port}",
    }
    ways = Ways(machines.stack.settings, machines.rewired, doors)
    async with (
        fresh_database(machines.stack) as database,
        staged(database, servers, story.customers, folder, ways) as stage,
    ):
        players = Players.on(stage, story, plan.seconds)
        weather = Weather(stage, machines, book, plan, seed)
        began = time.monotonic()
        async with asyncio.TaskGroup() as both:
            both.create_task(players.play())
            both.create_task(weather.rage())
        book.seconds = time.monotonic() - began
        await weather.clear_up()
        began = time.monotonic()
        try:
            await calm_down(stage, within=QUIET_WITHIN)
        except (AssertionError, TimeoutError):
            (folder / "left").mkdir()
            await left.keep(folder / "left", database.admin_url, servers)
            raise
        book.note("all of it over, until nothing is under way", _since(began))
        again = f"make chaos CHAOS='--seed {seed}{_pace(plan)} --events {events}'"
        account, model = await account_for(stage, story, players.notes, command=again)
        _say(account.table(stage.services.values()))
        book.take(account)
        if not account.is_good:
            raise Violated(account.complaint(model.history))
    return book


async def _forget_all(machines: Machines) -> None:
    """
    Empty the topics, for good.

    Kafka notes each minute from where on its messages count: one that is killed before
    that has the deleted ones back. One that ends in order notes it at once.
    """
    await empty_topics(machines.stack.bootstrap_servers)
    await machines.kafka.stop()
    await machines.kafka.start()


def _pace(plan: Plan) -> str:
    """Return the options that make a plan of the usual one."""
    usual = asdict(Plan())
    return "".join(
        f" --{name.replace('_', '-')} {value:g}"
        for name, value in asdict(plan).items()
        if value != usual[name]
    )


def _since(moment: float) -> float:
    return time.monotonic() - moment


def commit() -> str:
    """Return what is tested: the commit, with a + when files differ from it."""
    command = ["git", "describe", "--always", "--dirty=+", "--abbrev=10"]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
