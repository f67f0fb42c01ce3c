"""The audit that cannot be changed unseen: every way to tamper, and what finds it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from chassis.errors import Rejected
from chassis.seals import Head, head, verify
from support.stack import Database, Stack, fresh_database

LONG_AGO = datetime(2025, 1, 1, 12, 0, tzinfo=UTC)
CUSTOMER, OTHER = "C-1001", "C-1002"

NOTE = """
    INSERT INTO audit (at, customer_number, actor, action, number, detail)
         VALUES ($1, $2, $3, $4, $5, $6)
"""


@pytest.fixture(scope="module")
async def audits(stack: Stack) -> AsyncIterator[Database]:
    async with fresh_database(stack) as fresh:
        yield fresh


@pytest.fixture
async def admin(audits: Database) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who may do everything, on an empty audit."""
    connection = await asyncpg.connect(audits.admin_url)
    await connection.execute("SET search_path = portal_gateway")
    await connection.execute("TRUNCATE audit, seal, seal_start RESTART IDENTITY")
    yield connection
    await connection.close()


@pytest.fixture
async def service(
    audits: Database,
    admin: asyncpg.Connection,  # noqa: ARG001 - empties the audit
) -> AsyncIterator[asyncpg.Connection]:
    """The role of the service; four rows are in the audit."""
    connection = await asyncpg.connect(audits.url("portal_gateway"))
    for n in range(4):
        await note(connection, at=LONG_AGO + timedelta(days=n))
    yield connection
    await connection.close()


async def note(
    connection: asyncpg.Connection,
    *,
    at: datetime = LONG_AGO,
    customer: str = CUSTOMER,
    actor: str = "firma",
    action: str = "forwarding_set",
) -> None:
    detail = '{"to": "+4915228817386"}'
    await connection.execute(NOTE, at, customer, actor, action, "+493023125042", detail)


async def found(
    connection: asyncpg.Connection, known: Head | None = None
) -> tuple[int | None, str] | None:
    broken = (await verify(connection, known)).broken
    return (broken.place, broken.what) if broken else None


async def test_an_untouched_audit_holds_whatever_the_session_is_set_to(
    service: asyncpg.Connection,
) -> None:
    await service.execute("SET timezone = 'Asia/Tokyo'")
    await note(service)

    verdict = await verify(service)

    assert (verdict.rows, verdict.erased, verdict.broken) == (5, 0, None)
    assert verdict.head == await head(service)


async def test_rows_are_sealed_in_the_order_of_their_commits(
    audits: Database, service: asyncpg.Connection
) -> None:
    slow = await asyncpg.connect(audits.url("portal_gateway"))
    transaction = slow.transaction()
    await transaction.start()
    await note(slow, action="first noted")
    await note(service, action="first committed")
    await transaction.commit()
    await slow.close()

    actions = await service.fetch(
        """
        SELECT a.action FROM seal s JOIN audit a ON a.id::text = s.row_key
         ORDER BY place DESC LIMIT 2
        """
    )
    assert [row["action"] for row in actions] == ["first noted", "first committed"]
    assert await found(service) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "TRUNCATE audit",
        "UPDATE seal SET hash = ''",
        "DELETE FROM seal",
        "INSERT INTO seal_start (place, hash) VALUES (9, '')",
        "DELETE FROM sealed",
        "ALTER TABLE audit DISABLE TRIGGER audit_sealed",
        "SELECT forget_seals(2)",
        "SELECT seal_one('9', '{}', '{}')",
    ],
)
async def test_the_service_itself_may_only_add(
    service: asyncpg.Connection, statement: str
) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await service.execute(statement)

    assert (await verify(service)).rows == 4


WAYS = {
    "an actor is another": ("UPDATE audit SET actor = 'x' WHERE id = 2", 2, "changed"),
    "a time is another": ("UPDATE audit SET at = now() WHERE id = 2", 2, "changed"),
    "a detail is another": (
        "UPDATE audit SET detail = '{}' WHERE id = 3",
        3,
        "the row was changed",
    ),
    "a row is gone": ("DELETE FROM audit WHERE id = 2", 2, "row is missing"),
    "a row and its seal are gone": (
        "DELETE FROM audit WHERE id = 2; DELETE FROM seal WHERE place = 2",
        3,
        "seals 2 to 2 are missing",
    ),
    "the chain is closed over a gap": (
        """
        DELETE FROM audit WHERE id = 2; DELETE FROM seal WHERE place = 2;
        UPDATE seal SET place = place - 1 WHERE place = 3;
        UPDATE seal SET place = place - 1 WHERE place = 4
        """,
        2,
        "seal was changed",
    ),
    "a row is put in without a seal": (
        """
        ALTER TABLE audit DISABLE TRIGGER audit_sealed;
        INSERT INTO audit (at, actor, action) VALUES (now(), 'x', 'y');
        ALTER TABLE audit ENABLE TRIGGER audit_sealed
        """,
        None,
        "never sealed",
    ),
    "a row is passed off as erased": (
        """
        UPDATE audit SET actor = 'x', detail = '{}' WHERE id = 2;
        UPDATE seal SET salt = NULL, erased_as = 'gone' WHERE place = 2
        """,
        2,
        "no later row tells the erasure",
    ),
    "an erased row did something else": (
        """
        UPDATE audit SET action = 'x' WHERE id = 2;
        UPDATE seal SET salt = NULL, erased_as = 'gone' WHERE place = 2
        """,
        2,
        "the row was changed",
    ),
    "the start is another": (
        r"""
        DELETE FROM audit WHERE id = 1; DELETE FROM seal WHERE place = 1;
        INSERT INTO seal_start (place, hash) VALUES (1, '\x00')
        """,
        2,
        "seal was changed",
    ),
}


