"""
Who may do what on Kafka: one table, from which users, ACLs and their tests follow.

A service reads what it listens to, in groups named after itself, and writes what it
tells and the dead letters of what it reads. What is not here is denied.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from contracts.catalogue import EVENTS, dead_letter_topic
from contracts.listeners import LISTENERS

OUTSIDE = ("network-monitoring", "porting-system", "inventory")
"""Those who only tell: each may write its own events, and nothing else."""


@dataclass(frozen=True, slots=True)
class Rights:
    """What one user may do: topics by their names, groups by theirs."""

    user: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    groups: tuple[str, ...]


def rights_of(user: str) -> Rights:
    """Return the rights of a service, or of somebody outside who tells."""
    heard = tuple(event.topic() for event in LISTENERS.get(user, ()))
    told = tuple(event.topic() for event in EVENTS if event.source == user)
    return Rights(
        user=user,
        reads=heard,
        writes=(*told, *map(dead_letter_topic, heard)),
        groups=tuple(f"{user}.{topic}" for topic in heard),
    )


def all_rights() -> tuple[Rights, ...]:
    """Return the whole table."""
    return tuple(rights_of(user) for user in (*LISTENERS, *OUTSIDE))


def matrix() -> Iterator[tuple[str, str, str, bool]]:
    """Return every cell: user, operation, resource, and whether it is allowed."""
    events = [event.topic() for event in EVENTS]
    topics = [*events, *map(dead_letter_topic, events)]
    for rights in all_rights():
        for topic in topics:
            yield rights.user, "Read", topic, topic in rights.reads
            yield rights.user, "Write", topic, topic in rights.writes
            yield rights.user, "Create", topic, False
