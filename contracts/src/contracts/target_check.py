"""
May calls go there? One answer for the portal, for the nightly look, and for the flip.

The layers: allowed characters, one canonical form, denied ranges, at most 13 national
digits, allowed countries, allowed kinds, and then the rule itself: not to its own
number, block or line, and not in a circle. A number must pass all of them, so their
order decides only which reason is told: the most telling one, not merely "no landline".
No I/O, no clock, no guess: the same arguments always give the same answer.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from contracts.denied_ranges import GERMANY, denied_range
from contracts.held_targets import NONE_HELD, HeldTargets
from contracts.number_range import BadRange, NumberRange
from contracts.numbering_plan import CITY_AREA_CODES, split_national
from contracts.refusal import Refusal, RefusalCode
from contracts.target_circle import Lookup, Rules, find_circle
from contracts.written_number import (
    DASHES,
    LONGEST_TEXT,
    WrittenNumber,
    drop_separators,
    read_number,
)

Kind = Literal["fixed_line", "mobile"]

MOST_NATIONAL_DIGITS: Final = 13

_BLOCK_SIGN = re.compile(rf"[{DASHES}]|\bbis\b")

_KINDS: Final[Mapping[str, tuple[Kind, ...]]] = {
    "fixed_line": ("fixed_line",),
    "mobile": ("mobile",),
    "fixed_line_or_mobile": ("fixed_line", "mobile"),
}
_KIND_REFUSALS: Final[Mapping[str, RefusalCode]] = {
    "premium_rate": "target_premium",
    "shared_cost": "target_service_number",
    "toll_free": "target_freephone",
    "personal_number": "target_personal_number",
    "pager": "target_pager",
    "uan": "target_user_group",
    "voicemail": "target_mailbox",
}


@dataclass(frozen=True, slots=True)
class TargetPolicy:
    """
    What a contract allows: ISO regions and kinds; denied ranges stay denied.

    `held` are targets that are held off for everybody.
    """

    regions: frozenset[str] = frozenset({"DE"})
    kinds: frozenset[Kind] = frozenset({"fixed_line", "mobile"})
    held: HeldTargets = NONE_HELD

    def __post_init__(self) -> None:
        for region in self.regions:
            if not re.fullmatch("[A-Z]{2}", region):
                message = f"{region!r} is not an ISO 3166 region such as DE"
                raise ValueError(message)


GERMANY_ONLY: Final = TargetPolicy()


@dataclass(frozen=True, slots=True)
class RulePlace:
    """
    Where the rule stands: what it is for, and what shares the fate of that.

    `block` is the block that a single number belongs to. `same_line` names every number
    and block on the access line; naming the rule's own again does no harm. `rules` are
    the other rules, as `find_circle` takes them.
    """

    number: NumberRange
    block: NumberRange | None = None
    same_line: tuple[NumberRange, ...] = ()
    rules: Rules | Lookup = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CheckedTarget:
    """
    A target that calls may go to: one number, or a block that keeps the extension.

    `did_you_mean` is a doubt and no refusal: a landline in a small town, written with
    +49, that would be a mobile number with the 1 of 01… put back.
    """

    target: NumberRange
    kind: Kind
    region: str
    did_you_mean: str | None = None

    @property
    def number(self) -> str:
        """The canonical number to store and to show; a block's first."""
        return self.target.first


def check_target(
    text: str, *, place: RulePlace, contract: TargetPolicy = GERMANY_ONLY
) -> CheckedTarget | Refusal:
    """Check a target as typed, or as stored; never raises, whatever the text."""
    if _reads_as_block(text):
        return Refusal("target_looks_like_block")
    written = _checked_number(text, contract)
    if isinstance(written, Refusal):
        return _with_good_suggestion(written, place, contract)
    target = NumberRange.single(written.number)
    return _refused_at(place, target, contract) or CheckedTarget(
        target=target,
        kind=_kind(written),
        region=written.region,
        did_you_mean=_lost_one(written, contract),
    )


def check_block_target(
    text: str, *, place: RulePlace, contract: TargetPolicy = GERMANY_ONLY
) -> CheckedTarget | Refusal:
    """
    Check another block as the target of a block; never raises, whatever the text.

    Takes its first number, or both ends (`030 23125000-999`, `… bis …`).
    """
    target = _read_block(text) or _block_from(text, place.number.size, contract)
    if isinstance(target, Refusal):
        return target
    if refusal := _unpaired(place.number, target):
        return refusal
    written = _checked_block(target, contract)
    if isinstance(written, Refusal):
        return written
    # The switch keeps all that stands behind what the block's numbers begin with.
    if not target.first.endswith(place.number.ending):
        return Refusal("target_block_extension")
    return _refused_at(place, target, contract) or CheckedTarget(
        target=target, kind=_kind(written), region=written.region
    )


