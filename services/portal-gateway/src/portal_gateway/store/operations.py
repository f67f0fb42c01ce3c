"""What network operations see: open outages, planned work, and their own commands."""

from dataclasses import dataclass, replace
from datetime import datetime

from chassis.postgres import Connection
from contracts import canary
from contracts.operations import (
    MaintenanceAnnounced,
    OutageCommandAnswered,
    OutageCommanded,
)
from portal_gateway.store import apart


@dataclass(frozen=True, slots=True)
class Situation:
    """An outage with all that is known of it, and how much it takes down."""

    outage_id: str
    version: int
    kind: str
    takes_voice: bool
    places: list[str]
    occurred_at: datetime
    detected_at: datetime | None
    estimated_end: datetime | None
    note: str | None
    reported_by: str | None
    root_cause: str | None
    uncertain: bool
    flapping: bool
    is_open: bool
    cleared_at: datetime | None
    reason: str | None
    lines: int
    customers: int
    diverted: int


@dataclass(frozen=True, slots=True)
class Window:
    """A maintenance window."""

    window_id: str
    version: int
    state: str
    places: list[str]
    starts_at: datetime
    ends_at: datetime
    takes_service: bool
    voice_reachable: bool | None
    note: str | None


@dataclass(frozen=True, slots=True)
class Command:
    """What somebody commanded, and the answer, if there is one yet."""

    command_id: str
    action: str
    subject: str
    because: str
    commanded_by: str
    commanded_at: datetime
    outcome: str | None
    code: str | None
    reason: str | None


_SITUATIONS = """
    SELECT outage_id, greatest(detected_version, cleared_version) AS version,
           coalesce(kind, 'fault') AS kind,
           coalesce(takes_voice, true) AS takes_voice,
           CASE places WHEN '{}' THEN touched ELSE places END AS places,
           coalesce(occurred_at, cleared_at) AS occurred_at, detected_at,
           estimated_end, note, reported_by, root_cause, uncertain, flapping,
           is_open, cleared_at, reason, hit.lines, hit.customers,
           diverted.numbers AS diverted
      FROM outage
     CROSS JOIN LATERAL (
           SELECT count(*) AS lines, count(DISTINCT customer_number) AS customers
             FROM line
            WHERE NOT gone
              AND (line = ANY(touched) OR elements && touched)) AS hit
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(upper(each) - lower(each)), 0)::bigint AS numbers
             FROM (SELECT unnest(range_agg(int8range(
                              substr(number, 2)::bigint,
                              substr(last, 2)::bigint, '[]')))
                     FROM applied
                    WHERE in_effect
                      AND causes @> jsonb_build_array(
                              jsonb_build_object('id', outage_id))) AS all_of (each)
           ) AS diverted
     WHERE is_open
        OR (cleared_at > $1 AND reported_by IS DISTINCT FROM $3)
     ORDER BY is_open DESC, coalesce(occurred_at, cleared_at) DESC, outage_id
     LIMIT $2
"""


async def situations(
    connection: Connection, since: datetime, limit: int
) -> list[Situation]:
    """
    Return open outages and those that ended since then, open ones first.

    The canary's that ended are left out: hundreds a day would bury all others.
    """
    rows = await connection.fetch(_SITUATIONS, since, limit, canary.SOURCE)
    return await _without_apart(connection, [Situation(**row) for row in rows])


async def _without_apart(
    connection: Connection, found: list[Situation]
) -> list[Situation]:
    """Count of diverted blocks only the numbers that go with them."""
    gone = await apart.counts_now(connection, [one.outage_id for one in found])
    return [
        replace(one, diverted=one.diverted - gone.get(one.outage_id, 0))
        for one in found
    ]


async def windows(connection: Connection, since: datetime, limit: int) -> list[Window]:
    """Return maintenance windows that are not long over, the next one first."""
    rows = await connection.fetch(
        """
        SELECT window_id, version, state, places, starts_at, ends_at, takes_service,
               voice_reachable, note
          FROM maintenance
         WHERE ends_at > $1
         ORDER BY state IN ('over', 'cancelled'), starts_at, window_id
         LIMIT $2
        """,
        since,
        limit,
    )
    return [Window(**row) for row in rows]


async def commands(connection: Connection, limit: int) -> list[Command]:
    """Return the newest commands."""
    rows = await connection.fetch(
        """
        SELECT command_id, action, subject, because, commanded_by, commanded_at,
               outcome, code, reason
          FROM outage_command
         ORDER BY commanded_at DESC, command_id
         LIMIT $1
        """,
        limit,
    )
    return [Command(**row) for row in rows]


async def add(connection: Connection, event: OutageCommanded) -> bool:
    """Keep a command; False when it was given before."""
    done = await connection.execute(
        """
        INSERT INTO outage_command (command_id, action, subject, because, commanded_by,
                                    commanded_at)
             VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT DO NOTHING
        """,
        event.command_id,
        event.action,
        event.subject,
        event.because,
        event.commanded_by,
        event.commanded_at,
    )
    return done == "INSERT 0 1"


async def settle(connection: Connection, event: OutageCommandAnswered) -> None:
    """Keep the answer to a command that was given here."""
    await connection.execute(
        """
        UPDATE outage_command
           SET outcome = $2, outage_id = $3, window_id = $4, code = $5, reason = $6,
               answered_at = $7
         WHERE command_id = $1
        """,
        event.command_id,
        event.outcome,
        event.outage_id,
        event.window_id,
        event.code,
        event.reason,
        event.answered_at,
    )


async def announce(connection: Connection, event: MaintenanceAnnounced) -> None:
    """Keep the newest state of a maintenance window."""
    await connection.execute(
        """
        INSERT INTO maintenance AS known
                    (window_id, version, state, places, starts_at, ends_at,
                     takes_service, voice_reachable, note, announced_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        ON CONFLICT (window_id) DO UPDATE
                SET version = excluded.version, state = excluded.state,
                    places = excluded.places, starts_at = excluded.starts_at,
                    ends_at = excluded.ends_at,
                    takes_service = excluded.takes_service,
                    voice_reachable = excluded.voice_reachable, note = excluded.note,
                    announced_at = excluded.announced_at
              WHERE known.version < excluded.version
        """,
        event.window_id,
        event.version,
        event.state,
        list(event.places),
        event.starts_at,
        event.ends_at,
        event.takes_service,
        event.voice_reachable,
        event.note,
        event.announced_at,
    )
