"""Accounts of customers and staff, and the customers themselves."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from chassis.errors import Unavailable
from chassis.postgres import Connection


@dataclass(frozen=True, slots=True)
class Account:
    """Who may log in; `posted_hash` is of the password in his letter."""

    id: int
    role: str
    customer_number: str | None
    username: str | None
    username_key: str | None
    password_hash: str | None
    posted_hash: str | None
    posted_until: datetime | None
    posted_resets_factor: bool
    factor_secret: bytes | None
    factor_since: datetime | None
    factor_step: int
    factor_offer: bytes | None

    @property
    def has_factor(self) -> bool:
        """Tell whether a log-in takes a second step."""
        return self.factor_secret is not None

    @property
    def name(self) -> str:
        """Return how the account is called in audits and events."""
        return self.username or self.customer_number or str(self.id)


_COLUMNS = """id, role, customer_number, username, username_key, password_hash,
              posted_hash, posted_until, posted_resets_factor, factor_secret,
              factor_since, factor_step, factor_offer"""


async def by_name(connection: Connection, name: str, key: str) -> Account | None:
    """
    Return the account with this user name or, for a letter, customer number.

    However that is typed; of two that differ in case alone, the one it was typed as.
    """
    row = await connection.fetchrow(
        f"""
        SELECT {_COLUMNS}
          FROM account
         WHERE username_key = $2 OR customer_number = $1
            OR lower(customer_number) = $2
         ORDER BY username_key = $2 DESC NULLS LAST, customer_number = $1 DESC
         LIMIT 1
        """,  # noqa: S608 - a constant of this module
        name,
        key,
    )
    return Account(**row) if row else None


async def by_id(connection: Connection, account: int) -> Account:
    """Return the account, locked until commit."""
    row = await connection.fetchrow(
        f"SELECT {_COLUMNS} FROM account WHERE id = $1 FOR UPDATE",  # noqa: S608
        account,
    )
    if row is None:
        raise Unavailable("the account is gone")
    return Account(**row)


async def name_is_taken(connection: Connection, key: str, *, but: int) -> bool:
    """Tell whether another account has the name, or a customer has it as number."""
    return bool(
        await connection.fetchval(
            """
            SELECT EXISTS (
                SELECT FROM account
                 WHERE (username_key = $1 OR lower(customer_number) = $1)
                   AND id <> $2)
            """,
            key,
            but,
        )
    )


async def set_credentials(
    connection: Connection, account: int, username: str, key: str, password_hash: str
) -> bool:
    """Give it a name and password of its own; False when the name is taken."""
    try:
        async with connection.transaction():
            await connection.execute(
                """
                UPDATE account
                   SET username = $2, username_key = $3, password_hash = $4,
                       posted_hash = NULL, posted_until = NULL,
                       posted_resets_factor = false
                 WHERE id = $1
                """,
                account,
                username,
                key,
                password_hash,
            )
    except asyncpg.UniqueViolationError:
        return False
    return True


async def set_password(connection: Connection, account: int, hashed: str) -> None:
    """Keep the same password under newer hash settings."""
    await connection.execute(
        "UPDATE account SET password_hash = $2 WHERE id = $1", account, hashed
    )


async def set_username(
    connection: Connection, account: int, username: str, key: str
) -> bool:
    """Give it another name; False when the name is taken."""
    try:
        async with connection.transaction():
            await connection.execute(
                "UPDATE account SET username = $2, username_key = $3 WHERE id = $1",
                account,
                username,
                key,
            )
    except asyncpg.UniqueViolationError:
        return False
    return True


async def set_posted(
    connection: Connection,
    customer_number: str,
    hashed: str,
    until: datetime,
    *,
    resets_factor: bool = False,
) -> None:
    """Let the password of a new letter open the change form, and of no older one."""
    await connection.execute(
        """
        UPDATE account
           SET posted_hash = $2, posted_until = $3, posted_resets_factor = $4
         WHERE customer_number = $1
        """,
        customer_number,
        hashed,
        until,
        resets_factor,
    )


async def add_customer(
    connection: Connection,
    customer_number: str,
    *,
    name: str,
    address: str,
    countries: list[str],
    by: str,
    at: datetime,
) -> bool:
    """Open a customer with an account; False when the number is in use."""
    done = await connection.execute(
        """
        INSERT INTO customer (customer_number, name, address, allowed_countries,
                              created_by, created_at)
             SELECT $1, $2, $3, $4, $5, $6
              WHERE NOT EXISTS (SELECT FROM account
                                 WHERE username_key = lower($1)
                                    OR lower(customer_number) = lower($1))
        ON CONFLICT DO NOTHING
        """,
        customer_number,
        name,
        address,
        countries,
        by,
        at,
    )
    if done != "INSERT 0 1":
        return False
    await connection.execute(
        """
        INSERT INTO account (role, customer_number, created_at)
             VALUES ('customer', $1, $2)
        """,
        customer_number,
        at,
    )
    return True


async def add_staff(
    connection: Connection,
    username: str,
    key: str,
    password_hash: str,
    at: datetime,
    *,
    role: str,
) -> bool:
    """Create an agent or operator, or renew his password; True when new."""
    return bool(
        await connection.fetchval(
            """
            INSERT INTO account (role, username, username_key, password_hash,
                                 created_at)
                 VALUES ($5, $1, $2, $3, $4)
            ON CONFLICT (username_key) DO UPDATE
                    SET password_hash = excluded.password_hash
                  WHERE account.role = $5
              RETURNING xmax = 0
            """,
            username,
            key,
            password_hash,
            at,
            role,
        )
    )


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer as the carrier knows him."""

    customer_number: str
    name: str
    address: str
    allowed_countries: list[str]
    created_at: datetime


async def spelled(connection: Connection, customer_number: str) -> str | None:
    """Return a customer number as it is known, however it was typed."""
    known: str | None = await connection.fetchval(
        """
        SELECT customer_number FROM account
         WHERE lower(customer_number) = lower($1)
         ORDER BY customer_number = $1 DESC
         LIMIT 1
        """,
        customer_number,
    )
    return known


async def customer(connection: Connection, customer_number: str) -> Customer | None:
    """Return one customer."""
    row = await connection.fetchrow(
        """
        SELECT customer_number, name, address, allowed_countries, created_at
          FROM customer
         WHERE customer_number = $1
        """,
        customer_number,
    )
    return Customer(**row) if row else None
