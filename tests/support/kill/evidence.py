"""What the system left behind: on Kafka, in databases, at the switch, in the portal."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.catalogue import EVENTS
from contracts.number_range import NumberRange
from devstack.topics import partition_counts
from forwarding.telling import in_effect_now
from support.kill.client import Client
from support.kill.model import Model
from support.kill.story import Wished

PAGE = 5000
KAFKA_WITHIN = 120.0


@dataclass(frozen=True, slots=True)
class Message:
    """A message on Kafka; `value` is empty where it holds no JSON object."""

    topic: str
    partition: int
    offset: int
    id: str
    value: Mapping[str, Any]


@dataclass(slots=True)
class Evidence:
    """All of it."""

    messages: dict[str, list[Message]] = field(default_factory=dict)
    journal: list[dict[str, Any]] = field(default_factory=list)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    in_database: dict[str, str | None] = field(default_factory=dict)
    """Number to where it rings while diverted, by forwarding's own tables."""
    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """What the portal lists for each customer."""
    singles: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What it shows of numbers that it does not list."""

    @property
    def changes(self) -> int:
        """Return how many changes the switch has taken."""
        return sum(entry["result"] == "ok" for entry in self.journal)

    def answers(self, number: str) -> list[str]:
        """Return what was answered to wishes for a number, or a block around it."""
        names = ("configured_at", "number", "last", "action", "outcome", "code")
        return [
            f"answered: {[told.get(name) for name in names]}"
            for message in self.messages.get("ForwardingConfigured", ())
            if (told := message.value)
            and len(told["number"]) == len(number)
            and told["number"] <= number <= (told.get("last") or told["number"])
        ]


async def read_topics(servers: str) -> dict[str, list[Message]]:
    """Return every message of every topic."""
    found: dict[str, list[Message]] = defaultdict(list)
    for record in await read_records(servers):
        found[record.topic].append(_message(record))
    return found


async def read_records(servers: str) -> list[Any]:
    """Return every message of every topic as Kafka has it."""
    found: list[Any] = []
    counts = await partition_counts(servers)
    places = [
        TopicPartition(event.topic(), number)
        for event in EVENTS
        for number in range(counts[event.topic()])
    ]
    async with (
        asyncio.timeout(KAFKA_WITHIN),
        AIOKafkaConsumer(bootstrap_servers=servers) as apart,
        AIOKafkaConsumer(bootstrap_servers=servers) as consumer,
    ):
        ends = await apart.end_offsets(places)
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        while any([await consumer.position(p) < ends[p] for p in places]):
            for records in (await consumer.getmany(timeout_ms=500)).values():
                found += records
    return found


def id_of(record: Any) -> str:
    """Return a message's id; empty where it has none."""
    return (dict(record.headers).get("ce_id") or b"").decode("utf-8", "replace")


def _message(record: Any) -> Message:
    try:
        value = json.loads(record.value)
    except (ValueError, TypeError, RecursionError):
        value = {}
    return Message(
        record.topic,
        record.partition,
        record.offset,
        id_of(record),
        value if isinstance(value, dict) else {},
    )


async def read_switch(url: str, numbers: Sequence[str], into: Evidence) -> None:
    """Dial every number, and read the journal."""
    async with httpx.AsyncClient(base_url=url, timeout=30) as http:
        for number in numbers:
            answer = await http.get(f"/v1/calls/{number}")
            into.calls[number] = answer.json()
        after: int | None = 0
        while after is not None:
            query = {"after": after, "limit": PAGE}
            page = (await http.get("/v1/history", params=query)).json()
            into.journal += page["entries"]
            after = page["next"]


async def read_forwarding(url: str, numbers: Sequence[str], into: Evidence) -> None:
    """Ask forwarding's own tables and code what is in effect."""
    connection = await asyncpg.connect(url)
    try:
        for number in numbers:
            now = await in_effect_now(connection, NumberRange.single(number))
            if now:
                arming, found = now
                target = found.target
                if target and arming.keep_extension:
                    into.in_database[number] = moved(
                        target, arming.numbers.first, number
                    )
                else:
                    into.in_database[number] = target
    finally:
        await connection.close()


def moved(target: str, first: str, number: str) -> str:
    """Return the target's number that has the extension of `number`."""
    return f"+{int(target[1:]) + int(number[1:]) - int(first[1:])}"


async def read_portal(clients: Mapping[str, Client], into: Evidence) -> None:
    """Read the configurator of every customer."""
    for customer, client in clients.items():
        answer = await client.call("GET", "/api/v1/forwardings")
        into.entries[customer] = answer.json()["forwardings"]


async def read_singles(
    clients: Mapping[str, Client], model: Model, into: Evidence
) -> None:
    """Look at numbers inside blocks that had wishes and are not listed."""
    for number in sorted({s.numbers.first for s in model.steps if _is_single(s)}):
        customer = model.expect(number).customer
        if customer is None:
            continue
        listed = {(e["number"], e["kind"]) for e in into.entries[customer]}
        if (number, "number") not in listed:
            path = f"/api/v1/forwardings/{number[1:]}?kind=number"
            answer = await clients[customer].call("GET", path)
            if answer.is_success:
                into.singles[number] = answer.json()


def _is_single(step: object) -> TypeGuard[Wished]:
    return isinstance(step, Wished) and step.numbers.is_single
