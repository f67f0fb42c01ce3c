"""Reading a request's body without trusting its size or its form."""

from fastapi import Request
from pydantic_core import from_json

from outage_watcher.http.problems import Problem


async def json_of(request: Request, *, most: int) -> object:
    """Return the decoded body; raises a 413 or 400."""
    body = await _bytes(request, most)
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError as error:
        raise Problem(400, "not_json", str(error)[:200]) from None


async def object_of(
    request: Request, *, most: int, fields: frozenset[str]
) -> dict[str, object]:
    """Return the decoded JSON object; raises a 422 for a field that is not known."""
    body = await json_of(request, most=most)
    if not isinstance(body, dict):
        raise Problem(422, "invalid", "The body must be a JSON object.")
    if unknown := sorted(set(body) - fields):
        raise Problem(422, "unknown_field", f"Not known: {', '.join(unknown)[:200]}")
    return body


async def _bytes(request: Request, most: int) -> bytes:
    told = request.headers.get("content-length", "0")
    if told.isdigit() and int(told) > most:
        raise _too_large(most)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise _too_large(most)
    return bytes(body)


def _too_large(most: int) -> Problem:
    return Problem(413, "too_large", f"The body may have {most} bytes at most.")
