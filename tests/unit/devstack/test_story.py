"""What is told of an outage, an order or a number: every event has its sentence."""

from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.catalogue import EVENTS
from contracts.generate import FOLDER, latest_examples
from devstack.errors import StackError
from devstack.story.gathering import Gathered, Told
from devstack.story.plot import Line, plot
from devstack.story.sentences import SENTENCES
from devstack.story.subject import Kind, Subject, subject

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
EXAMPLES = [
    pytest.param(topic, example, id=f"{topic}: {name}")
    for topic, examples in latest_examples(FOLDER / "examples").items()
    for name, example in examples.items()
]


def line_of(
    topic: str, event: dict[str, Any], *, hide: bool = True, kind: Kind = "number"
) -> Line:
    """Return what the story says of one event."""
    told = Told(topic, NOON, "somebody", event, None)
    [line] = plot(Subject(kind, "any"), Gathered(told=[told]), hide=hide)
    return line


def test_every_event_has_a_sentence() -> None:
    assert SENTENCES.keys() == {event.topic() for event in EVENTS}


@pytest.mark.parametrize(("topic", "example"), EXAMPLES)
def test_a_sentence_names_no_whole_number(topic: str, example: dict[str, Any]) -> None:
    line = line_of(topic, example)
    said = f"{line.what} {line.why}".replace(" ", "")

    assert line.what
    for name in ("number", "last", "target"):
        if whole := example.get(name):
            assert whole not in said


def test_what_somebody_wrote_is_masked_too() -> None:
    wrote = {"element": "node-1", "note": "call 030 23125042", "outage_id": "any"}
    event = {**wrote, "lines": (), "kind": "fault", "reported_by": "demo"}

    assert "23125042" not in line_of("OutageDetected", event).why
    assert "030 23125042" in line_of("OutageDetected", event, hide=False).why


def test_an_operator_s_command_says_who_and_why() -> None:
    event = {
        "command_id": "c-1",
        "action": "clear",
        "subject": "any",
        "commanded_by": "s.meier",
        "because": "spliced",
    }
    line = line_of("OutageCommanded", event, kind="outage")

    assert (line.what, line.why) == ("s.meier commands: clear any", "spliced")


def test_the_start_of_an_outage_s_id_is_enough_as_its_list_shows_it() -> None:
    about = subject("outage", "8c249bbd")

    assert about.has({"outage_id": "8c249bbd-4372-5d56-a145-b9385655834e"})
    assert not about.has({"outage_id": "b13a8bea-4372-5d56-a145-b8c249bbd34e"})
    with pytest.raises(StackError, match="8 characters"):
        subject("outage", "8c2")


def test_a_command_belongs_to_the_outage_that_it_began() -> None:
    about = Subject("outage", "out-1", commands={"c-1"})

    assert about.has({"command_id": "c-1", "subject": "node-1"})
    assert about.has({"command_id": "c-2", "subject": "out-1"})
    assert not about.has({"command_id": "c-3", "subject": "node-1"})
