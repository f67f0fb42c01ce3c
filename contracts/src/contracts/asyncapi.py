"""The AsyncAPI 3.0 document: every topic, who writes it and who reads it."""

from collections.abc import Mapping
from typing import Any

from contracts.catalogue import EVENTS, dead_letter_topic
from contracts.event import Event
from contracts.listeners import LISTENERS
from contracts.schema import Schema, key_of, shared_schemas

Examples = Mapping[str, Mapping[str, Any]]
"""Values of one event by name."""

_BINDING = "0.5.0"
_TEXT = {"type": "string", "minLength": 1}
_INTRODUCTION = (
    "Facts that the services of ecotel @once SelfCare tell each other. "
    "A topic carries one type of event and has its name. "
    "Messages are CloudEvents 1.0 in binary mode: the envelope is in the headers, "
    "the value is the JSON of the event. "
    "Readers ignore fields that they do not know."
)


def document(examples: Mapping[str, Examples], *, version: str) -> dict[str, Any]:
    """Return the whole document; `examples` are the golden ones by event."""
    return {
        "asyncapi": "3.0.0",
        "id": "urn:selfcare",
        "info": {
            "title": "ecotel @once SelfCare",
            "version": version,
            "description": _INTRODUCTION,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "127.0.0.1:9092",
                "protocol": "kafka",
                "description": "`KAFKA_BOOTSTRAP_SERVERS`; this is the default.",
            }
        },
        "channels": _channels(),
        "operations": _operations(),
        "components": {
            "messages": _messages(examples),
            "schemas": _envelopes() | shared_schemas("#/components/schemas/{model}"),
        },
    }


def _channels() -> dict[str, Any]:
    channels = {}
    for event in EVENTS:
        topic = event.topic()
        channels[topic] = _channel(topic, topic, _summary(event))
        dead = dead_letter_topic(topic)
        channels[dead] = _channel(
            dead, "DeadLetter", f"Messages of {topic} that can never succeed."
        )
    return channels


def _channel(topic: str, message: str, description: str) -> dict[str, Any]:
    return {
        "address": topic,
        "title": topic,
        "description": description,
        "messages": {message: {"$ref": f"#/components/messages/{message}"}},
        "bindings": {"kafka": {"topic": topic, "bindingVersion": _BINDING}},
    }


def _operations() -> dict[str, Any]:
    operations = {}
    for event in EVENTS:
        topic = event.topic()
        operations[f"{event.source}.send.{topic}"] = _operation(
            "send", event.source, topic, topic
        )
    for service, heard in LISTENERS.items():
        for event in heard:
            topic = event.topic()
            group = {"type": "string", "enum": [f"{service}.{topic}"]}
            kafka = {"groupId": group, "bindingVersion": _BINDING}
            operations[f"{service}.receive.{topic}"] = _operation(
                "receive", service, topic, topic
            ) | {"bindings": {"kafka": kafka}}
            dead = dead_letter_topic(topic)
            operations[f"{service}.send.{dead}"] = _operation(
                "send", service, dead, "DeadLetter"
            )
    return operations


def _operation(action: str, party: str, topic: str, message: str) -> dict[str, Any]:
    return {
        "action": action,
        "summary": f"{party} {'tells' if action == 'send' else 'listens to'} {topic}",
        "tags": [{"name": party}],
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [{"$ref": f"#/channels/{topic}/messages/{message}"}],
    }


def _messages(examples: Mapping[str, Examples]) -> dict[str, Any]:
    messages = {
        event.__name__: _message(event, examples[event.__name__]) for event in EVENTS
    }
    messages["DeadLetter"] = {
        "name": "DeadLetter",
        "title": "A message that can never succeed",
        "summary": "The bytes as they came; the headers say why they were parked.",
        "headers": {"$ref": "#/components/schemas/DeadLetterHeaders"},
        "contentType": "application/octet-stream",
        "payload": {"description": "Whatever came"},
    }
    return messages


def _message(event: type[Event], examples: Examples) -> dict[str, Any]:
    key = {"type": "string", "description": key_of(event)}
    return {
        "name": event.__name__,
        "title": event.__name__,
        "summary": _summary(event),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": {"$ref": f"#/components/schemas/{event.__name__}"},
        "bindings": {"kafka": {"key": key, "bindingVersion": _BINDING}},
        "examples": [
            {"name": name, "headers": _header_example(event), "payload": value}
            for name, value in examples.items()
        ],
    }


def _summary(event: type[Event]) -> str:
    return (event.__doc__ or "").strip()


def _envelopes() -> dict[str, Schema]:
    """Return the headers' schemas; every value is UTF-8 text."""
    told = {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": _TEXT
        | {"description": "Of one source the same for a repeat: it has no effect."},
        "ce_type": _TEXT | {"description": "The event, which is also the topic."},
        "ce_source": _TEXT | {"description": "The service or system that tells it."},
        "ce_time": _TEXT | {"format": "date-time", "description": "When it was told."},
        "content-type": {
            "type": "string",
            "description": "application/cloudevents+json: the whole envelope is in "
            "the value (structured mode), which readers take too.",
        },
        "traceparent": _TEXT | {"description": "W3C Trace Context"},
    }
    parked = {
        "dlq_code": _TEXT | {"description": "Why, as a stable word"},
        "dlq_reason": {"type": "string", "description": "Why, for a person"},
        "dlq_service": _TEXT
        | {"description": "Who gave up on it: its `dead-letters` has the message"},
        "dlq_topic": _TEXT,
        "dlq_partition": _TEXT | {"pattern": "^[0-9]+$"},
        "dlq_offset": _TEXT | {"pattern": "^[0-9]+$"},
    }
    needed = ["ce_specversion", "ce_id", "ce_type", "ce_source"]
    return {
        "CloudEventHeaders": {
            "type": "object",
            "properties": told,
            "required": needed,
        },
        "DeadLetterHeaders": {
            "type": "object",
            "description": "Those of the message, as far as they are text, and these.",
            "properties": parked,
            "required": list(parked),
        },
    }


def _header_example(event: type[Event]) -> dict[str, str]:
    return {
        "ce_specversion": "1.0",
        "ce_id": "0b1c6f0e-6b0c-4f4c-9d0c-2f9a8f8a4b11",
        "ce_type": event.__name__,
        "ce_source": event.source,
        "ce_time": "2026-11-23T12:00:00+00:00",
        "content-type": "application/json",
    }