def _checked_number(text: str, contract: TargetPolicy) -> WrittenNumber | Refusal:
    """Apply the layers that need nothing but the number and the contract."""
    written = read_number(text)
    if isinstance(written, Refusal):
        return written
    return _off_limits(written, contract) or written


def _off_limits(written: WrittenNumber, contract: TargetPolicy) -> Refusal | None:
    if code := denied_range(written.number):
        return Refusal(code)
    if len(written.national) > MOST_NATIONAL_DIGITS:
        return Refusal(
            "target_too_long",
            facts={"digits": len(written.national), "limit": MOST_NATIONAL_DIGITS},
        )
    if written.region not in contract.regions:
        return Refusal("target_country_not_allowed", facts={"region": written.region})
    if written.misfit:
        return Refusal(written.misfit)
    if not contract.kinds.issuperset(_KINDS.get(written.kind, ("",))):
        code = _KIND_REFUSALS.get(written.kind, "target_kind_not_allowed")
        return Refusal(code, facts={"kind": written.kind})
    return None


def _kind(written: WrittenNumber) -> Kind:
    return _KINDS[written.kind][0]


def _refused_at(
    place: RulePlace, target: NumberRange, contract: TargetPolicy
) -> Refusal | None:
    """Apply the layers that depend on what the rule is for, and what is held off."""
    if contract.held.meet(target):
        return Refusal("target_held")
    if place.number.overlaps(target):
        return Refusal(
            "target_own_number" if place.number.is_single else "target_own_block"
        )
    if place.block and place.block.overlaps(target):
        return Refusal("target_own_block", facts={"block": str(place.block)})
    for neighbour in place.same_line:
        if neighbour.overlaps(target):
            return Refusal("target_same_line", facts={"neighbour": str(neighbour)})
    chain = find_circle(place.number, target, place.rules)
    return Refusal("target_circle", chain=chain) if chain else None


def _with_good_suggestion(
    refusal: Refusal, place: RulePlace, contract: TargetPolicy
) -> Refusal:
    """Suggest nothing that would be refused in its turn."""
    if refusal.suggestion is None:
        return refusal
    answer = check_target(refusal.suggestion, place=place, contract=contract)
    meant = answer.number if isinstance(answer, CheckedTarget) else None
    return replace(refusal, suggestion=meant)


def _lost_one(written: WrittenNumber, contract: TargetPolicy) -> str | None:
    """Put back the 1 of 01…: +49 771 7712345 may be meant for +49 177 17712345."""
    area_code, _ = split_national(written.national)
    if not written.is_international or written.region != "DE":
        return None
    if len(area_code) != len("771") or area_code in CITY_AREA_CODES:
        return None
    meant = _checked_number(f"{GERMANY}1{written.national}", contract)
    return meant.number if isinstance(meant, WrittenNumber) else None


def _reads_as_block(text: str) -> bool:
    """Catch 030 23125 000-999, which would pass for one number of 13 digits."""
    block = _read_block(text)
    return block is not None and block.first[-1] == "0" and block.last[-1] == "9"


def _read_block(text: str) -> NumberRange | None:
    """Find both ends of a block in `text`; a dash may also be a mere separator."""
    if len(text) > 2 * LONGEST_TEXT:
        return None
    for dash in _BLOCK_SIGN.finditer(text):
        if block := _block_between(text[: dash.start()], text[dash.end() :]):
            return block
    return None


def _block_between(first_text: str, last_text: str) -> NumberRange | None:
    first = read_number(first_text)
    if isinstance(first, Refusal):
        return None
    try:
        block = NumberRange(first.number, _last_number(first, last_text))
    except BadRange:
        return None
    return None if block.is_single else block


def _last_number(first: WrittenNumber, text: str) -> str:
    """Complete 999 with what the first number has before its last three digits."""
    digits = drop_separators(text)
    if digits.isdecimal() and len(digits) < len(first.national):
        return first.number[: -len(digits)] + digits
    last = read_number(text)
    return "" if isinstance(last, Refusal) else last.number


def _block_from(text: str, size: int, contract: TargetPolicy) -> NumberRange | Refusal:
    first = _checked_number(text, contract)
    if isinstance(first, Refusal):
        return first
    try:
        return NumberRange.starting(first.number, size=size)
    except BadRange:
        return Refusal("target_not_a_block")


def _unpaired(source: NumberRange, target: NumberRange) -> Refusal | None:
    if source.size != target.size:
        facts = {"size": target.size, "needed": source.size}
        return Refusal("target_block_size", facts=facts)
    if not source.pairs_with(target):
        return Refusal("target_block_extension")
    return None


def _checked_block(
    block: NumberRange, contract: TargetPolicy
) -> WrittenNumber | Refusal:
    """Check both ends in full, and those between for denied ranges."""
    for number in block.numbers():
        if code := denied_range(number):
            return Refusal(code, facts={"number": number})
    last = _checked_number(block.last, contract)
    if isinstance(last, Refusal):
        return last
    return _checked_number(block.first, contract)
