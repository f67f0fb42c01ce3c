"""Ordering the option, with a product or later, and giving it back."""

import re
from datetime import date, timedelta
from typing import Any

import httpx
import pytest

from contracts.numbers import NumberPorted, NumberProvisioned
from contracts.orders import OrderConfirmed, OrderContent, OrderPosition
from contracts.products import ELIGIBLE_PRODUCTS
from support.portal import (
    BLOCK,
    BLOCK_END,
    MOBILE,
    NOON,
    OTHER_SINGLE,
    SINGLE,
    TODAY,
    Portal,
    disabled,
    enabled,
)

FLYER = {
    "product": "office-flat-ngn",
    "positions": [
        {"name": "office-flat NGN Neo", "quantity": 1},
        {"name": "Express-Entstör-Service VDSL max. 8 Stunden", "quantity": 2},
    ],
}
LATER = TODAY + timedelta(days=3)


def confirmed(
    order_id: str, outcome: str = "accepted", **more: object
) -> OrderConfirmed:
    fields: dict[str, object] = {
        "order_id": order_id,
        "customer_number": "C-1001",
        "outcome": outcome,
        "confirmed_at": NOON,
    }
    return OrderConfirmed(**fields | more)


def ported(number: str, on: date = LATER, **more: object) -> NumberPorted:
    fields: dict[str, object] = {
        "number": number,
        "customer_number": "C-1001",
        "line": "L1",
        "effective_on": on,
    }
    return NumberPorted(**fields | more)


async def placed(client: httpx.AsyncClient) -> str:
    answer = await client.post("/orders", json=FLYER)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["order_id"])


class TestPlace:
    async def test_tells_provisioning_and_shows_the_positions(
        self, portal: Portal
    ) -> None:
        customer = await portal.customer()

        order_id = await placed(customer)

        [event] = await portal.sent("OrderPlaced")
        assert (event["order_id"], event["channel"]) == (order_id, "portal")
        assert event["option"] is True
        order = (await customer.get(f"/orders/{order_id}")).json()
        assert order["state"] == "placed"
        assert order["positions"] == FLYER["positions"]
        assert order["option"] == {"state": "ordered", "opens_on": None}

    @pytest.mark.parametrize("product", ["ethernet-connect", "", "x" * 64])
    async def test_refuses_other_products_and_names_the_nine(
        self, portal: Portal, product: str
    ) -> None:
        customer = await portal.customer()

        answer = await customer.post("/orders", json={"product": product})

        assert (answer.status_code, answer.json()["code"]) == (
            422,
            "product_not_eligible",
        )
        assert all(
            name in answer.json()["detail"] for name in ELIGIBLE_PRODUCTS.values()
        )
        assert await portal.sent("OrderPlaced") == []

    async def test_takes_any_product_without_the_option(self, portal: Portal) -> None:
        customer = await portal.customer()

        body = {"product": "ethernet-connect", "option": False}

        assert (await customer.post("/orders", json=body)).status_code == 202

    @pytest.mark.parametrize("product", ELIGIBLE_PRODUCTS)
    async def test_takes_each_of_the_nine(self, portal: Portal, product: str) -> None:
        customer = await portal.customer()

        name = ELIGIBLE_PRODUCTS[product]

        for said in (product, name, name.lower()):
            answer = await customer.post("/orders", json={"product": said})
            order = answer.json()
            assert (order["product"], order["product_name"]) == (product, name)

    async def test_adds_the_option_to_an_order_once(self, portal: Portal) -> None:
        customer = await portal.customer()
        body = {"product": "sip-trunk-2.0", "option": False}
        product = (await customer.post("/orders", json=body)).json()["order_id"]
        agent = await portal.agent()
        add_on = {"extends_order_id": product, "customer_number": "C-1001"}

        first = await agent.post("/orders", json=add_on | {"channel": "mail"})
        again = await agent.post("/orders", json=add_on | {"channel": "phone"})

        assert first.json()["channel"] == "mail"
        assert first.json()["product"] == "sip-trunk-2.0"
        assert again.json()["code"] == "option_already_ordered"

    async def test_each_role_has_its_channels(self, portal: Portal) -> None:
        customer, agent = await portal.customer(), await portal.agent()

        by_customer = await customer.post("/orders", json=FLYER | {"channel": "phone"})
        by_agent = await agent.post(
            "/orders", json=FLYER | {"channel": "portal", "customer_number": "C-1001"}
        )
        for_nobody = await agent.post("/orders", json=FLYER)
        for_stranger = await agent.post(
            "/orders", json=FLYER | {"customer_number": "C-9"}
        )

        assert by_customer.json()["code"] == "channel_not_allowed"
        assert by_agent.json()["code"] == "channel_not_allowed"
        assert for_nobody.json()["code"] == "customer_number_missing"
        assert for_stranger.json()["code"] == "not_found"

    async def test_cannot_extend_a_foreign_order(self, portal: Portal) -> None:
        order_id = await placed(await portal.customer())
        stranger = await portal.customer("C-2002")

        answer = await stranger.post("/orders", json={"extends_order_id": order_id})

        assert answer.status_code == 404


