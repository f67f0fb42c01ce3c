"""Golden examples: what was valid in a release is valid for ever."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import ValidationError

from contracts.catalogue import EVENTS
from contracts.event import Event
from contracts.generate import FOLDER
from contracts.schema import schema_of
from unit.contracts.examples import CASES, SHOWN

RELEASES = sorted(folder.name for folder in (FOLDER / "released").iterdir())


@pytest.mark.parametrize(("event", "value"), CASES)
class TestExample:
    def test_is_accepted_by_todays_reader(
        self, event: type[Event], value: dict[str, Any]
    ) -> None:
        event.model_validate(value)

    def test_keeps_every_field_on_its_way_through(
        self, event: type[Event], value: dict[str, Any]
    ) -> None:
        read = event.model_validate(value)

        written = event.model_validate_json(read.model_dump_json(by_alias=True))

        assert written == read
        assert value.keys() <= read.model_dump(by_alias=True).keys()

    def test_fits_the_schema_as_read_and_as_written(
        self, event: type[Event], value: dict[str, Any]
    ) -> None:
        validator = Draft202012Validator(
            schema_of(event), format_checker=FormatChecker()
        )
        read = event.model_validate(value)

        validator.validate(value)
        validator.validate(read.model_dump(mode="json", by_alias=True))

    def test_is_read_in_spite_of_fields_of_a_later_release(
        self, event: type[Event], value: dict[str, Any]
    ) -> None:
        later = value | {"not_yet_thought_of": {"a": [1]}}

        assert event.model_validate(later) == event.model_validate(value)

    def test_has_a_key_and_cannot_be_changed(
        self, event: type[Event], value: dict[str, Any]
    ) -> None:
        read = event.model_validate(value)

        assert read.key
        with pytest.raises(ValidationError):
            setattr(read, next(iter(event.model_fields)), "another")


@pytest.mark.parametrize("release", RELEASES)
def test_every_event_of_a_release_has_examples(release: str) -> None:
    released = {file.stem for file in (FOLDER / "released" / release).iterdir()}
    shown = {file.stem for file in (FOLDER / "examples" / release).iterdir()}

    assert released == shown


def test_every_event_and_every_field_is_shown() -> None:
    shown = {(event, field) for _, event, value in SHOWN for field in value}
    fields = {
        (event, field.alias or name)
        for event in EVENTS
        for name, field in event.model_fields.items()
    }

    assert fields - shown == set()
