"""A customer's data: all of it in one file, and all of it gone when he has left."""

from datetime import date, datetime, timedelta
from typing import Any, Literal

import asyncpg
import httpx
import pytest

from chassis.inbox import Received
from chassis.seals import verify
from contracts.customers import CustomerErased
from contracts.event import Event, new_id
from contracts.forwardings import ForwardingFailed
from contracts.numbers import NumberPorted
from contracts.orders import OrderConfirmed, OrderContent
from portal_gateway.store import diversions
from portal_gateway.store.personal import OF_THE_CUSTOMER
from portal_gateway.usecases import personal
from support.portal import (
    MOBILE,
    NOON,
    SINGLE,
    TODAY,
    Portal,
    applied,
    cleared,
    connected,
    disabled,
    enabled,
    outage,
)
from support.stack import Database

MAIL = "buero@kunde.example"
NAME, ADDRESS, USER = "Firma C-1001", "Musterweg 1", "firma C-1001"
A_DAY = timedelta(days=1)
NOT_PERSONAL = {"inbox", "outbox", "dead_letter", "seal", "seal_start", "sealed"}


CONTACT = """
    INSERT INTO contact (customer_number, channel, address, language, kinds,
                         confirmed_at, code_hash, created_by, created_at)
         VALUES ('C-1001', 'email', $1, 'de', '{outage_began}', $2, '\\x00', 'x', $2)
"""


def order_of_old(placed_at: datetime) -> OrderConfirmed:
    """Return the answer to an order that C-1001 placed by another channel."""
    content = OrderContent(
        product="sip-trunk-2.0",
        option=True,
        channel="product_order",
        placed_by="C-1001",
        placed_at=placed_at,
    )
    return OrderConfirmed(
        order_id="SO-1",
        customer_number="C-1001",
        outcome="accepted",
        content=content,
        confirmed_at=placed_at,
    )


@pytest.fixture
async def agent(portal: Portal) -> httpx.AsyncClient:
    return await portal.agent()


@pytest.fixture
async def customer(portal: Portal, agent: httpx.AsyncClient) -> httpx.AsyncClient:
    """A customer who used everything there is, and another one beside him."""
    await portal.customer("C-2002")
    client = await portal.customer("C-1001")
    order = {"product": "office-flat-ngn", "option": True, "channel": "phone"}
    await agent.post("/orders", params={"customer_number": "C-1001"}, json=order)
    await portal.tell(connected(), enabled(SINGLE))
    await client.put(f"/forwardings/{SINGLE}", json={"target": MOBILE, "enabled": True})
    await portal.answer()
    await portal.gateway.service.pool.execute(CONTACT, MAIL, NOON)
    file = f"Rufnummer;Zielnummer\n{SINGLE};{MOBILE}\n".encode()
    headers = {"Content-Type": "text/csv"}
    await client.post("/imports", content=file, headers=headers)
    await agent.post("/customers/C-1001/letters", json={})
    await portal.tell(outage(), applied(SINGLE), cleared())
    return client


async def leaves(portal: Portal) -> None:
    """End the contract: the option is disabled for all numbers."""
    await portal.tell(disabled(SINGLE))


def ported(direction: Literal["in", "out"], on: date) -> NumberPorted:
    return NumberPorted(
        number=SINGLE,
        customer_number="C-1001",
        line="L1",
        effective_on=on,
        direction=direction,
    )


async def everything(database: Database) -> dict[str, str]:
    """Return the rows of every table as text."""
    admin = await asyncpg.connect(database.admin_url)
    await admin.execute("SET search_path = portal_gateway")
    try:
        tables = await admin.fetch(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'portal_gateway'"
        )
        return {
            name: str(
                await admin.fetchval(
                    f"SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]')::text FROM {name} t"  # noqa: S608 - names of our tables
                )
            )
            for (name,) in tables
        }
    finally:
        await admin.close()


async def erase(
    agent: httpx.AsyncClient, number: str = "C-1001", repeated: str | None = None
) -> httpx.Response:
    body = {"repeated_customer_number": repeated or number}
    return await agent.post(f"/customers/{number}/erasure", json=body)


