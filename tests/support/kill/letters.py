"""Accounts for messages: each is in its reader's inbox, or parked once."""

from collections import Counter

import asyncpg

from contracts.listeners import LISTENERS
from support.kill.evidence import Evidence
from support.kill.players import Notes

WITH_INBOX = {
    "provisioning": ("OrderPlaced", "NumberPorted", "NumberProvisioned"),
    "forwarding": (
        "OptionEnabled",
        "OptionDisabled",
        "LineConnected",
        "ForwardingRequested",
    ),
    "outage_watcher": ("NetworkSignal",),
}
"""Services that note every message, whatever came of it."""


async def lost_messages(url: str, notes: Notes, found: Evidence) -> list[str]:
    """Return messages without exactly one recorded fate."""
    connection = await asyncpg.connect(url)
    try:
        lost = await _unread(connection, notes, found)
        return lost + await _poison(connection, notes)
    finally:
        await connection.close()


async def _unread(
    connection: asyncpg.Connection, notes: Notes, found: Evidence
) -> list[str]:
    on_kafka = {
        (topic, message.id)
        for topic, messages in found.messages.items()
        for message in messages
        if message.id
    }
    lost = [
        f"{topic} {event_id} was acknowledged by Kafka and is not there"
        for topic, event_id in notes.messages
        if (topic, event_id) not in on_kafka
    ]
    for service, topics in WITH_INBOX.items():
        rows = await connection.fetch(f"SELECT topic, event_id FROM {service}.inbox")  # noqa: S608 - our own names
        read = {(row["topic"], row["event_id"]) for row in rows}
        lost += [
            f"{service} never took {topic} {event_id}"
            for topic, event_id in sorted(on_kafka - read)
            if topic in topics
        ]
    return lost


async def _poison(connection: asyncpg.Connection, notes: Notes) -> list[str]:
    parked: Counter[tuple[str, str, int, int]] = Counter()
    for service in LISTENERS:
        schema = service.replace("-", "_")
        rows = await connection.fetch(
            f'SELECT topic, partition, "offset" FROM {schema}.dead_letter'  # noqa: S608 - our own names
            " WHERE code <> 'unknown_order'"  # it overtook its order, which ends so
        )
        parked.update((service, *row) for row in rows)
    wanted = {
        (service, *place)
        for place in notes.poison
        for service, events in LISTENERS.items()
        if place[0] in {event.topic() for event in events}
    }
    wrong = [f"poison not parked: {place}" for place in sorted(wanted - parked.keys())]
    wrong += [f"parked, no poison: {place}" for place in sorted(parked.keys() - wanted)]
    return wrong
