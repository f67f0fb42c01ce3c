"""What a contract says of new targets: read and written by the hotline."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.store import history, known_targets
from portal_gateway.store.known_targets import Terms, Waiting
from portal_gateway.store.sessions import Session
from portal_gateway.usecases.gateway import Gateway

LONGEST_WAIT: Final = timedelta(days=30)
MOST_A_DAY: Final = 100_000


@dataclass(frozen=True, slots=True)
class Known:
    """What the contract says, and which targets wait."""

    terms: Terms
    waiting: Sequence[Waiting]


async def of_customer(gateway: Gateway, customer: str) -> Known:
    """Return what the contract says, and which targets wait."""
    async with gateway.transaction() as connection:
        return Known(
            await known_targets.terms(connection, customer),
            await known_targets.waiting(connection, customer, gateway.now()),
        )


async def change(
    gateway: Gateway, session: Session, customer: str, terms: Terms
) -> None:
    """Write new terms into the contract; audited."""
    wait, a_day = terms.wait, terms.a_day
    if wait is not None and not timedelta(0) <= wait <= LONGEST_WAIT:
        raise Refused("terms_invalid")
    if a_day is not None and not 0 <= a_day <= MOST_A_DAY:
        raise Refused("terms_invalid")
    async with gateway.transaction() as connection:
        if not await known_targets.set_terms(connection, customer, terms):
            raise not_found()
        await history.note(
            connection,
            "terms_changed",
            at=gateway.now(),
            actor=session.name,
            customer=customer,
            detail={
                "new_target_wait": None if wait is None else wait.total_seconds(),
                "new_targets_a_day": a_day,
            },
        )


async def release(
    gateway: Gateway, session: Session, customer: str, target: str
) -> None:
    """Let a new target be used at once: its owner was called back; audited."""
    now = gateway.now()
    async with gateway.transaction() as connection:
        if not await known_targets.release(connection, customer, target, now):
            raise not_found()
        await history.note(
            connection,
            "target_released",
            at=now,
            actor=session.name,
            customer=customer,
            detail={"target": target},
        )
