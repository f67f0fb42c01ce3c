"""Reading a request's body without trusting its size or its form."""

import zlib

from fastapi import Request
from pydantic_core import from_json

from outage_watcher.http.problems import Problem

GZIP_OR_ZLIB = 47
"""How zlib calls: find out which of both."""
MOST_MEMBERS = 100


async def json_of(request: Request, *, most: int, empty: object = None) -> object:
    """Return the decoded body, or what none stands for; raises a 413 or 400."""
    body = await bytes_of(request, most=most)
    if not body and empty is not None:
        return empty
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Problem(400, "not_json", str(error)[:200]) from None


async def object_of(
    request: Request, *, most: int, fields: frozenset[str], optional: bool = False
) -> dict[str, object]:
    """Return the decoded JSON object; raises a 422 for a field that is not known."""
    body = await json_of(request, most=most, empty={} if optional else None)
    if not isinstance(body, dict):
        raise Problem(422, "invalid", "The body must be a JSON object.")
    if unknown := sorted(set(body) - fields):
        raise Problem(422, "unknown_field", f"Not known: {', '.join(unknown)[:200]}")
    return body


async def bytes_of(request: Request, *, most: int) -> bytes:
    """Return the body as it was before it was packed; raises a 413, 415 or 400."""
    body = await _bytes(request, most)
    match request.headers.get("content-encoding", "").strip().lower():
        case "" | "identity":
            return body
        case "gzip" | "x-gzip" | "deflate":
            return _unpacked(body, most)
    raise Problem(415, "unsupported_encoding", "Send it as it is, or with gzip.")


def _unpacked(body: bytes, most: int) -> bytes:
    """Return what was packed; of gzip there may be several members in a row."""
    plain = b""
    for _ in range(MOST_MEMBERS):
        unpacker = zlib.decompressobj(wbits=GZIP_OR_ZLIB)
        try:
            plain += unpacker.decompress(body, most + 1 - len(plain))
        except zlib.error as error:
            reason = f"It cannot be unpacked: {error}"
            raise Problem(400, "not_packed", reason) from None
        if len(plain) > most:
            raise _too_large(most)
        if not unpacker.eof:
            raise Problem(400, "not_packed", "It ends before its end.")
        body = unpacker.unused_data.lstrip(b"\0")  # some fill up with zeros
        if not body:
            return plain
    raise Problem(400, "not_packed", f"It has more than {MOST_MEMBERS} parts.")


async def _bytes(request: Request, most: int) -> bytes:
    told = request.headers.get("content-length", "0")
    if told.isdecimal() and int(told) > most:
        raise _too_large(most)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> Problem:
    return Problem(413, "too_large", f"The body may have {most} bytes at most.")
