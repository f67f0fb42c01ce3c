"""
Who may do what: one table, from which users, ACLs, grants and their tests follow.

On Kafka a service reads what it listens to, in groups named after itself, and writes
what it tells and the dead letters of what it hears. In the database it reads and
writes the rows of its own schema. What is not here is denied.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from contracts.catalogue import EVENTS, dead_letter_topic
from contracts.forwardings import ForwardingApplied
from contracts.listeners import LISTENERS
from contracts.orders import OrderPlaced
from contracts.outages import OutageCleared, OutageDetected

AUDITOR: Final = "auditor"
OUTSIDE: Final = ("network-monitoring", "porting-system", "inventory")
"""Those who only tell: each may write its own events, and nothing else."""
BESIDE: Final = {"sales-channel": (OrderPlaced.topic(),)}
"""Who tells what a service of ours tells, too: orders come by more than the portal."""
LOOKS_BACK: Final = {
    "forwarding": (ForwardingApplied.topic(),),
    "outage-watcher": (OutageDetected.topic(), OutageCleared.topic()),
}
"""What a service told itself, and goes past after a restore."""
DEPLOYER: Final = "deployer"
BROKER: Final = "broker"
RULERS: Final = (BROKER, DEPLOYER)
"""The brokers themselves, and who makes topics, users and rights: no right is asked."""
_EVENTS: Final = tuple(event.topic() for event in EVENTS)
TOPICS: Final = (*_EVENTS, *map(dead_letter_topic, _EVENTS))


@dataclass(frozen=True, slots=True)
class Rights:
    """What one user may do: topics by their names, groups by theirs."""

    user: str
    what: str = field(compare=False)
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    sees_lag: bool = False
    """Sees how much waits in every topic and group, and reads no message."""


Operation = Literal["Describe", "Read", "Write"]
Kind = Literal["topic", "group"]


@dataclass(frozen=True, slots=True, order=True)
class Acl:
    """One thing that one user may do with one resource; `*` is each of its kind."""

    user: str
    kind: Kind
    name: str
    operation: Operation


def rights_of(user: str) -> Rights:
    """Return the row of a user; raises KeyError for one that there is not."""
    return {row.user: row for row in all_rights()}[user]


def all_rights() -> tuple[Rights, ...]:
    """Return the whole table, without those who rule."""
    return (
        *(_service(name) for name in LISTENERS),
        *(_teller(name) for name in OUTSIDE),
        *(
            Rights(name, "tells beside a service of ours", writes=topics)
            for name, topics in BESIDE.items()
        ),
        Rights("canary", "hears its own number", reads=(ForwardingApplied.topic(),)),
        Rights(AUDITOR, "tells the story of an outage, and demos", reads=_EVENTS),
        Rights("lag", "scales by what waits (KEDA)", sees_lag=True),
    )


def _service(name: str) -> Rights:
    heard = tuple(event.topic() for event in LISTENERS[name])
    return Rights(
        user=name,
        what="our service",
        reads=(*heard, *LOOKS_BACK.get(name, ())),
        writes=(*_told(name), *map(dead_letter_topic, heard)),
        groups=tuple(f"{name}.{topic}" for topic in heard),
    )


def _teller(name: str) -> Rights:
    return Rights(user=name, what="tells us from outside", writes=_told(name))


def _told(source: str) -> tuple[str, ...]:
    return tuple(event.topic() for event in EVENTS if event.source == source)


def acls(rights: Rights) -> Iterator[Acl]:
    """Return what Kafka has to allow for a row."""
    if rights.sees_lag:
        yield Acl(rights.user, "topic", "*", "Describe")
        yield Acl(rights.user, "group", "*", "Describe")
    # Read and Write imply Describe; they make idempotent producers possible, too.
    for topic in rights.reads:
        yield Acl(rights.user, "topic", topic, "Read")
    for topic in rights.writes:
        yield Acl(rights.user, "topic", topic, "Write")
    for group in rights.groups:
        yield Acl(rights.user, "group", group, "Read")


@dataclass(frozen=True, slots=True)
class Cell:
    """One question to the table, and its answer."""

    user: str
    operation: str
    resource: str
    allowed: bool


def topic_cells() -> Iterator[Cell]:
    """Return every user with every topic, reading and writing."""
    for rights in all_rights():
        for topic in TOPICS:
            yield Cell(rights.user, "Read", topic, topic in rights.reads)
            yield Cell(rights.user, "Write", topic, topic in rights.writes)


def group_cells() -> Iterator[Cell]:
    """Return every user with every group that is somebody's."""
    groups = [group for rights in all_rights() for group in rights.groups]
    for rights in all_rights():
        for group in groups:
            yield Cell(rights.user, "Commit", group, group in rights.groups)


SCHEMA_RIGHTS: Final = ("SELECT", "INSERT", "UPDATE", "DELETE")
"""What a service's role may do with the rows of its own schema."""


def schema_cells() -> Iterator[Cell]:
    """Return every role with every schema, and what can be done there."""
    roles = [name.replace("-", "_") for name in LISTENERS]
    for role in roles:
        for schema in roles:
            for operation in (*SCHEMA_RIGHTS, "TRUNCATE", "CREATE"):
                mine = role == schema and operation in SCHEMA_RIGHTS
                yield Cell(role, operation, schema, mine)