class TestConfirmed:
    async def test_shows_what_provisioning_said_last(self, portal: Portal) -> None:
        customer = await portal.customer()
        order_id = await placed(customer)
        late = NOON + timedelta(hours=1)

        await portal.tell(
            confirmed(order_id, "refused", reason="kein Vertrag", confirmed_at=late),
            confirmed(order_id),
        )

        [order] = (await customer.get("/orders")).json()["orders"]
        assert (order["state"], order["reason"]) == ("refused", "kein Vertrag")

    @pytest.mark.parametrize("is_late", [False, True])
    async def test_ends_cancelled_whatever_the_clocks_said(
        self, portal: Portal, *, is_late: bool
    ) -> None:
        customer = await portal.customer()
        order_id = await placed(customer)
        ahead = NOON + timedelta(hours=1)
        told = [
            confirmed(order_id, confirmed_at=ahead),
            confirmed(order_id, "cancelled"),
        ]

        await portal.tell(*(reversed(told) if is_late else told))

        [order] = (await customer.get("/orders")).json()["orders"]
        assert order["state"] == "cancelled"


def elsewhere(order_id: str = "SO-2026/0815", **more: object) -> OrderConfirmed:
    """Return the first answer to an order that came by another channel."""
    content = OrderContent(
        product="sip-trunk-2.0",
        positions=(OrderPosition(name="sipTrunk 2.0", quantity=2),),
        option=True,
        channel="product_order",
        placed_by="online-shop",
        placed_at=NOON,
    )
    return confirmed(order_id, **{"content": content} | more)  # type: ignore[arg-type]  # as its caller says


