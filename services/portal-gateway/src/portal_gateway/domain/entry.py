"""One row of the configurator: the state of a number, derived from all its facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from chassis.clock import day_in_berlin
from contracts.refusal import ONLY_SHOWN
from portal_gateway.domain.causes import causes_of, outage_of, stands_apart
from portal_gateway.domain.facts import (
    Applied,
    Cause,
    Option,
    Outage,
    Picture,
    Planned,
    Range,
    Setting,
    Wish,
    is_block,
    same_extension,
)
from portal_gateway.domain.ruling import NO_RULE, rule_of, winner

PARTIAL = "switch_partial"
"""Said of a diversion that a part of the network may not have yet."""
Arrival = Literal["coming", "opening", "overdue"]


def arrival(opens_on: date, today: date) -> Arrival:
    """Tell whether the day of a number that is not open is to come, today, or over."""
    if opens_on > today:
        return "coming"
    return "opening" if opens_on == today else "overdue"


@dataclass(frozen=True, slots=True)
class Entry:
    """A number or block as its customer sees it."""

    span: Range
    block: Range | None
    line: str | None
    extension: str | None
    rule: Setting
    source: str
    state: str
    since: datetime | None
    target_in_effect: str | None
    causes: tuple[Cause, ...]
    outage: Outage | None
    version: int
    opens_on: date | None = None
    ported_out: bool = False
    code: str | None = None
    order_id: str | None = None
    is_barred: bool = False
    """Armed, but nothing is diverted: its target is not allowed any more, or held."""
    asked_at: datetime | None = None
    """When a change was asked that is not in force yet, whatever the state is."""
    option_version: int | None = None
    """The newest fact that is known on the option of the number or of its block."""

    @property
    def is_armed(self) -> bool:
        """Tell whether its rule diverts calls once there is a cause."""
        is_here = not self.ported_out and self.opens_on is None
        return self.rule.is_armed and is_here and not self.is_barred

    @property
    def waits(self) -> bool:
        """Tell whether a change waits to be taken over while it is in another state."""
        return self.asked_at is not None and self.state != "pending"

    @property
    def target_is_down(self) -> bool:
        """Tell whether calls ring nowhere else only because its target fails, too."""
        return self.state == "failed" and self.code == "target_down"

    @property
    def states(self) -> tuple[str, ...]:
        """Return the state, and »pending« beside another while a change waits."""
        return (self.state, "pending") if self.waits else (self.state,)


def entries(picture: Picture) -> list[Entry]:
    """Return what the configurator lists: in order, blocks before their numbers."""
    return sorted(
        _listed(picture),
        key=lambda one: (one.span[0], not is_block(one.span), one.span),
    )


def find(picture: Picture, number: str, *, single: bool = False) -> Entry | None:
    """
    Return the entry that the number names, or None where it is not the customer's.

    The first number of a block names the block unless `single` says otherwise.
    """
    if not single and (block := _block_that_begins(picture, number)):
        return _of_option(picture, block)
    option = picture.options.get((number, number))
    if option and option.enabled:
        return _of_option(picture, option)
    block_span = picture.block_of(number)
    if option and block_span:
        return _ported_out(picture, option, block_span)
    if block_span:
        return _inside(picture, number, picture.options[block_span])
    return _coming(picture, number)


def coming(picture: Picture, span: Range) -> Planned | None:
    """Return how a planned range is to come; None: it is here, or gone again."""
    option = picture.options.get(span)
    if option and option.enabled:
        return None
    return next(
        (one for one in picture.planned[span] if _is_coming(picture, one)), None
    )


def _is_coming(picture: Picture, planned: Planned) -> bool:
    day = planned.effective_on
    # Of a part of a block each number is told by itself, never the part.
    return not _ended_since(picture, planned.span, day) and any(
        not picture.is_here(one) and not _ended_since(picture, one, day)
        for one in _numbers_of(planned.span)
    )


def _numbers_of(span: Range) -> Iterator[Range]:
    for number in range(int(span[0][1:]), int(span[1][1:]) + 1):
        yield f"+{number}", f"+{number}"


def _ended_since(picture: Picture, span: Range, day: date) -> bool:
    ended = picture.ended.get(span)
    return ended is not None and day_in_berlin(ended.at) >= day


def _listed(picture: Picture) -> Iterator[Entry]:
    for span, option in picture.options.items():
        if option.enabled:
            yield _of_option(picture, option)
        elif not is_block(span) and (block := picture.block_of(span[0])):
            yield _ported_out(picture, option, block)
    for span in picture.wishes:
        if is_block(span) or span in picture.options:
            continue
        block = picture.block_of(span[0])
        wish = rule_of(picture, span)
        if block and wish and (wish.shown is not None or wish.is_pending):
            yield _inside(picture, span[0], picture.options[block])
    for span in picture.planned:
        if planned := coming(picture, span):
            yield _to_come(picture, planned)


def _block_that_begins(picture: Picture, number: str) -> Option | None:
    for block in picture.blocks:
        if block[0] == number:
            return picture.options[block]
    return None


def _coming(picture: Picture, number: str) -> Entry | None:
    for span in picture.planned:
        if span[0] == number and (planned := coming(picture, span)):
            return _to_come(picture, planned)
    return None


def _of_option(picture: Picture, option: Option) -> Entry:
    block = None if is_block(option.span) else picture.block_of(option.span[0])
    return _entry(picture, option.span, option, block)


def _inside(picture: Picture, number: str, block: Option) -> Entry:
    return _entry(picture, (number, number), block, block.span)


def _entry(picture: Picture, span: Range, option: Option, block: Range | None) -> Entry:
    wish = rule_of(picture, span)
    own = wish.shown if wish else None
    inherited = rule_of(picture, block) if own is None and block else None
    rule, source = winner(own, inherited, span[0])
    told_with = None if stands_apart(picture, span, option, block) else block
    applied = _applied(picture, span, told_with)
    causes = causes_of(picture, span, block, option.line, applied, rule)
    waiting = [one.asked_at for one in (wish, inherited) if one and one.is_pending]
    asked_at = max(waiting, default=None)
    holder = inherited if own is None else wish
    flag = holder.flag if holder else None
    is_barred = rule.is_armed and flag is not None and flag not in ONLY_SHOWN
    state, since, code = _state(picture, span, told_with, wish, rule, applied, asked_at)
    if code is None and state in {"ready", "inactive"}:
        state, code = "failed" if is_barred else state, flag
    return Entry(
        span=span,
        block=block,
        line=option.line,
        extension=option.extension if option.span == span else None,
        rule=rule,
        source=source,
        state=state,
        since=since,
        target_in_effect=_ringing_at(applied, span) if state == "diverted" else None,
        causes=causes,
        outage=outage_of(picture, option.line),
        version=wish.version if wish else 0,
        code=code,
        order_id=option.order_id,
        is_barred=is_barred,
        asked_at=asked_at,
        option_version=picture.option_version(span),
    )


def _applied(picture: Picture, span: Range, block: Range | None) -> Applied | None:
    """Return the newest of what was told of the number and, unless apart, its block."""
    told = [picture.applied.get(span), picture.applied.get(block) if block else None]
    ended = picture.ended.get(span)
    known = [fact for fact in told if fact and (ended is None or fact.at > ended.at)]
    return max(known, key=lambda fact: fact.version, default=None)


def _state(
    picture: Picture,
    span: Range,
    block: Range | None,
    wish: Wish | None,
    rule: Setting,
    applied: Applied | None,
    asked_at: datetime | None,
) -> tuple[str, datetime | None, str | None]:
    told = [picture.failed.get(span), picture.failed.get(block) if block else None]
    failed = max(
        (fact for fact in told if fact), key=lambda fact: fact.version, default=None
    )
    if failed and applied and applied.version >= failed.version:
        failed = None
    if applied and applied.in_effect and not (failed and failed.rings_nowhere):
        return "diverted", applied.at, PARTIAL if applied.partial else None
    if failed:
        return "failed", failed.at, failed.code
    if asked_at:
        return "pending", asked_at, None
    if rule.is_armed:
        return "ready", wish.settled_at if wish else None, None
    return "inactive", applied.at if applied else None, None


def _ringing_at(applied: Applied | None, span: Range) -> str | None:
    if applied is None or not applied.in_effect or applied.target is None:
        return None
    if applied.keep_extension and applied.span != span:
        return same_extension(applied.span, span[0], applied.target)
    return applied.target


def _ported_out(picture: Picture, option: Option, block: Range) -> Entry:
    applied = picture.applied.get(option.span)
    return Entry(
        span=option.span,
        block=block,
        line=picture.options[block].line,
        extension=None,
        rule=NO_RULE,
        source="none",
        state="inactive",
        since=applied.at if applied and not applied.in_effect else None,
        target_in_effect=None,
        causes=(),
        outage=None,
        version=0,
        ported_out=True,
        order_id=option.order_id or picture.options[block].order_id,
    )


def _to_come(picture: Picture, planned: Planned) -> Entry:
    return Entry(
        span=planned.span,
        block=None,
        line=planned.line,
        extension=planned.extension,
        rule=NO_RULE,
        source="none",
        state="inactive",
        since=None,
        target_in_effect=None,
        causes=(),
        outage=outage_of(picture, planned.line),
        version=0,
        opens_on=planned.effective_on,
        order_id=planned.order_id,
    )