@pytest.mark.parametrize("way", WAYS)
async def test_tampering_is_found_at_the_first_row_that_is_wrong(
    admin: asyncpg.Connection, service: asyncpg.Connection, way: str
) -> None:
    statement, place, what = WAYS[way]
    await admin.execute(statement)

    broken = (await verify(service)).broken

    assert broken
    assert broken.place == place
    assert what in broken.what


async def test_a_head_kept_elsewhere_finds_a_chain_made_anew(
    admin: asyncpg.Connection, service: asyncpg.Connection
) -> None:
    kept = await head(service)
    await admin.execute("UPDATE audit SET actor = 'x' WHERE id = 2; DELETE FROM seal")
    await admin.execute("SET timezone = 'UTC'")
    await admin.execute(
        """
        SELECT seal_one(id::text, to_jsonb(audit), '{id,at,action}')
          FROM audit ORDER BY id
        """
    )

    assert await found(service) is None
    assert await found(service, kept) == (
        4,
        "the chain was made anew: the known head has another hash",
    )


async def test_a_head_kept_elsewhere_finds_an_end_cut_off(
    admin: asyncpg.Connection, service: asyncpg.Connection
) -> None:
    kept = await head(service)
    await admin.execute(
        "DELETE FROM audit WHERE id = 4; DELETE FROM seal WHERE place=4"
    )

    assert await found(service) is None
    broken = await found(service, kept)
    assert broken == (None, "the known head is at place 4: newer rows were cut off")


async def test_forgetting_takes_the_oldest_and_the_chain_goes_on(
    service: asyncpg.Connection,
) -> None:
    kept = await head(service)

    gone = await service.fetchval(
        "SELECT forget_audit($1)", LONG_AGO + timedelta(days=2)
    )
    await note(service)

    assert gone == 2
    verdict = await verify(service, kept)
    assert (verdict.rows, verdict.broken, verdict.head.place) == (3, None, 5)
    assert await service.fetchval("SELECT min(id) FROM audit") == 3


async def test_everything_may_be_forgotten_and_the_chain_goes_on(
    service: asyncpg.Connection,
) -> None:
    before = LONG_AGO + timedelta(days=9)
    assert await service.fetchval("SELECT forget_audit($1)", before) == 4
    assert await service.fetchval("SELECT forget_audit($1)", before) == 0

    await note(service)

    assert (await verify(service)).head.place == 5
    assert await found(service) is None


async def test_nobody_can_have_young_rows_forgotten(
    service: asyncpg.Connection,
) -> None:
    with pytest.raises(asyncpg.RaiseError, match="30 days"):
        await service.execute("SELECT forget_audit('infinity')")


class TestErasing:
    async def erase(self, service: asyncpg.Connection) -> int:
        await note(service, customer=OTHER, actor="others", action="a misdeed")
        erased: int = await service.fetchval(
            "SELECT erase_from_audit($1, $2, $3, $4, $5)",
            CUSTOMER,
            ["firma"],
            "erased-1",
            "hotline",
            LONG_AGO,
        )
        return erased

    async def test_leaves_a_chain_that_holds(self, service: asyncpg.Connection) -> None:
        kept = await head(service)

        assert await self.erase(service) == 4

        verdict = await verify(service, kept)
        assert (verdict.rows, verdict.erased, verdict.broken) == (6, 4, None)

    async def test_leaves_nothing_of_the_customer(
        self, service: asyncpg.Connection
    ) -> None:
        await self.erase(service)

        rows = await service.fetch(
            "SELECT to_jsonb(audit)::text AS row FROM audit WHERE actor <> 'others'"
        )
        left = " ".join(row["row"] for row in rows)
        for secret in (CUSTOMER, "firma", "+4930", "+4915"):
            assert secret not in left
        salts = "SELECT count(*) FROM seal WHERE erased_as IS NOT NULL"
        assert await service.fetchval(f"{salts} AND salt IS NOT NULL") == 0

    async def test_cannot_hide_more_than_it_told(
        self, admin: asyncpg.Connection, service: asyncpg.Connection
    ) -> None:
        await self.erase(service)
        await admin.execute(
            """
            UPDATE audit SET detail = '{}', actor = 'x' WHERE action = 'a misdeed';
            UPDATE seal SET salt = NULL, erased_as = 'erased-1'
             WHERE row_key = (SELECT id::text FROM audit WHERE action = 'a misdeed')
            """
        )

        place, what = await found(service) or (None, "")
        assert place == 1
        assert "no later row tells the erasure" in what


@pytest.mark.parametrize("written", ["", "1", "x:" + "a" * 64, "1:abc"])
def test_a_head_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(Rejected, match="A head looks like"):
        Head.read(written)


def test_a_head_is_read_as_it_is_written() -> None:
    assert str(Head.read(f" 12:{'A' * 64}\n")) == f"12:{'a' * 64}"
