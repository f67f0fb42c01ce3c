"""
Faults of every kind against the whole system, on this machine alone.

    make chaos                          # some minutes
    make chaos CHAOS=full               # two hours: the figures that were promised
    make chaos CHAOS='--seed 7 --rounds 2 --account FILE'
    make chaos CHAOS=flood              # no faults: all messages again, and poison

A run that breaks the promise ends with 1, with what broke and the folder of all logs.
"""

import argparse
import asyncio
import logging
import shutil
import signal
import sys
import tempfile
from collections.abc import Coroutine, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from chaos.book import Book
from chaos.campaign import Violated, campaign, commit
from chaos.flood import Water, flood
from chaos.weather import FULL, Plan

EVENTS = {"short": 1500, "full": 9300, "flood": 1500}
"""In each round."""
ROUNDS = {"short": 1, "full": 10, "flood": 1}
"""
Full: 1,060 kills of each service, some 100,000 events, 240 zombies, 110 kills and
clean restarts of each server.
"""
PACE = ("seconds", "kills", "zombies", "restarts", "link_faults")


def main(arguments: Sequence[str]) -> int:
    """Play, print the table, and tell by the exit code whether the promise held."""
    options = _parser().parse_args(arguments)
    if options.only_show:
        sys.stdout.write(Book.read(options.account).table() + "\n")
        return 0
    given = {name: getattr(options, name) for name in PACE}
    usual = FULL if options.mode == "full" else Plan()
    plan = replace(usual, **{name: n for name, n in given.items() if n is not None})
    rounds = options.rounds or ROUNDS[options.mode]
    events = options.events or EVENTS[options.mode]
    logs = Path(tempfile.mkdtemp(prefix="chaos-"))
    logs.chmod(0o711)
    logging.basicConfig(filename=logs / "own.log")  # of faults as they are meant
    sys.stdout.write(f"seed {options.seed}, commit {commit()}, logs in {logs}\n")
    sys.stdout.flush()
    seeds = range(options.seed, options.seed + rounds)
    keep = partial(_add_to, options.account)
    if options.mode == "flood":
        water = Water(options.again, options.poison)
        played = flood(water, options.seed, events, logs, keep)
    else:
        played = campaign(plan, seeds, events, logs, keep)
    try:
        book = asyncio.run(_until_told(played))
    except Violated as violated:
        sys.stdout.write(f"{violated}\nthe logs are in {logs}\n")
        return 1
    shutil.rmtree(logs)
    sys.stdout.write(f"\n{book.table()}\n")
    return 0


def _add_to(account: Path | None, book: Book) -> None:
    """Add a round to the file, so that a later one that ends early takes nothing."""
    if account:
        total = Book.read(account)
        total.add(book)
        total.write(account)


async def _until_told(work: Coroutine[None, None, Book]) -> Book:
    """Play; a SIGTERM ends it as a Ctrl-C does, with everything that was started."""
    task = asyncio.ensure_future(work)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make chaos CHAOS=…")
    parser.add_argument("mode", nargs="?", choices=[*ROUNDS], default="short")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rounds", type=int, help="each with the next seed")
    parser.add_argument("--events", type=int, help="in each round")
    parser.add_argument("--seconds", type=float, help="of faults in each round")
    parser.add_argument("--kills", type=int, help="of each service in each round")
    parser.add_argument("--zombies", type=int, help="of each service in each round")
    parser.add_argument("--restarts", type=int, help="of each server in each round")
    parser.add_argument("--link-faults", type=int, help="of each link in each round")
    water = Water()
    parser.add_argument(
        "--again", type=int, default=water.again, help="messages again, in a flood"
    )
    parser.add_argument(
        "--poison", type=int, default=water.poison, help="messages, in a flood"
    )
    parser.add_argument("--account", type=Path, help="a file to add this run to")
    parser.add_argument("--only-show", action="store_true", help="that file, no play")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
