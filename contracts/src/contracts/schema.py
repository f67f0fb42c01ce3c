"""The JSON Schema of each event, as readers who do not use this package see it."""

from typing import Any

from pydantic.json_schema import models_json_schema

from contracts.catalogue import EVENTS
from contracts.event import Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def schema_of(event: type[Event]) -> Schema:
    """Return the schema of the event's value, with what Kafka must know beside it."""
    generated = event.model_json_schema(by_alias=True)
    return {
        "$schema": DIALECT,
        "$id": f"urn:selfcare:event:{event.__name__}",
        "title": event.__name__,
        "description": generated.pop("description"),
        "x-topic": event.topic(),
        "x-key": key_of(event),
        "x-source": event.source,
    } | generated


def key_of(event: type[Event]) -> str:
    """Return how the key of a message is made from the fields of its value."""
    names = [field.alias or name for name, field in event.model_fields.items()]
    placeholders: dict[str, Any] = {name: f"{{{name}}}" for name in names}
    return event.model_construct(**placeholders).key


def shared_schemas(ref_template: str) -> dict[str, Schema]:
    """Return all events and their parts by name, referring to each other."""
    inputs = [(event, "validation") for event in EVENTS]
    _, schemas = models_json_schema(
        inputs,  # type: ignore[arg-type]  # a list of one literal is one of three
        by_alias=True,
        ref_template=ref_template,
    )
    return dict(schemas["$defs"])
