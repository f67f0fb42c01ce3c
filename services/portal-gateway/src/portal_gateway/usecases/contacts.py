"""Whom a customer wants told: adding, confirming, changing and testing contacts."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from chassis.postgres import Connection
from contracts.event import new_id
from contracts.refusal import Refusal
from contracts.written_number import read_number
from portal_gateway.domain import notices as rules
from portal_gateway.domain.notices import Asked, Channel, Contact
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.store import contacts, history, notice_queue, notices
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import proving
from portal_gateway.usecases.gateway import Gateway

CODE_VALID: Final = timedelta(minutes=30)
CODE_DIGITS: Final = 6
MOST_ASKED: Final = {"confirm": 5, "test": 5}
ASKED_WITHIN: Final = timedelta(hours=1)
ASK_PAUSE: Final = timedelta(seconds=20)
MOST_SENT: Final = 200


@dataclass(frozen=True, slots=True)
class Listed:
    """A contact, and the customer's own line on which it hangs, if it does."""

    contact: Contact
    own_line: str | None


@dataclass(frozen=True, slots=True)
class Editing:
    """Who edits which contact."""

    customer: str
    actor: str
    contact: int


async def all_of(gateway: Gateway, customer: str) -> list[Listed]:
    """Return the customer's contacts, oldest first."""
    async with gateway.transaction() as connection:
        found = await contacts.all_of(connection, customer)
        lines = await contacts.own_lines(connection, customer)
    return [Listed(one, rules.hangs_on(one, lines)) for one in found]


async def one(gateway: Gateway, customer: str, contact: int) -> Listed:
    """Return one contact; raises Refused where it is not his."""
    async with gateway.transaction() as connection:
        found = await _own(connection, customer, contact)
        lines = await contacts.own_lines(connection, customer)
    return Listed(found, rules.hangs_on(found, lines))


async def sent(gateway: Gateway, customer: str) -> Sequence[dict[str, Any]]:
    """Return what was sent to the customer's contacts, newest first."""
    async with gateway.transaction() as connection:
        rows = await notice_queue.newest(connection, customer, MOST_SENT)
    return [dict(row) for row in rows]


async def add(
    gateway: Gateway,
    customer: str,
    actor: str,
    asked: Asked,
) -> Listed:
    """Add a contact and send it a code; raises Refused with what is wrong."""
    asked = _checked(gateway, asked)
    now = gateway.now()
    async with gateway.changing(customer) as connection:
        if len(await contacts.all_of(connection, customer)) >= rules.MOST_CONTACTS:
            raise Refused("contacts_too_many", facts={"limit": rules.MOST_CONTACTS})
        added = await contacts.add(
            connection,
            customer,
            asked,
            by=actor,
            at=now,
        )
        if added is None:
            raise Refused("contact_exists")
        await notices.tell_contact(
            connection, added, customer, "confirm", new_id(), at=now
        )
        await _note(gateway, connection, Editing(customer, actor, added), "added")
    return await one(gateway, customer, added)


async def change(gateway: Gateway, editing: Editing, changes: dict[str, Any]) -> Listed:
    """Change label, language, kinds or on and off; what is not named stays."""
    async with gateway.transaction() as connection:
        known = await _own(connection, editing.customer, editing.contact)
        kinds = changes.get("kinds")
        await contacts.change(
            connection,
            known.id,
            label=str(changes.get("label", known.label))[: rules.LONGEST_LABEL],
            language=changes.get("language", known.language),
            kinds=known.kinds if kinds is None else rules.check_kinds(kinds),
            is_on=changes.get("is_on", known.is_on),
        )
        await _note(gateway, connection, editing, "changed")
    return await one(gateway, editing.customer, editing.contact)


async def remove(gateway: Gateway, editing: Editing, session: Session) -> None:
    """Forget a contact; what was to be sent to it is not sent, the others hear it."""
    proving.require_confirmed(gateway, session)
    async with gateway.transaction() as connection:
        known = await _own(connection, editing.customer, editing.contact)
        await _note(gateway, connection, editing, "removed")
        await contacts.remove(connection, editing.contact)
        if known.confirmed_at is None:
            return
        now = gateway.now()
        await notices.tell_security(
            connection,
            editing.customer,
            f"contact_removed {known.id}",
            what="contact_removed",
            by=editing.actor,
            at=now,
        )


