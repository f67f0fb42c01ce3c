"""What is told to whom: kinds of notices, contacts, and how sending is repeated."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal, get_args

from portal_gateway.domain.facts import Range, covers
from portal_gateway.domain.refused import Refused

Channel = Literal["email", "sms"]
Kind = Literal[
    "outage_began",
    "forwarding_began",
    "outage_ended",
    "outage_withdrawn",
    "planned_work",
    "numbers_unprotected",
    "forwarding_failed",
    "forwarding_reminder",
    "target_set",
]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
DEFAULTS: Final[dict[Channel, tuple[Kind, ...]]] = {
    "email": KINDS,
    "sms": (
        "outage_began",
        "forwarding_began",
        "outage_ended",
        "outage_withdrawn",
        "forwarding_failed",
    ),
}
"""What a new contact hears; a short message at night must be worth it."""
SERVICE_KINDS: Final = ("confirm", "test", "security")
"""What nobody can do without: asked for by a button, or to see that it was oneself."""

MOST_CONTACTS: Final = 20
MOST_CODE_TRIES: Final = 5
LONGEST_ADDRESS: Final = 254
LONGEST_LABEL: Final = 100
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=20), timedelta(hours=1)

_EMAIL = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{1,62}"
)


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody whom a customer wants told."""

    id: int
    customer_number: str
    channel: Channel
    address: str
    label: str
    language: Literal["de", "en"]
    kinds: tuple[Kind, ...]
    is_on: bool
    confirmed_at: datetime | None
    refused_at: datetime | None
    created_by: str
    created_at: datetime

    @property
    def state(self) -> str:
        """Return whether anything reaches it: unconfirmed, refused, off or on."""
        if self.refused_at:
            return "refused"
        if self.confirmed_at is None:
            return "unconfirmed"
        return "on" if self.is_on else "off"


@dataclass(frozen=True, slots=True)
class Asked:
    """A contact that somebody wants; `kinds` None: what suits the channel."""

    channel: Channel
    address: str
    label: str = ""
    language: Literal["de", "en"] = "de"
    kinds: tuple[str, ...] | None = None


def check_email(text: str) -> str:
    """Return the address as it is used; raises Refused when mail cannot go there."""
    address = text.strip()
    local, _, domain = address.rpartition("@")
    if len(address) > LONGEST_ADDRESS or not _EMAIL.fullmatch(address):
        raise Refused("email_invalid")
    return f"{local}@{domain.lower()}"


def check_kinds(kinds: Collection[str]) -> tuple[Kind, ...]:
    """Return the kinds in their order; raises Refused for one that we do not know."""
    unknown = sorted(set(kinds) - set(KINDS))
    if unknown:
        raise Refused("notice_kind_unknown", facts={"kinds": ", ".join(unknown)})
    return tuple(kind for kind in KINDS if kind in kinds)


def hangs_on(contact: Contact, lines: dict[Range, str | None]) -> str | None:
    """Return the customer's own line whose number the contact is, if it is one."""
    if contact.channel != "sms":
        return None
    for span, line in lines.items():
        if covers(span, contact.address):
            return line or span[0]
    return None


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait before the next try."""
    doubled: int = 2 ** min(attempts - 1, 16)
    return min(FIRST_PAUSE * doubled, LONGEST_PAUSE)