class TestPlacedElsewhere:
    """By another channel, on the topic: the portal hears of it with its answer."""

    async def test_is_listed_and_shown_with_its_numbers_to_come(
        self, portal: Portal
    ) -> None:
        customer = await portal.customer()
        await portal.tell(ported(BLOCK, last=BLOCK_END, order_id="SO-2026/0815"))
        assert (await customer.get("/forwardings")).json()["forwardings"] == []

        await portal.tell(elsewhere())

        [listed] = (await customer.get("/orders")).json()["orders"]
        one = (await customer.get("/orders/SO-2026%2F0815")).json()
        assert (one["state"], one["placed_by"]) == ("accepted", "online-shop")
        assert one["positions"] == [{"name": "sipTrunk 2.0", "quantity": 2}]
        assert one["option"] == {"state": "coming", "opens_on": LATER.isoformat()}
        assert one == listed | {"numbers": one["numbers"]}
        assert [number["number"] for number in one["numbers"]] == [BLOCK]
        [entry] = (await customer.get("/forwardings")).json()["forwardings"]
        assert entry["opens_on"] == LATER.isoformat()

    @pytest.mark.parametrize("page", ["", "/SO-2026%2F0815"])
    async def test_has_its_page_and_its_whole_number_in_the_list(
        self, portal: Portal, page: str
    ) -> None:
        customer = await portal.customer()
        await portal.tell(elsewhere())

        answer = await customer.get(f"http://portal.test/auftraege{page}")

        assert answer.status_code == 200
        assert "SO-2026/0815" in answer.text
        assert "/auftraege/SO-2026/0815" in answer.text

    async def test_can_be_given_back_and_ordered_again(self, portal: Portal) -> None:
        customer, order_id = await portal.customer(), "SO-2026/0815"
        await portal.tell(elsewhere())

        answer = await customer.delete("/orders/SO-2026%2F0815")
        await portal.tell(confirmed(order_id, "cancelled", cancelled_at=NOON))
        portal.clock.move(timedelta(minutes=1))
        page = "http://portal.test/auftraege/SO-2026%2F0815"
        assert "/SO-2026/0815/option" in (await customer.get(page)).text
        again = await customer.post("/orders", json={"extends_order_id": order_id})

        assert answer.status_code == 202
        [told] = await portal.sent("OrderCancelled")
        assert told["order_id"] == order_id
        assert (again.status_code, again.json()["extends_order_id"]) == (202, order_id)

    async def test_is_shown_refused_with_the_reason(self, portal: Portal) -> None:
        customer = await portal.customer()

        await portal.tell(elsewhere(outcome="refused", code="x", reason="Kein Produkt"))

        [order] = (await customer.get("/orders")).json()["orders"]
        assert (order["state"], order["code"]) == ("refused", "x")
        assert order["reason"] == "Kein Produkt"

    async def test_waits_until_there_is_an_account(self, portal: Portal) -> None:
        await portal.tell(elsewhere())

        customer = await portal.customer()

        assert len((await customer.get("/orders")).json()["orders"]) == 1

    async def test_of_another_customer_shows_nothing_to_whose_number_it_has(
        self, portal: Portal
    ) -> None:
        mine, other = await portal.customer(), await portal.customer("C-2002")
        order_id = await placed(mine)

        await portal.tell(elsewhere(order_id, customer_number="C-2002"))

        [order] = (await mine.get("/orders")).json()["orders"]
        assert (order["state"], order["placed_by"]) == ("placed", "firma C-1001")
        assert (await other.get("/orders")).json()["orders"] == []
        assert (await other.get(f"/orders/{order_id}")).status_code == 404

    async def test_that_is_the_portal_s_own_changes_nothing_but_its_state(
        self, portal: Portal
    ) -> None:
        customer = await portal.customer()
        order_id = await placed(customer)
        before = (await customer.get(f"/orders/{order_id}")).json()

        for _ in range(2):
            await portal.tell(elsewhere(order_id))

        after = (await customer.get(f"/orders/{order_id}")).json()
        assert after == before | {"state": "accepted"}

    async def test_ends_add_ons_where_it_was_given_back_elsewhere(
        self, portal: Portal
    ) -> None:
        customer, minute = await portal.customer(), timedelta(minutes=1)
        await portal.tell(elsewhere())
        body = {"extends_order_id": "SO-2026/0815"}
        assert (await customer.post("/orders", json=body)).status_code == 409

        await portal.tell(
            elsewhere(outcome="cancelled", confirmed_at=NOON + 2 * minute),
            confirmed("SO-2026/0815", "cancelled", cancelled_at=NOON + minute),
        )
        portal.clock.move(3 * minute)

        assert (await customer.post("/orders", json=body)).status_code == 202


