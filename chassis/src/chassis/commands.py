"""The command line that every service has: serve, and look after dead letters."""

import argparse
import asyncio
import gc
import importlib
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import asyncpg
import uvicorn
from starlette.applications import Starlette

from chassis import dead_letters, logging, seals
from chassis.clock import SystemClock
from chassis.errors import Rejected
from chassis.logging import masked
from chassis.service import VERSION
from chassis.settings import ServiceSettings

GARBAGE = (100_000, 50, 100)
"""Events come by thousands and live shortly: Python's default looks far too often."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command that one service has beside the common ones."""

    name: str
    help: str
    run: Callable[[argparse.Namespace], Awaitable[str]]
    """Does it and returns what to say."""
    arguments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def main(
    name: str,
    settings: ServiceSettings,
    create_app: Callable[[], Starlette],
    *more: Command,
) -> None:
    """Run `python -m <service> [serve | dead-letters … | a command of its own]`."""
    parser = argparse.ArgumentParser(prog=f"python -m {name.replace('-', '_')}")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="run the service (the default)")
    letters = commands.add_parser("dead-letters", help="messages that were parked")
    actions = letters.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="the newest 100")
    actions.add_parser("show", help="one, whole").add_argument("id", type=int)
    resend = actions.add_parser("resend", help="send again to their topic")
    resend.add_argument("id", type=int, nargs="+")
    own = {one.name: one for one in more}
    for one in more:
        added = commands.add_parser(one.name, help=one.help)
        for argument, options in one.arguments.items():
            added.add_argument(argument, **options)
    arguments = parser.parse_args()
    if arguments.command == "dead-letters":
        asyncio.run(_dead_letters(settings, arguments))
    elif arguments.command in own:
        _say(asyncio.run(_said(own[arguments.command].run(arguments))))
    else:
        serve(name, settings, create_app())


def serve(name: str, settings: ServiceSettings, app: Starlette) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun."""
    logging.set_up(name, level=settings.log_level, form=settings.log_format)
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        importlib.import_module("chassis.telemetry").set_up(name, version=VERSION)
    gc.set_threshold(*GARBAGE)
    # uvicorn stops in peace, then raises the signal again: that is a good end.
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, lambda *_: sys.exit(0))
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=int(settings.stop_timeout.total_seconds()),
    )


def audit(settings: ServiceSettings) -> Command:
    """Return the command of a service whose audit is sealed."""

    async def run(arguments: argparse.Namespace) -> str:
        connection = await asyncpg.connect(settings.database_url.get_secret_value())
        try:
            if arguments.action == "head":
                return str(await seals.head(connection))
            known = seals.Head.read(arguments.head) if arguments.head else None
            verdict = await seals.verify(connection, known)
        except Rejected as bad:
            sys.exit(bad.reason)
        finally:
            await connection.close()
        if verdict.broken:
            sys.exit(f"BROKEN at {verdict.broken}")
        rows = f"{verdict.rows} rows hold, {verdict.erased} of them erased"
        return f"{rows}; the head is {verdict.head}"

    return Command(
        "audit",
        "verify: find the first row that was changed; head: what to keep elsewhere",
        run,
        {
            "action": {"choices": ["verify", "head"]},
            "--head": {"help": "an earlier head, which must still be in the chain"},
        },
    )


async def _said(answer: Awaitable[str]) -> str:
    return await answer


async def _dead_letters(
    settings: ServiceSettings, arguments: argparse.Namespace
) -> None:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        match arguments.action:
            case "list":
                for row in await dead_letters.listing(connection):
                    _say(
                        " ".join(
                            f"{name}={masked(_text(value))}"
                            for name, value in row.items()
                        )
                    )
            case "show":
                letter = await dead_letters.show(connection, arguments.id)
                _say(
                    _json(letter)
                    if letter
                    else f"There is no dead letter {arguments.id}."
                )
            case "resend":
                now = SystemClock().now()
                count = await dead_letters.resend(connection, arguments.id, at=now)
                _say(f"{count} queued; the service's relay sends them.")
    finally:
        await connection.close()


def _text(value: object) -> object:
    return value.isoformat(timespec="seconds") if isinstance(value, datetime) else value


def _json(letter: dict[str, object]) -> str:
    shown = {
        name: value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        for name, value in letter.items()
    }
    return json.dumps(masked(shown), indent=2, ensure_ascii=False, default=str)


def _say(line: str) -> None:
    print(line)  # noqa: T201 - the answer to the person at the terminal
