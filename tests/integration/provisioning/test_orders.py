"""Orders on real PostgreSQL: accepted, refused, given back."""

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

    async def test_answers_once_whatever_the_message_id(self, world: World) -> None:
        await world.give(accept_order, order_placed(), "m-1")
        await world.give(accept_order, order_placed(), "m-1")
        await world.give(accept_order, order_placed(), "m-2")

        assert [event["outcome"] for event in await world.told()] == ["accepted"]

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