class TestGiveBack:
    async def test_tells_provisioning_once(self, portal: Portal) -> None:
        customer = await portal.customer()
        order_id = await placed(customer)

        first = await customer.delete(f"/orders/{order_id}")
        await customer.delete(f"/orders/{order_id}")

        assert (first.status_code, first.json()["cancelling"]) == (202, True)
        assert len(await portal.sent("OrderCancelled")) == 1
        late = NOON + timedelta(hours=1)
        await portal.tell(confirmed(order_id, "cancelled", confirmed_at=late))
        order = (await customer.get(f"/orders/{order_id}")).json()
        assert (order["state"], order["cancelling"]) == ("cancelled", False)

    async def test_again_takes_what_was_ordered_since(self, portal: Portal) -> None:
        customer, minute = await portal.customer(), timedelta(minutes=1)
        order_id = await placed(customer)
        await customer.delete(f"/orders/{order_id}")
        portal.clock.move(minute)
        body = {"extends_order_id": order_id}
        added = (await customer.post("/orders", json=body)).json()["order_id"]
        await portal.tell(
            confirmed(order_id, "cancelled", cancelled_at=NOON), confirmed(added)
        )
        portal.clock.move(minute)

        for _ in range(2):
            assert (await customer.delete(f"/orders/{order_id}")).status_code == 202

        told = await portal.sent("OrderCancelled")
        assert [event["cancelled_at"] for event in told] == [
            "2026-11-23T12:00:00Z",
            "2026-11-23T12:02:00Z",
        ]
        assert (await portal.actions()).count("order_cancelled") == 2
        orderable = await customer.post("/orders", json=body)
        assert orderable.status_code == 202

    @pytest.mark.parametrize("channel", ["phone", "mail"])
    async def test_of_an_add_on_again_leaves_the_next_one(
        self, portal: Portal, channel: str
    ) -> None:
        customer, agent = await portal.customer(), await portal.agent()
        body = {"product": "sip-trunk-2.0", "customer_number": "C-1001"}
        await agent.post("/orders", json=body | {"channel": "product_order"})
        ids = []
        for _ in range(2):
            portal.clock.move(timedelta(minutes=1))
            answer = await agent.post("/orders", json=body | {"channel": channel})
            ids.append(answer.json()["order_id"])

        for _ in range(2):
            await customer.delete(f"/orders/{ids[0]}")

        assert len(await portal.sent("OrderCancelled")) == 1

    async def test_needs_an_option(self, portal: Portal) -> None:
        customer = await portal.customer()
        body = {"product": "ethernet-connect", "option": False}
        order_id = (await customer.post("/orders", json=body)).json()["order_id"]

        answer = await customer.delete(f"/orders/{order_id}")

        assert answer.json()["code"] == "order_not_cancellable"


