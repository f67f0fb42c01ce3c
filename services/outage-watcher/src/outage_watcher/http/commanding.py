"""From an operator's request to a command, and back to an answer or a problem."""

import json
from typing import Any

from fastapi import Request
from pydantic import ValidationError

from contracts.event import derived_id, new_id
from contracts.operations import OutageCommandAnswered, OutageCommanded
from outage_watcher.domain import reading
from outage_watcher.http.bodies import object_of
from outage_watcher.http.desk import Desk
from outage_watcher.http.problems import STATUS, Problem
from outage_watcher.http.sources import Source

PLACES = frozenset({"element", "lines"})
MOST_DIGITS = 18
FIELDS: dict[str, Any] = OutageCommanded.model_json_schema()["properties"] | {
    "alarm_id": {
        "type": "string",
        "description": "Names this request, such as by a ticket: a repeat is harmless",
    }
}
HEADERS = {
    "Idempotency-Key": "A repeat with the same key has no second effect; another "
    "request with it is refused",
    "If-Match": "The ETag of a GET: refused when somebody else changed it since",
}
KEY_REUSED = "The Idempotency-Key belongs to another request; send this with a new one."


async def carried_out(
    desk: Desk, command: OutageCommanded
) -> tuple[OutageCommandAnswered, bool]:
    """Carry out a command; return its answer and whether it was new. Raises 4xx."""
    async with desk.changing() as connection:
        before = await desk.operations.before(command.command_id, connection)
        if before and _asked(before) != _asked(command):
            raise Problem(422, "idempotency_key_reused", KEY_REUSED)
        answer = await desk.operations.execute(command, connection)
    if answer.outcome == "refused":
        code = answer.code or "refused"
        raise Problem(STATUS.get(code, 422), code, answer.reason or "Refused.")
    return answer, before is None


def change(fields: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return what OpenAPI says of a change: what it takes, and that it needs why."""
    body = {
        "type": "object",
        "properties": {name: FIELDS[name] for name in sorted(fields | {"because"})},
        "required": ["because"],
        "additionalProperties": False,
    }
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": body}},
        },
        "parameters": [
            {
                "name": name,
                "in": "header",
                "description": what,
                "schema": {"type": "string"},
            }
            for name, what in HEADERS.items()
        ],
    }


async def body_of(
    request: Request, desk: Desk, fields: frozenset[str], *, optional: bool = False
) -> dict[str, Any]:
    """Return the fields of a body; where it is optional, none is an empty one."""
    allowed = fields | {"because"}
    most = desk.most_bytes
    return await object_of(request, most=most, fields=allowed, optional=optional)


def command(
    request: Request,
    desk: Desk,
    who: Source,
    action: str,
    body: dict[str, Any],
    *,
    subject: str = "",
) -> OutageCommanded:
    """Return the command that a request stands for; raises a 422 or 400."""
    body = body | {"because": _because(body)}
    said = {name: value for name, value in body.items() if value is not None}
    for name, value in {**said, "subject": subject}.items():
        if _holds_nul(value):
            raise Problem(422, "invalid", f"{name}: it holds a NUL character")
    named = said.pop("alarm_id", None)
    subject = subject or _first_place(said)
    try:
        return OutageCommanded.model_validate(
            said
            | {
                "command_id": _id(request, who, named, (action, subject, said)),
                "action": action,
                "subject": subject,
                "expected_version": _expected(request),
                "commanded_by": who.name,
                "commanded_at": desk.clock.now(),
            }
        )
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        what = first["msg"].replace("tuple", "list")
        raise Problem(422, "invalid", f"{where}: {what}"[:500]) from None


def nulls(body: dict[str, Any]) -> list[str]:
    """Return what the body gives back to the sources, as a command names it."""
    named = {name for name in body if name != "because" and body[name] is None}
    places = named & PLACES and not any(body.get(name) for name in PLACES)
    return sorted(named - PLACES) + (["places"] if places else [])


def needs_place(body: dict[str, Any]) -> None:
    """Raise a 422 where places are given and none of them is one."""
    given = [body[name] for name in PLACES if body.get(name) is not None]
    if given and not any(_names_something(each) for each in given):
        raise reading.Unmapped


def _asked(command: OutageCommanded) -> dict[str, Any]:
    """Return what a repeat says again: all but when it came."""
    return command.model_dump(exclude={"commanded_at"})


def _names_something(value: object) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    if isinstance(value, list):
        return any(_names_something(each) for each in value)
    return True  # of a wrong type: that gets an error of its own


def _holds_nul(value: object) -> bool:
    """Return whether no database can keep it; it would also keep what is refused."""
    if isinstance(value, list):
        return any(_holds_nul(each) for each in value)
    return isinstance(value, str) and "\x00" in value


def _because(body: dict[str, Any]) -> object:
    """Return why; raises a 422 where nobody would learn it from the audit."""
    said = body.get("because")
    said = said.strip() if isinstance(said, str) else said
    if said in (None, ""):
        raise Problem(422, "no_reason", "Say why: `because` is kept for the audit.")
    return said


def _first_place(said: dict[str, Any]) -> str:
    lines = said.get("lines")
    first = lines[0] if isinstance(lines, list) and lines else None
    place = said.get("element") or first
    return place.strip() if isinstance(place, str) and place.strip() else "?"


def _id(request: Request, who: Source, alarm_id: object, what: object) -> str:
    """Return the same id for the same request of one operator, where he names it."""
    if key := request.headers.get("idempotency-key"):
        return derived_id("command", who.name, key)
    if alarm_id:
        # Of one alarm, which may be a ticket, several things may be said.
        return derived_id(
            "command", who.name, alarm_id, json.dumps(what, sort_keys=True)
        )
    return new_id()


def _expected(request: Request) -> int | None:
    said = request.headers.get("if-match", "").strip()
    if said in ("", "*"):
        return None
    version = said.removeprefix("W/").strip('"')
    if not version.isdecimal() or len(version) > MOST_DIGITS:
        raise Problem(400, "bad_if_match", 'If-Match is the ETag of a GET, as "3".')
    return int(version)
