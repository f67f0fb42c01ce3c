"""Each product from the order to the outage and back, through real processes."""

from urllib.parse import quote

import pytest

from chassis.clock import SystemClock
from contracts.event import new_id
from contracts.options import OptionEnabled
from contracts.orders import OrderConfirmed, OrderPlaced
from contracts.products import ELIGIBLE_PRODUCTS
from devstack.journey.carrier import carrier
from devstack.journey.portal import Portal, refusal
from devstack.journey.seeing import seen
from devstack.journey.world import World
from support.journeys import Journey, Plan, block, single

PLANS = (
    Plan("sip-account-2.0", (single(0), single(1), single(2)), twist="future day"),
    Plan("sip-trunk-2.0", (block(60),), twist="before the order"),
    Plan("sip-trunk-2.0-pro", (block(120), block(130, line=2)), twist="twice"),
    Plan("jubilaeumstarif", (block(180),), option="phone", told_by="kafka"),
    Plan(
        "office-flat-ngn",
        (single(240), single(241), block(250)),
        arrival="provisioned",
        twist="future day",
        told_by="kafka",
    ),
    Plan("voice-direct-ngn", (single(300), block(310)), option="mail", fails="node"),
    Plan("pmx-ngn", (block(360, 20),), fails="node", twist="before the order"),
    Plan(
        "pmx-ngn-option",
        (block(420),),
        arrival="provisioned",
        twist="twice",
        twin="+493023125500",
    ),
    Plan(
        "centrex-premium",
        (
            single(480, extension="11"),
            single(481, extension="12"),
            single(482, extension="21", line=2),
        ),
        arrival="provisioned",
        told_by="kafka",
    ),
)
SHOP = "sales-channel"
NOT_ELIGIBLE = ("fax-to-mail", "mobile-business", "ethernet-access", "no-such-product")


def test_every_product_has_a_journey() -> None:
    assert {plan.product for plan in PLANS} == set(ELIGIBLE_PRODUCTS)


@pytest.mark.parametrize("plan", PLANS, ids=lambda plan: plan.product)
async def test_order_to_outage_and_back(plan: Plan, around: World) -> None:
    journey = Journey(around, plan)

    browser = await _from_order_to_live(journey)
    await journey.sets_rules(browser)
    await _outage(journey, browser)

    assert sorted(event.number for event in journey.enabled()) == sorted(
        piece.first for piece in plan.pieces
    )


async def _from_order_to_live(journey: Journey) -> Portal:
    plan = journey.plan
    await journey.world.agent.open_customer(journey.customer, plan.product, "Weg 1")
    if plan.twist == "before the order":
        await journey.numbers_come()
    await journey.order_product()
    browser = await journey.first_login()
    if plan.twist == "future day":
        await journey.waits_for_its_day(browser)
    if plan.twist != "before the order":
        await journey.numbers_come()
    if plan.twist == "twice":
        await journey.numbers_come()
    if plan.option != "with the product":
        await journey.order_option_later()
    await journey.all_open()
    return browser


async def _outage(journey: Journey, browser: Portal) -> None:
    world, alarm = journey.world, new_id()
    outage = await journey.fails(alarm)
    for piece in journey.plan.pieces:
        if not journey.touched(piece):
            assert (await world.switch.call(piece.inside))["rings_at"] == piece.inside
            continue
        await world.switch.rings_at(piece.inside, journey.rings_at(piece))
        entry = await seen(
            f"{piece.first} is shown as diverted",
            lambda first=piece.first: browser.forwarding(first),  # type: ignore[misc]
            lambda entry: entry["state"] == "diverted",
        )
        assert [cause["id"] for cause in entry["causes"]] == [outage.outage_id]
        await journey.applied(piece, outage.outage_id, on=True)

    await journey.comes_back(alarm, outage)
    for piece in journey.plan.pieces:
        await world.switch.rings_at_home(piece.inside)
        if journey.touched(piece):
            off = await journey.applied(piece, outage.outage_id, on=False)
            assert len(off) == 1
            assert len(await journey.applied(piece, outage.outage_id, on=True)) == 1
        await seen(
            f"{piece.first} is ready again",
            lambda first=piece.first: browser.forwarding(first),  # type: ignore[misc]
            lambda entry: entry["state"] == "ready",
        )


async def test_an_order_of_another_channel_is_one_like_every_other(
    around: World,
) -> None:
    """Told twice, before there is an account, and with its numbers still to come."""
    journey = Journey(around, Plan("sip-trunk-2.0", (block(540),)))
    journey.order_id = f"SO/{journey.customer}"
    order = OrderPlaced(
        order_id=journey.order_id,
        customer_number=journey.customer,
        product="sip-trunk-2.0",
        channel="product_order",
        placed_by="shop",
        placed_at=SystemClock().now(),
    )
    await journey.numbers_come(later=True)
    async with carrier(around.settings, [SHOP]) as shop:
        for _ in range(2):
            await shop.tell(order, by=SHOP)
    await around.agent.open_customer(journey.customer, "sip-trunk-2.0", "Weg 1")
    browser = await journey.first_login()

    await journey.waits_for_its_day(browser)
    one = await browser.get(f"/orders/{quote(journey.order_id, safe='')}")
    assert (one["state"], one["option"]["state"]) == ("accepted", "coming")
    await journey.numbers_come()
    await journey.all_open()

    [listed] = (await browser.get("/orders"))["orders"]
    assert (listed["order_id"], listed["placed_by"]) == (order.order_id, "shop")
    assert listed["option"]["state"] == "enabled"


class TestAnyOtherProduct:
    @pytest.mark.parametrize("product", NOT_ELIGIBLE)
    async def test_is_refused_with_the_names_of_the_nine(
        self, product: str, around: World, newcomer: str
    ) -> None:
        refused = await refusal(
            around.agent.order(customer_number=newcomer, product=product)
        )

        assert (refused.status, refused.code) == (422, "product_not_eligible")
        assert all(name in refused.detail for name in ELIGIBLE_PRODUCTS.values())

    async def test_is_refused_on_kafka_too_shown_so_and_opens_nothing(
        self, around: World, newcomer: str
    ) -> None:
        order = OrderPlaced(
            order_id=new_id(),
            customer_number=newcomer,
            product="fax-to-mail",
            channel="phone",
            placed_by="test",
            placed_at=SystemClock().now(),
        )

        async with carrier(around.settings, [SHOP]) as shop:
            await shop.tell(order, by=SHOP)

        told = await around.ears.hear(
            "an answer", OrderConfirmed, lambda e: e.order_id == order.order_id
        )
        assert (told.outcome, told.code) == ("refused", "product_not_eligible")
        assert all(name in str(told.reason) for name in ELIGIBLE_PRODUCTS.values())
        shown = await seen(
            "the order is shown",
            lambda: around.agent.get("/orders", customer_number=newcomer),
            lambda found: found["orders"],
        )
        assert [(o["state"], o["reason"]) for o in shown["orders"]] == [
            ("refused", told.reason)
        ]
        assert not around.ears.all(
            OptionEnabled, lambda event: event.customer_number == newcomer
        )


@pytest.fixture(scope="session")
async def newcomer(around: World) -> str:
    journey = Journey(around, PLANS[0])
    await around.agent.open_customer(journey.customer, "Neu", "Weg 1")
    return journey.customer