class TestNumbersToCome:
    async def test_are_listed_with_their_day_and_cannot_be_set(
        self, portal: Portal
    ) -> None:
        customer = await portal.customer()
        await placed(customer)
        await portal.tell(ported(SINGLE))

        [entry] = (await customer.get("/forwardings")).json()["forwardings"]
        body = {"target": MOBILE, "enabled": True}
        answer = await customer.put(f"/forwardings/{SINGLE}", json=body)

        assert (entry["number"], entry["opens_on"]) == (SINGLE, "2026-11-26")
        assert (answer.status_code, answer.json()["code"]) == (409, "not_open_yet")
        assert "26.11.2026" in answer.json()["detail"]
        assert answer.json()["opens_on"] == "2026-11-26"
        body = {"number": SINGLE, "target": MOBILE}
        assert (
            await customer.post("/targets/check", json=body)
        ).json() == answer.json()

    async def test_are_not_there_without_the_option(self, portal: Portal) -> None:
        customer = await portal.customer()
        body = {"product": "sip-trunk-2.0", "option": False}
        await customer.post("/orders", json=body)
        await portal.tell(ported(BLOCK, last=BLOCK_END))

        listed = (await customer.get("/forwardings")).json()["forwardings"]
        answer = await customer.put(f"/forwardings/{BLOCK}", json={"enabled": False})

        assert listed == []
        assert answer.status_code == 404

    @pytest.mark.parametrize("is_named", [False, True])
    @pytest.mark.parametrize("with_it", [False, True])
    async def test_are_not_there_once_the_contract_is_given_back_after_its_add_on(
        self, portal: Portal, *, is_named: bool, with_it: bool
    ) -> None:
        customer, minute = await portal.customer(), timedelta(minutes=1)
        body = {"product": "sip-trunk-2.0", "option": with_it}
        order_id = (await customer.post("/orders", json=body)).json()["order_id"]
        add_on = elsewhere("X-1").content
        assert add_on
        later = {"placed_at": NOON + minute, "extends_order_id": order_id}
        content = add_on.model_copy(update=later | {"channel": "phone"})
        await portal.tell(
            elsewhere("X-1", content=content),
            ported(SINGLE, order_id=order_id if is_named else None),
        )
        assert len((await customer.get("/forwardings")).json()["forwardings"]) == 1

        await portal.tell(
            confirmed(order_id, "cancelled", cancelled_at=NOON + 2 * minute)
        )

        assert (await customer.get("/forwardings")).json()["forwardings"] == []
        states = [
            order["option"]["state"]
            for order in (await customer.get("/orders")).json()["orders"]
        ]
        assert states == ["ended", "cancelled"]

    async def test_three_days_open_one_by_one(self, portal: Portal) -> None:
        customer = await portal.customer()
        order_id = await placed(customer)
        numbers = [f"+492112222333{n}" for n in (3, 4, 5)]
        for days, number in enumerate(numbers):
            await portal.tell(ported(number, TODAY + timedelta(days=days)))

        await portal.tell(*(enabled(n, order_id=order_id) for n in numbers[:2]))

        listed = (await customer.get("/forwardings")).json()["forwardings"]
        assert [entry["opens_on"] for entry in listed] == [None, None, "2026-11-25"]
        order = (await customer.get(f"/orders/{order_id}")).json()
        assert order["option"] == {"state": "partly_enabled", "opens_on": "2026-11-25"}
        assert [number["number"] for number in order["numbers"]] == numbers
        [listed_order] = (await customer.get("/orders")).json()["orders"]
        assert listed_order["option"] == order["option"]

    @pytest.mark.parametrize(
        "last", ["+492214710004", "+4922147109999", "+492214719999"]
    )
    async def test_are_not_those_of_a_block_that_cannot_be(
        self, portal: Portal, last: str
    ) -> None:
        customer = await portal.customer()
        order_id = await placed(customer)

        await portal.tell_together(ported(BLOCK, last=last), ported(SINGLE))

        listed = (await customer.get("/forwardings")).json()["forwardings"]
        assert [entry["number"] for entry in listed] == [SINGLE]
        order = (await customer.get(f"/orders/{order_id}")).json()
        assert [number["number"] for number in order["numbers"]] == [SINGLE]

    async def test_a_newer_day_replaces_an_older_one(self, portal: Portal) -> None:
        customer = await portal.customer()
        await placed(customer)
        await portal.tell(ported(SINGLE))
        portal.clock.move(timedelta(minutes=1))

        await portal.tell(ported(SINGLE, LATER + timedelta(days=4)))

        [entry] = (await customer.get("/forwardings")).json()["forwardings"]
        assert entry["opens_on"] == "2026-11-30"

    @pytest.mark.parametrize("is_late", [False, True])
    async def test_a_move_that_follows_leaves_the_day_on_which_they_come(
        self, portal: Portal, *, is_late: bool
    ) -> None:
        customer = await portal.customer()
        await placed(customer)
        move = NumberProvisioned(
            number=SINGLE,
            customer_number="C-1001",
            line="L2",
            effective_on=LATER + timedelta(days=4),
        )
        told = [(ported(SINGLE), 0), (move, 1)]
        for event, minute in reversed(told) if is_late else told:
            portal.clock.move(NOON + timedelta(minutes=minute) - portal.clock.now())
            await portal.tell(event)

        [entry] = (await customer.get("/forwardings")).json()["forwardings"]

        assert (entry["opens_on"], entry["line"]) == (LATER.isoformat(), "L1")

    async def test_are_listed_also_where_the_release_before_took_them_over(
        self, portal: Portal
    ) -> None:
        customer = await portal.customer()
        await placed(customer)

        await portal.gateway.service.pool.execute(
            """
            INSERT INTO planned_number
                 VALUES ($1, $1, 'C-1001', 'in', NULL, 'L1', NULL, $2, $3)
            """,
            SINGLE,
            LATER,
            NOON,
        )
        [entry] = (await customer.get("/forwardings")).json()["forwardings"]
        await portal.gateway.service.pool.execute("DELETE FROM planned_number")

        assert (entry["opens_on"], entry["line"]) == (LATER.isoformat(), "L1")
        assert (await customer.get("/forwardings")).json()["forwardings"] == []

    async def test_gone_numbers_are_not_to_come(self, portal: Portal) -> None:
        customer = await portal.customer()
        order_id = await placed(customer)
        await portal.tell(
            NumberProvisioned(
                number=SINGLE, customer_number="C-1001", line="L1", effective_on=TODAY
            ),
            enabled(SINGLE, order_id=order_id),
            disabled(SINGLE, order_id=order_id),
        )

        assert (await customer.get("/forwardings")).json()["forwardings"] == []
        order = (await customer.get(f"/orders/{order_id}")).json()
        assert order["numbers"] == []
        assert order["option"] == {"state": "ended", "opens_on": None}

    async def test_gone_numbers_do_not_have_the_option_ordered_again(
        self, portal: Portal
    ) -> None:
        customer = await portal.customer()
        order_id = await placed(customer)
        await portal.tell(
            confirmed(order_id),
            ported(SINGLE, TODAY),
            enabled(SINGLE, order_id=order_id),
            disabled(SINGLE, order_id=order_id),
        )

        page = (await customer.get(f"http://portal.test/auftraege/{order_id}")).text
        again = await customer.post("/orders", json={"extends_order_id": order_id})

        assert "wird die Option für sie von selbst freigeschaltet" in page
        assert f"/auftraege/{order_id}/option" not in page
        assert again.json()["code"] == "option_already_ordered"

    async def test_gone_numbers_leave_those_that_are_here(self, portal: Portal) -> None:
        customer = await portal.customer()
        order_id = await placed(customer)
        for number in (SINGLE, OTHER_SINGLE):
            await portal.tell(ported(number, TODAY), enabled(number, order_id=order_id))
        await portal.tell(disabled(SINGLE, order_id=order_id))

        order = (await customer.get(f"/orders/{order_id}")).json()

        assert [one["number"] for one in order["numbers"]] == [OTHER_SINGLE]
        assert order["option"] == {"state": "enabled", "opens_on": None}

    async def test_that_left_before_the_option_came_are_not_awaited(
        self, portal: Portal
    ) -> None:
        customer = await portal.customer()
        body = {"product": "sip-trunk-2.0", "option": False}
        order_id = (await customer.post("/orders", json=body)).json()["order_id"]
        month = timedelta(days=30)
        await portal.tell(
            ported(SINGLE, TODAY - month),
            ported(SINGLE, TODAY, direction="out"),
            ported(OTHER_SINGLE, TODAY),
            ported(OTHER_SINGLE, LATER, direction="out"),
        )

        await customer.post("/orders", json={"extends_order_id": order_id})

        listed = (await customer.get("/forwardings")).json()["forwardings"]
        assert [entry["number"] for entry in listed] == [OTHER_SINGLE]
        answer = await customer.get(f"/forwardings/{SINGLE}")
        assert answer.status_code == 404

    async def test_that_left_and_are_to_come_again_are_awaited(
        self, portal: Portal
    ) -> None:
        customer = await portal.customer()
        await placed(customer)
        await portal.tell(ported(SINGLE, TODAY, direction="out"), ported(SINGLE, LATER))

        [entry] = (await customer.get("/forwardings")).json()["forwardings"]

        assert entry["opens_on"] == LATER.isoformat()

    async def test_a_part_of_a_block_that_moves_is_not_to_come(
        self, portal: Portal
    ) -> None:
        customer = await portal.customer()
        order_id = await placed(customer)
        singles = [f"+4922147101{n:02}" for n in range(10)]
        part: dict[str, Any] = {"last": singles[-1], "line": "L2"}
        await portal.tell(enabled(BLOCK, BLOCK_END, order_id=order_id))

        await portal.tell(ported(singles[0], **part))
        before = (await customer.get("/forwardings")).json()["forwardings"]
        portal.clock.move(timedelta(minutes=1))
        await portal.tell(
            ported(singles[0], TODAY, **part),
            *(enabled(n, line="L2", version=2, order_id=order_id) for n in singles),
        )
        after = (await customer.get("/forwardings")).json()["forwardings"]

        assert [entry["number"] for entry in before] == [BLOCK]
        assert [entry["number"] for entry in after] == [BLOCK, *singles]
        order = (await customer.get(f"/orders/{order_id}")).json()
        assert order["option"] == {"state": "enabled", "opens_on": None}

    async def test_of_another_order_are_not_of_this_one(self, portal: Portal) -> None:
        customer = await portal.customer()
        first = await placed(customer)
        body = {"product": "sip-trunk-2.0"}
        second = (await customer.post("/orders", json=body)).json()["order_id"]
        third = "+4921122223335"

        await portal.tell(
            enabled(SINGLE, order_id=first),
            enabled(OTHER_SINGLE, order_id=second),
            ported(third, order_id=second),
        )

        order = (await customer.get(f"/orders/{first}")).json()
        assert [number["number"] for number in order["numbers"]] == [SINGLE]
        assert order["option"]["state"] == "enabled"


