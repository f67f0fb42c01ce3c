"""The AsyncAPI document is one, and names every topic, teller and listener."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from contracts.catalogue import EVENTS, dead_letter_topic
from contracts.generate import FOLDER
from contracts.listeners import LISTENERS, listeners_of
from contracts.numbers import NumberPorted
from contracts.signals import NetworkSignal

OFFICIAL = Path(__file__).parents[2] / "support" / "asyncapi" / "3.0.0.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The committed document."""
    return dict(json.loads((FOLDER / "asyncapi.json").read_text()))


@pytest.fixture(scope="module")
def official() -> Draft7Validator:
    """A validator of the official schema."""
    return Draft7Validator(json.loads(OFFICIAL.read_text()))


def resolved(document: dict[str, Any], reference: str) -> Any:
    """Follow a reference inside the document; raises KeyError when it leads nowhere."""
    found: Any = document
    for part in reference.removeprefix("#/").split("/"):
        found = found[part]
    return found


def references(node: Any) -> list[str]:
    """Return every $ref below a node."""
    if isinstance(node, dict):
        here = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return here + [ref for value in node.values() for ref in references(value)]
    if isinstance(node, list):
        return [ref for value in node for ref in references(value)]
    return []


def test_the_official_schema_accepts_it(
    document: dict[str, Any], official: Draft7Validator
) -> None:
    assert [error.message for error in official.iter_errors(document)] == []


@pytest.mark.parametrize("part", ["info", "asyncapi"])
def test_the_official_schema_would_notice(
    document: dict[str, Any], official: Draft7Validator, part: str
) -> None:
    without = {name: value for name, value in document.items() if name != part}

    assert not official.is_valid(without)


def test_the_official_schema_would_notice_a_bad_operation(
    document: dict[str, Any], official: Draft7Validator
) -> None:
    bad = document | {"operations": {"x": {"action": "shout"}}}

    assert not official.is_valid(bad)


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    found = references(document)

    assert found
    for reference in found:
        assert resolved(document, reference) is not None, reference


def test_channels_are_the_topics_and_their_dead_letters(
    document: dict[str, Any],
) -> None:
    topics = [event.topic() for event in EVENTS]
    addresses = [channel["address"] for channel in document["channels"].values()]

    assert sorted(addresses) == sorted([*topics, *map(dead_letter_topic, topics)])


def test_every_event_is_told_by_one_and_listened_to_by_those_of_the_table(
    document: dict[str, Any],
) -> None:
    for event in EVENTS:
        channel = f"#/channels/{event.__name__}"
        parties = {
            (operation["action"], operation["tags"][0]["name"])
            for operation in document["operations"].values()
            if operation["channel"]["$ref"] == channel
        }
        receivers = {("receive", service) for service in listeners_of(event)}

        assert parties == {("send", event.source)} | receivers


def test_somebody_listens_to_every_event() -> None:
    assert [event for event in EVENTS if not listeners_of(event)] == []


def test_only_events_from_outside_come_from_no_service() -> None:
    outside = {event for event in EVENTS if event.source not in LISTENERS}

    assert NetworkSignal in outside
    assert NumberPorted in outside
    assert {event.source for event in outside} == {
        "network-monitoring",
        "porting-system",
        "inventory",
    }


def test_examples_fit_the_schemas_of_the_document(document: dict[str, Any]) -> None:
    for event in EVENTS:
        message = document["components"]["messages"][event.__name__]
        assert message["examples"]
        for example in message["examples"]:
            for part in ("payload", "headers"):
                schema = {
                    "$ref": message[part]["$ref"],
                    "components": document["components"],
                }
                Draft202012Validator(schema).validate(example[part])
