"""Brings a customer from nothing to what he is in the demo, as far as he is not."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from devstack.demo_data.cast import ELEMENTS, Customer, Numbers, Rule
from devstack.journey.carrier import today
from devstack.journey.portal import Json, Portal, Problem
from devstack.journey.seeing import seen
from devstack.journey.world import World
from devstack.logins import Login, login

WITHIN: Final = 60.0


@dataclass(frozen=True, slots=True)
class Filled:
    """A customer who is complete, and how one logs in as him."""

    customer: Customer
    login: Login
    order_id: str
    coming: list[tuple[str, date]]
    has_own_login: bool = False
    """He changed it since, or set up a second factor: nobody here knows it."""


async def fill(world: World, customer: Customer) -> Filled:
    """Make what is missing; what the customer changed himself stays."""
    made = login(world.settings, customer.username)
    is_new = await _open(world, customer)
    order_id = await _order(world, customer)
    browser = await _logged_in(world, customer, made, is_new=is_new)
    await _bring_numbers(world, customer, order_id)
    coming = await _all_listed(world.agent, customer)
    if browser:
        for rule in customer.rules:
            await _set(browser, rule)
    return Filled(customer, made, order_id, coming, has_own_login=browser is None)


async def fill_newcomer(world: World, customer: Customer) -> Filled:
    """Make the customer whose letter lies there, not yet used."""
    await _open(world, customer)
    order_id = await _order(world, customer)
    await _bring_numbers(world, customer, order_id)
    return Filled(customer, world.letter(customer.number), order_id, [])


async def _open(world: World, customer: Customer) -> bool:
    try:
        await world.agent.open_customer(
            customer.number, customer.company, customer.address
        )
    except Problem as problem:
        if problem.code != "customer_exists":
            raise
        return False
    return True


async def _order(world: World, customer: Customer) -> str:
    """Return the product's order, with the option on it or beside it."""
    mine = await world.agent.get("/orders", customer_number=customer.number)
    products = [each for each in mine["orders"] if not each["extends_order_id"]]
    later = customer.adds_option_by
    if products:
        order_id = str(products[-1]["order_id"])
    else:
        positions = customer.positions[:-1] if later else customer.positions
        order_id = await _placed(
            world,
            customer,
            product=customer.product,
            positions=[{"name": name, "quantity": n} for name, n in positions],
            option=later is None,
            channel="product_order",
        )
    if later and len(products) == len(mine["orders"]):
        await _placed(world, customer, extends_order_id=order_id, channel=later)
    return order_id


async def _placed(world: World, customer: Customer, **order: Any) -> str:
    placed = await world.agent.order(customer_number=customer.number, **order)
    order_id = str(placed["order_id"])
    await seen(
        f"the order of {customer.number} is accepted",
        lambda: world.agent.get(f"/orders/{order_id}", customer_number=customer.number),
        lambda order: order["state"] == "accepted",
        within=WITHIN,
    )
    return order_id


async def _logged_in(
    world: World, customer: Customer, made: Login, *, is_new: bool
) -> Portal | None:
    """
    Log in; who never did does it with the posted password, and changes it.

    None where he logs in otherwise by now: then his rules are his, too.
    """
    if is_new:
        return await world.first_login(customer.number, made)
    browser = await world.browser()
    try:
        await browser.log_in(made.username, made.password)
    except Problem as problem:
        if problem.code == "second_factor_required":
            return None
        if problem.code != "invalid_credentials":
            raise
    else:
        return browser
    try:
        # An earlier start was interrupted between the letter and the first log-in.
        return await world.first_login(customer.number, made)
    except Problem as problem:
        if problem.code != "invalid_credentials":
            raise
    return None


async def _bring_numbers(world: World, customer: Customer, order_id: str) -> None:
    listed = await world.agent.forwardings(customer_number=customer.number)
    there = {entry["number"] for entry in listed}
    for held in customer.holds:
        for number, more in _events(held).items():
            if number not in there:
                tell = world.carrier.ports if held.ported else world.carrier.provisions
                await tell(
                    number,
                    customer_number=customer.number,
                    order_id=order_id,
                    line=held.line,
                    elements=ELEMENTS[held.node],
                    effective_on=today() + timedelta(days=held.in_days),
                    **more,
                )


def _events(held: Numbers) -> dict[str, dict[str, str]]:
    """Return what is told of each number or block, by its first number."""
    extensions = held.extensions or {}
    return {
        **{number: {} for number in held.numbers},
        **{first: {"last": last} for first, last in held.blocks},
        **{number: {"extension": inner} for number, inner in extensions.items()},
    }


async def _all_listed(agent: Portal, customer: Customer) -> list[tuple[str, date]]:
    """Wait until the portal shows every number; return those that are to come."""
    wanted = {number for held in customer.holds for number in _events(held)}
    open_now = {
        number
        for held in customer.holds
        if held.in_days == 0
        for number in _events(held)
    }

    def all_there(entries: list[Json]) -> bool:
        is_open = {each["number"] for each in entries if each["opens_on"] is None}
        return {e["number"] for e in entries} >= wanted and is_open >= open_now

    entries = await seen(
        f"the numbers of {customer.number} are in the portal",
        lambda: agent.forwardings(customer_number=customer.number),
        all_there,
        within=WITHIN,
    )
    return [
        (str(entry["number"]), date.fromisoformat(entry["opens_on"]))
        for entry in entries
        if entry["opens_on"]
    ]


async def _set(browser: Portal, rule: Rule) -> None:
    """Set a rule where the customer has never set one."""
    if (await browser.forwarding(rule.number))["version"]:
        return
    body: Json = {"enabled": rule.enabled, "keep_extension": rule.keep_extension}
    if rule.target:
        body["target"] = rule.target
    if rule.fallback:
        body["fallback_target"] = rule.fallback
    await browser.set_rule(rule.number, **body)
