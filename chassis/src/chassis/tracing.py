"""
The W3C trace that a request or message belongs to, carried along by context.

Every request and message has a trace, and every event and call to a neighbour
names it. Spans are recorded only where a collector is configured (`telemetry.py`);
elsewhere a span is a new id and costs a microsecond.
"""

import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, MutableMapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from typing import Any, ClassVar, Literal, Protocol

_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

MOST_LINKS = 20

Kind = Literal["server", "consumer", "client", "internal"]
Attributes = Mapping[str, str | int | float | bool]

current: ContextVar[str | None] = ContextVar("traceparent", default=None)


class Span(Protocol):
    """Work that is under way."""

    traceparent: str

    def say(self, name: str | None = None, **attributes: str | int) -> None:
        """Give it its name, or say more of it: dots are written as `__`."""

    def end(self, error: BaseException | None) -> None:
        """End it."""


class Recorder(Protocol):
    """Where spans go."""

    def begin(
        self,
        name: str,
        parent: str | None,
        kind: Kind,
        attributes: Attributes,
        links: Sequence[str],
    ) -> Span:
        """Begin a span."""


class _Unrecorded:
    def __init__(self, traceparent: str) -> None:
        self.traceparent = traceparent

    def say(self, name: str | None = None, **attributes: str | int) -> None:
        """Say it to nobody."""

    def end(self, error: BaseException | None) -> None:
        """Leave no trace."""


class Recording:
    """Whether spans are recorded, for this process."""

    to: ClassVar[Recorder | None] = None


def is_usable(traceparent: str | None) -> bool:
    """Return whether it is a traceparent of version 00."""
    return bool(traceparent and _TRACEPARENT.fullmatch(traceparent))


def continued(traceparent: str | None) -> str:
    """Return a new span of the same trace, or of a new one where there is none."""
    if traceparent and is_usable(traceparent):
        trace, flags = traceparent[3:35], traceparent[-2:]
    else:
        trace, flags = secrets.token_hex(16), "01"
    return f"00-{trace}-{secrets.token_hex(8)}-{flags}"


def here() -> str:
    """Return the traceparent that an event or a call to a neighbour names."""
    return current.get() or continued(None)


def trace_id() -> str | None:
    """Return the id of the trace that the work under way belongs to."""
    traceparent = current.get()
    return traceparent[3:35] if traceparent else None


@contextmanager
def span(
    name: str,
    parent: str | None = None,
    *,
    kind: Kind = "internal",
    attributes: Attributes | None = None,
    links: Sequence[str] = (),
) -> Iterator[Span]:
    """Work under a span of the parent's trace, else of the trace under way."""
    above = parent if is_usable(parent) else current.get()
    begun: Span = (
        Recording.to.begin(name, above, kind, attributes or {}, links)
        if Recording.to
        else _Unrecorded(continued(above))
    )
    token = current.set(begun.traceparent)
    error: BaseException | None = None
    try:
        yield begun
    except BaseException as raised:
        error = raised
        raise
    finally:
        current.reset(token)
        begun.end(error)


def span_of_all(
    name: str,
    traceparents: Iterable[str | None],
    *,
    kind: Kind = "internal",
    attributes: Attributes | None = None,
) -> AbstractContextManager[Span]:
    """Work that serves many at once: in the trace of the first, linked to others."""
    usable = [each for each in dict.fromkeys(traceparents) if each and is_usable(each)]
    return span(
        name,
        usable[0] if usable else None,
        kind=kind,
        attributes=attributes,
        links=usable[1 : 1 + MOST_LINKS],
    )


@contextmanager
def within(traceparent: str | None) -> Iterator[None]:
    """Work in that trace, unless it is under way already or not usable."""
    if not is_usable(traceparent) or trace_id() == (traceparent or "")[3:35]:
        yield
        return
    token = current.set(traceparent)
    try:
        yield
    finally:
        current.reset(token)


def note_trace(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Give a log line the id of the trace under way."""
    if found := trace_id():
        event["trace_id"] = found
    return event
