"""What a story is about, and how its events are told from a million others."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from contracts.phone_number import is_canonical
from devstack.errors import StackError

Kind = Literal["outage", "order", "number"]
SPREAD = 4
"""A block has at most 1000 numbers: so many last digits may differ inside it."""
SHORTEST_ID = 8
"""As `outages list` shows it."""


@dataclass(slots=True)
class Subject:
    """An outage, an order or a number, with what becomes known of it on the way."""

    kind: Kind
    id: str
    places: set[str] = field(default_factory=set)
    """Of a number: the lines it was on and the elements above them."""
    commands: set[str] = field(default_factory=set)
    """Of an outage: what operators commanded, by the answers they got."""

    @property
    def mark(self) -> bytes:
        """Bytes that every event of it holds; cheaper to look for than to parse."""
        return (self.id[:-SPREAD] if self.kind == "number" else self.id).encode()

    def has(self, event: Mapping[str, Any]) -> bool:
        """Return whether an event is about it."""
        match self.kind:
            case "outage":
                named = (event.get("outage_id"), event.get("subject"))
                is_named = any(str(each).startswith(self.id) for each in named)
                return is_named or event.get("command_id") in self.commands
            case "order":
                return self.id in {event.get("order_id"), event.get("extends_order_id")}
            case "number":
                return self._is_of_number(event)

    def _is_of_number(self, event: Mapping[str, Any]) -> bool:
        if first := event.get("number"):
            last = event.get("last") or first
            return len(first) == len(self.id) and first <= self.id <= last
        places = {event.get("element"), *event.get("lines", ())}
        return bool(places & self.places)


def subject(kind: Kind, text: str) -> Subject:
    """Return the subject that somebody typed; raises StackError with a hint."""
    if kind == "outage" and len(text.strip()) < SHORTEST_ID:
        raise StackError(f"{text} is too short: give {SHORTEST_ID} characters at least")
    if kind != "number":
        return Subject(kind, text.strip())
    number = text.replace(" ", "")
    if not is_canonical(number):
        raise StackError(f"{text} is no number in the form +49…")
    return Subject(kind, number)