class TestOrderedByPhone:
    """The hotline names a product, and no order: it is for the customer's contract."""

    @pytest.fixture
    async def contract(self, portal: Portal) -> tuple[httpx.AsyncClient, str, str]:
        customer, agent = await portal.customer(), await portal.agent()
        body = {"product": "sip-trunk-2.0", "customer_number": "C-1001"}
        first = await agent.post(
            "/orders", json=body | {"option": False, "channel": "product_order"}
        )
        portal.clock.move(timedelta(minutes=1))
        added = await agent.post("/orders", json=body | {"channel": "phone"})
        ids = [str(answer.json()["order_id"]) for answer in (first, added)]
        await portal.tell(*map(confirmed, ids))
        return customer, ids[0], ids[1]

    async def test_lists_numbers_to_come_of_the_contract(
        self, portal: Portal, contract: tuple[httpx.AsyncClient, str, str]
    ) -> None:
        customer, order_id, added = contract

        await portal.tell(ported(SINGLE, order_id=order_id))

        [entry] = (await customer.get("/forwardings")).json()["forwardings"]
        assert entry["opens_on"] == LATER.isoformat()
        for each in (order_id, added):
            order = (await customer.get(f"/orders/{each}")).json()
            assert order["option"]["state"] == "coming"

    async def test_is_shown_at_both_orders_and_not_offered_again(
        self, portal: Portal, contract: tuple[httpx.AsyncClient, str, str]
    ) -> None:
        customer, order_id, added = contract

        await portal.tell(enabled(SINGLE, order_id=order_id))

        for each in (order_id, added):
            order = (await customer.get(f"/orders/{each}")).json()
            assert [number["number"] for number in order["numbers"]] == [SINGLE]
            assert order["option"]["state"] == "enabled"
        listed = (await customer.get("/orders")).json()["orders"]
        assert [order["option"]["state"] for order in listed] == ["enabled"] * 2
        again = await customer.post("/orders", json={"extends_order_id": order_id})
        assert again.json()["code"] == "option_already_ordered"

    async def test_is_not_for_what_was_ordered_afterwards_or_is_another_product(
        self, portal: Portal, contract: tuple[httpx.AsyncClient, str, str]
    ) -> None:
        customer, _, _ = contract
        body = {"product": "pmx-ngn", "option": False}
        other = (await customer.post("/orders", json=body)).json()["order_id"]

        await portal.tell(ported(SINGLE, order_id=other))

        assert (await customer.get("/forwardings")).json()["forwardings"] == []


