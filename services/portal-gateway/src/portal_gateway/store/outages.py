"""Outages: what was detected and what was cleared, kept apart so order is no matter."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

import asyncpg

from chassis.postgres import Connection
from contracts.outages import OutageCleared, OutageDetected, RecoveryNoticed
from portal_gateway.domain.facts import Outage

_COLUMNS = """outage_id, kind, voice_reachable, takes_voice, occurred_at, detected_at,
              estimated_end, note, places, touched, reason, cleared_at, is_open,
              clears_at, flapping"""
_MACHINE_SAYS = "flapping"
"""What outage-watcher adds to a note for readers without the field of that name."""


async def detect(connection: Connection, event: OutageDetected) -> None:
    """Keep the newest state, and every place that was ever touched."""
    await connection.execute(
        """
        INSERT INTO outage AS known
                    (outage_id, detected_version, kind, voice_reachable, takes_voice,
                     occurred_at, detected_at, estimated_end, note, places, touched,
                     reported_by, root_cause, uncertain, flapping)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13, $14)
        ON CONFLICT (outage_id) DO UPDATE
                SET detected_version = excluded.detected_version,
                    kind = excluded.kind, takes_voice = excluded.takes_voice,
                    voice_reachable = excluded.voice_reachable,
                    occurred_at = excluded.occurred_at,
                    detected_at = excluded.detected_at,
                    estimated_end = excluded.estimated_end, note = excluded.note,
                    places = excluded.places, reported_by = excluded.reported_by,
                    root_cause = excluded.root_cause, uncertain = excluded.uncertain,
                    flapping = excluded.flapping
              WHERE known.detected_version < excluded.detected_version
        """,
        event.outage_id,
        event.version,
        event.kind,
        event.voice_reachable,
        event.takes_voice,
        event.occurred_at,
        event.detected_at,
        event.estimated_end,
        _note(event),
        list(event.places),
        event.reported_by,
        event.root_cause,
        event.uncertain,
        event.flapping,
    )
    await _touch(connection, [event])


def _note(event: OutageDetected) -> str | None:
    """Return what people wrote, which is for customers."""
    if not (event.flapping and event.note):
        return event.note
    return event.note.removesuffix(_MACHINE_SAYS).removesuffix("; ") or None


async def notice_recovery(
    connection: Connection, events: Sequence[RecoveryNoticed]
) -> None:
    """Keep when they will be over; a later notice replaces an earlier one."""
    await connection.executemany(
        """
        INSERT INTO outage AS known (outage_id, clears_at, recovery_noticed_at)
             VALUES ($1, $2, $3)
        ON CONFLICT (outage_id) DO UPDATE
                SET clears_at = excluded.clears_at,
                    recovery_noticed_at = excluded.recovery_noticed_at
              WHERE coalesce(known.recovery_noticed_at, '-infinity')
                  < excluded.recovery_noticed_at
        """,
        [(event.outage_id, event.clears_at, event.noticed_at) for event in events],
    )


async def clear(connection: Connection, events: Sequence[OutageCleared]) -> None:
    """Keep that they are over, whether or not they were told of before."""
    await connection.executemany(
        """
        INSERT INTO outage AS known
                    (outage_id, cleared_version, reason, cleared_at, occurred_at)
             VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (outage_id) DO UPDATE
                SET cleared_version = excluded.cleared_version,
                    reason = excluded.reason, cleared_at = excluded.cleared_at,
                    occurred_at = coalesce(known.occurred_at, excluded.occurred_at)
              WHERE known.cleared_version < excluded.cleared_version
        """,
        [
            (one.outage_id, one.version, one.reason, one.cleared_at, one.started_at)
            for one in events
        ],
    )
    await _touch(connection, events)


async def _touch(
    connection: Connection, told: Iterable[OutageDetected | OutageCleared]
) -> None:
    await connection.executemany(
        """
        UPDATE outage
           SET touched = ARRAY(SELECT DISTINCT place
                                 FROM unnest(touched || $2::text[]) AS place
                                ORDER BY place)
         WHERE outage_id = $1 AND NOT touched @> $2::text[]
        """,
        [(event.outage_id, list(event.places)) for event in told],
    )


async def open_at(connection: Connection, places: Iterable[str]) -> list[Outage]:
    """
    Return the open outages that cover one of the places, and which of these.

    The rest of their places is nobody's business here: it is other customers'.
    """
    asked = frozenset(places)
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM outage
         WHERE is_open AND places && $1::text[]
        """,  # noqa: S608 - a constant of this module
        list(asked),
    )
    found = (_outage(row) for row in rows)
    return [
        replace(one, places=one.places & asked, touched=one.touched & asked)
        for one in found
    ]


