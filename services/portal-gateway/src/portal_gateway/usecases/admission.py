"""
May a rule lead there? What the contract, holds and the day's limit say of targets.

A target is new that no rule of the customer ever named. Whoever took an account over
needs one, so it takes the password again, is told to the customer's contacts, may
have to wait, and there are not many a day. Nothing of it concerns targets that are
known: in an outage they are changed at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final, Self

from chassis.postgres import Connection
from contracts.number_range import NumberRange
from contracts.target_check import TargetPolicy
from portal_gateway.domain.facts import Range, Setting, is_block
from portal_gateway.domain.refused import Refused
from portal_gateway.store import accounts, history, holds, known_targets, notices
from portal_gateway.store.known_targets import Named
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import proving
from portal_gateway.usecases.gateway import Gateway

A_DAY: Final = timedelta(days=1)
LEAST_A_DAY: Final = 20
"""New targets that everybody may have a day, however few numbers he has."""


@dataclass(frozen=True, slots=True)
class Who:
    """Who changes rules of which customer, and whether he proved it just now."""

    customer: str
    actor: str
    is_confirmed: bool

    @classmethod
    def of(cls, gateway: Gateway, session: Session) -> Self:
        """Return who it is that has the session."""
        customer = session.customer_number or ""
        return cls(customer, session.name, proving.is_confirmed(gateway, session))


@dataclass
class Admission:
    """What is said of targets in one transaction; what is new is kept at its end."""

    who: Who
    policy: TargetPolicy
    now: datetime
    wait: timedelta
    most: int
    known: dict[str, datetime]
    today: int
    is_held: bool = False
    _new: set[str] = field(default_factory=set)

    @property
    def countries(self) -> list[str]:
        """Return the countries that the contract allows."""
        return sorted(self.policy.regions)

    @property
    def ready_at(self) -> datetime:
        """Return from when on what is new now may be named."""
        return self.now + self.wait if self.wait else known_targets.AT_ONCE

    def objection(self, span: Range, setting: Setting | None) -> Refused | None:
        """
        Return why a rule with canonical targets may not be set now, or None.

        Only for a rule that passed every other check: its new targets count from now.
        """
        if setting is None:
            return None
        if self.is_held and setting.enabled:
            return Refused("customer_held")
        named = named_by(span, setting)
        new = named - self.known.keys()
        if new and not self.who.is_confirmed:
            return Refused("confirmation_required")
        if new and self.today + len(new) > self.most:
            return Refused("too_many_new_targets", facts={"most": self.most})
        self.today += len(new)
        self._new |= new
        self.known |= dict.fromkeys(new, self.ready_at)
        until = max((self.known[target] for target in named), default=self.now)
        if until > self.now:
            more = {"ready_at": until.isoformat()}
            return Refused("target_waits", facts={"until": until}, more=more)
        return None

    async def keep(self, connection: Connection) -> None:
        """Keep what is new; contacts hear at once of what has to wait."""
        if not self._new:
            return
        customer, by = self.who.customer, self.who.actor
        named = [Named(customer, target, by, self.now) for target in self._new]
        await known_targets.add(connection, named, ready_at=self.ready_at)
        if not self.wait:
            return
        pairs = {(customer, target) for target in self._new}
        for _, target in sorted(await known_targets.take_untold(connection, pairs)):
            await history.note(
                connection,
                "target_waits",
                at=self.now,
                actor=by,
                customer=customer,
                detail={"target": target, "until": self.ready_at.isoformat()},
            )
            await notices.tell_security(
                connection,
                customer,
                f"waits {target} {self.now.isoformat()}",
                what="target_waits",
                by=by,
                at=self.now,
                target=target,
                until=self.ready_at.isoformat(),
            )


async def begin(
    gateway: Gateway,
    connection: Connection,
    who: Who,
    *,
    among: Iterable[str] | None = None,
) -> Admission:
    """Read what there is to say; only while the customer is locked."""
    now, customer = gateway.now(), who.customer
    terms = await known_targets.terms(connection, customer)
    settings = gateway.settings
    return Admission(
        who,
        await policy_of(connection, customer),
        now,
        settings.new_target_wait if terms.wait is None else terms.wait,
        terms.a_day
        if terms.a_day is not None
        else settings.new_targets_a_day
        or max(LEAST_A_DAY, await known_targets.count_numbers(connection, customer)),
        await known_targets.known(connection, customer, among),
        await known_targets.count_since(connection, customer, now - A_DAY),
        await holds.is_customer_held(connection, customer),
    )


async def policy_of(connection: Connection, customer: str) -> TargetPolicy:
    """Return where the contract lets calls go, without what is held off."""
    person = await accounts.customer(connection, customer)
    countries = person.allowed_countries if person else ["DE"]
    held = await holds.targets(connection)
    return TargetPolicy(regions=frozenset(countries), held=held)


def check_confirmed(refused: Iterable[Refused | None]) -> None:
    """Raise what asks for the password again: nothing of many is done before."""
    for one in refused:
        if one and one.code == "confirmation_required":
            raise one


def named_by(span: Range, setting: Setting) -> set[str]:
    """Return what a rule names, a whole block as both its ends."""
    named = {setting.fallback_target} if setting.fallback_target else set()
    if setting.target is None:
        return named
    if not (setting.keep_extension and is_block(span)):
        return named | {setting.target}
    size = NumberRange(*span).size
    return named | {str(NumberRange.starting(setting.target, size=size))}
