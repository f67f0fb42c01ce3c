"""What happened to a customer's numbers, and why one is as it is now."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from chassis.clock import start_of_day
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Picture, Range
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.ringing import last_in_effect, target_last
from portal_gateway.store import history, wishes
from portal_gateway.store.history import Filter
from portal_gateway.usecases import forwardings
from portal_gateway.usecases.forwardings import Named
from portal_gateway.usecases.gateway import Gateway

EVERYTHING: Final = Filter()
EARLIEST, LATEST = date(2000, 1, 1), date(2100, 1, 1)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the history, and where the next one begins."""

    rows: Sequence[Mapping[str, Any]]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Why:
    """An entry with who set the rule that holds."""

    entry: Entry
    target: str | None
    """Where calls ring, or would."""
    target_last: str | None
    set_by: str | None
    set_at: datetime | None


def between(
    first: date | None, last: date | None
) -> tuple[datetime | None, datetime | None]:
    """Return the moments between which these days lie in Germany, both included."""
    since = start_of_day(max(first, EARLIEST)) if first else None
    until = start_of_day(min(last, LATEST) + timedelta(days=1)) if last else None
    return since, until


async def history_page(
    gateway: Gateway,
    customer: str,
    cursor: str | None,
    limit: int,
    wanted: Filter = EVERYTHING,
) -> Page:
    """Return a page of what happened, newest first."""
    before_at, before_key = _read(cursor)
    async with gateway.transaction() as connection:
        rows = await history.page(
            connection, customer, before_at, before_key, limit + 1, wanted
        )
    shown = [dict(row) for row in rows[:limit]]
    if len(rows) <= limit:
        return Page(shown, None)
    last = shown[-1]
    return Page(shown, _written(last["at"], last["key"]))


async def why(gateway: Gateway, named: Named) -> Why:
    """Return an entry and who made its rule."""
    async with gateway.transaction() as connection:
        known = await forwardings.around(gateway, connection, named)
        entry = forwardings.found(known, named)
        touched = None
        if span := _holder(entry):
            touched = await wishes.last_touched(connection, span, named.customer)
    set_by, set_at = touched or (None, None)
    return Why(entry, *_target(known, entry), set_by, set_at)


def _target(known: Picture, entry: Entry) -> tuple[str | None, str | None]:
    if entry.target_in_effect:
        return entry.target_in_effect, last_in_effect(known, entry)
    return entry.rule.target, target_last(entry)


def _holder(entry: Entry) -> Range | None:
    """Return for which range the rule that holds was set."""
    if entry.source == "own":
        return entry.span
    return entry.block if entry.source == "block" else None


def _read(cursor: str | None) -> tuple[datetime | None, str]:
    if cursor is None:
        return None, ""
    try:
        at, _, key = base64.urlsafe_b64decode(cursor).decode().partition("|")
        moment = datetime.fromisoformat(at)
    except (ValueError, binascii.Error) as error:
        raise bad_cursor() from error
    if moment.tzinfo is None or "\x00" in key:
        raise bad_cursor()
    return moment, key


def bad_cursor() -> Refused:
    """Return the refusal of a place to go on from that no page named."""
    told = [{"field": "cursor", "reason": "invalid"}]
    return Refused("invalid_field", facts={"fields": "cursor"}, more={"errors": told})


def _written(at: datetime, key: str) -> str:
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{key}".encode()).decode()