class TestExport:
    async def test_has_every_table_that_knows_the_customer(
        self, empty_database: Database
    ) -> None:
        admin = await asyncpg.connect(empty_database.admin_url)
        rows = await admin.fetch(
            """
            SELECT table_name FROM information_schema.columns
             WHERE table_schema = 'portal_gateway' AND column_name = 'customer_number'
            """
        )
        await admin.close()

        known = OF_THE_CUSTOMER.keys() | {"erasure_waiting"}  # here nobody waits
        assert {row["table_name"] for row in rows} <= known

    async def test_shows_the_customer_all_that_is_his(
        self, portal: Portal, customer: httpx.AsyncClient
    ) -> None:
        told = (await customer.get("/data")).json()

        data: dict[str, Any] = told["data"]
        assert told["customer_number"] == "C-1001"
        assert data["customer"][0]["address"] == ADDRESS
        assert data["account"][0]["username"] == USER
        assert data["contact"][0]["address"] == MAIL
        assert data["wish"][0]["wished"]["target"] == MOBILE
        assert data["diversion"][0]["target"] == MOBILE
        assert data["rule_import"][0]["rows"][0]["number"] == SINGLE
        assert all(data[table] for table in ("product_order", "letter", "notice"))
        assert "rule_set" in {row["action"] for row in data["audit"]}
        assert "C-2002" not in str(told)
        assert "data_exported" in await portal.actions()

    async def test_names_no_hash_and_no_secret(
        self, customer: httpx.AsyncClient
    ) -> None:
        told = (await customer.get("/data")).text

        for secret in ("hash", "secret", "token", "code_tries"):
            assert f"{secret}" not in told.replace("are kept as hashes", "")

    async def test_an_agent_gets_it_and_it_is_kept(
        self, portal: Portal, agent: httpx.AsyncClient, customer: httpx.AsyncClient
    ) -> None:
        params = {"customer_number": "C-1001"}
        told = (await agent.get("/data", params=params)).json()

        assert told["data"]["customer"][0]["name"] == NAME
        assert (await portal.actions())[-1] == "data_exported"
        own = (await customer.get("/history")).json()
        assert "data_exported" in str(own)

    async def test_of_somebody_else_is_404(self, customer: httpx.AsyncClient) -> None:
        params = {"customer_number": "C-2002"}
        assert (await customer.get("/data", params=params)).status_code == 404


