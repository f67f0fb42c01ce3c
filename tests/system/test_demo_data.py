"""A second start on the same data goes on, whatever a customer did with his login."""

from dataclasses import replace

import pyotp

from chassis.clock import SystemClock
from devstack.demo_data.cast import Customer, Numbers, Rule
from devstack.demo_data.customers import SIP_ACCOUNT
from devstack.demo_data.filling import fill
from devstack.journey.portal import Portal
from devstack.journey.world import World

NUMBERS = ("+493023125960", "+493023125961")
MOBILE = "+4915228817386"


def guest(number: str, name: str, held: str) -> Customer:
    """Return somebody who is not in the demo."""
    return replace(
        SIP_ACCOUNT,
        number=number,
        username=name,
        holds=(Numbers(f"L-{number}", "AN-BERLIN-1", numbers=(held,)),),
        rules=(),
    )


async def set_up_factor(browser: Portal, password: str) -> None:
    """Let the portal ask for codes from now on."""
    asked = await browser.ask("POST", "/second-factor", {"current_password": password})
    secret = asked.json()["secret"].replace(" ", "")
    code = pyotp.TOTP(secret).at(SystemClock().now())
    await browser.ask("POST", "/second-factor/confirm", {"code": code})


async def test_credentials_that_he_changed_are_left_alone(around: World) -> None:
    somebody = guest("K-299011", "wechselt.gern", NUMBERS[0])
    first = await fill(around, somebody)
    browser = await around.browser()
    await browser.log_in(first.login.username, first.login.password)
    await browser.change_credentials(
        "ganz.anders", "Ein ganz anderes Kennwort", first.login.password
    )

    again = await fill(around, replace(somebody, rules=(Rule(NUMBERS[0], MOBILE),)))

    assert (first.has_own_login, again.has_own_login) == (False, True)
    assert again.order_id == first.order_id
    [entry] = await around.agent.forwardings(customer_number=somebody.number)
    assert entry["rule"]["source"] == "none"


async def test_a_second_factor_keeps_out_who_has_the_password_alone(
    around: World,
) -> None:
    somebody = guest("K-299012", "zweifach", NUMBERS[1])
    first = await fill(around, somebody)
    browser = await around.browser()
    await browser.log_in(first.login.username, first.login.password)
    await set_up_factor(browser, first.login.password)

    assert (await fill(around, somebody)).has_own_login
