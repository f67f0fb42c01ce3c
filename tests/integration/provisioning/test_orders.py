"""Orders on real PostgreSQL: accepted, refused, given back."""

import json
from datetime import timedelta
from typing import Any

import pytest

from chassis.errors import Rejected
from contracts.orders import OrderPosition
from contracts.products import ELIGIBLE_PRODUCTS
from provisioning.store.orders import OrderStore
from provisioning.usecases.orders import accept_order
from support.provisioning import NOON, OFFICE, ONE, RIVAL, TODAY, TWO, day
from support.provisioning_world import World, order_placed


class TestCatalogue:
    async def test_agrees_with_the_contracts(self, world: World) -> None:
        rows = await world.pool.fetch("SELECT key, name FROM product WHERE eligible")

        assert {row["key"]: row["name"] for row in rows} == dict(ELIGIBLE_PRODUCTS)

    async def test_has_products_without_the_option(self, world: World) -> None:
        product = await OrderStore(world.pool).product("mobile-business")  # type: ignore[arg-type]  # a pool does for one query

        assert product
        assert not product.eligible


class TestAcceptOrder:
    @pytest.mark.parametrize("product", ELIGIBLE_PRODUCTS)
    async def test_serves_each_of_the_nine_products(
        self, world: World, product: str
    ) -> None:
        extension = "17" if product == "centrex-premium" else None
        await world.place(product=product)
        await world.port(extension=extension)

        confirmed, _, enabled = await world.told()

        assert confirmed["outcome"] == "accepted"
        assert enabled["type"] == "OptionEnabled"
        assert enabled["product"] == product
        assert enabled["extension"] == extension
        assert enabled["opened_on"] == TODAY.isoformat()

    @pytest.mark.parametrize("said", ["ecotel sipTrunk 2.0", "SIPTRUNK 2.0"])
    async def test_knows_a_product_by_its_name(self, world: World, said: str) -> None:
        await world.place(product=said)
        await world.place("X-1", product=said, extends_order_id="P-1", channel="mail")
        await world.port()

        first, second = (event for event in await world.told() if "outcome" in event)
        [enabled] = await world.told("OptionEnabled")
        assert (first["outcome"], second["outcome"]) == ("accepted", "accepted")
        assert first["content"]["product"] == enabled["product"] == "sip-trunk-2.0"

    async def test_answers_once_whatever_the_message_id(self, world: World) -> None:
        await world.give(accept_order, order_placed(), "m-1")
        await world.give(accept_order, order_placed(), "m-1")
        await world.give(accept_order, order_placed(), "m-2")

        assert [event["outcome"] for event in await world.told()] == ["accepted"]

    async def test_tells_the_portal_what_was_ordered(self, world: World) -> None:
        await world.place(positions=(OrderPosition(name="sipTrunk", quantity=2),))
        await world.place("X-1", extends_order_id="P-1", channel="mail")
        await world.place(
            "X-2", extends_order_id="X-1", channel="phone", placed_by="agent"
        )

        first, _, third = (event["content"] for event in await world.told())

        assert first["positions"] == [{"name": "sipTrunk", "quantity": 2}]
        assert third == {
            "product": "sip-trunk-2.0",
            "positions": [],
            "option": True,
            "extends_order_id": "P-1",
            "channel": "phone",
            "placed_by": "agent",
            "placed_at": "2026-11-01T08:00:00Z",
        }

    async def test_keeps_the_positions_as_they_are_printed(self, world: World) -> None:
        positions = (
            OrderPosition(name="office-flat NGN Neo"),
            OrderPosition(name="Express-Entstör-Service", quantity=2),
        )
        await world.place(positions=positions)

        rows = await world.pool.fetch("SELECT * FROM order_position ORDER BY place")

        assert [(row["name"], row["quantity"]) for row in rows] == [
            ("office-flat NGN Neo", 1),
            ("Express-Entstör-Service", 2),
        ]

    async def test_refuses_an_order_number_of_somebody_else(self, world: World) -> None:
        await world.place()

        with pytest.raises(Rejected, match="another customer"):
            await world.place(customer_number=RIVAL)

    @pytest.mark.parametrize(
        ("product", "code"),
        [("mobile-business", "product_not_eligible"), ("fax", "unknown_product")],
    )
    async def test_refuses_other_products_and_names_the_nine(
        self, world: World, product: str, code: str
    ) -> None:
        await world.place(product=product)
        await world.port()

        confirmed, line = await world.told()

        assert (confirmed["outcome"], confirmed["code"]) == ("refused", code)
        assert all(name in confirmed["reason"] for name in ELIGIBLE_PRODUCTS.values())
        assert line["type"] == "LineConnected"
        kept = await world.pool.fetchrow("SELECT * FROM customer_order")
        assert kept
        assert kept["refusal_reason"] == confirmed["reason"]

    async def test_accepts_a_product_order_without_the_option(
        self, world: World
    ) -> None:
        await world.place(option=False)
        await world.port()

        assert await world.enabled() == []
        live = await world.pool.fetchval("SELECT status FROM movement")
        assert live == "live"


