"""The hotline's back office: find a customer, see, order the option, send a letter."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path
from starlette.responses import Response

from contracts.orders import Channel
from portal_gateway import texts
from portal_gateway.domain import ordering
from portal_gateway.domain.ordering import Order
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.ringing import target_last
from portal_gateway.pages import refusals, sought
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import Agent, Sent, Visit
from portal_gateway.store.known_targets import Terms
from portal_gateway.usecases import customers, hotline, orders, terms
from portal_gateway.usecases.orders import OrderNumbers, Placing

router = APIRouter()

HERE: Final = "/hotline"
ONE: Final = f"{HERE}/kunden/{{number:path}}"
FEWEST: Final = 2
MOST_ENTRIES: Final = 200
MOST_DIGITS: Final = 6
NOT_BEGUN: Final = ("none", "ordered", "refused")
CHANNELS: Final[dict[str, Channel]] = {"phone": "phone", "mail": "mail"}


async def named(number: Annotated[str, Path(max_length=64)], visit: Agent) -> str:
    """Return the number of the customer whom the address names, as it is known."""
    return await customers.named(visit.gateway, number)


Number = Annotated[str, Depends(named)]


@router.get(HERE)
async def ask(visit: Agent) -> Response:
    """Ask whom the agent looks for; list who fits, also on the way back from one."""
    query = sought.kept(visit)
    found = await hotline.find(visit.gateway, visit.known, query) if query else None
    return await visit.page("hotline.html", query=query, found=found, problem=None)


@router.post(HERE)
async def find(visit: Agent, form: Sent) -> Response:
    """Look for somebody; what was looked for stands in no address."""
    query = form.get("query").strip()
    if len(query) < FEWEST:
        return await visit.page(
            "hotline.html",
            query=query,
            found=None,
            problem=visit.say("hotline.query.short"),
        )
    return sought.keep(visit.go(HERE), visit, query)


@router.post(f"{ONE}/auftrag")
async def order_option(number: Number, visit: Agent, form: Sent) -> Response:
    """Order the option for an order there is, by phone or mail."""
    channel = CHANNELS.get(form.get("channel"))
    if channel is None:
        return await _page(
            visit,
            number,
            section=form.get("order_id"),
            problem=visit.say("hotline.channel.missing"),
        )
    placing = Placing(
        product=None,
        positions=(),
        option=True,
        extends_order_id=form.get("order_id"),
        channel=channel,
    )
    try:
        await orders.place(visit.gateway, number, visit.known.name, placing)
    except Refused as refused:
        return await refuse(visit, number, form.get("order_id"), refused)
    return visit.go(_path(number), Notice("hotline.option.done"))


@router.post(f"{ONE}/brief")
async def send_letter(number: Number, visit: Agent, form: Sent) -> Response:
    """Have a letter with a new password sent."""
    try:
        await hotline.order_letter(
            visit.gateway,
            visit.known,
            number,
            resets_factor=bool(form.get("resets_factor")),
        )
    except Refused as refused:
        return await refuse(visit, number, "letter", refused)
    return visit.go(_path(number), Notice("hotline.letter.done"))


@router.post(f"{ONE}/ziel-regeln")
async def change_terms(number: Number, visit: Agent, form: Sent) -> Response:
    """Change what the contract says of new targets."""
    try:
        wait, a_day = _whole(form.get("wait")), _whole(form.get("a_day"))
        hours = None if wait is None else timedelta(hours=wait)
        new = Terms(hours, a_day)
        await terms.change(visit.gateway, visit.known, number, new)
    except Refused as refused:
        typed = {"wait": form.get("wait"), "a_day": form.get("a_day")}
        return await refuse(visit, number, "terms", refused, typed_terms=typed)
    return visit.go(_path(number), Notice("terms.done"))


@router.post(f"{ONE}/ziel-freigeben")
async def release_target(number: Number, visit: Agent, form: Sent) -> Response:
    """Let a new target be used at once: the customer was called back."""
    await terms.release(visit.gateway, visit.known, number, form.get("target")[:64])
    return visit.go(_path(number), Notice("terms.released"))


@router.post(f"{ONE}/ziele")
async def show_targets(number: Number, visit: Agent, _form: Sent) -> Response:
    """Show the targets in full, once; that they were shown is kept."""
    await hotline.note_targets_shown(visit.gateway, visit.known, number)
    return await _page(visit, number, shows_targets=True)


@router.get(ONE)
async def show(number: Number, visit: Agent) -> Response:
    """Show a customer; who looked is kept."""
    return await _page(visit, number)


async def refuse(
    visit: Visit, number: str, section: str, refused: Refused, **told: Any
) -> Response:
    """Say in its section what was not done; what was typed stays."""
    if refused.code == "not_found":
        raise refused
    said = texts.say(refused.code, visit.language, refused.facts)
    status = refusals.form_status(refused.code)
    return await _page(
        visit, number, status=status, section=section, problem=said.detail, **told
    )


async def _page(
    visit: Visit,
    number: str,
    *,
    status: int = 200,
    shows_targets: bool = False,
    **told: Any,
) -> Response:
    seen = await hotline.look_at(visit.gateway, visit.known, number)
    placed = [order for order, _ in seen.orders]
    new_targets = await terms.of_customer(visit.gateway, number)
    return await visit.page(
        "hotline_customer.html",
        status=status,
        seen=seen,
        entries=seen.entries[:MOST_ENTRIES],
        orderable=_orderable(placed),
        options=[_option(*told, placed) for told in seen.orders],
        target_last=target_last,
        shows_targets=shows_targets,
        waiting=new_targets.waiting,
        here=_path(number),
        **{
            "section": "",
            "problem": None,
            "typed": "",
            "typed_terms": _shown(new_targets.terms),
            **told,
        },
    )


def _shown(known: Terms) -> dict[str, str]:
    """Return terms as their fields show them; what is not said is empty."""
    hours = None if known.wait is None else known.wait // timedelta(hours=1)
    found = {"wait": hours, "a_day": known.a_day}
    return {name: "" if n is None else str(n) for name, n in found.items()}


def _whole(text: str) -> int | None:
    """Return a number that was typed; None: nothing was."""
    text = text.strip()
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise Refused("terms_invalid")
    return int(text)


def _orderable(placed: Sequence[Order]) -> set[str]:
    """Return the orders for which the option can be ordered now."""
    return {
        contract.order_id
        for contract in ordering.contracts(placed)
        if not ordering.option_of(contract, placed)
    }


def _option(order: Order, numbers: OrderNumbers, placed: Sequence[Order]) -> str:
    """Return how far the option of an order is; one of the option says it, too."""
    if numbers.state not in NOT_BEGUN:
        return numbers.state
    return "ordered" if ordering.option_of(order, placed) else "none"


def _path(number: str) -> str:
    return f"{HERE}/kunden/{number}"
