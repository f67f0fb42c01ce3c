"""Reading the topics from their beginning to where they end now, and the logs."""

import json
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord
from aiokafka.errors import KafkaError

from contracts.catalogue import EVENTS
from devstack.errors import StackError
from devstack.story.subject import Subject

LINES = frozenset({"LineConnected"})
TOPICS = frozenset(event.topic() for event in EVENTS)
OUTAGES = ("OutageDetected", "OutageCleared")
COMMANDS = ("OutageCommanded",)


@dataclass(frozen=True, slots=True)
class Told:
    """An event as it stands in its topic."""

    topic: str
    at: datetime
    by: str
    event: dict[str, Any]
    trace: str | None


@dataclass(frozen=True, slots=True)
class Logged:
    """A line of a service's log."""

    at: datetime
    by: str
    said: str
    more: dict[str, Any]


@dataclass(slots=True)
class Gathered:
    """Everything that belongs to the story."""

    told: list[Told] = field(default_factory=list)
    logged: list[Logged] = field(default_factory=list)

    @property
    def traces(self) -> set[str]:
        """Return the ids of the traces that its events belong to."""
        return {one.trace for one in self.told if one.trace}


async def gather(brokers: Mapping[str, Any], about: Subject, logs: Path) -> Gathered:
    """Read all topics and the logs for one subject."""
    found = Gathered()
    maybe: list[Told] = []
    try:
        # Lines last, and for numbers only: which of them matter is known by then.
        for topics in [TOPICS - LINES, *([LINES] if about.kind == "number" else [])]:
            async for record in _records(brokers, topics):
                _sort(record, about, found, maybe)
    except (KafkaError, OSError) as error:
        raise StackError(
            f"Kafka at {brokers['bootstrap_servers']} cannot be read: {error}\n"
            "Does it run (make up)? Another one is named by KAFKA_BOOTSTRAP_SERVERS, "
            "and KAFKA_USERNAME, KAFKA_PASSWORD, KAFKA_CA_FILE where it wants a log-in."
        ) from error
    # Which lines a number is on may be told after their outages, and which outage a
    # command began stands in its answer.
    found.told += [one for one in maybe if about.has(one.event)]
    found.told.sort(key=lambda one: one.at)
    found.logged = sorted(_logged(logs, about, found.traces), key=lambda one: one.at)
    return found


def _sort(
    record: ConsumerRecord, about: Subject, found: Gathered, maybe: list[Told]
) -> None:
    waits = record.topic in {"number": OUTAGES, "outage": COMMANDS}.get(about.kind, ())
    is_line = record.topic in LINES
    value = record.value or b""
    if not (waits or is_line or about.mark in value):
        return
    try:
        told = _told(record)
    except (ValueError, KeyError):
        return  # parked as a dead letter, which the logs tell of
    if waits:
        maybe.append(told)
    elif is_line:
        if told.event["line"] in about.places:
            about.places |= set(told.event["elements"])
    elif about.has(told.event):
        found.told.append(told)
        if about.kind == "outage" and (command := told.event.get("command_id")):
            about.commands.add(command)
        if about.kind == "number" and record.topic == "OptionEnabled":
            about.places.add(told.event["line"])


async def _records(
    brokers: Mapping[str, Any], topics: Collection[str]
) -> AsyncIterator[ConsumerRecord]:
    consumer = AIOKafkaConsumer(
        *topics,
        **brokers,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=50,  # what is there is there; to close waits for a fetch
    )
    # Where it cannot start its own `async with` leaves it open, and it complains.
    async with AsyncExitStack() as opened:
        opened.push_async_callback(consumer.stop)
        await consumer.start()
        ends = await consumer.end_offsets(list(consumer.assignment()))
        begins = await consumer.beginning_offsets(list(ends))
        left = {place for place, end in ends.items() if end > begins[place]}
        while left:
            for place, some in (await consumer.getmany(timeout_ms=500)).items():
                for record in some:
                    yield record
                if await consumer.position(place) >= ends[place]:
                    left.discard(place)


def _told(record: ConsumerRecord) -> Told:
    headers = {name: value.decode("utf-8", "replace") for name, value in record.headers}
    traceparent = headers.get("traceparent", "")
    taken = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    at = datetime.fromisoformat(headers["ce_time"]) if "ce_time" in headers else taken
    event = json.loads(record.value)
    return Told(
        record.topic,
        at.astimezone(UTC),
        headers.get("ce_source", "?"),
        event,
        traceparent.split("-")[1] if traceparent.count("-") > 1 else None,
    )


def _logged(logs: Path, about: Subject, traces: set[str]) -> Iterator[Logged]:
    for file in sorted(logs.glob("*.log*")):
        with file.open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if found := _line(line, about, traces):
                    yield found


def _line(line: str, about: Subject, traces: set[str]) -> Logged | None:
    if '"trace_id"' not in line and about.id not in line:
        return None
    try:
        said = json.loads(line)
        at = datetime.fromisoformat(said.pop("timestamp"))
    except (ValueError, KeyError, AttributeError):
        return None
    # Logs never hold a whole number: of a number the trace alone tells.
    named = about.kind != "number" and about.id in line
    if not named and said.get("trace_id") not in traces:
        return None
    what = str(said.pop("event", ""))
    by = str(said.pop("service", "?"))
    for plain in ("level", "logger", "trace_id", "event_id"):
        said.pop(plain, None)
    return Logged(at, by, what, said)