async def closed_of(
    connection: Connection, ids: Iterable[str], places: Iterable[str]
) -> frozenset[str]:
    """Return which of the outages are known to be over, or at none of the places."""
    if not (asked := list(ids)):
        return frozenset()
    rows = await connection.fetch(
        """
        SELECT outage_id FROM outage
         WHERE outage_id = ANY($1::text[]) AND NOT (is_open AND places && $2::text[])
        """,
        asked,
        list(places),
    )
    return frozenset(row["outage_id"] for row in rows)


async def touching(
    connection: Connection, places: Iterable[str], *, limit: int
) -> list[Outage]:
    """Return the newest outages, open and past, that touched one of the places."""
    rows = await connection.fetch(
        f"""
        SELECT {_COLUMNS} FROM outage
         WHERE touched && $1::text[]
         ORDER BY is_open DESC, coalesce(occurred_at, cleared_at) DESC, outage_id
         LIMIT $2
        """,  # noqa: S608 - a constant of this module
        list(places),
        limit,
    )
    return [_outage(row) for row in rows]


async def one(connection: Connection, outage_id: str) -> Outage | None:
    """Return one outage, whomever it touches."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM outage WHERE outage_id = $1",  # noqa: S608 - constant
        outage_id,
    )
    return _outage(row) if row else None


async def detected_at(connection: Connection, outage_id: str) -> datetime | None:
    """Return when it was noticed; None for one that was only cleared."""
    at: datetime | None = await connection.fetchval(
        "SELECT detected_at FROM outage WHERE outage_id = $1", outage_id
    )
    return at


async def places_of(
    connection: Connection, customer_number: str, *, gone: bool
) -> frozenset[str]:
    """Return the customer's lines and everything above them; `gone`: also of before."""
    rows = await connection.fetch(
        """
        SELECT line AS place FROM line
         WHERE customer_number = $1 AND (NOT gone OR $2)
         UNION
        SELECT unnest(elements) FROM line
         WHERE customer_number = $1 AND (NOT gone OR $2)
         UNION
        SELECT line FROM number_option
         WHERE customer_number = $1 AND line IS NOT NULL AND (enabled OR $2)
        """,
        customer_number,
        gone,
    )
    return frozenset(row["place"] for row in rows)


async def lines_of(
    connection: Connection, customer_number: str
) -> list[tuple[str, frozenset[str], bool]]:
    """Return the customer's lines with their places; of each whether it is gone."""
    rows = await connection.fetch(
        """
        SELECT line, elements || line AS places, gone FROM line
         WHERE customer_number = $1
         UNION
        SELECT line, ARRAY[line], NOT enabled FROM number_option
         WHERE customer_number = $1 AND line IS NOT NULL
        """,
        customer_number,
    )
    return [(row["line"], frozenset(row["places"]), row["gone"]) for row in rows]


def _outage(row: asyncpg.Record) -> Outage:
    return Outage(
        id=row["outage_id"],
        kind=row["kind"] or "fault",
        since=row["occurred_at"] or row["cleared_at"],
        estimated_end=row["estimated_end"],
        voice_reachable=row["takes_voice"] is False,  # None: never told of
        places=frozenset(row["places"]),
        is_open=row["is_open"],
        cleared_at=None if row["is_open"] else row["cleared_at"],
        reason=None if row["is_open"] else row["reason"],
        note=row["note"],
        touched=frozenset(row["touched"]),
        clears_at=row["clears_at"] if row["is_open"] else None,
        flapping=row["is_open"] and row["flapping"],
    )