class TestOrderedAgain:
    async def test_a_given_back_option_can_be_and_is_shown(
        self, portal: Portal
    ) -> None:
        customer, agent = await portal.customer(), await portal.agent()
        order_id = await placed(customer)
        await portal.tell(confirmed(order_id), enabled(SINGLE, order_id=order_id))
        await customer.delete(f"/orders/{order_id}")
        late = NOON + timedelta(minutes=1)
        await portal.tell(
            confirmed(order_id, "cancelled", confirmed_at=late),
            disabled(SINGLE, order_id=order_id, reason="cancelled"),
        )
        portal.clock.move(timedelta(minutes=2))
        page = f"http://portal.test/auftraege/{order_id}"
        desk = "http://portal.test/hotline/kunden/C-1001"
        assert f"/auftraege/{order_id}/option" in (await customer.get(page)).text
        assert f'value="{order_id}"' in (await agent.get(desk)).text

        added = await customer.post("/orders", json={"extends_order_id": order_id})
        assert added.status_code == 202
        assert "bestellt" in (await customer.get(page)).text
        assert f'value="{order_id}"' not in (await agent.get(desk)).text
        await portal.tell(
            confirmed(added.json()["order_id"]),
            enabled(SINGLE, order_id=order_id, version=3),
        )

        order = (await customer.get(f"/orders/{order_id}")).json()
        assert order["option"]["state"] == "enabled"
        assert "konfigurieren" in (await customer.get(page)).text
        listed = (await customer.get("http://portal.test/auftraege")).text
        assert "mit @once SelfCare" in listed
        assert "beendet" not in listed

    async def test_of_an_order_of_the_option_it_is_its_product_s(
        self, portal: Portal
    ) -> None:
        customer = await portal.customer()
        body = {"product": "sip-trunk-2.0", "option": False}
        product = (await customer.post("/orders", json=body)).json()["order_id"]
        first = await customer.post("/orders", json={"extends_order_id": product})
        first_id = first.json()["order_id"]
        await customer.delete(f"/orders/{first_id}")

        again = await customer.post("/orders", json={"extends_order_id": first_id})
        twice = await customer.post("/orders", json={"extends_order_id": product})

        assert again.json()["extends_order_id"] == product
        assert twice.json()["code"] == "option_already_ordered"


