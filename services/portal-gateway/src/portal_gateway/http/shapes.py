"""How entries, orders and outages look in JSON."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel

from contracts.products import ELIGIBLE_PRODUCTS
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Cause, Outage, Setting, is_block
from portal_gateway.store.orders import Order
from portal_gateway.usecases.orders import OrderNumbers
from portal_gateway.usecases.outages import Touched


class Begun(BaseModel):
    """A session began; fields that say `true` name what comes before all else."""

    must_change_credentials: bool
    second_factor_required: bool | None = None
    """Only there, and true, where a code of the second factor is asked for first."""


class RuleShape(BaseModel):
    """The rule that holds, and whose it is."""

    enabled: bool
    target: str | None
    source: Literal["own", "block", "none"]
    keep_extension: bool
    fallback_target: str | None
    follows_planned_work: bool
    line_first: bool


class CauseShape(BaseModel):
    """Why calls go elsewhere."""

    type: Literal["outage", "drill", "manual"]
    id: str
    since: datetime


class EntryOutage(BaseModel):
    """The outage that touches the number now."""

    id: str
    kind: str
    since: datetime
    estimated_end: datetime | None
    voice_reachable: bool


class EntryShape(BaseModel):
    """One number or block."""

    number: str
    kind: Literal["number", "block"]
    last: str | None
    line: str | None
    extension: str | None
    block: str | None
    rule: RuleShape
    state: Literal["inactive", "ready", "pending", "diverted", "failed"]
    pending: bool
    """A change waits to be taken over, also while the state says something else."""
    since: datetime | None
    target_in_effect: str | None
    causes: list[CauseShape]
    opens_on: date | None
    outage: EntryOutage | None
    ported_out: bool
    code: str | None
    version: int


class EntryList(BaseModel):
    """All entries, or a page of them."""

    forwardings: list[EntryShape]
    next_cursor: str | None


def entry(one: Entry) -> dict[str, Any]:
    """Return an entry of the configurator."""
    return {
        "number": one.span[0],
        "kind": "block" if is_block(one.span) else "number",
        "last": one.span[1] if is_block(one.span) else None,
        "line": one.line,
        "extension": one.extension,
        "block": one.block[0] if one.block else None,
        "rule": rule(one.rule, one.source),
        "state": one.state,
        "pending": one.asked_at is not None,
        "since": moment(one.since),
        "target_in_effect": one.target_in_effect,
        "causes": [cause(each) for each in one.causes],
        "opens_on": one.opens_on.isoformat() if one.opens_on else None,
        "outage": entry_outage(one.outage) if one.outage else None,
        "ported_out": one.ported_out,
        "code": one.code,
        "version": one.version,
    }


def rule(setting: Setting, source: str) -> dict[str, Any]:
    """Return a rule and whose it is."""
    return {
        "enabled": setting.enabled,
        "target": setting.target,
        "source": source,
        "keep_extension": setting.keep_extension,
        "fallback_target": setting.fallback_target,
        "follows_planned_work": setting.follows_planned_work,
        "line_first": setting.line_first,
    }


def cause(one: Cause) -> dict[str, Any]:
    """Return a cause."""
    return {"type": one.type, "id": one.id, "since": moment(one.since)}


def entry_outage(one: Outage) -> dict[str, Any]:
    """Return the outage beside an entry."""
    return {
        "id": one.id,
        "kind": one.kind,
        "since": moment(one.since),
        "estimated_end": moment(one.estimated_end),
        "voice_reachable": one.voice_reachable,
    }


def outage(touched: Touched) -> dict[str, Any]:
    """Return an outage as the customer sees it."""
    one = touched.outage
    return {
        **entry_outage(one),
        "state": "open" if one.is_open else "closed",
        "cleared_at": moment(one.cleared_at),
        "reason": one.reason,
        "note": one.note,
        "places": touched.places,
        "numbers_forwarded": touched.numbers_forwarded,
    }


def order(one: Order, numbers: OrderNumbers) -> dict[str, Any]:
    """Return an order and how far the option is."""
    opens_on = numbers.opens_on.isoformat() if numbers.opens_on else None
    return {
        "order_id": one.order_id,
        "customer_number": one.customer_number,
        "product": one.product,
        "product_name": texts_of_product(one.product),
        "positions": one.positions,
        "extends_order_id": one.extends_order_id,
        "channel": one.channel,
        "placed_by": one.placed_by,
        "placed_at": moment(one.placed_at),
        "state": one.state,
        "code": one.code,
        "reason": one.reason,
        "cancelling": bool(one.cancelled_at) and one.state != "cancelled",
        "option": {"state": numbers.state, "opens_on": opens_on},
    }


def order_detail(one: Order, numbers: OrderNumbers) -> dict[str, Any]:
    """Return an order with its numbers."""
    shown = [
        {**number, "opens_on": str(number["opens_on"]) if number["opens_on"] else None}
        for number in numbers.numbers
    ]
    return {**order(one, numbers), "numbers": shown}


def texts_of_product(product: str) -> str:
    """Return the product's name as customers know it."""
    return ELIGIBLE_PRODUCTS.get(product, product)


def moment(at: datetime | None) -> str | None:
    """Return a moment in UTC, as RFC 3339 writes it."""
    return at.isoformat().replace("+00:00", "Z") if at else None