class TestErasure:
    async def test_is_refused_while_a_number_is_active(
        self, portal: Portal, agent: httpx.AsyncClient, customer: httpx.AsyncClient
    ) -> None:
        answer = await erase(agent)

        assert (answer.status_code, answer.json()["code"]) == (409, "numbers_active")
        assert (await customer.get("/forwardings")).status_code == 200
        assert await portal.sent("CustomerErased") == []

    @pytest.mark.parametrize(
        ("leaving", "code"),
        [(None, 409), (TODAY + A_DAY, 409), (TODAY, 200), (TODAY - A_DAY, 409)],
    )
    async def test_is_refused_until_his_last_number_has_left(
        self,
        portal: Portal,
        agent: httpx.AsyncClient,
        customer: httpx.AsyncClient,
        leaving: date | None,
        code: int,
    ) -> None:
        del customer
        await portal.tell(ported("in", TODAY))
        await leaves(portal)
        if leaving:
            await portal.tell(ported("out", leaving))

        answer = await erase(agent)

        assert answer.status_code == code
        assert len(await portal.sent("CustomerErased")) == (code == 200)

    async def test_is_refused_unless_the_number_is_typed_once_more(
        self, portal: Portal, agent: httpx.AsyncClient, customer: httpx.AsyncClient
    ) -> None:
        await leaves(portal)

        answer = await erase(agent, repeated="C-2002")

        assert answer.json()["code"] == "erasure_not_confirmed"
        assert (await customer.get("/forwardings")).status_code == 200

    async def test_is_for_agents_alone(
        self, portal: Portal, customer: httpx.AsyncClient
    ) -> None:
        await leaves(portal)

        assert (await erase(customer)).status_code == 403
        operator = await portal.operator()
        assert (await erase(operator)).status_code == 403

    async def test_leaves_nothing_that_names_him(
        self,
        portal: Portal,
        agent: httpx.AsyncClient,
        customer: httpx.AsyncClient,
        empty_database: Database,
    ) -> None:
        await leaves(portal)
        assert list(portal.letters_dir.glob("*.pdf"))

        pseudonym = (await erase(agent)).json()["pseudonym"]

        left = await everything(empty_database)
        for table in left.keys() - NOT_PERSONAL:
            for secret in ("C-1001", NAME, USER, MAIL, MOBILE, SINGLE):
                assert secret not in left[table], table
        assert pseudonym in left["product_order"]
        assert pseudonym in left["audit"]
        assert "C-2002" in left["customer"]
        assert list(portal.letters_dir.glob("*C-1001*")) == []
        assert (await customer.get("/forwardings")).status_code == 401

    @pytest.mark.parametrize("again", [True, False])
    async def test_leaves_nothing_of_what_is_told_of_him_late(
        self,
        portal: Portal,
        agent: httpx.AsyncClient,
        customer: httpx.AsyncClient,
        empty_database: Database,
        *,
        again: bool,
    ) -> None:
        del customer
        await leaves(portal)
        if again:
            await erase(agent)
        late: list[Event] = [
            applied(SINGLE, in_effect=False, causes=(), version=9),
            ForwardingFailed(
                number=SINGLE,
                customer_number="C-1001",
                code="switch_timeout",
                attempts=3,
                version=10,
                failed_at=NOON,
            ),
            disabled(SINGLE, version=9),
            connected().model_copy(update={"gone": True, "version": 9}),
            ported("out", TODAY),
            ported("in", TODAY),
        ]

        await portal.tell(*late)
        await portal.tell_together(*late, applied(SINGLE, customer="C-2002"))
        if not again:
            await portal.tell(disabled(SINGLE, version=11), ported("out", TODAY))
            await erase(agent)

        left = await everything(empty_database)
        for table in left.keys() - NOT_PERSONAL:
            assert "C-1001" not in left[table], table
        if again:
            assert "C-2002" in left["applied"]

    async def test_does_not_keep_out_who_comes_back(
        self, portal: Portal, agent: httpx.AsyncClient, customer: httpx.AsyncClient
    ) -> None:
        del customer
        await leaves(portal)
        await erase(agent)
        portal.clock.move(timedelta(minutes=5))

        await portal.tell(
            enabled(SINGLE, version=11), connected(), applied(SINGLE, version=12)
        )
        back = await portal.customer("C-1001")

        [entry] = (await back.get("/forwardings")).json()["forwardings"]
        assert (entry["number"], entry["state"]) == (SINGLE, "diverted")

    @pytest.mark.parametrize("hours", [-1, 1])
    async def test_leaves_no_order_that_is_answered_late(
        self,
        portal: Portal,
        agent: httpx.AsyncClient,
        customer: httpx.AsyncClient,
        hours: int,
    ) -> None:
        """Unless he ordered afterwards: then he is a customer again."""
        del customer
        await leaves(portal)
        await erase(agent)
        portal.clock.move(timedelta(hours=2))

        await portal.tell(order_of_old(NOON + timedelta(hours=hours)))

        back = await portal.customer("C-1001")
        found = (await back.get("/orders")).json()["orders"]
        assert [order["order_id"] for order in found] == ["SO-1"] * (hours > 0)

    async def test_leaves_no_order_of_who_never_had_an_account(
        self, portal: Portal, empty_database: Database
    ) -> None:
        event = CustomerErased(
            customer_number="C-1001",
            pseudonym="erased-1",
            erased_by="hotline",
            erased_at=NOON,
        )
        await portal.tell(order_of_old(NOON))
        async with portal.gateway.transaction() as connection:
            received = Received(event, new_id(), NOON)
            await personal.erase_again(portal.gateway, received, connection)

        left = await everything(empty_database)
        assert "C-1001" not in left["product_order"]
        assert "erased-1" in left["product_order"]

    async def test_leaves_an_audit_that_holds(
        self, portal: Portal, agent: httpx.AsyncClient, customer: httpx.AsyncClient
    ) -> None:
        del customer
        await leaves(portal)
        await erase(agent)

        async with portal.gateway.service.pool.acquire() as connection:
            verdict = await verify(connection)

        assert verdict.broken is None
        assert verdict.erased > 3
        assert "customer_erased" in await portal.actions()

    async def test_is_told_to_the_others(
        self, portal: Portal, agent: httpx.AsyncClient, customer: httpx.AsyncClient
    ) -> None:
        del customer
        await leaves(portal)
        pseudonym = (await erase(agent)).json()["pseudonym"]

        [told] = await portal.sent("CustomerErased")
        assert told["customer_number"] == "C-1001"
        assert told["pseudonym"] == pseudonym
        assert told["erased_by"] == "hotline"

    async def test_happens_again_to_whom_a_back_up_brought_back(
        self, portal: Portal, customer: httpx.AsyncClient, empty_database: Database
    ) -> None:
        del customer
        event = CustomerErased(
            customer_number="C-1001",
            pseudonym="erased-1",
            erased_by="hotline",
            erased_at=NOON,
        )
        assert any("C-1001" in path.name for path in portal.letters_dir.iterdir())
        for _ in range(2):
            async with portal.gateway.transaction() as connection:
                received = Received(event, new_id(), NOON)
                await personal.erase_again(portal.gateway, received, connection)

        assert not any("C-1001" in path.name for path in portal.letters_dir.iterdir())
        # As of a message that was taken in at the same moment.
        async with portal.gateway.transaction() as connection:
            await diversions.apply(connection, [applied(SINGLE)])
        async with portal.gateway.transaction() as connection:
            await personal.erase_again(portal.gateway, received, connection)

        left = await everything(empty_database)
        known = left["customer"] + left["wish"] + left["audit"] + left["applied"]
        assert "C-1001" not in known
        assert (await portal.actions()).count("customer_erased") == 1

    async def test_does_not_happen_to_who_became_a_customer_again_since(
        self, portal: Portal, customer: httpx.AsyncClient
    ) -> None:
        event = CustomerErased(
            customer_number="C-1001",
            pseudonym="erased-1",
            erased_by="hotline",
            erased_at=NOON - timedelta(days=1),
        )
        async with portal.gateway.transaction() as connection:
            received = Received(event, new_id(), NOON)
            await personal.erase_again(portal.gateway, received, connection)

        assert (await customer.get("/orders")).status_code == 200
        assert any("C-1001" in path.name for path in portal.letters_dir.iterdir())

    async def test_of_nobody_is_404(self, agent: httpx.AsyncClient) -> None:
        assert (await erase(agent, "C-9")).status_code == 404
