"""Wishes of customers, what became of them, and what the network does."""

import re
from datetime import timedelta
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator
from typing_extensions import override

from contracts.event import Event, Fact, Moment, Name, Sequence, Version
from contracts.phone_number import PhoneNumber

CauseType = Literal["outage", "manual", "drill"]
LONGEST_DRILL: Final = timedelta(hours=1)
"""A drill that asks for more, or that begins late, ends after this."""


def _region(text: str) -> str:
    if not re.fullmatch("[A-Z]{2}", text):
        message = "not an ISO 3166 region such as DE"
        raise ValueError(message)
    return text


Region = Annotated[str, AfterValidator(_region)]


class Cause(Fact):
    """Why a number is diverted."""

    type: CauseType
    id: Name
    since: Moment


class RuleSetting(Fact):
    """What the customer wants for a number or block while its line is down."""

    enabled: bool
    """Armed (»Aktiv«). False on a number inside a block: explicitly not forwarded."""
    target: PhoneNumber | None = None
    keep_extension: bool = False
    """The target is the first number of a block of the same size."""
    fallback_target: PhoneNumber | None = None
    """Used while the target's own line is down."""
    follows_planned_work: bool = True
    line_first: bool = False
    """Calls try the line first and are diverted when it does not answer as one."""


class ForwardingRequested(Event):
    """A customer (or staff for him) asks to change or use a forwarding."""

    source: ClassVar[str] = "portal-gateway"

    request_id: Name
    customer_number: Name
    number: PhoneNumber
    last: PhoneNumber | None = None
    action: Literal["set", "remove", "start", "stop"]
    """Set or remove the rule; start or stop `cause` (manual or drill)."""
    rule: RuleSetting | None = None
    """For `set`."""
    cause: Literal["manual", "drill"] | None = None
    """For `start` and `stop`."""
    ends_at: Moment | None = None
    """When a drill shall end by itself, at most an hour after it begins."""
    allowed_countries: tuple[Region, ...] = ("DE",)
    """ISO 3166 regions that the customer's contract allows as targets."""
    version: Version
    """The gateway's version of this number's wish; told back unchanged."""
    option_version: Version | None = None
    """The newest OptionEnabled or OptionDisabled of the number that the gateway knew:
    a newer end is the end of this wish too, an older one is not. Without it the times
    of both decide."""
    requested_by: str
    requested_at: Moment

    @property
    @override
    def key(self) -> str:
        return self.customer_number


class ForwardingConfigured(Event):
    """A wish was taken over or refused; `flagged`: a stored target became barred."""

    source: ClassVar[str] = "forwarding"

    request_id: Name | None
    customer_number: Name
    number: PhoneNumber
    last: PhoneNumber | None = None
    action: Literal["set", "remove", "start", "stop"]
    outcome: Literal["accepted", "refused", "flagged"]
    rule: RuleSetting | None = None
    """The rule in force now; None: no own rule."""
    cause: Literal["manual", "drill"] | None = None
    ends_at: Moment | None = None
    """When the drill ends by itself."""
    code: Name | None = None
    """Why it was refused or flagged, see `contracts.refusals`."""
    chain: tuple[str, ...] = ()
    """The circle of forwardings that a refused target would close."""
    version: Version
    requested_by: str
    configured_at: Moment

    @property
    @override
    def key(self) -> str:
        return self.customer_number


class ForwardingApplied(Event):
    """The switch acknowledged: calls to the number ring at the target, or at home."""

    source: ClassVar[str] = "forwarding"

    number: PhoneNumber
    last: PhoneNumber | None = None
    """The last number of a block; told apart of it are numbers with a rule, a line or
    a cause (drill, manual) of their own."""
    customer_number: Name
    line: Name
    target: PhoneNumber | None
    """Where calls ring, or rang until now."""
    keep_extension: bool = False
    rule: Literal["own", "block"] = "own"
    """Which rule won."""
    in_effect: bool
    outage_id: Name | None = None
    """The outage that began or ended it, where it was one."""
    causes: tuple[Cause, ...] = ()
    """Why it is in effect; empty when it is not."""
    reason: str
    """outage, cleared, withdrawn, rule, option, line, manual, drill, target, hold."""
    partial: bool = False
    """A node of the switch is away and gets it before it takes calls again."""
    version: Sequence
    """Of two events on a number the higher one is true."""
    applied_at: Moment

    @property
    @override
    def key(self) -> str:
        return self.number


class ForwardingFailed(Event):
    """The switch did not do what it should for this number yet; it is tried again."""

    source: ClassVar[str] = "forwarding"

    number: PhoneNumber
    last: PhoneNumber | None = None
    customer_number: Name
    code: Name
    attempts: int
    version: Sequence
    failed_at: Moment

    @property
    @override
    def key(self) -> str:
        return self.number
