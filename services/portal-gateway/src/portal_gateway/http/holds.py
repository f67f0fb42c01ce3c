"""What staff hold off, and what a contract says of new targets."""

from datetime import timedelta
from typing import Annotated

from typing_extensions import TypedDict

from portal_gateway.http import shapes
from portal_gateway.http.answering import Moment, Number, answer, one_of
from portal_gateway.http.bodies import HoldOrder, NewTerms, TargetRelease
from portal_gateway.http.people import Agent, Named, Running, Staff
from portal_gateway.http.routes import new_router
from portal_gateway.store.holds import Hold
from portal_gateway.store.known_targets import Terms
from portal_gateway.usecases import holds, terms
from portal_gateway.usecases.holds import Order

router = new_router("holds")


@answer
class HoldShape(TypedDict):
    """What was said last of a subject: held off, or let go again."""

    subject: Annotated[str, one_of("target", "customer", "all")]
    name: str | None
    """The number, the first of a range, or the customer number."""
    last: Number | None
    """The last number of a range."""
    held: bool
    reason: Annotated[str, one_of("owner", "misuse")]
    because: str
    held_by: str
    held_at: Moment


@answer
class HoldList(TypedDict):
    """What is held off now, the newest first."""

    holds: list[HoldShape]


@answer
class TermsShape(TypedDict):
    """What a contract says of new targets; null: as the service is set."""

    new_target_wait_hours: float | None
    new_targets_a_day: int | None


@answer
class TermsInForce(TermsShape):
    """The same, and how many targets wait now."""

    waiting: int


@router.get("/holds")
async def list_holds(_staff: Staff, gateway: Running) -> HoldList:
    """List what is held off now (staff only)."""
    return {"holds": [_shown(one) for one in await holds.all_held(gateway)]}


@router.post("/holds")
async def order_hold(body: HoldOrder, staff: Staff, gateway: Running) -> HoldShape:
    """
    Hold off forwardings to a target, of a customer or all, or let them go again.

    `all` is for operators, who typed their password not long ago.
    """
    order = Order(
        body.subject, body.held, body.because, body.name, body.last, body.reason
    )
    return _shown(await holds.order(gateway, staff, order))


@router.get("/customers/{customer_number}/terms")
async def show_terms(
    customer_number: Named, _agent: Agent, gateway: Running
) -> TermsInForce:
    """Show what a contract says of new targets; null: as the service is set."""
    known = await terms.of_customer(gateway, customer_number)
    return {**_terms(known.terms), "waiting": len(known.waiting)}


@router.put("/customers/{customer_number}/terms")
async def set_terms(
    customer_number: Named, body: NewTerms, agent: Agent, gateway: Running
) -> TermsShape:
    """Write new terms into a contract."""
    hours = body.new_target_wait_hours
    wait = None if hours is None else timedelta(hours=hours)
    new = Terms(wait, body.new_targets_a_day)
    await terms.change(gateway, agent, customer_number, new)
    return _terms(new)


@router.post("/customers/{customer_number}/targets/release", status_code=204)
async def release_target(
    customer_number: Named, body: TargetRelease, agent: Agent, gateway: Running
) -> None:
    """Let a new target be used at once, after its customer was called back."""
    await terms.release(gateway, agent, customer_number, body.target)


def _terms(known: Terms) -> TermsShape:
    hours = None if known.wait is None else known.wait / timedelta(hours=1)
    return {"new_target_wait_hours": hours, "new_targets_a_day": known.a_day}


def _shown(hold: Hold) -> HoldShape:
    is_block = hold.last != hold.number
    return {
        "subject": hold.subject,
        "name": hold.number or None,
        "last": hold.last if is_block else None,
        "held": hold.held,
        "reason": hold.reason,
        "because": hold.because,
        "held_by": hold.held_by,
        "held_at": shapes.moment(hold.held_at),
    }
