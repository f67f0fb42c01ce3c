"""A change of an event that would break somebody is told, with its place."""

import json
from typing import Any

import pytest

from contracts.catalogue import EVENTS
from contracts.compatibility import Break, breaks
from contracts.event import LONGEST_NAME, Event
from contracts.generate import FOLDER, newest
from contracts.schema import schema_of

RELEASED = newest(FOLDER / "released")
TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer"}
NOTHING: dict[str, Any] = {"type": "null"}


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
def test_no_reader_of_the_last_release_is_broken(event: type[Event]) -> None:
    file = RELEASED / f"{event.__name__}.json"
    if not file.exists():
        return  # a new event has no readers yet
    released = json.loads(file.read_text())

    assert breaks(released, schema_of(event)) == []


def test_no_released_event_is_gone() -> None:
    released = {file.stem for file in RELEASED.iterdir()}

    assert released - {event.__name__ for event in EVENTS} == set()


def an_event(required: tuple[str, ...] = ("id",), **properties: Any) -> dict[str, Any]:
    """Return a schema with an id and what else is given."""
    return {
        "type": "object",
        "properties": {"id": TEXT} | properties,
        "required": list(required),
    }


class TestHarmless:
    def test_nothing_changed(self) -> None:
        assert breaks(an_event(), an_event()) == []

    def test_optional_field_added(self) -> None:
        assert breaks(an_event(), an_event(note={**TEXT, "default": ""})) == []

    def test_optional_field_added_deep_inside(self) -> None:
        before = an_event(causes={"type": "array", "items": an_event()})
        after = an_event(causes={"type": "array", "items": an_event(note=TEXT)})

        assert breaks(before, after) == []

    def test_other_words_for_people(self) -> None:
        after = an_event() | {"title": "New", "description": "New", "examples": [1]}

        assert breaks(an_event(), after) == []

    def test_a_part_moved_into_a_definition(self) -> None:
        before = an_event(cause=an_event())
        after = an_event(cause={"$ref": "#/$defs/Cause"})
        after["$defs"] = {"Cause": an_event()}

        assert breaks(before, after) == []

    def test_a_first_limit_that_no_name_reached(self) -> None:
        before = an_event(a={"anyOf": [TEXT, NOTHING]})
        after = an_event(a={"anyOf": [{**TEXT, "maxLength": LONGEST_NAME}, NOTHING]})

        assert breaks(before, after) == []

    def test_one_value_spelt_as_const(self) -> None:
        before, after = an_event(a={"enum": ["x"]}), an_event(a={"const": "x"})

        assert breaks(before, after) == []


class TestBreaking:
    def only(self, before: dict[str, Any], after: dict[str, Any]) -> Break:
        [found] = breaks(before, after)
        return found

    def test_required_field_added(self) -> None:
        after = an_event(required=("id", "line"), line=TEXT)

        assert self.only(an_event(), after) == Break("line", "required field added")

    @pytest.mark.parametrize("required", [("id",), ("id", "line")])
    def test_field_removed(self, required: tuple[str, ...]) -> None:
        before = an_event(required=required, line=TEXT)

        assert self.only(before, an_event()) == Break("line", "field removed")

    def test_field_renamed(self) -> None:
        found = breaks(an_event(line=TEXT), an_event(access_line=TEXT))

        assert found == [Break("line", "field removed")]

    def test_optional_field_became_required(self) -> None:
        before = an_event(line=TEXT)
        after = an_event(required=("id", "line"), line=TEXT)

        assert self.only(before, after).what == "field became required"
        assert self.only(after, before).what == "field became optional"

    def test_type_changed(self) -> None:
        found = breaks(an_event(line=TEXT), an_event(line=NUMBER))

        assert [each.where for each in found] == ["line", "line"]

    def test_null_no_longer_allowed(self) -> None:
        maybe = an_event(line={"anyOf": [TEXT, NOTHING]})

        found = self.only(maybe, an_event(line=TEXT))

        assert found == Break("line", "type narrowed: no null any more")

    def test_null_allowed_now(self) -> None:
        maybe = an_event(line={"anyOf": [TEXT, NOTHING]})

        found = self.only(an_event(line=TEXT), maybe)

        assert found == Break("line", "type widened: an old reader refuses null")

    @pytest.mark.parametrize(
        ("word", "old", "new"),
        [
            ("format", None, "date-time"),
            ("format", "date", "date-time"),
            ("pattern", "^[0-9]+$", "^[1-9][0-9]*$"),
            ("minLength", None, 1),
            ("maxLength", 255, 100),
            ("maxLength", 300, 255),
            ("maxLength", 255, None),
            ("maxLength", None, 254),
            ("minLength", None, 255),
            ("maximum", 10, 9),
            ("x-key", "{number}", "{customer_number}"),
            ("default", "DE", "AT"),
            ("default", "DE", None),
        ],
    )
    def test_limit_changed(self, word: str, old: object, new: object) -> None:
        before = an_event(a=TEXT if old is None else {**TEXT, word: old})
        after = an_event(a=TEXT if new is None else {**TEXT, word: new})

        found = self.only(before, after)

        assert found == Break("a", f"{word} changed from {old!r} to {new!r}")

    def test_limit_changed_beside_null(self) -> None:
        before = an_event(a={"anyOf": [TEXT, NOTHING]})
        after = an_event(a={"anyOf": [{**TEXT, "maxLength": 9}, NOTHING]})

        assert self.only(before, after).what == "maxLength changed from None to 9"

    def test_value_removed_from_an_enum(self) -> None:
        before = an_event(a={**TEXT, "enum": ["up", "down"]})

        assert self.only(before, an_event(a={**TEXT, "enum": ["up"]})) == Break(
            "a", "enum narrowed"
        )

    def test_enum_where_any_text_was_allowed(self) -> None:
        after = an_event(a={**TEXT, "enum": ["up"]})

        assert self.only(an_event(a=TEXT), after) == Break("a", "enum narrowed")

    def test_value_added_to_an_enum_breaks_the_old_reader(self) -> None:
        before = an_event(a={**TEXT, "enum": ["up"]})
        after = an_event(a={**TEXT, "enum": ["up", "unknown"]})

        assert self.only(before, after).what.startswith("enum widened")

    def test_unknown_fields_forbidden(self) -> None:
        after = an_event() | {"additionalProperties": False}

        assert self.only(an_event(), after).what.startswith("additionalProperties")

    def test_deep_inside_a_list_of_parts(self) -> None:
        before = an_event(causes={"type": "array", "items": {"$ref": "#/$defs/Cause"}})
        after = before | {"$defs": {"Cause": an_event(required=())}}
        before = before | {"$defs": {"Cause": an_event()}}

        assert self.only(before, after) == Break("causes[].id", "field became optional")


def test_a_real_event_made_stricter_is_caught_at_its_place() -> None:
    released = json.loads((RELEASED / "ForwardingApplied.json").read_text())
    stricter = json.loads(json.dumps(released))
    stricter["$defs"]["Cause"]["properties"]["type"]["enum"].remove("drill")
    stricter["properties"]["number"]["pattern"] = r"^\+49[0-9]+$"
    stricter["required"].append("outage_id")

    assert [each.where for each in breaks(released, stricter)] == [
        "causes[].type",
        "number",
        "outage_id",
    ]
