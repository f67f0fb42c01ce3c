"""What is held off: forwardings to a target, of a customer, or all of them."""

from dataclasses import dataclass
from datetime import datetime

from chassis.postgres import Connection
from contracts.held_targets import HeldTargets
from contracts.holds import ForwardingsHeld, HoldReason, HoldSubject
from contracts.number_range import NumberRange


@dataclass(frozen=True, slots=True)
class Hold:
    """What was said last of a subject."""

    subject: HoldSubject
    number: str
    last: str
    held: bool
    reason: HoldReason
    because: str
    version: int
    held_by: str
    held_at: datetime


async def one(
    connection: Connection, subject: str, number: str, last: str
) -> Hold | None:
    """Return what was said last of a subject; nobody says more until commit."""
    await connection.fetchval(
        "SELECT pg_advisory_xact_lock(hashtextextended($1, 6))",
        f"{subject} {number} {last}",
    )
    row = await connection.fetchrow(
        "SELECT * FROM hold WHERE subject = $1 AND number = $2 AND last = $3",
        subject,
        number,
        last,
    )
    return Hold(**row) if row else None


async def keep(connection: Connection, event: ForwardingsHeld) -> None:
    """Keep what is said now; only after `one`."""
    number = event.number or event.customer_number or ""
    await connection.execute(
        """
        INSERT INTO hold
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (subject, number, last) DO UPDATE
                SET held = $4, reason = $5, because = $6, version = $7, held_by = $8,
                    held_at = $9
        """,
        event.subject,
        number,
        event.last or number,
        event.held,
        event.reason,
        event.because,
        event.version,
        event.held_by,
        event.held_at,
    )


async def all_held(connection: Connection, limit: int | None) -> list[Hold]:
    """Return what is held off now, the newest first; without a limit all of it."""
    rows = await connection.fetch(
        "SELECT * FROM hold WHERE held ORDER BY held_at DESC, number LIMIT $1", limit
    )
    return [Hold(**row) for row in rows]


async def targets(connection: Connection) -> HeldTargets:
    """Return the targets that are held off."""
    rows = await connection.fetch(
        "SELECT number, last FROM hold WHERE subject = 'target' AND held"
    )
    return HeldTargets.of(NumberRange(row["number"], row["last"]) for row in rows)


async def is_customer_held(connection: Connection, customer: str) -> bool:
    """Tell whether the forwardings of a customer are held off."""
    return bool(
        await connection.fetchval(
            """
            SELECT EXISTS (SELECT FROM hold
                            WHERE subject = 'customer' AND number = $1 AND held)
            """,
            customer,
        )
    )


async def is_all_held(connection: Connection) -> bool:
    """Tell whether the kill switch holds every forwarding off."""
    return bool(
        await connection.fetchval(
            "SELECT EXISTS (SELECT FROM hold WHERE subject = 'all' AND held)"
        )
    )


async def rules_to(connection: Connection, number: str) -> bool:
    """Tell whether any customer's rule leads to the number."""
    return bool(
        await connection.fetchval(
            """
            SELECT EXISTS (
                SELECT FROM wish
                 WHERE $1 IN (in_force->>'target', in_force->>'fallback_target')
                    OR ((in_force->>'keep_extension')::boolean
                        AND length(in_force->>'target') = length($1)
                        AND substr($1, 2)::bigint
                            - substr(in_force->>'target', 2)::bigint
                            BETWEEN 0 AND substr(last, 2)::bigint
                                          - substr(number, 2)::bigint))
            """,
            number,
        )
    )