class TestAtTheHotline:
    """The agent reads how far the option is, not only that it was ordered."""

    DESK = "http://portal.test/hotline/kunden/C-1001"

    async def options(self, agent: httpx.AsyncClient) -> list[str]:
        """Return what the agent reads in the column of the option, newest first."""
        page = (await agent.get(self.DESK)).text
        cells = re.findall(
            r'data-label="ecotel @once SelfCare">(.*?)</td>', page, re.DOTALL
        )
        return [" ".join(cell.split()) for cell in cells]

    async def test_says_how_far_the_option_is(self, portal: Portal) -> None:
        customer, agent = await portal.customer(), await portal.agent()
        order_id = await placed(customer)
        await portal.tell(confirmed(order_id))
        told = [await self.options(agent)]
        await portal.tell(ported(SINGLE, order_id=order_id))
        told.append(await self.options(agent))
        await portal.tell(enabled(OTHER_SINGLE, order_id=order_id))
        told.append(await self.options(agent))
        await portal.tell(enabled(SINGLE, order_id=order_id))
        told.append(await self.options(agent))

        assert told == [
            ["beauftragt"],
            ["ab 26.11.2026"],
            ["teilweise freigeschaltet"],
            ["freigeschaltet"],
        ]

    async def test_says_it_at_the_contract_and_at_the_order_of_the_option(
        self, portal: Portal
    ) -> None:
        customer, agent = await portal.customer(), await portal.agent()
        body = {"product": "sip-trunk-2.0", "option": False}
        product = (await customer.post("/orders", json=body)).json()["order_id"]
        portal.clock.move(timedelta(minutes=1))
        added = await customer.post("/orders", json={"extends_order_id": product})
        before = await self.options(agent)
        await portal.tell(enabled(SINGLE, order_id=product))
        after = await self.options(agent)
        await customer.delete(f"/orders/{added.json()['order_id']}")
        gone = disabled(SINGLE, order_id=product, reason="cancelled")
        await portal.tell(gone)

        assert before == ["beauftragt"] * 2
        assert after == ["freigeschaltet"] * 2
        assert (await self.options(agent))[0] == "beendet"


async def test_a_list_of_orders_says_whether_the_option_is_there(
    portal: Portal,
) -> None:
    customer = await portal.customer()
    body = {"product": "sip-trunk-2.0", "option": False}
    product = (await customer.post("/orders", json=body)).json()["order_id"]
    added = await customer.post("/orders", json={"extends_order_id": product})
    page = "http://portal.test/auftraege"
    assert "mit @once SelfCare" in (await customer.get(page)).text

    await customer.delete(f"/orders/{added.json()['order_id']}")

    assert "ohne @once SelfCare" in (await customer.get(page)).text
