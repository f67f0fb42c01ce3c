"""A change of the API that would break a customer's own program is told."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.compatibility import Break
from support.http_compatibility import http_breaks

Json = dict[str, Any]
TEXT = {"type": "string"}
RULE = "#/components/schemas/Rule"


def an_api() -> Json:
    """Return an API with one operation that asks and answers for the same rule."""
    body = {"content": {"application/json": {"schema": {"$ref": RULE}}}}
    rule = {
        "type": "object",
        "properties": {
            "target": TEXT,
            "state": {**TEXT, "enum": ["ready", "diverted"]},
            "note": {**TEXT, "maxLength": 9},
        },
        "required": ["target"],
    }
    put = {
        "parameters": [
            {"in": "path", "name": "number", "required": True, "schema": TEXT}
        ],
        "requestBody": {**body, "required": True},
        "responses": {"200": body, "202": body},
    }
    return {
        "paths": {"/rules": {"put": put}},
        "components": {"schemas": {"Rule": rule}},
    }


def put_of(api: Json) -> Json:
    return dict(api["paths"]["/rules"]["put"])


def rule_of(api: Json) -> Json:
    return dict(api["components"]["schemas"]["Rule"])


def changed(change: Callable[[Json], object]) -> list[Break]:
    """Return what a change of the API breaks."""
    after = an_api()
    change(after)
    return http_breaks(an_api(), after)


@pytest.mark.parametrize(
    "change",
    [
        lambda _api: None,
        lambda api: api["paths"].update({"/more": {}}),
        lambda api: rule_of(api)["properties"].update(more=TEXT),
        lambda api: put_of(api)["responses"].update({"409": {}}),
        lambda api: put_of(api)["parameters"].append(
            {"in": "query", "name": "q", "schema": TEXT}
        ),
    ],
)
def test_what_is_added_breaks_nobody(change: Callable[[Json], object]) -> None:
    assert changed(change) == []


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (
            lambda api: api["paths"].clear(),
            [Break("PUT /rules", "operation removed")],
        ),
        (
            lambda api: put_of(api)["responses"].pop("202"),
            [Break("PUT /rules 202", "answer removed")],
        ),
        (
            lambda api: put_of(api)["parameters"].clear(),
            [Break("PUT /rules number", "parameter removed")],
        ),
        (
            lambda api: put_of(api)["parameters"].append(
                {"in": "query", "name": "q", "required": True, "schema": TEXT}
            ),
            [Break("PUT /rules q", "parameter must be given now")],
        ),
        (
            # Who asks must say more now; who is answered hears no less than before.
            lambda api: rule_of(api)["required"].append("state"),
            [Break("PUT /rules asks: state", "field became required")],
        ),
        (
            lambda api: rule_of(api)["required"].clear(),
            [
                Break("PUT /rules 200: target", "field became optional"),
                Break("PUT /rules 202: target", "field became optional"),
            ],
        ),
        (
            lambda api: rule_of(api)["properties"]["state"]["enum"].remove("ready"),
            [Break("PUT /rules asks: state", "enum narrowed")],
        ),
        (
            lambda api: rule_of(api)["properties"]["note"].update(maxLength=8),
            [
                Break("PUT /rules 200: note", "maxLength changed from 9 to 8"),
                Break("PUT /rules 202: note", "maxLength changed from 9 to 8"),
                Break("PUT /rules asks: note", "maxLength changed from 9 to 8"),
            ],
        ),
        (
            # A program may ask for more now, but must not be told more than it takes.
            lambda api: rule_of(api)["properties"]["note"].update(maxLength=10),
            [
                Break("PUT /rules 200: note", "maxLength changed from 9 to 10"),
                Break("PUT /rules 202: note", "maxLength changed from 9 to 10"),
            ],
        ),
    ],
)
def test_what_breaks_a_program_is_named_with_its_place(
    change: Callable[[Json], object], found: list[Break]
) -> None:
    assert changed(change) == found


@pytest.mark.parametrize(
    "before", [{}, {"type": "object", "additionalProperties": True}]
)
def test_an_answer_that_is_described_at_last_breaks_nobody(before: Json) -> None:
    old = an_api()
    body = {"content": {"application/json": {"schema": before}}}
    put_of(old)["responses"]["202"] = body

    assert http_breaks(old, an_api()) == []


def test_a_field_that_goes_breaks_both_ways() -> None:
    found = changed(lambda api: rule_of(api)["properties"].pop("target"))

    assert {each.where.split(": ")[0] for each in found} == {
        "PUT /rules asks",
        "PUT /rules 200",
        "PUT /rules 202",
    }
