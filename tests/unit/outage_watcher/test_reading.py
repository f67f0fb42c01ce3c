"""Signals in our own form: what their times may be."""

from typing import Any

import pytest

from chassis.errors import Rejected
from outage_watcher.domain import reading

DOWN: dict[str, Any] = {
    "source": "probe",
    "alarm_id": "a",
    "state": "down",
    "lines": ["L1"],
}


@pytest.mark.parametrize("name", reading.TIMES)
@pytest.mark.parametrize(
    "said", ["nan", "NaN", "-inf", float("inf"), "1" * 5000, 10**400, "²", "soon"]
)
def test_what_is_no_time_is_refused(name: str, said: object) -> None:
    with pytest.raises(Rejected) as refused:
        reading.read(DOWN | {name: said})

    assert refused.value.code == "invalid"


@pytest.mark.parametrize(
    "name",
    ["lines", "kind", "confirmed", "evidence", "deleted", "flapping", "occurred_at"],
)
def test_null_is_a_field_that_is_missing(name: str) -> None:
    """Go writes a list of nothing so, and Java every field that nobody set."""
    said = DOWN | {"element": "N", "lines": []}

    assert reading.read(said | {name: None}) == reading.read(said)


@pytest.mark.parametrize(
    "name",
    ["element", "voice_reachable", "confirmed", "kind", "note", *reading.TIMES],
)
def test_an_empty_text_is_a_field_that_is_missing(name: str) -> None:
    """So templates write what they have no value for."""
    assert reading.read(DOWN | {name: ""}) == reading.read(DOWN)


@pytest.mark.parametrize("name", ["source", "alarm_id", "state"])
def test_an_empty_text_is_none_where_one_is_needed(name: str) -> None:
    with pytest.raises(Rejected, match=name):
        reading.read(DOWN | {name: ""})


def test_words_of_ours_may_be_written_in_capitals() -> None:
    said = {"state": " DOWN", "kind": "Degradation", "evidence": "EDGE"}

    assert reading.read(DOWN | said) == reading.read(
        DOWN | {"kind": "degradation", "evidence": "edge"}
    )


@pytest.mark.parametrize(("said", "read"), [(4711, "4711"), (0, "0"), ("07", "07")])
def test_an_alarm_may_be_numbered(said: object, read: str) -> None:
    assert reading.read(DOWN | {"alarm_id": said}).alarm_id == read


@pytest.mark.parametrize("said", [True, 1.5, [1], {}])
def test_what_is_neither_text_nor_a_number_names_no_alarm(said: object) -> None:
    with pytest.raises(Rejected, match="alarm_id"):
        reading.read(DOWN | {"alarm_id": said})


@pytest.mark.parametrize("name", reading.TIMES)
@pytest.mark.parametrize("said", [0, "0", 0.0, "1970-01-01T00:00:00Z"])
def test_the_zero_of_computers_is_no_time(name: str, said: object) -> None:
    assert getattr(reading.read(DOWN | {name: said}), name) is None


@pytest.mark.parametrize("name", reading.TIMES)
@pytest.mark.parametrize(
    "said",
    [
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59-12:00",
    ],
)
def test_the_first_and_the_last_year_say_that_nobody_knows(
    name: str, said: object
) -> None:
    assert getattr(reading.read(DOWN | {name: said}), name) is None
