"""Many targets judged at once: the same answers as one by one, in a few seconds."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from contracts.number_range import NumberRange
from contracts.refusal import Refusal
from contracts.target_check import (
    CheckedTarget,
    RulePlace,
    TargetPolicy,
    check_block_target,
    check_target,
)
from contracts.target_circle import next_number
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Picture, Range, Setting, is_block
from portal_gateway.domain.refused import Refused

NOWHERE: Final = NumberRange.single("+999999999999999")
"""No country has it, so nothing is its neighbour."""


class Judge:
    """
    Says where calls may go, for one customer and many rows.

    Accepted rows are noted: a later row must not close a circle with them.
    """

    def __init__(self, picture: Picture, contract: TargetPolicy) -> None:
        self._contract = contract
        self._known: dict[str, CheckedTarget | Refusal] = {}
        self._lines: dict[NumberRange, str | None] = {
            _range(span): option.line
            for span, option in picture.options.items()
            if option.enabled
        }
        self._by_prefix = _indexed(self._lines)
        self._firsts = sorted((own.first, own) for own in self._lines)
        self._targets = _targets(picture)
        self._sources = _indexed(self._targets)

    def accepted(
        self, text: str, entry: Entry, *, keep_extension: bool, field: str
    ) -> str:
        """Return the canonical target; raises Refused with code and suggestion."""
        answer = self._answer(text, entry, keep_extension=keep_extension)
        if isinstance(answer, Refusal):
            more = {
                "suggestion": answer.suggestion,
                "chain": list(answer.chain),
                "field": field,
            }
            raise Refused(answer.code, facts={**dict(answer.facts), **more}, more=more)
        return answer.number

    def note(self, span: Range, setting: Setting | None) -> None:
        """Take over what a row will set."""
        own = _range(span)
        if setting is None or setting.target is None:
            self._targets.pop(own, None)
            return
        if own not in self._targets:
            for prefix in own.prefixes():
                self._sources[prefix].append(own)
        self._targets[own] = _target_range(own, setting)

    def _answer(
        self, text: str, entry: Entry, *, keep_extension: bool
    ) -> CheckedTarget | Refusal:
        if keep_extension:
            place = self._place(entry, tuple(self._lines))
            return check_block_target(text, place=place, contract=self._contract)
        if text not in self._known:
            alone = RulePlace(number=NOWHERE)
            self._known[text] = check_target(text, place=alone, contract=self._contract)
        answer = self._known[text]
        if isinstance(answer, Refusal):
            return answer
        if not (near := self._neighbours(answer.number)):
            return answer
        return check_target(
            text, place=self._place(entry, near), contract=self._contract
        )

    def _neighbours(self, number: str) -> tuple[NumberRange, ...]:
        """Return the customer's own numbers that the target would be one of."""
        found = {
            own
            for length in range(len(number), 1, -1)
            for own in self._by_prefix.get(number[:length], ())
        }
        place = bisect_left(self._firsts, (number, NOWHERE))
        while place < len(self._firsts) and self._firsts[place][0].startswith(number):
            found.add(self._firsts[place][1])
            place += 1
        return tuple(found)

    def _place(self, entry: Entry, near: Sequence[NumberRange]) -> RulePlace:
        own = _range(entry.span)

        def others(number: str) -> Iterator[str]:
            for length in range(len(number), 1, -1):
                for source in self._sources.get(number[:length], ()):
                    target = self._targets.get(source)
                    if target and source != own and source.contains(number):
                        yield next_number(number, source, target)

        return RulePlace(
            number=own,
            block=_range(entry.block) if entry.block else None,
            same_line=tuple(
                each for each in near if entry.line and self._lines[each] == entry.line
            ),
            rules=others,
        )


def _indexed(ranges: Mapping[NumberRange, object]) -> dict[str, list[NumberRange]]:
    index: defaultdict[str, list[NumberRange]] = defaultdict(list)
    for each in ranges:
        for prefix in each.prefixes():
            index[prefix].append(each)
    return index


def _targets(picture: Picture) -> dict[NumberRange, NumberRange]:
    found = {}
    for span, wish in picture.wishes.items():
        setting = wish.shown
        if setting and setting.target:
            own = _range(span)
            found[own] = _target_range(own, setting)
    return found


def _target_range(own: NumberRange, setting: Setting) -> NumberRange:
    target = setting.target or ""
    if setting.keep_extension and not own.is_single:
        return NumberRange.starting(target, size=own.size)
    return NumberRange.single(target)


def _range(span: Range) -> NumberRange:
    return NumberRange(*span)


def checked(judge: Judge, entry: Entry, own: Setting, setting: Setting) -> Setting:
    """Return the rule with canonical targets; raises Refused as a save would."""
    if setting.enabled and not setting.target:
        raise Refused("target_missing")
    if setting.keep_extension and not is_block(entry.span):
        raise Refused("keep_extension_needs_block")
    target = fallback = None
    if setting.target:
        target = setting.target
        if _needs_check(own.target, target, own, setting):
            target = judge.accepted(
                target, entry, keep_extension=setting.keep_extension, field="target"
            )
    if setting.fallback_target:
        fallback = setting.fallback_target
        if _needs_check(own.fallback_target, fallback, own, setting):
            fallback = judge.accepted(
                fallback, entry, keep_extension=False, field="fallback_target"
            )
    if fallback and fallback == target:
        raise Refused("fallback_is_target")
    return replace(setting, target=target, fallback_target=fallback)


def _needs_check(known: str | None, asked: str, own: Setting, setting: Setting) -> bool:
    """Tell whether the target is new, or a stored one is about to be used."""
    turned = own.keep_extension != setting.keep_extension
    return known != asked or turned or (setting.enabled and not own.enabled)


def same_number(text: str, number: str | None) -> bool:
    """Tell whether the text is just another way to write the number."""
    bare = "".join(text.split())
    if number is None or bare == number:
        return number is not None
    national = "0" + number[3:] if number.startswith("+49") else ""
    return bare in (national, "00" + number[1:])
