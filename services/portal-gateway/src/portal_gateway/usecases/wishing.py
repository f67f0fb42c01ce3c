"""A wish on its way to forwarding, and what the history keeps of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.event import new_id
from contracts.forwardings import ForwardingRequested, RuleSetting
from portal_gateway.domain.facts import Range, Setting, is_block


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked: `wished` is the own rule once it is granted."""

    wished: Setting | None
    more: dict[str, Any]
    countries: list[str] | None = None

    def event(
        self,
        customer: str,
        actor: str,
        span: Range,
        *,
        version: int,
        option_version: int | None,
        at: datetime,
    ) -> ForwardingRequested:
        """Return what forwarding is told."""
        return ForwardingRequested(
            request_id=new_id(),
            customer_number=customer,
            number=span[0],
            last=span[1] if is_block(span) else None,
            allowed_countries=tuple(self.countries or ["DE"]),
            version=version,
            option_version=option_version,
            requested_by=actor,
            requested_at=at,
            **self.more,
        )


def setting_wish(setting: Setting, countries: list[str]) -> Wish:
    """Return the wish that a rule be so."""
    rule = RuleSetting(**_fields(setting))
    return Wish(setting, {"action": "set", "rule": rule}, countries)


REMOVING = Wish(None, {"action": "remove"})
"""The wish that a number have no rule of its own."""


def _fields(setting: Setting) -> dict[str, Any]:
    return {name: getattr(setting, name) for name in Setting.__slots__}


def _action(event: ForwardingRequested) -> str:
    if event.cause:
        return f"{event.cause}_{'started' if event.action == 'start' else 'stopped'}"
    return "rule_set" if event.action == "set" else "rule_removed"


def noted(event: ForwardingRequested, before: Setting) -> tuple[str, dict[str, Any]]:
    """Return how the history calls a wish, and what it keeps of it."""
    return _action(event), _detail(event, before)


def _detail(event: ForwardingRequested, before: Setting) -> dict[str, Any]:
    detail: dict[str, Any] = {"version": event.version}
    if event.rule:
        detail["rule"] = event.rule.model_dump()
    if event.cause is None:
        detail["before"] = _fields(before)
    if event.ends_at:
        detail["ends_at"] = event.ends_at.isoformat()
    return detail
