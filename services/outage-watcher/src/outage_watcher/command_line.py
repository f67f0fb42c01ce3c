"""`python -m outage_watcher outages …` and `maintenance …`: the operator's view."""

import argparse
import getpass
import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from chassis import postgres
from chassis.clock import SystemClock
from chassis.commands import Command
from chassis.errors import Rejected
from chassis.postgres import Connection
from contracts.event import new_id
from contracts.operations import OutageCommanded
from outage_watcher.asking import load_peers
from outage_watcher.settings import Settings
from outage_watcher.sources.described import described
from outage_watcher.usecases import Operations, Watcher
from outage_watcher.usecases.shown import shown

Options = Mapping[str, Mapping[str, Any]]

REFUSED = "Refused:"
COMMON: Options = {
    "id": {"nargs": "?", "help": "the outage or window; the start of it is enough"},
    "--element": {"help": "a place that is an element"},
    "--line": {"action": "append", "default": [], "help": "may be given often"},
    "--voice-reachable": {"choices": ["yes", "no"], "help": "calls still arrive"},
    "--note": {"help": "what customers may read"},
    "--because": {"help": "why, for the audit"},
    "--by": {"default": getpass.getuser(), "help": "who says so (default: you)"},
    "--if-version": {"type": int, "help": "refuse it when it was changed since"},
    "--json": {"action": "store_true", "help": "for programs"},
}
OF_OUTAGES: Options = {
    "action": {
        "choices": [
            *("list", "show", "declare", "extend", "reduce", "correct"),
            *("withdraw", "clear"),
        ]
    },
    **COMMON,
    "--kind": {"choices": ["fault", "planned", "degradation"]},
    "--occurred-at": {"help": "RFC 3339, such as 2026-12-01T01:00:00+01:00"},
    "--estimated-end": {"help": "RFC 3339"},
}
OF_WINDOWS: Options = {
    "action": {"choices": ["list", "show", "plan", "replan", "cancel"]},
    **COMMON,
    "--starts-at": {"help": "RFC 3339"},
    "--ends-at": {"help": "RFC 3339"},
    "--keeps-service": {
        "action": "store_true",
        "help": "the places may fail, and only what fails is diverted",
    },
}


def commands(settings: Settings) -> tuple[Command, ...]:
    """Return the commands that work on the service's own database."""

    async def outages(arguments: argparse.Namespace) -> str:
        return await _in_transaction(settings, arguments, _outages)

    async def maintenance(arguments: argparse.Namespace) -> str:
        return await _in_transaction(settings, arguments, _windows)

    return (
        Command(
            "outages", "look at outages, declare and end them", outages, OF_OUTAGES
        ),
        Command("maintenance", "plan work and see it", maintenance, OF_WINDOWS),
    )


async def _in_transaction(
    settings: Settings, arguments: argparse.Namespace, run: Any
) -> str:
    url = settings.database_url.get_secret_value()
    pool = await postgres.connect_pool(url, name="outage-watcher-desk", size=2)
    clock = SystemClock()
    peers = load_peers(settings.ask_file, described(settings.names_file))
    operations = Operations(Watcher(settings.policy(peers.keys()), clock))
    try:
        async with postgres.transaction(pool) as connection:
            said = str(await run(operations, arguments, connection))
    except Rejected as why:
        sys.exit(f"{why.code}: {why.reason}")
    finally:
        await pool.close()
    if said.startswith(REFUSED):
        sys.exit(said)  # after the commit: the audit keeps refusals too
    return said


async def _outages(
    operations: Operations, arguments: argparse.Namespace, connection: Connection
) -> str:
    found, lost = await operations.open(connection)
    if arguments.action == "list":
        if arguments.json:
            return _json([shown(each, lost) for each in found])
        rows = [_outage_row(shown(each, lost)) for each in found]
        return _table(("ID", "STATE", "SINCE", "KIND", "PLACES", "FLAGS", "END"), rows)
    if arguments.action != "declare":
        arguments.id = _whole(arguments.id, [each.id for each in found])
    if arguments.action != "show":
        said = await _carry_out(operations, arguments, connection)
        if said.outcome == "refused":
            return f"{REFUSED} {said.code}: {said.reason}"
        arguments.id = said.outage_id
    story = await operations.story(arguments.id, connection)
    return _json(story) if arguments.json else _outage_text(story)


