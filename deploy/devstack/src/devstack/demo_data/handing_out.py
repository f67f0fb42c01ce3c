"""Hands out what was filled in: demo.json for programs, a table for people."""

import asyncio
import json
import os
from collections.abc import Mapping
from typing import Any, Final

from rich import box
from rich.table import Table

from contracts import canary
from contracts.products import ELIGIBLE_PRODUCTS
from devstack.console import say
from devstack.console import show as print_table
from devstack.demo_data.cast import ELEMENTS, Customer
from devstack.demo_data.filling import Filled
from devstack.journey.network import Monitoring, SwitchView
from devstack.journey.world import urls
from devstack.logins import Login
from devstack.programs import sources
from devstack.settings import Settings

OWN: Final = "changed in the portal, or with a second factor"


def write(
    settings: Settings,
    staff: Mapping[str, Login],
    customers: list[Filled],
    newcomer: Filled,
) -> None:
    """Write demo.json, whole and for the owner of the stack only."""
    content = {
        "gateway": urls(settings)["portal-gateway"],
        "services": urls(settings),
        "switch": settings.switch_url,
        "kafka": settings.bootstrap_servers,
        "customers": [_customer(filled) for filled in customers],
        "newcomer": {"customer_number": newcomer.customer.number}
        | _login(newcomer.login),
        **{role: _login(login) for role, login in staff.items()},
        "sources": sources(settings),
    }
    file = settings.dev_dir / "demo.json"
    draft = file.with_suffix(f".{os.getpid()}")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(content, out, ensure_ascii=False, indent=2)
        out.write("\n")
    draft.replace(file)


def show(
    settings: Settings,
    staff: Mapping[str, Login],
    customers: list[Filled],
    newcomer: Filled,
) -> None:
    """Print the logins and where to look next."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for title, style in (("", "bold"), ("Log in as", "cyan"), ("Password", "")):
        table.add_column(title, style=style)
    for filled in customers:
        name = ELIGIBLE_PRODUCTS[filled.customer.product]
        password = OWN if filled.has_own_login else filled.login.password
        table.add_row(name, filled.login.username, password)
    table.add_section()
    table.add_row(
        "first login, by letter", newcomer.login.username, newcomer.login.password
    )
    for role, name in (("agent", "hotline"), ("operator", "network operations")):
        table.add_row(f"{name} ({role})", staff[role].username, staff[role].password)
    print_table(table)
    say(f"The portal: {urls(settings)['portal-gateway']}")
    say("Begin as the customer of the flyer: ecotel office-flat NGN")
    say(f"All of this, and the secrets of signals: {settings.dev_dir / 'demo.json'}")


async def show_outages(monitoring: Monitoring, portal: str) -> None:
    """Say what an earlier run left down: the calls that follow are not at home."""
    places = [
        ", ".join(filter(None, (outage["element"], *outage["lines"])))
        for outage in await monitoring.outages()
        if outage["state"] != "suspect" and outage["reported_by"] != canary.SOURCE
    ]
    if places:
        say(f"Outages are open, as they were left: {' · '.join(places)}.")
        say("  Until they end, calls divert, and a target there cannot be reached.")
        say(f"  Network operations end them: {portal}/netzbetrieb")


async def show_calls(switch: SwitchView, customers: list[Filled]) -> None:
    """Call each customer once, through the real switch where there is one."""
    numbers = [_first_number(filled.customer) for filled in customers]
    traces = await asyncio.gather(*map(switch.whole_call, numbers))
    if None in traces:
        say("No Kamailio and SIPp here: the simulated switch says where calls ring.")
        say("  make programs installs them; then each customer is called here.")
        return
    for trace in traces:
        if trace:
            say(f"A call to {trace.told}")


def _first_number(who: Customer) -> str:
    for held in who.holds:
        singles = (*held.numbers, *(held.extensions or ()))
        found: list[str] = [*singles, *(first for first, _ in held.blocks)]
        if found:
            return found[0]
    raise ValueError(who.number)


def _customer(filled: Filled) -> dict[str, Any]:
    who, later = filled.customer, {number for number, _ in filled.coming}
    held = [*who.holds]
    return {
        "product": who.product,
        "product_name": ELIGIBLE_PRODUCTS[who.product],
        "customer_number": who.number,
        "name": who.company,
        **_login(filled.login),
        "order_id": filled.order_id,
        "lines": list(dict.fromkeys(each.line for each in held)),
        "elements": _elements(who),
        "numbers": [
            number
            for each in held
            for number in (*each.numbers, *(each.extensions or ()))
            if number not in later
        ],
        "blocks": [list(block) for each in held for block in each.blocks],
        "coming": [
            {"number": number, "opens_on": day.isoformat()}
            for number, day in filled.coming
        ],
    }


def _elements(who: Customer) -> list[str]:
    above = [element for held in who.holds for element in ELEMENTS[held.node]]
    return list(dict.fromkeys(above))


def _login(login: Login) -> dict[str, str]:
    return {"username": login.username, "password": login.password}
