"""Answers of the API held against what its OpenAPI document says of them."""

import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from functools import cached_property
from typing import Any

import httpx
from jsonschema import Draft202012Validator, FormatChecker

JSON = "application/json"
Answer = tuple[str, str, str]
"""Method, path with the names of its parameters, and status."""

formats = FormatChecker(())


@formats.checks("date-time", raises=ValueError)
def _is_moment(text: object) -> bool:
    return datetime.fromisoformat(str(text)).tzinfo is not None


@formats.checks("date", raises=ValueError)
def _is_day(text: object) -> bool:
    return str(date.fromisoformat(str(text))) == text


class Description:
    """What an OpenAPI document says of answers that went well."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.seen: set[Answer] = set()
        """Of which an answer fitted."""

    @cached_property
    def schemas(self) -> dict[Answer, Mapping[str, Any]]:
        """Return the schema of every answer in JSON."""
        return {
            (method.upper(), path, status): body["schema"]
            for path, methods in self.document["paths"].items()
            for method, operation in methods.items()
            for status, told in operation["responses"].items()
            if status.startswith("2") and (body := told.get("content", {}).get(JSON))
        }

    def check(self, answer: httpx.Response) -> None:
        """Fail where an answer is not as it is described."""
        key = answer.request.method, self._path(answer), str(answer.status_code)
        assert key in self.schemas, f"{key} is not described"
        schema = {**self.schemas[key], "components": self.document["components"]}
        Draft202012Validator(schema, format_checker=formats).validate(answer.json())
        self.seen.add(key)

    def vague(self) -> Iterator[tuple[Answer | str, str]]:
        """Yield what a stranger could not write a client for."""
        parts = self.document["components"]["schemas"]
        for key, schema in self.schemas.items():
            if "$ref" not in schema:
                yield key, "has no shape"
        for name, part in parts.items():
            if "description" not in part and part.get("type") == "object":
                yield name, "is not described"
            for field, told in part.get("properties", {}).items():
                if not told.keys() & {"type", "anyOf", "$ref", "enum", "const"}:
                    yield f"{name}.{field}", "has no type"

    def _path(self, answer: httpx.Response) -> str:
        # As it was sent: a slash inside a name is spelt another way.
        asked = answer.request.url.raw_path.decode().partition("?")[0]
        known = {path for _, path, _ in self.schemas}
        if asked in known:
            return asked
        fitting = (one for one in known if re.fullmatch(_pattern(one), asked))
        return next(fitting, asked)


def _pattern(path: str) -> str:
    return re.sub(r"\\{\w+\\}", "[^/]+", re.escape(path))