async def confirm(gateway: Gateway, editing: Editing, code: str) -> Listed:
    """Confirm a contact with the code that it got; raises Refused."""
    now = gateway.now()
    async with gateway.transaction() as connection:
        known = await _own(connection, editing.customer, editing.contact)
        if known.confirmed_at and not known.refused_at:
            return await _listed(connection, known)
        expected = await contacts.code_of(connection, known.id)
        is_alive = expected.until is not None and expected.until > now
        if not is_alive or expected.tries >= rules.MOST_CODE_TRIES:
            raise Refused("code_expired")
        is_right = hmac.compare_digest(
            expected.hash or b"", code_hash(known.id, "".join(code.split()))
        )
        if is_right:
            await contacts.confirm(connection, known.id, now)
            await _note(gateway, connection, editing, "confirmed")
        else:
            await contacts.count_try(connection, known.id)
    if not is_right:
        raise Refused("code_wrong")
    return await one(gateway, editing.customer, editing.contact)


async def ask(gateway: Gateway, editing: Editing, kind: str) -> None:
    """Send a code again, or a test message; raises Refused when it is too often."""
    now = gateway.now()
    async with gateway.transaction() as connection:
        known = await _own(connection, editing.customer, editing.contact)
        if kind == "test" and known.state in {"unconfirmed", "refused"}:
            raise Refused("contact_not_confirmed")
        asked = await notices.asked_since(
            connection, known.id, kind, now - ASKED_WITHIN
        )
        if wait := _wait(asked, now, MOST_ASKED[kind]):
            seconds = max(1, int(wait.total_seconds()))
            raise Refused(
                "asked_too_often",
                facts={"seconds": seconds},
                headers={"Retry-After": str(seconds)},
            )
        await notices.tell_contact(
            connection, known.id, known.customer_number, kind, new_id(), at=now
        )


async def new_code(gateway: Gateway, connection: Connection, contact: int) -> str:
    """Draw the code that confirms the contact; only its hash is kept."""
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}}"
    until = gateway.now() + CODE_VALID
    await contacts.set_code(connection, contact, code_hash(contact, code), until)
    return code


def code_hash(contact: int, code: str) -> bytes:
    """Return what is kept of a code; five tries and 30 minutes guard the rest."""
    return hashlib.sha256(f"{contact} {code}".encode()).digest()


def _wait(asked: list[datetime], now: datetime, most: int) -> timedelta | None:
    if len(asked) >= most:
        return asked[-most] + ASKED_WITHIN - now
    if asked and now - asked[-1] < ASK_PAUSE:
        return ASK_PAUSE - (now - asked[-1])
    return None


def _checked(gateway: Gateway, asked: Asked) -> Asked:
    if asked.channel not in gateway.channels:
        raise Refused("channel_not_offered")
    kinds = asked.kinds
    return replace(
        asked,
        address=_address(asked.channel, asked.address),
        label=asked.label.strip()[: rules.LONGEST_LABEL],
        kinds=rules.DEFAULTS[asked.channel]
        if kinds is None
        else rules.check_kinds(kinds),
    )


def _address(channel: Channel, address: str) -> str:
    if channel == "email":
        return rules.check_email(address)
    read = read_number(address)
    if isinstance(read, Refusal):
        raise Refused("sms_number_invalid", more={"suggestion": read.suggestion})
    if read.region != "DE" or read.kind not in {"mobile", "fixed_line"}:
        raise Refused("sms_number_invalid")
    return read.number


async def _own(connection: Connection, customer: str, contact: int) -> Contact:
    found = await contacts.one(connection, customer, contact)
    if found is None:
        raise not_found()
    return found


async def _listed(connection: Connection, contact: Contact) -> Listed:
    lines = await contacts.own_lines(connection, contact.customer_number)
    return Listed(contact, rules.hangs_on(contact, lines))


async def _note(
    gateway: Gateway, connection: Connection, editing: Editing, what: str
) -> None:
    known = await contacts.by_id(connection, editing.contact)
    if known is None:
        return
    await history.note(
        connection,
        f"contact_{what}",
        at=gateway.now(),
        actor=editing.actor,
        customer=editing.customer,
        detail={"channel": known.channel, "address": known.address},
    )