async def _windows(
    operations: Operations, arguments: argparse.Namespace, connection: Connection
) -> str:
    found = await operations.windows(connection)
    if arguments.action == "list":
        if arguments.json:
            return _json(found)
        rows = [
            (
                each["id"],
                each["state"],
                each["starts_at"],
                each["ends_at"],
                _places(each),
            )
            for each in found
        ]
        return _table(("ID", "STATE", "STARTS", "ENDS", "PLACES"), rows)
    if arguments.action != "plan":
        arguments.id = _whole(arguments.id, [each["id"] for each in found])
    if arguments.action != "show":
        said = await _carry_out(operations, arguments, connection)
        if said.outcome == "refused":
            return f"{REFUSED} {said.code}: {said.reason}"
        arguments.id = said.window_id
    return _json(await operations.window(arguments.id, connection))


async def _carry_out(
    operations: Operations, arguments: argparse.Namespace, connection: Connection
) -> Any:
    if not arguments.because:
        raise Rejected("no_reason", "Say why: --because '…'. It is kept for the audit.")
    first = arguments.element or next(iter(arguments.line), "")
    voice = {"yes": True, "no": False}.get(arguments.voice_reachable or "")
    keeps = getattr(arguments, "keeps_service", False)
    said = {
        name: getattr(arguments, name, None)
        for name in (
            *("element", "kind", "note", "occurred_at", "estimated_end"),
            *("starts_at", "ends_at", "because"),
        )
    }
    try:
        command = OutageCommanded.model_validate(
            {name: value for name, value in said.items() if value is not None}
            | {
                "command_id": new_id(),
                "action": arguments.action,
                "subject": arguments.id or first or "?",
                "expected_version": arguments.if_version,
                "lines": arguments.line,
                "voice_reachable": voice,
                "takes_service": False if keeps else None,
                "commanded_by": arguments.by,
                "commanded_at": SystemClock().now(),
            }
        )
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, wrong["loc"]))
        raise Rejected("invalid", f"{where}: {wrong['msg']}") from None
    return await operations.execute(command, connection)


def _whole(given: str | None, known: list[str]) -> str:
    """Return the whole id of which somebody typed the start."""
    if not given:
        raise Rejected("no_id", "Say which one: its id, as `list` shows it.")
    found = [each for each in known if each.startswith(given)]
    return found[0] if len(found) == 1 else given


def _outage_row(outage: Mapping[str, Any]) -> tuple[str, ...]:
    flags = [each for each in ("uncertain", "flapping") if outage[each]]
    cause = [f"by {outage['root_cause']}"] if outage["root_cause"] else []
    return (
        outage["id"][:8],
        str(outage["state"]),
        outage["occurred_at"][:19],
        outage["kind"],
        _places(outage),
        ", ".join([*flags, *cause]) or "-",
        (outage["estimated_end"] or "-")[:19],
    )


def _outage_text(outage: Mapping[str, Any]) -> str:
    facts = (
        *("id", "state", "version", "kind", "reported_by", "occurred_at"),
        *("detected_at", "cleared_at", "reason", "voice_reachable", "estimated_end"),
        *("note", "uncertain", "flapping", "root_cause", "due_at"),
    )
    lines = [f"{name:16} {outage[name]}" for name in facts if outage[name] is not None]
    lines += [f"{'places':16} {_places(outage)}", "", "Evidence"]
    lines += [
        f"  {each['state']:5} {each['source']}  {each['alarm_id']}"
        f"  down {each['down_at'] or '-'}  up {each['up_at'] or '-'}"
        for each in outage["evidence"]
    ]
    lines += ["", "History"]
    lines += [
        f"  {each['at'][:19]}  {each['from']} -> {each['to']}  ({each['cause']})"
        for each in outage["history"]
    ]
    if outage["commands"]:
        lines += ["", "Commands"]
    lines += [
        f"  {each['at'][:19]}  {each['action']} by {each['by']}: {each['because']}"
        for each in outage["commands"]
    ]
    return "\n".join(lines)


MOST_PLACES = 4


def _places(said: Mapping[str, Any]) -> str:
    places = [*([said["element"]] if said["element"] else []), *said["lines"]]
    more = len(places) - MOST_PLACES
    shown_ = ", ".join(places[:MOST_PLACES])
    return f"{shown_} and {more} more" if more > 0 else shown_


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    if not rows:
        return "None."
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in (head, *rows)
    )


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
