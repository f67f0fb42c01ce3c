"""Bytes as they came, taken apart into JSON values; broken parts stay what they are."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from chassis.errors import Rejected

BOM = b"\xef\xbb\xbf"
SPACE = " \t\r\n\x1e"
"""What may stand between values; 0x1e is that of JSON text sequences (RFC 7464)."""
MOST_BROKEN = 200
"""So many broken parts are looked at one by one; what follows is one more."""
_NEXT = re.compile(r"\n(?=[\[{])")
"""Where the next value may begin: never inside of a broken one, which is indented."""
_DECODER = json.JSONDecoder(strict=False)
"""Traps and logs come with tabs and line feeds inside of texts."""


@dataclass(frozen=True, slots=True)
class Part:
    """One value, or the bytes that are none, with the reason."""

    value: Any = None
    raw: bytes = b""
    why: Rejected | None = None


def parts(body: bytes, *, as_stream: bool, as_lines: bool = False) -> list[Part]:
    """
    Return the values that a body holds.

    Only a stream may hold more than one: a line each, or without any separator. What
    stands behind the one value of another body makes all of it doubtful. Where lines
    are taken, a line that is no JSON is a text.
    """
    body = body.removeprefix(BOM)
    nothing = Part(raw=body, why=Rejected("empty", "The body is empty."))
    if not body.strip():
        return [nothing]
    try:
        return [Part(from_json(body, allow_inf_nan=False))]
    except ValueError as error:
        if not as_stream:
            return [Part(raw=body, why=_unreadable(error))]
    try:
        text = _text(body) if as_lines else body.decode()
        # Of separators alone a stream has no value, and yet it was sent.
        return list(_stream(text, as_lines=as_lines)) or [nothing]
    except UnicodeDecodeError as error:
        return [Part(raw=body, why=_unreadable(error))]


def _text(body: bytes) -> str:
    """Return lines of logs as text; old devices write theirs in Latin-1."""
    return "\n".join(map(_line, body.split(b"\n")))


def _line(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _stream(text: str, *, as_lines: bool) -> Iterator[Part]:
    at, broken = _skip(text, 0), 0
    while at < len(text):
        if as_lines and text[at] not in "{[":
            end = _end(text, at)
            yield Part(text[at:end].strip())
            at = _skip(text, end)
            continue
        try:
            value, end = _value(text, at)
            yield Part(value)
        except (ValueError, RecursionError) as error:
            broken += 1
            found = _NEXT.search(text, at) if broken < MOST_BROKEN else None
            end = found.end() if found else len(text)
            raw = text[at:end].strip(SPACE).encode()
            yield Part(raw=raw, why=_unreadable(error))
        at = _skip(text, end)


def _value(text: str, at: int) -> tuple[Any, int]:
    if text[at] not in "{[":
        raise ValueError(f"neither an object nor a list: {text[at : at + 40]}")
    value, end = _DECODER.raw_decode(text, at)
    # Once more, for what only this one lets through: halves of characters, Infinity.
    return from_json(json.dumps(value), allow_inf_nan=False), end


def _end(text: str, at: int) -> int:
    found = text.find("\n", at)
    return len(text) if found < 0 else found


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in SPACE:
        at += 1
    return at


def _unreadable(error: Exception) -> Rejected:
    return Rejected("not_json", str(error)[:200] or type(error).__name__)
