"""`python -m outage_watcher dry-run <source> FILE|-`: how a payload would be read."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from chassis.clock import SystemClock
from chassis.commands import Command
from outage_watcher.sources.described import described
from outage_watcher.sources.formats import FORMATS
from outage_watcher.sources.said import Said
from outage_watcher.sources.shown import in_full

NAME = "dry-run"
HELP = "how a payload of a monitoring system would be read; nothing happens"
NAMES_FILE = "OUTAGE_WATCHER_NAMES_FILE"
WRONG_USE = 2
ARGUMENTS: dict[str, dict[str, Any]] = {
    "source": {"help": f"its name: {', '.join(FORMATS)}, or one of the names file"},
    "file": {"help": "the payload; - for standard input"},
    "--names": {"help": f"the names file; without: {NAMES_FILE}"},
    "--json": {"action": "store_true", "help": "for programs"},
}


def is_asked_for(arguments: Sequence[str]) -> bool:
    """Return whether a command line asks for it."""
    return list(arguments[1:2]) == [NAME]


def main(arguments: Sequence[str]) -> int:
    """Say how a payload would be read; returns 2 when it cannot be looked at."""
    parser = argparse.ArgumentParser(prog=f"python -m outage_watcher {NAME}")
    for name, options in ARGUMENTS.items():
        parser.add_argument(name, **options)
    asked = parser.parse_args(arguments)
    try:
        answer = _said(asked)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return WRONG_USE
    sys.stdout.write(f"{answer}\n")
    return 0


async def run(asked: argparse.Namespace) -> str:
    """Say it as a command beside the common ones."""
    return _said(asked)


COMMAND = Command(NAME, HELP, run, ARGUMENTS)


def _said(asked: argparse.Namespace) -> str:
    file = asked.names or os.environ.get(NAMES_FILE)
    inbound = described(Path(file) if file else None).of(asked.source)
    if inbound is None:
        raise ValueError(f"{asked.source}: known are {', '.join(FORMATS)}")
    body = (
        sys.stdin.buffer.read() if asked.file == "-" else Path(asked.file).read_bytes()
    )
    said = inbound.read(body, now=SystemClock().now())
    if asked.json:
        return json.dumps(in_full(said), indent=2, ensure_ascii=False)
    return people(said)


def people(said: Said) -> str:
    """Return how a payload was read, for people."""
    full = in_full(said)
    lines = []
    for each in full["signals"]:
        place = each["line"] or each["element"]
        what = "line " if each["line"] else "element " if place else ""
        lines.append(
            f"{each['state']:<8} {what}{place or 'where its alarm is'}\n"
            f"         alarm {each['alarm_id']}, {each['kind']}, {each['occurred_at']}"
        )
    for beat in full["heartbeats"]:
        of = f" by {beat['eye']}" if "eye" in beat else ""
        lines.append(f"{'sees' if beat['alive'] else 'is blind'}{of}")
    for remark in full["remarks"]:
        where = remark["element"] or ", ".join(remark["lines"]) or remark["alarm_id"]
        lines.append(f"remark   {remark['kind']} {where or ''}")
    for name in ("quarantined", "rejected", "ignored"):
        lines += [f"{name:<12} {each['reason']}" for each in full[name]]
    return "\n".join(lines) or f"{said.source} says nothing."
