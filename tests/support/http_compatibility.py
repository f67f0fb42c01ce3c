"""
What a change of an HTTP API would break for programs written against its last release.

Unlike an event, a body goes one way: what is asked may ask for less, and what is
answered may say more. Everything else that `contracts.compatibility` names is a break.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from contracts.compatibility import Break, breaks

Document = Mapping[str, Any]

HARMLESS_TO_ASK = ("field became optional", "enum widened", "type widened")
HARMLESS_TO_ANSWER = (
    "required field added",
    "field became required",
    "enum narrowed",
    "type narrowed",
    "default ",
)
_LONGER = re.compile(r"maxLength changed from (\d+) to (\d+)")


def http_breaks(old: Document, new: Document) -> list[Break]:
    """Return everything in `new` that breaks a program that knows `old`."""
    return sorted(set(_Comparison(old, new).all()))


class _Comparison:
    """Walks through two OpenAPI documents side by side."""

    def __init__(self, old: Document, new: Document) -> None:
        self._old, self._new = old, new

    def all(self) -> Iterator[Break]:
        """Compare every operation of the old one."""
        for path, methods in self._old["paths"].items():
            for method, operation in methods.items():
                where = f"{method.upper()} {path}"
                now = self._new["paths"].get(path, {}).get(method)
                if now is None:
                    yield Break(where, "operation removed")
                else:
                    yield from self._parameters(operation, now, where)
                    yield from self._asked(operation, now, where)
                    yield from self._answered(operation, now, where)

    def _parameters(self, old: Document, new: Document, where: str) -> Iterator[Break]:
        before, after = (
            {(each["in"], each["name"]): each for each in doc.get("parameters", ())}
            for doc in (old, new)
        )
        for key in before.keys() | after.keys():
            place = f"{where} {key[1]}"
            if key not in after:
                yield Break(place, "parameter removed")
            elif after[key].get("required") and not before.get(key, {}).get("required"):
                yield Break(place, "parameter must be given now")
            if key in before and key in after:
                pair = before[key]["schema"], after[key]["schema"]
                yield from self._schema(*pair, place, HARMLESS_TO_ASK)

    def _asked(self, old: Document, new: Document, where: str) -> Iterator[Break]:
        before, after = old.get("requestBody", {}), new.get("requestBody", {})
        if after.get("required") and not before.get("required"):
            yield Break(where, "body must be given now")
        yield from self._bodies(before, after, f"{where} asks", HARMLESS_TO_ASK)

    def _answered(self, old: Document, new: Document, where: str) -> Iterator[Break]:
        for status, before in old["responses"].items():
            place, after = f"{where} {status}", new["responses"].get(status)
            if after is None:
                yield Break(place, "answer removed")
            else:
                yield from self._bodies(before, after, place, HARMLESS_TO_ANSWER)

    def _bodies(
        self, old: Document, new: Document, where: str, harmless: tuple[str, ...]
    ) -> Iterator[Break]:
        after = new.get("content", {})
        for kind, body in old.get("content", {}).items():
            if kind not in after:
                yield Break(where, f"no {kind} any more")
            elif harmless is HARMLESS_TO_ASK or _says_something(body.get("schema", {})):
                pair = body.get("schema", {}), after[kind].get("schema", {})
                yield from self._schema(*pair, where, harmless)

    def _schema(
        self, old: Document, new: Document, where: str, harmless: tuple[str, ...]
    ) -> Iterator[Break]:
        before, after = (
            {**_whole(schema, doc), "$defs": _parts(doc)}
            for schema, doc in ((old, self._old), (new, self._new))
        )
        for found in breaks(before, after):
            is_longer = harmless is HARMLESS_TO_ASK and _is_longer(found.what)
            if not is_longer and not found.what.startswith(harmless):
                yield Break(f"{where}: {found.where or 'whole'}", found.what)


def _says_something(schema: Document) -> bool:
    """Tell whether a shape names anything that a program could rely on."""
    return bool(schema) and (schema.get("type") != "object" or "properties" in schema)


def _is_longer(what: str) -> bool:
    """Tell whether a text may be longer than before."""
    found = _LONGER.fullmatch(what)
    return found is not None and int(found[1]) < int(found[2])


def _parts(document: Document) -> dict[str, Any]:
    return dict(document.get("components", {}).get("schemas", {}))


def _whole(schema: Document, document: Document) -> Document:
    if "$ref" not in schema:
        return schema
    found: Document = _parts(document)[schema["$ref"].rsplit("/", 1)[-1]]
    return found