class TestAddOn:
    async def test_opens_live_numbers_at_once(self, world: World) -> None:
        await world.place(option=False)
        await world.port()
        await world.port(TWO, effective_on=day(1))

        await world.place(
            "X-1", extends_order_id="P-1", channel="phone", placed_at=NOON
        )
        assert await world.enabled() == [ONE]
        await world.begin(day(1))

        assert await world.enabled() == [ONE, TWO]
        assert {e["order_id"] for e in await world.told("OptionEnabled")} == {"P-1"}

    @pytest.mark.parametrize("in_order", [True, False])
    async def test_that_overtakes_its_order_is_taken_when_it_comes(
        self, world: World, *, in_order: bool
    ) -> None:
        await world.port()
        add_on = {"channel": "phone", "placed_at": NOON}
        placing: list[dict[str, Any]] = [
            {"order_id": "P-1", "option": False},
            {"order_id": "X-1", "extends_order_id": "P-1", **add_on},
            {"order_id": "X-2", "extends_order_id": "X-1", **add_on},
            {"order_id": "X-3", "extends_order_id": "P-1", "product": "pmx-ngn"},
            {"order_id": "X-4", "extends_order_id": "P-9", **add_on},
        ]
        for order in placing if in_order else reversed(placing):
            await world.place(**order)

        answers = await world.told("OrderConfirmed")
        last = {each["order_id"]: (each["outcome"], each["code"]) for each in answers}
        assert last == {
            "P-1": ("accepted", None),
            "X-1": ("accepted", None),
            "X-2": ("accepted", None),
            "X-3": ("refused", "other_product"),
            "X-4": ("refused", "unknown_order"),
        }
        assert await world.enabled() == [ONE]
        extended = await world.pool.fetch(
            "SELECT extends_order_id FROM customer_order WHERE order_id = 'X-2'"
        )
        assert [row[0] for row in extended] == ["P-1"]

    @pytest.mark.parametrize("customer", [OFFICE, RIVAL])
    async def test_to_an_unknown_or_foreign_order_is_refused(
        self, world: World, customer: str
    ) -> None:
        await world.place("P-1" if customer == RIVAL else "P-0")

        await world.place(
            "X-1", extends_order_id="P-1", channel="mail", customer_number=customer
        )

        assert (await world.told())[-1]["code"] == "unknown_order"


class TestCancelOrder:
    async def test_ends_all_numbers_at_once(self, world: World) -> None:
        await world.place()
        await world.port()
        await world.port(TWO)

        assert await world.cancel()
        assert await world.cancel()

        ended = await world.told("OptionDisabled")
        assert {e["number"]: e["reason"] for e in ended} == {
            ONE: "cancelled",
            TWO: "cancelled",
        }
        answers = await world.told("OrderConfirmed")
        assert [e["outcome"] for e in answers] == ["accepted", "cancelled"]

    @pytest.mark.parametrize("is_late", [False, True])
    async def test_again_ends_the_add_on_that_brought_the_option_back(
        self, world: World, *, is_late: bool
    ) -> None:
        await world.place()
        await world.port()
        hours = [timedelta(hours=hour) for hour in (1, 2, 3)]
        add_on: dict[str, Any] = {"extends_order_id": "P-1", "channel": "phone"}
        await world.cancel(at=NOON + hours[2 if is_late else 0])
        await world.place("X-1", **add_on, placed_at=NOON + hours[1])
        assert len(await world.enabled()) == (1 if is_late else 2)

        await world.cancel(at=NOON + hours[0 if is_late else 2])
        await world.cancel(at=NOON + hours[2])

        assert (await world.tale())[-1][0] == "OptionDisabled"
        answers = await world.told("OrderConfirmed")
        given_back = [e["cancelled_at"] for e in answers if e["order_id"] == "P-1"]
        assert given_back == [None] + ["2026-11-23T14:00:00Z"] * is_late or [
            None,
            "2026-11-23T12:00:00Z",
            "2026-11-23T14:00:00Z",
        ]
        ids = await world.pool.fetch(
            "SELECT headers FROM outbox WHERE topic = 'OrderConfirmed'"
        )
        assert len({json.loads(row["headers"])["ce_id"] for row in ids}) == len(ids)

    async def test_that_overtakes_its_order_ends_it_cancelled(
        self, world: World
    ) -> None:
        assert not await world.cancel()
        await world.port()

        await world.place()

        answers = await world.told("OrderConfirmed")
        assert [e["outcome"] for e in answers] == ["cancelled"]
        assert await world.enabled() == []

    async def test_of_a_foreign_order_is_rejected_and_does_nothing(
        self, world: World
    ) -> None:
        await world.place()
        await world.port()

        with pytest.raises(Rejected) as refused:
            await world.cancel(customer=RIVAL)

        assert refused.value.code == "foreign_order"
        assert await world.told("OptionDisabled") == []

    async def test_of_a_refused_order_is_rejected(self, world: World) -> None:
        await world.place(product="mobile-business")

        with pytest.raises(Rejected) as refused:
            await world.cancel()

        assert refused.value.code == "refused_order"
