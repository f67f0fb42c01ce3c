"""Contacts: who is told of outages, and what was sent."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import Depends
from typing_extensions import TypedDict

from portal_gateway.domain.notices import KINDS, Asked
from portal_gateway.domain.refused import not_found
from portal_gateway.http import shapes
from portal_gateway.http.answering import Moment, answer, one_of
from portal_gateway.http.bodies import ContactChange, ContactCode, NewContact
from portal_gateway.http.people import For, Owner, Running
from portal_gateway.http.routes import new_router
from portal_gateway.usecases import contacts
from portal_gateway.usecases.contacts import Editing, Listed

router = new_router("contacts")

LARGEST_ID = 2**63 - 1
ContactChannel = Annotated[str, one_of("email", "sms")]


@answer
class ContactShape(TypedDict):
    """Somebody whom the customer wants told."""

    id: int
    channel: ContactChannel
    address: str
    label: str
    language: Annotated[str, one_of("de", "en")]
    kinds: list[str]
    """Which notices are wanted."""
    is_on: bool
    state: str
    """Whether it is confirmed, and reached."""
    confirmed_at: Moment | None
    hangs_on_own_line: str | None
    """The own line with which it fails; null: with none."""


@answer
class ContactList(TypedDict):
    """The contacts, and what there is to choose from."""

    contacts: list[ContactShape]
    kinds: list[str]
    """Every kind of notice."""
    channels: list[str]


@answer
class Sending(TypedDict):
    """A message is on its way."""

    state: Annotated[str, one_of("waiting")]


@answer
class NoticeShape(TypedDict):
    """A message to a contact, and what became of it."""

    contact: int | None
    channel: ContactChannel
    address: str
    kind: str
    created_at: Moment
    state: str
    settled_at: Moment | None
    attempts: int


@answer
class NoticeList(TypedDict):
    """What was sent, newest first."""

    notices: list[NoticeShape]


def contact_id(contact: str) -> int:
    """Return the id of a path; what is none names nothing."""
    if not contact.isascii() or not contact.isdecimal() or len(contact) > len("9" * 19):
        raise not_found()
    if int(contact) > LARGEST_ID:
        raise not_found()
    return int(contact)


def editing_of(contact: str, owner: Owner) -> Editing:
    """Return which contact the owner edits."""
    return Editing(owner.customer, owner.name, contact_id(contact))


Edited = Annotated[Editing, Depends(editing_of)]


@router.get("/contacts")
async def list_contacts(acting: For, gateway: Running) -> ContactList:
    """List the contacts, and every kind of notice that there is."""
    found = await contacts.all_of(gateway, acting.customer)
    return {
        "contacts": [_shown(one) for one in found],
        "kinds": list(KINDS),
        "channels": sorted(gateway.channels),
    }


@router.post("/contacts", status_code=201)
async def add_contact(body: NewContact, owner: Owner, gateway: Running) -> ContactShape:
    """Add a contact; a code goes to it, and nothing else until it is confirmed."""
    asked = Asked(
        channel=body.channel,
        address=body.address,
        label=body.label,
        language=body.language,
        kinds=None if body.kinds is None else tuple(body.kinds),
    )
    added = await contacts.add(gateway, owner.customer, owner.name, asked)
    return _shown(added)


@router.put("/contacts/{contact}")
async def change_contact(
    body: ContactChange, editing: Edited, gateway: Running
) -> ContactShape:
    """Change a contact; what is left out stays as it is."""
    changes = body.model_dump(exclude_unset=True, exclude_none=True)
    return _shown(await contacts.change(gateway, editing, changes))


@router.delete("/contacts/{contact}", status_code=204)
async def remove_contact(editing: Edited, owner: Owner, gateway: Running) -> None:
    """Forget a contact."""
    await contacts.remove(gateway, editing, owner.session)


@router.post("/contacts/{contact}/confirm")
async def confirm_contact(
    body: ContactCode, editing: Edited, gateway: Running
) -> ContactShape:
    """Confirm a contact with the code that it got."""
    return _shown(await contacts.confirm(gateway, editing, body.code))


@router.post("/contacts/{contact}/code", status_code=202)
async def send_code_again(editing: Edited, gateway: Running) -> Sending:
    """Send a new code; older ones are of no use then."""
    await contacts.ask(gateway, editing, "confirm")
    return {"state": "waiting"}


@router.post("/contacts/{contact}/test", status_code=202)
async def send_test(editing: Edited, gateway: Running) -> Sending:
    """Send a test message."""
    await contacts.ask(gateway, editing, "test")
    return {"state": "waiting"}


@router.get("/notices")
async def list_notices(acting: For, gateway: Running) -> NoticeList:
    """List what was sent to the contacts, newest first."""
    found = await contacts.sent(gateway, acting.customer)
    return {"notices": [_sent(row) for row in found]}


def _shown(listed: Listed) -> ContactShape:
    one = listed.contact
    return {
        "id": one.id,
        "channel": one.channel,
        "address": one.address,
        "label": one.label,
        "language": one.language,
        "kinds": list(one.kinds),
        "is_on": one.is_on,
        "state": one.state,
        "confirmed_at": shapes.moment(one.confirmed_at),
        "hangs_on_own_line": listed.own_line,
    }


def _sent(row: Mapping[str, Any]) -> NoticeShape:
    return {
        "contact": row["contact_id"],
        "channel": row["channel"],
        "address": row["address"],
        "kind": row["kind"],
        "created_at": shapes.moment(row["created_at"]),
        "state": row["state"],
        "settled_at": shapes.moment(row["settled_at"]),
        "attempts": row["attempts"],
    }
