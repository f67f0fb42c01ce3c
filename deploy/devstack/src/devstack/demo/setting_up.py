"""The first half: order, porting, log-in, and where calls shall go."""

from collections.abc import Callable
from datetime import date, timedelta

from contracts.forwardings import ForwardingConfigured
from contracts.options import OptionEnabled
from contracts.orders import OrderConfirmed, OrderPlaced
from contracts.products import ELIGIBLE_PRODUCTS
from devstack.demo.scene import (
    BLOCK,
    HERO,
    MOBILE,
    MOBILE_WRITTEN,
    SINGLES,
    THOUSAND,
    TO_COME,
    Scene,
)
from devstack.journey.carrier import today
from devstack.journey.portal import Portal, Problem, refusal
from devstack.journey.seeing import must, seen
from devstack.logins import login

Numbered = OptionEnabled | ForwardingConfigured
POSITIONS = (
    ("office-flat NGN Neo", 1),
    ("Anlagenanschluss inkl. ADSL", 1),
    ("Express-Entstör-Service VDSL max. 8 Stunden (je NGN ISDN Anschluss)", 2),
)


async def order(scene: Scene) -> None:
    """Order the option, and try to with a product that cannot have it."""
    scene.tell.chapter("1 · The order")
    world, agent = scene.world, scene.world.agent
    with scene.tell.step("The hotline orders office-flat NGN with the option") as step:
        await agent.open_customer(scene.customer, "Musterfirma", "Musterweg 1, Demo")
        placed = await agent.order(
            customer_number=scene.customer,
            product="office-flat-ngn",
            channel="product_order",
            positions=[{"name": name, "quantity": n} for name, n in POSITIONS],
        )
        scene.order_id = placed["order_id"]
        await world.ears.hear("the order", OrderPlaced, _of_order(scene))
        told = await world.ears.hear("its answer", OrderConfirmed, _of_order(scene))
        must("the order is accepted", told.outcome == "accepted", told)
        step.saw("OrderPlaced, then OrderConfirmed: accepted")
    with scene.tell.step("The same with a product that cannot have it") as step:
        refused = await refusal(
            agent.order(customer_number=scene.customer, product="fax-to-mail")
        )
        missing = [n for n in ELIGIBLE_PRODUCTS.values() if n not in refused.detail]
        must("all nine products are named", not missing, refused.detail)
        step.saw("refused, and the nine products are named")
    with scene.tell.step("A letter with the first password is printed") as step:
        letter = world.letter(scene.customer)
        must("the user name", letter.username == scene.customer, letter.username)
        step.saw(f"user name {letter.username}, password for the customer's eyes only")


def _of_order(scene: Scene) -> Callable[[OrderPlaced | OrderConfirmed], bool]:
    return lambda event: event.order_id == scene.order_id


async def porting(scene: Scene) -> None:
    """Announce a number, then let all of them come."""
    scene.tell.chapter("2 · The day of the porting")
    world = scene.world
    day = today() + timedelta(days=14)
    with scene.tell.step("A number is announced for a later day") as step:
        await _ports(scene, TO_COME, SINGLES[0], day)
        shown = await seen(
            f"{TO_COME} is listed with its day",
            lambda: _listed(scene),
            lambda entries: entries.get(TO_COME, {}).get("opens_on") == f"{day}",
        )
        step.saw(f"{TO_COME} is listed: ab {day:%d.%m.%Y}")
        must("nothing else is open", len(shown) == 1, list(shown))
    with scene.tell.step("Five numbers and two blocks are ported today") as step:
        for number in (*SINGLES, BLOCK[0], THOUSAND[0]):
            await _ports(scene, number, number, today())
        for number in (*SINGLES, BLOCK[0], THOUSAND[0]):
            await world.ears.hear(
                f"the option is on for {number}",
                OptionEnabled,
                _open_for(scene, number),
            )
        step.saw("OptionEnabled for each: 1,015 numbers")
    with scene.tell.step("The announced number comes earlier: today") as step:
        await _ports(scene, TO_COME, SINGLES[0], today())
        await world.ears.hear("opened", OptionEnabled, _open_for(scene, TO_COME))
        entries = await seen(
            "the portal lists all of them as open",
            lambda: _listed(scene),
            lambda found: (
                len(found) == len(SINGLES) + 3
                and not any(entry["opens_on"] for entry in found.values())
            ),
        )
        step.saw(f"OptionEnabled; {len(entries)} entries in the Konfigurator, Inaktiv")


