"""The command line that every service has: serve, and look after dead letters."""

import argparse
import asyncio
import gc
import importlib
import json
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import Any

import asyncpg
import uvicorn
from starlette.applications import Starlette
from typing_extensions import override

from chassis import dead_letters, logging, replaying, seals
from chassis.clock import SystemClock
from chassis.errors import Rejected
from chassis.logging import masked
from chassis.service import VERSION
from chassis.settings import ServiceSettings
from contracts.event import Event
from contracts.listeners import LISTENERS

NO_LETTER = "There is no dead letter {}."
GARBAGE = (100_000, 50, 100)
"""Events come by thousands and live shortly: Python's default looks far too often."""

STARTUP_FAILED = 3
"""As uvicorn ends then."""
IDLE_SECONDS = 95
"""
So long a connection stays open while nobody asks anything.

Proxies and clients keep theirs for 60 to 90 seconds (nginx, Traefik, Go). Where ours
ended sooner, now and then a request would meet the end and be answered with a 502.
"""

Step = Callable[[], Awaitable[str]]
"""Does something and returns what to say of it."""


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
    replays: Sequence[Sequence[type[Event]]] = (),
    goes_on: Step | None = None,
) -> None:
    """
    Run `python -m <service> [serve | dead-letters … | a command of its own]`.

    `replays` names all that its state follows from, in the order in which it can be
    read again; without it the service cannot be rebuilt from Kafka alone. Those named
    together are read together, in the order of their times. `goes_on` is done when it
    is to read again: what it tells then must be newer than all that it told before.
    """
    parser = argparse.ArgumentParser(prog=f"python -m {name.replace('-', '_')}")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("serve", help="run the service (the default)")
    letters = commands.add_parser("dead-letters", help="messages that were parked")
    actions = letters.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="the newest 100")
    actions.add_parser("show", help="one, whole").add_argument("id", type=int)
    resend = actions.add_parser("resend", help="let the service take them again")
    resend.add_argument("id", type=int, nargs="+")
    common = _common(name, settings, create_app, replays, goes_on or _silent)
    own = {one.name: one for one in (*common, *more)}
    for one in own.values():
        added = commands.add_parser(one.name, help=one.help)
        for argument, options in one.arguments.items():
            added.add_argument(argument, **options)
    arguments = parser.parse_args()
    if arguments.command == "dead-letters":
        asyncio.run(_dead_letters(name, settings, arguments))
    elif arguments.command in own:
        _say(asyncio.run(_said(own[arguments.command].run(arguments))))
    else:
        serve(name, settings, create_app())


def _common(
    name: str,
    settings: ServiceSettings,
    create_app: Callable[[], Starlette],
    replays: Sequence[Sequence[type[Event]]],
    goes_on: Step,
) -> Iterator[Command]:
    """Return the commands that read again what Kafka keeps."""

    async def rewind(arguments: argparse.Namespace) -> str:
        if arguments.earliest == (arguments.to is not None):
            sys.exit("Give either --to with a time, or --earliest.")
        heard = [event.topic() for event in LISTENERS.get(name, ())]
        topics = arguments.topics or heard
        coming = await replaying.rewind(settings, name, topics, arguments.to)
        return f"{_counted(coming)}\n{await goes_on()}".rstrip()

    yield Command(
        "rewind",
        "let the stopped service read again what came since a time",
        rewind,
        {
            "topics": {"nargs": "*", "help": "all that it listens to, unless named"},
            "--to": {"type": moment, "help": "ISO 8601 with its offset"},
            "--earliest": {"action": "store_true", "help": "from the beginning"},
        },
    )

    async def replay(_arguments: argparse.Namespace) -> str:
        order = [[event.topic() for event in together] for together in replays]
        said = await goes_on()
        done = await replaying.replay(create_app().state.service, order)
        return f"{_counted(done.read, done.gone)}\n{said}".rstrip()

    if replays:
        yield Command(
            "replay",
            "rebuild the stopped service's state in a new database from the topics",
            replay,
        )


async def _silent() -> str:
    return ""


def moment(text: str) -> datetime:
    """Read a time that somebody typed; it must name its offset."""
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise argparse.ArgumentTypeError("give the offset too: 2026-11-28T03:55+00:00")
    return found


def _counted(messages: Mapping[str, int], gone: Mapping[str, int] | None = None) -> str:
    """Say how many messages of which topic, and how many no topic holds any more."""
    lines = []
    for topic, number in messages.items():
        lost = (gone or {}).get(topic)
        older = f"; {lost:,} older ones are not kept any more" if lost else ""
        lines.append(f"{number:>9,} {topic}{older}")
    return "\n".join([*lines, f"{sum(messages.values()):>9,} messages in all"])


def serve(name: str, settings: ServiceSettings, app: Starlette) -> None:
    """Serve until SIGTERM or SIGINT, then finish what was begun."""
    logging.set_up(name, level=settings.log_level, form=settings.log_format)
    if os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        importlib.import_module("chassis.telemetry").set_up(name, version=VERSION)
    gc.set_threshold(*GARBAGE)
    # uvicorn stops in peace, then raises the signal again: that is a good end.
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, lambda *_: sys.exit(0))
    server = Server(served(settings, app))
    server.run()
    if not server.started:
        sys.exit(STARTUP_FAILED)


def served(settings: ServiceSettings, app: Starlette) -> uvicorn.Config:
    """Return how a service is served."""
    return uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=int(settings.stop_timeout.total_seconds()),
        **behind(settings.trusted_proxies),
    )


class Server(uvicorn.Server):
    """Also ends when it is told to while it waits for a server at its start."""

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.started:
            # Nothing was begun that has to be ended; what is raised here instead may
            # be taken for a start that failed.
            os._exit(0)
        super().handle_exit(sig, frame)


def behind(proxies: str) -> dict[str, Any]:
    """Return whose X-Forwarded-For uvicorn believes; by itself it trusts 127.0.0.1."""
    return {"proxy_headers": bool(proxies), "forwarded_allow_ips": proxies}


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
    try:
        return await answer
    except replaying.NotPossible as reason:
        sys.exit(str(reason))


async def _dead_letters(
    name: str, settings: ServiceSettings, arguments: argparse.Namespace
) -> None:
    connection = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        match arguments.action:
            case "list":
                for row in await dead_letters.listing(connection):
                    shown = {**row, "service": name}
                    said = (f"{key}={masked(_text(shown[key]))}" for key in shown)
                    _say(" ".join(said))
            case "show":
                letter = await dead_letters.show(connection, arguments.id)
                if letter is None:
                    sys.exit(NO_LETTER.format(arguments.id))
                _say(_json({**letter, "service": name}))
            case "resend":
                now = SystemClock().now()
                found = await dead_letters.ask_again(connection, arguments.id, at=now)
                if found:
                    _say(
                        f"{len(found)} asked for again; the running service takes them."
                    )
                if lost := sorted(set(arguments.id) - found):
                    sys.exit(NO_LETTER.format(", ".join(map(str, lost))))
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
    try:
        print(line, flush=True)  # noqa: T201 - the answer to the person at the terminal
    except BrokenPipeError:  # who reads has seen enough, as `head` has
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
