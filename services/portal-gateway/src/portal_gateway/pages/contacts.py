"""Whom we tell of outages: contacts, codes, tests, and what was sent."""

from typing import Any, Final

from fastapi import APIRouter
from starlette.responses import Response

from portal_gateway import texts
from portal_gateway.domain.notices import KINDS, Asked
from portal_gateway.domain.refused import Refused
from portal_gateway.http.contacts import contact_id
from portal_gateway.http.problems import STATUS, UNPROCESSABLE
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import Customer, Form, Sent, Visit
from portal_gateway.usecases import contacts
from portal_gateway.usecases.contacts import Editing, Listed

router = APIRouter()

HERE: Final = "/benachrichtigungen"
MOST_SENT: Final = 20


@router.get(HERE)
async def show_contacts(visit: Customer) -> Response:
    """Show the contacts, and what was sent lately."""
    return await _shown(visit)


@router.post(HERE)
async def add_contact(visit: Customer, form: Sent) -> Response:
    """Enter a contact; what it is, its address says."""
    address = form.get("address").strip()
    asked = Asked(
        channel="email" if "@" in address else "sms",
        address=address,
        label=form.get("label"),
        language="en" if form.get("language") == "en" else "de",
    )
    try:
        await contacts.add(visit.gateway, visit.customer, _name(visit), asked)
    except Refused as refused:
        return await _refused(visit, form, refused, "add")
    return visit.go(HERE, Notice("contacts.added"))


@router.post(f"{HERE}/{{contact}}/code")
async def confirm_contact(contact: str, visit: Customer, form: Sent) -> Response:
    """Confirm a contact, or send the code again."""
    editing = _editing(visit, contact)
    try:
        if "again" in dict(form.typed()):
            await contacts.ask(visit.gateway, editing, "confirm")
            return visit.go(HERE, Notice("contacts.code_sent"))
        await contacts.confirm(visit.gateway, editing, form.get("code"))
    except Refused as refused:
        return await _refused(visit, form, refused, f"code-{editing.contact}")
    return visit.go(HERE, Notice("contacts.confirmed"))


@router.post(f"{HERE}/{{contact}}")
async def change_contact(contact: str, visit: Customer, form: Sent) -> Response:
    """Save what is sent to a contact."""
    changes: dict[str, Any] = {
        "label": form.get("label"),
        "language": "en" if form.get("language") == "en" else "de",
        "kinds": form.all("kinds"),
        "is_on": form.get("is_on") == "1",
    }
    try:
        await contacts.change(visit.gateway, _editing(visit, contact), changes)
    except Refused as refused:
        return await _refused(visit, form, refused, f"settings-{contact}")
    return visit.go(HERE, Notice("contacts.saved"))


@router.post(f"{HERE}/{{contact}}/test")
async def send_test(contact: str, visit: Customer, form: Sent) -> Response:
    """Send a test message."""
    try:
        await contacts.ask(visit.gateway, _editing(visit, contact), "test")
    except Refused as refused:
        return await _refused(visit, form, refused, f"test-{contact}")
    return visit.go(HERE, Notice("contacts.test_sent"))


@router.post(f"{HERE}/{{contact}}/entfernen")
async def remove_contact(contact: str, visit: Customer, _form: Sent) -> Response:
    """Forget a contact."""
    editing = _editing(visit, contact)
    await contacts.remove(visit.gateway, editing, visit.known)
    return visit.go(HERE, Notice("contacts.removed"))


async def _shown(
    visit: Visit,
    *,
    status: int = 200,
    problem: str | None = None,
    place: str = "",
    typed: Form | None = None,
) -> Response:
    listed = await contacts.all_of(visit.gateway, visit.customer)
    sent = await contacts.sent(visit.gateway, visit.customer)
    return await visit.page(
        "contacts.html",
        status=status,
        listed=listed,
        sent=sent[:MOST_SENT],
        kinds=KINDS,
        warning=_warning(listed),
        problem=problem,
        place=place,
        typed=typed,
    )


async def _refused(visit: Visit, form: Form, refused: Refused, place: str) -> Response:
    """Say what is wrong where it is, and keep what was typed."""
    if refused.code == "not_found":
        raise refused
    said = texts.say(refused.code, visit.language, refused.facts)
    status = STATUS.get(refused.code, UNPROCESSABLE)
    return await _shown(
        visit, status=status, problem=said.detail, place=place, typed=form
    )


def _warning(listed: list[Listed]) -> str | None:
    """Return what to say when an outage would cut all contacts off, too."""
    told = [one for one in listed if one.contact.state == "on"]
    if not told:
        return None
    if all(one.own_line for one in told):
        return "contacts.no_free"
    is_mail = all(one.contact.channel == "email" or one.own_line for one in told)
    return "contacts.mail_only" if is_mail else None


def _editing(visit: Visit, contact: str) -> Editing:
    return Editing(visit.customer, _name(visit), contact_id(contact))


def _name(visit: Visit) -> str:
    return visit.session.name if visit.session else ""
