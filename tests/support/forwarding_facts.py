"""Facts as other services tell them to forwarding, with versions that only grow."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from contracts.event import new_id
from contracts.forwardings import ForwardingRequested, RuleSetting
from contracts.holds import ForwardingsHeld
from contracts.numbers import LineConnected
from contracts.options import OptionDisabled, OptionEnabled
from contracts.outages import OutageCleared, OutageDetected

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CUSTOMER, STRANGER = "K1000", "K2000"
MOBILE, SECOND, THIRD = "+4915228817386", "+493023125990", "+493023125991"

_SINGLES = [f"+492214710{n:03}" for n in range(400)]
_TENS = [f"+496990009{n:02}0" for n in range(100)]


def numbers_for_tests() -> Iterator[str]:
    """Name numbers reserved for fiction, each once."""
    return iter(_SINGLES)


def blocks_for_tests() -> Iterator[tuple[str, str]]:
    """Name blocks of ten reserved for fiction, each once."""
    return ((first, first[:-1] + "9") for first in _TENS)


@dataclass
class Facts:
    """Makes events; the n-th about something has version n."""

    versions: Counter[str] = field(default_factory=Counter)

    def next(self, of: str) -> int:
        """Return the next version of something."""
        self.versions[of] += 1
        return self.versions[of]

    def moment(self) -> datetime:
        """Return a moment that is later than any before."""
        return NOON + timedelta(seconds=self.next("moment"))

    def line_connected(
        self,
        line: str,
        elements: Sequence[str] = (),
        customer: str = CUSTOMER,
        *,
        gone: bool = False,
    ) -> LineConnected:
        """Hang a line on elements, nearest first, or tell that it is gone."""
        return LineConnected(
            line=line,
            customer_number=customer,
            elements=tuple(elements),
            version=self.next(line),
            gone=gone,
        )

    def enabled(
        self,
        number: str,
        line: str,
        *,
        last: str | None = None,
        customer: str = CUSTOMER,
    ) -> OptionEnabled:
        """Open the option."""
        return OptionEnabled(
            number=number,
            last=last,
            customer_number=customer,
            order_id="O1",
            version=self.next(f"{number}-{last}"),
            product="sip-trunk-2.0",
            line=line,
            opened_on=date(2026, 11, 1),
        )

    def disabled(
        self,
        number: str,
        *,
        last: str | None = None,
        customer: str = CUSTOMER,
        reason: str = "ported_out",
    ) -> OptionDisabled:
        """End the option."""
        return OptionDisabled.model_validate(
            {
                "number": number,
                "last": last,
                "customer_number": customer,
                "order_id": "O1",
                "version": self.next(f"{number}-{last}"),
                "reason": reason,
                "disabled_at": self.moment(),
            }
        )

    def wish(
        self, number: str, *, last: str | None = None, **more: Any
    ) -> ForwardingRequested:
        """Ask for a rule, or for its use, as the portal does."""
        version = more.pop("version", None) or self.next(f"wish {number}-{last}")
        return ForwardingRequested.model_validate(
            {
                "request_id": new_id(),
                "customer_number": CUSTOMER,
                "number": number,
                "last": last,
                "action": "set",
                "version": version,
                "requested_by": "max",
                "requested_at": self.moment(),
            }
            | more
        )

    def rule(self, number: str, target: str | None, **more: Any) -> ForwardingRequested:
        """Ask for a rule that is armed when it has a target."""
        setting = {"enabled": target is not None, "target": target}
        setting |= more.pop("rule", {})
        return self.wish(number, rule=RuleSetting.model_validate(setting), **more)

    def held(
        self, subject: str, name: str | None = None, **more: Any
    ) -> ForwardingsHeld:
        """Hold off the forwardings to a target, of a customer, or all."""
        names = {"target": "number", "customer": "customer_number"}
        named = {names[subject]: name} if subject in names else {}
        return ForwardingsHeld.model_validate(
            {
                "subject": subject,
                **named,
                "held": True,
                "version": self.next(f"hold {subject} {name}"),
                "held_by": "s.meier",
                "held_at": NOON,
            }
            | more
        )

    def detected(
        self, outage: str, element: str | None = None, **more: Any
    ) -> OutageDetected:
        """Say that an outage is so now."""
        return OutageDetected.model_validate(
            {
                "outage_id": outage,
                "version": self.next(outage),
                "element": element,
                "occurred_at": NOON,
                "detected_at": NOON + timedelta(seconds=30),
            }
            | more
        )

    def cleared(self, outage: str, **more: Any) -> OutageCleared:
        """Say that an outage is over."""
        return OutageCleared.model_validate(
            {"outage_id": outage, "version": self.next(outage), "cleared_at": NOON}
            | more
        )