def _open_for(scene: Scene, number: str) -> Callable[[Numbered], bool]:
    return lambda event: scene.is_mine(event, number)


async def _ports(scene: Scene, number: str, line_of: str, day: date) -> None:
    blocks = dict((BLOCK, THOUSAND))
    await scene.world.carrier.ports(
        number,
        last=blocks.get(number),
        customer_number=scene.customer,
        order_id=scene.order_id,
        line=scene.line(line_of),
        elements=scene.elements,
        effective_on=day,
    )


async def _listed(scene: Scene) -> dict[str, dict[str, object]]:
    mine = {"customer_number": scene.customer}
    answer = await scene.world.agent.get("/forwardings", **mine)
    return {entry["number"]: entry for entry in answer["forwardings"]}


async def first_login(scene: Scene, browser: Portal) -> None:
    """Log in with the letter, and change both user name and password."""
    scene.tell.chapter("3 · The first log-in")
    letter = scene.world.letter(scene.customer)
    with scene.tell.step("Customer number and posted password open the door") as step:
        must_change = await browser.log_in(letter.username, letter.password)
        must("both must be changed", must_change, must_change)
        refused = await refusal(browser.forwardings())
        must("nothing else works", refused.code == "must_change_credentials", refused)
        step.saw("until both are changed, nothing else does")
    with scene.tell.step("The customer changes user name and password") as step:
        own = login(scene.world.settings, f"musterfirma.{scene.customer[-6:]}")
        await browser.change_credentials(own.username, own.password, letter.password)
        stranger = await scene.world.browser()
        refused = await refusal(stranger.log_in(letter.username, letter.password))
        must("refused", refused.code == "invalid_credentials", refused)
        await browser.log_in(own.username, own.password)
        step.saw("the new ones work, the posted password does no longer")


async def targets(scene: Scene) -> None:
    """Set a target as the flyer writes it, and try some that must not be."""
    scene.tell.chapter("4 · Where calls shall go")
    with scene.tell.step("A target in three spellings is one number") as step:
        for written in MOBILE_WRITTEN:
            entry = await scene.browser.set_rule(HERO, target=written, enabled=True)
            shown = entry["rule"]["target"]
            must(f"{written} is shown as {MOBILE}", shown == MOBILE, shown)
        told = scene.world.ears.all(ForwardingConfigured, _open_for(scene, HERO))
        must("the repeats tell nothing new", len(told) <= 1, told)
        step.saw(f"{', '.join(MOBILE_WRITTEN)} → {MOBILE}, told once")
    with scene.tell.step("4917717712345 would be a number in Leer") as step:
        refused = await _refused_target(scene, "4917717712345", "target_missing_plus")
        meant = refused.body.get("suggestion")
        must(f"{MOBILE} is suggested", meant == MOBILE, refused.body)
        step.saw(f"refused, with the suggestion {MOBILE}")
    with scene.tell.step("0900 5123456 costs money") as step:
        refused = await _refused_target(scene, "09005123456", "target_premium")
        step.saw(f"refused: {refused.detail}")
    with scene.tell.step("The rule is armed, and nothing is diverted yet") as step:
        entry = await scene.browser.forwarding(HERO)
        must("bereit", entry["state"] == "ready", entry)
        await scene.world.switch.rings_at_home(HERO, within=1)
        step.saw(f"bereit; a call to {HERO} rings at the line")


async def _refused_target(scene: Scene, target: str, code: str) -> Problem:
    refused = await refusal(scene.browser.set_rule(HERO, target=target, enabled=True))
    must(f"the reason {code}", refused.code == code, refused)
    entry = await scene.browser.forwarding(HERO)
    must("the old target stays", entry["rule"]["target"] == MOBILE, entry["rule"])
    return refused
