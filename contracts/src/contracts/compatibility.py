"""
What a change of an event would break, told from its two JSON Schemas.

Services are deployed one after the other and some topics keep every message, so both
must hold: a reader of the last release reads what is written now, and today's reader
reads what was written then. Only an added optional field does neither any harm, and a
limit of length where nobody could keep more; a wider enum harms the old reader as
much as a narrower one harms the new.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from contracts.event import LONGEST_NAME

Schema = Mapping[str, Any]

_FOR_PEOPLE = frozenset({"title", "description", "examples", "$schema", "$id", "$defs"})
_COMPARED_APART = frozenset(
    {"type", "properties", "required", "items", "enum", "const", "default"}
)


@dataclass(frozen=True, slots=True, order=True)
class Break:
    """One thing that a reader would stumble over."""

    where: str
    what: str


def breaks(old: Schema, new: Schema) -> list[Break]:
    """Return everything in `new` that breaks a reader or a kept message of `old`."""
    return sorted(set(_Comparison(old, new).compare(old, new, "")))


class _Comparison:
    """Walks through two schemas side by side; keeps their definitions at hand."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old: Schema = old.get("$defs", {})
        self._new: Schema = new.get("$defs", {})

    def compare(self, old: Schema, new: Schema, where: str) -> Iterator[Break]:
        """Compare one place of the schemas and all below it."""
        if old.get("default") != new.get("default"):
            yield Break(where, _change("default", old, new))
        before, after = _by_type(old, self._old), _by_type(new, self._new)
        for kind in before.keys() | after.keys():
            if kind not in after:
                yield Break(where, f"type narrowed: no {kind} any more")
            elif kind not in before:
                yield Break(where, f"type widened: an old reader refuses {kind}")
            else:
                yield from self._of_one_type(before[kind], after[kind], where)

    def _of_one_type(self, old: Schema, new: Schema, where: str) -> Iterator[Break]:
        yield from self._fields(old, new, where)
        if "items" in old or "items" in new:
            yield from self.compare(
                old.get("items", {}), new.get("items", {}), f"{where}[]"
            )
        yield from _values(old, new, where)
        for word in (old.keys() | new.keys()) - _FOR_PEOPLE - _COMPARED_APART:
            if old.get(word) != new.get(word) and not _is_first_limit(word, old, new):
                yield Break(where, _change(word, old, new))

    def _fields(self, old: Schema, new: Schema, where: str) -> Iterator[Break]:
        before, after = old.get("properties", {}), new.get("properties", {})
        needed, needs = set(old.get("required", ())), set(new.get("required", ()))
        for name in before.keys() | after.keys():
            place = f"{where}.{name}".lstrip(".")
            if name not in after:
                yield Break(place, "field removed")
            elif name not in before:
                if name in needs:
                    yield Break(place, "required field added")
            else:
                if (name in needs) != (name in needed):
                    now = "required" if name in needs else "optional"
                    yield Break(place, f"field became {now}")
                yield from self.compare(before[name], after[name], place)


def _by_type(schema: Schema, definitions: Schema) -> dict[str, Schema]:
    """Return the alternatives of a place: `number or null` are two, `number` is one."""
    choices = schema.get("anyOf", (schema,))
    resolved = [_resolved(choice, definitions) for choice in choices]
    return {str(each.get("type", "anything")): each for each in resolved}


def _resolved(schema: Schema, definitions: Schema) -> Schema:
    if "$ref" not in schema:
        return schema
    found: Schema = definitions[schema["$ref"].rsplit("/", 1)[-1]]
    return found


def _values(old: Schema, new: Schema, where: str) -> Iterator[Break]:
    before, after = _allowed(old), _allowed(new)
    if after is not None and (before is None or before - after):
        yield Break(where, "enum narrowed")
    if before is not None and (after is None or after - before):
        yield Break(where, "enum widened: an old reader refuses the new value")


def _is_first_limit(word: str, old: Schema, new: Schema) -> bool:
    """Return whether it bars names alone that no index takes: they stopped readers."""
    return word == "maxLength" and word not in old and new[word] >= LONGEST_NAME


def _allowed(schema: Schema) -> set[object] | None:
    """Return the values that may stand here; None: any."""
    if "const" in schema:
        return {schema["const"]}
    return set(schema["enum"]) if "enum" in schema else None


def _change(word: str, old: Schema, new: Schema) -> str:
    return f"{word} changed from {old.get(word)!r} to {new.get(word)!r}"
