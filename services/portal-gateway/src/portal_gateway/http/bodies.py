"""What clients may send: exactly these fields, and no text that cannot be stored."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from contracts.event import LONGEST_NAME
from contracts.forwardings import LONGEST_DRILL
from contracts.holds import HoldReason, HoldSubject
from contracts.operations import OutageCommand, OutageField
from contracts.orders import Channel
from contracts.outages import OutageKind


def _storable(text: str) -> str:
    if "\x00" in text:
        raise ValueError("NUL cannot be stored")
    return text


Words = Annotated[str, AfterValidator(_storable), StringConstraints(max_length=500)]
Name = Annotated[
    str,
    AfterValidator(_storable),
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
]
Secret = Annotated[str, AfterValidator(_storable), StringConstraints(max_length=1000)]
Identifier = Annotated[str, AfterValidator(_storable), StringConstraints(max_length=64)]
NumberText = Annotated[
    str, AfterValidator(_storable), StringConstraints(max_length=200)
]


class Body(BaseModel):
    """A request's body; an unknown field is refused, not ignored."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Login(Body):
    """User name (at first: the customer number) and password."""

    username: Secret
    password: Secret


class Credentials(Body):
    """Both change together."""

    username: Secret
    password: Secret
    current_password: Secret


class Code(Body):
    """Six digits of the app, or a recovery code."""

    code: Secret


class Confirmation(Body):
    """The password again."""

    current_password: Secret


class NewPassword(Confirmation):
    """Another password."""

    password: Secret


class NewUsername(Confirmation):
    """Another user name."""

    username: Secret


class Removal(Confirmation):
    """Both proofs take the second factor off."""

    code: Secret


class OrderedLetter(Body):
    """A letter as an agent orders it."""

    resets_second_factor: bool = False


class Forgotten(Body):
    """One of the two names that a customer may remember."""

    customer_number: Secret | None = None
    username: Secret | None = None

    @model_validator(mode="after")
    def _has_one(self) -> "Forgotten":
        if not (self.customer_number or self.username):
            raise ValueError("customer_number or username is needed")
        return self


class NewCustomer(Body):
    """A customer as an agent opens him."""

    customer_number: Annotated[
        str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._/-]{2,31}$")
    ]
    name: Name
    address: Name
    allowed_countries: list[
        Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
    ] = Field(default=["DE"], min_length=1, max_length=50)


class Erasure(Body):
    """That an agent means it: the customer number once more."""

    repeated_customer_number: Name


class Position(Body):
    """One line of an order."""

    name: Name
    quantity: int = Field(default=1, ge=1, le=100_000)


class NewOrder(Body):
    """A product with the option, or the option for an order there is."""

    product: Identifier | None = None
    positions: list[Position] = Field(default=[], max_length=100)
    option: bool = True
    extends_order_id: Identifier | None = None
    channel: Channel | None = None
    customer_number: Identifier | None = None


class Rule(Body):
    """What to change of a rule; what is left out stays, if it fits the target."""

    target: NumberText | None = None
    enabled: bool = False
    keep_extension: bool = False
    fallback_target: NumberText | None = None
    follows_planned_work: bool = True
    line_first: bool = False


class Drill(Body):
    """How long a rehearsal lasts."""

    minutes: int = Field(ge=1, le=LONGEST_DRILL // timedelta(minutes=1))


class TargetCheck(Body):
    """A target to be, for a number."""

    number: NumberText
    target: NumberText


class NewContact(Body):
    """Whom to tell; without kinds, what suits the channel."""

    channel: Literal["email", "sms"]
    address: NumberText
    label: Words = ""
    language: Literal["de", "en"] = "de"
    kinds: list[Identifier] | None = Field(default=None, max_length=50)


class ContactChange(Body):
    """What to change of a contact; its address stays: another is another contact."""

    label: Words | None = None
    language: Literal["de", "en"] | None = None
    kinds: list[Identifier] | None = Field(default=None, max_length=50)
    is_on: bool | None = None


class ContactCode(Body):
    """The code that the contact got."""

    code: Identifier


class HoldOrder(Body):
    """What to hold off (`held`) or let go again, and why."""

    subject: HoldSubject
    held: bool
    because: Name
    name: Annotated[str, AfterValidator(_storable), Field(max_length=64)] = ""
    """The number, or the customer number; nothing for `all`."""
    last: Annotated[str, AfterValidator(_storable), Field(max_length=64)] = ""
    reason: HoldReason = "misuse"


class NewTerms(Body):
    """What a contract says of new targets; null: as the service is set."""

    new_target_wait_hours: int | None = Field(default=None, ge=0, le=720)
    new_targets_a_day: int | None = Field(default=None, ge=0, le=100_000)


class TargetRelease(Body):
    """A target that waits, as it was stored."""

    target: Identifier


Place = Annotated[
    str,
    AfterValidator(_storable),
    StringConstraints(min_length=1, max_length=LONGEST_NAME, strip_whitespace=True),
]


class WhatIf(Body):
    """The line (or network element) that might fail."""

    line: Annotated[
        str, AfterValidator(_storable), StringConstraints(max_length=LONGEST_NAME)
    ]


class Commanded(Body):
    """A command of network operations; outage-watcher says whether it can be done."""

    action: OutageCommand
    because: Name
    subject: Place | None = None
    places: list[Place] = Field(default=[], max_length=1000)
    command_id: Identifier | None = None
    expected_version: int | None = Field(default=None, ge=0, le=2**31 - 1)
    kind: OutageKind | None = None
    voice_reachable: bool | None = None
    occurred_at: AwareDatetime | None = None
    estimated_end: AwareDatetime | None = None
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    takes_service: bool | None = None
    note: Words | None = None
    unset: list[OutageField] = Field(default=[], max_length=10)
