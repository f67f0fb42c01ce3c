"""Targets that a customer's rules named, and what his contract says of new ones."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from chassis.postgres import Connection
from portal_gateway.domain.facts import Range
from portal_gateway.domain.ranges import range_of

AT_ONCE: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""
From when on a target may be named that need not wait.

Not the moment in which it was: a clock that ran ahead then, and is right again, would
let it wait after all.
"""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract says of new targets; None: as the service is set."""

    wait: timedelta | None = None
    a_day: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A target that a rule of a customer names, by whom and when."""

    customer: str
    target: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A new target that no rule may name yet."""

    target: str
    """One number, or a block as both its ends."""
    ready_at: datetime
    added_by: str

    @property
    def span(self) -> Range:
        """Return its first and last number."""
        return range_of(self.target)


async def terms(connection: Connection, customer: str) -> Terms:
    """Return what the contract says."""
    row = await connection.fetchrow(
        """
        SELECT new_target_wait AS wait, new_targets_a_day AS a_day
          FROM customer
         WHERE customer_number = $1
        """,
        customer,
    )
    return Terms(**row) if row else Terms()


async def set_terms(connection: Connection, customer: str, terms: Terms) -> bool:
    """Write them into the contract; False for a customer that there is not."""
    done = await connection.execute(
        """
        UPDATE customer SET new_target_wait = $2, new_targets_a_day = $3
         WHERE customer_number = $1
        """,
        customer,
        terms.wait,
        terms.a_day,
    )
    return done == "UPDATE 1"


async def known(
    connection: Connection, customer: str, among: Iterable[str] | None
) -> dict[str, datetime]:
    """Return from when on each target may be named; `among`: only of these."""
    rows = await connection.fetch(
        """
        SELECT target, ready_at FROM known_target
         WHERE customer_number = $1 AND ($2::text[] IS NULL OR target = ANY($2))
        """,
        customer,
        None if among is None else list(among),
    )
    return {row["target"]: row["ready_at"] for row in rows}


async def count_since(connection: Connection, customer: str, since: datetime) -> int:
    """Count the targets that were new since then."""
    found: int = await connection.fetchval(
        """
        SELECT count(*) FROM known_target
         WHERE customer_number = $1 AND first_at > $2
        """,
        customer,
        since,
    )
    return found


async def count_numbers(connection: Connection, customer: str) -> int:
    """Count the numbers that the customer may forward."""
    found: int = await connection.fetchval(
        """
        SELECT coalesce(sum(substr(last, 2)::bigint - substr(number, 2)::bigint + 1), 0)
          FROM number_option
         WHERE customer_number = $1 AND enabled
        """,
        customer,
    )
    return int(found)


async def add(
    connection: Connection, named: Iterable[Named], *, ready_at: datetime
) -> None:
    """Note new targets, by whom named each first; known ones stay as they are."""
    first: dict[tuple[str, str], Named] = {}
    for one in named:
        first.setdefault((one.customer, one.target), one)
    await connection.executemany(
        """
        INSERT INTO known_target (customer_number, target, added_by, first_at, ready_at)
             VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT DO NOTHING
        """,
        [(*key, one.by, one.at, ready_at) for key, one in sorted(first.items())],
    )


async def take_untold(
    connection: Connection, targets: Iterable[tuple[str, str]]
) -> set[tuple[str, str]]:
    """
    Return of which targets nobody was told yet; now they are.

    Targets are pairs of a customer and a number, here and there.
    """
    pairs = sorted(set(targets))
    rows = await connection.fetch(
        """
        UPDATE known_target SET is_told = true
         WHERE (customer_number, target) IN (SELECT *
                                               FROM unnest($1::text[], $2::text[]))
           AND NOT is_told
     RETURNING customer_number, target
        """,
        [customer for customer, _ in pairs],
        [target for _, target in pairs],
    )
    return {(row["customer_number"], row["target"]) for row in rows}


async def waiting(connection: Connection, customer: str, at: datetime) -> list[Waiting]:
    """Return the targets that wait, the first to be ready first."""
    rows = await connection.fetch(
        """
        SELECT target, ready_at, added_by FROM known_target
         WHERE customer_number = $1 AND ready_at > $2
         ORDER BY ready_at, target
        """,
        customer,
        at,
    )
    return [Waiting(**row) for row in rows]


async def release(
    connection: Connection, customer: str, target: str, at: datetime
) -> bool:
    """Let rules name a target from now on; False when it does not wait."""
    done = await connection.execute(
        """
        UPDATE known_target SET ready_at = $4
         WHERE customer_number = $1 AND target = $2 AND ready_at > $3
        """,
        customer,
        target,
        at,
        AT_ONCE,
    )
    return done == "UPDATE 1"
