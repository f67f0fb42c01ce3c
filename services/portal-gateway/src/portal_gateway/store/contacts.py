"""Whom customers want told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from chassis.postgres import Connection
from portal_gateway.domain.facts import Range
from portal_gateway.domain.notices import Asked, Contact

_COLUMNS = """id, customer_number, channel, address, label, language, kinds, is_on,
              confirmed_at, refused_at, created_by, created_at"""


@dataclass(frozen=True, slots=True)
class Code:
    """What is known of the code that was sent last."""

    hash: bytes | None
    until: datetime | None
    tries: int


async def all_of(connection: Connection, customer: str) -> list[Contact]:
    """Return the customer's contacts in the order in which they were added."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM contact WHERE customer_number = $1 ORDER BY id",  # noqa: S608 - a constant of this module
        customer,
    )
    return [_contact(row) for row in rows]


async def one(connection: Connection, customer: str, contact: int) -> Contact | None:
    """Return one of the customer's contacts, locked until commit."""
    row = await connection.fetchrow(
        f"""
        SELECT {_COLUMNS} FROM contact
         WHERE id = $1 AND customer_number = $2
           FOR UPDATE
        """,  # noqa: S608 - a constant of this module
        contact,
        customer,
    )
    return _contact(row) if row else None


async def by_id(connection: Connection, contact: int) -> Contact | None:
    """Return a contact, whose ever it is."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM contact WHERE id = $1",  # noqa: S608 - a constant
        contact,
    )
    return _contact(row) if row else None


async def add(
    connection: Connection,
    customer: str,
    asked: Asked,
    *,
    by: str,
    at: datetime,
) -> int | None:
    """Add a contact that is not confirmed yet; None when the address is there."""
    found = await connection.fetchval(
        """
        INSERT INTO contact (customer_number, channel, address, label, language, kinds,
                             created_by, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT DO NOTHING
          RETURNING id
        """,
        customer,
        asked.channel,
        asked.address,
        asked.label,
        asked.language,
        list(asked.kinds or ()),
        by,
        at,
    )
    return int(found) if found else None


async def change(
    connection: Connection,
    contact: int,
    *,
    label: str,
    language: str,
    kinds: Sequence[str],
    is_on: bool,
) -> None:
    """Change all but the address."""
    await connection.execute(
        """
        UPDATE contact SET label = $2, language = $3, kinds = $4, is_on = $5
         WHERE id = $1
        """,
        contact,
        label,
        language,
        list(kinds),
        is_on,
    )


async def remove(connection: Connection, contact: int) -> None:
    """Forget a contact with everything that was to be sent to it."""
    await connection.execute("DELETE FROM contact WHERE id = $1", contact)


async def set_code(
    connection: Connection, contact: int, hashed: bytes, until: datetime
) -> None:
    """Let this code confirm the contact, and no older one."""
    await connection.execute(
        """
        UPDATE contact SET code_hash = $2, code_until = $3, code_tries = 0
         WHERE id = $1
        """,
        contact,
        hashed,
        until,
    )


async def code_of(connection: Connection, contact: int) -> Code:
    """Return the code that would confirm the contact."""
    row = await connection.fetchrow(
        "SELECT code_hash, code_until, code_tries FROM contact WHERE id = $1", contact
    )
    return Code(*row) if row else Code(None, None, 0)


async def count_try(connection: Connection, contact: int) -> None:
    """Count a wrong code."""
    await connection.execute(
        "UPDATE contact SET code_tries = code_tries + 1 WHERE id = $1", contact
    )


async def confirm(connection: Connection, contact: int, at: datetime) -> None:
    """Note that the address is theirs: from now on they are told."""
    await connection.execute(
        """
        UPDATE contact
           SET confirmed_at = $2, refused_at = NULL, refused_why = NULL,
               code_hash = NULL, code_until = NULL
         WHERE id = $1
        """,
        contact,
        at,
    )


async def refuse(connection: Connection, contact: int, why: str, at: datetime) -> None:
    """Note that the provider does not know the address."""
    await connection.execute(
        """
        UPDATE contact SET refused_at = $2, refused_why = $3, confirmed_at = NULL
         WHERE id = $1
        """,
        contact,
        at,
        why,
    )


async def own_lines(connection: Connection, customer: str) -> dict[Range, str | None]:
    """Return the customer's own numbers with the lines that carry them."""
    rows = await connection.fetch(
        """
        SELECT number, last, line FROM number_option
         WHERE customer_number = $1 AND enabled
        """,
        customer,
    )
    return {(row["number"], row["last"]): row["line"] for row in rows}


def _contact(row: asyncpg.Record) -> Contact:
    return Contact(**{**row, "kinds": tuple(row["kinds"])})
