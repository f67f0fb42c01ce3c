"""May a rule be so? One judge for one number, for many, and for a file of them."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final, Self

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
from portal_gateway.domain.ruling import rule_of

NOWHERE: Final = RulePlace(NumberRange.single("+999999999999999"))
"""No country has it, so nothing is its neighbour."""
TEXTS: Final = ("target", "fallback_target")

Ruled = tuple[Range, Setting]
"""A rule, and for what it is."""


class Judge:
    """
    Says what becomes of the rules that one customer wishes.

    `lines` are numbers and blocks with the line of each: at least those on the line of
    what is judged. `rules` are all the customer's rules, those switched off too, but
    not those that ended with their option. What is allowed is noted by `note`: a later
    rule must not close a circle with it.
    """

    def __init__(
        self,
        lines: Iterable[tuple[Range, str | None]],
        rules: Iterable[Ruled],
        policy: TargetPolicy,
    ) -> None:
        self._policy = policy
        self._known: dict[str, CheckedTarget | Refusal] = {}
        self._neighbours = _Neighbours(
            (_range(span), line) for span, line in lines if line
        )
        self._targets: dict[NumberRange, list[NumberRange]] = {}
        self._sources: defaultdict[str, list[NumberRange]] = defaultdict(list)
        for span, setting in rules:
            self.note(span, setting)

    @classmethod
    def of(cls, picture: Picture, policy: TargetPolicy) -> Self:
        """Return one who knows all numbers and rules of the customer."""
        lines = ((o.span, o.line) for o in picture.options.values() if o.enabled)
        return cls(lines, rules_of(picture), policy)

    @classmethod
    def beside(cls, line: str | None, picture: Picture, policy: TargetPolicy) -> Self:
        """Return one who knows all rules, and the numbers of one line alone."""
        lines = (
            (o.span, line)
            for o in picture.options.values()
            if o.enabled and o.line == line
        )
        return cls(lines, rules_of(picture), policy)

    def settled(self, entry: Entry, own: Setting, wished: Setting) -> Setting:
        """
        Return the wished rule with canonical targets, which may then be asked for.

        `own` is the rule until now: what it names already is not looked at again,
        unless it is about to be used. Raises Refused with the first thing in the way.
        """
        if wished.enabled and not wished.target:
            raise Refused("target_missing")
        if wished.keep_extension and not is_block(entry.span):
            raise Refused("keep_extension_needs_block")
        found = {name: getattr(wished, name) for name in TEXTS}
        for name in to_check(own, wished):
            found[name] = self.accepted(
                found[name],
                entry,
                keep_extension=wished.keep_extension and name == "target",
                field=name,
            )
        if found["fallback_target"] and found["fallback_target"] == found["target"]:
            raise Refused("fallback_is_target")
        return replace(wished, **found)

    def accepted(
        self,
        text: str,
        entry: Entry,
        *,
        keep_extension: bool = False,
        field: str = "target",
    ) -> str:
        """Return the canonical target; raises Refused with code and suggestion."""
        answer = self._answer(text, entry, keep_extension=keep_extension)
        if isinstance(answer, Refusal):
            raise refused(
                answer.code,
                chain=answer.chain,
                suggestion=answer.suggestion,
                facts=dict(answer.facts),
                field=field,
            )
        return answer.number

    def note(self, span: Range, setting: Setting | None) -> None:
        """Take over what will be set; None: no rule of its own any more."""
        own = _range(span)
        self._targets[own] = _targets_of(own, setting) if setting else []
        for prefix in own.prefixes():
            if own not in self._sources[prefix]:
                self._sources[prefix].append(own)

    def _answer(
        self, text: str, entry: Entry, *, keep_extension: bool
    ) -> CheckedTarget | Refusal:
        if keep_extension:
            place = self._place(entry, self._neighbours.on(entry.line))
            return check_block_target(text, place=place, contract=self._policy)
        if text not in self._known:
            self._known[text] = check_target(text, place=NOWHERE, contract=self._policy)
        anywhere = self._known[text]
        meant = (
            anywhere.suggestion if isinstance(anywhere, Refusal) else anywhere.number
        )
        if meant is None or not self._matters(meant, entry):
            return anywhere
        place = self._place(entry, self._neighbours.of(meant, entry.line))
        return check_target(text, place=place, contract=self._policy)

    def _matters(self, number: str, entry: Entry) -> bool:
        """Tell whether it makes a difference to the target for what the rule is."""
        target = NumberRange.single(number)
        own = (_range(span) for span in (entry.span, entry.block) if span)
        return (
            any(each.overlaps(target) for each in own)
            or bool(self._neighbours.of(number, entry.line))
            or any(True for _ in self._onward(number))
        )

    def _place(self, entry: Entry, same_line: Sequence[NumberRange]) -> RulePlace:
        own = _range(entry.span)
        return RulePlace(
            number=own,
            block=_range(entry.block) if entry.block else None,
            same_line=tuple(same_line),
            rules=lambda number: self._onward(number, but=own),
        )

    def _onward(self, number: str, but: NumberRange | None = None) -> Iterator[str]:
        """
        Return where calls to a number may go on, by any rule but one.

        To a fallback too, as when the target is down.
        """
        for length in range(len(number), 1, -1):
            for source in self._sources.get(number[:length], ()):
                if source != but and source.contains(number):
                    for target in self._targets[source]:
                        yield next_number(number, source, target)


class _Neighbours:
    """Numbers and blocks by their line, found by a number that meets them."""

    def __init__(self, lines: Iterable[tuple[NumberRange, str]]) -> None:
        self._lines = dict(lines)
        self._on: defaultdict[str, list[NumberRange]] = defaultdict(list)
        self._covering: defaultdict[str, list[NumberRange]] = defaultdict(list)
        for own, line in self._lines.items():
            self._on[line].append(own)
            for prefix in own.prefixes():
                self._covering[prefix].append(own)
        self._firsts = sorted((own.first, own) for own in self._lines)

    def on(self, line: str | None) -> Sequence[NumberRange]:
        """Return all that a line carries."""
        return self._on.get(line or "", ())

    def of(self, number: str, line: str | None) -> list[NumberRange]:
        """Return what of the line the number overlaps, longer or cut short too."""
        found = {
            own
            for length in range(len(number), 1, -1)
            for own in self._covering.get(number[:length], ())
        }
        place = bisect_left(self._firsts, number, key=lambda first: first[0])
        while place < len(self._firsts) and self._firsts[place][0].startswith(number):
            found.add(self._firsts[place][1])
            place += 1
        return [own for own in found if self._lines[own] == line]


def rules_of(picture: Picture) -> Iterator[Ruled]:
    """Yield the customer's rules that did not end with an option."""
    for span in picture.wishes:
        wish = rule_of(picture, span) if picture.is_here(span) else None
        if wish and wish.shown:
            yield span, wish.shown


def _targets_of(own: NumberRange, setting: Setting) -> list[NumberRange]:
    texts = (getattr(setting, name) for name in TEXTS)
    targets = [NumberRange.single(text) for text in texts if text]
    if setting.target and setting.keep_extension and not own.is_single:
        targets[0] = NumberRange.starting(setting.target, size=own.size)
    return targets


def to_check(own: Setting, wished: Setting) -> list[str]:
    """Return which targets are new, or stored and about to be used."""
    turned = own.keep_extension != wished.keep_extension
    is_used = turned or (wished.enabled and not own.enabled)
    return [
        name
        for name in TEXTS
        if (text := getattr(wished, name)) is not None
        and (is_used or text != getattr(own, name))
    ]


def check_open(entry: Entry) -> None:
    """Raise Refused for a number that is not open yet, or not here any more."""
    if entry.opens_on is not None:
        day = entry.opens_on
        raise Refused(
            "not_open_yet",
            facts={"day": day},
            more={"opens_on": day.isoformat()},
        )
    if entry.ported_out:
        raise Refused("ported_out")


def refused(
    code: str,
    *,
    chain: Sequence[str] = (),
    suggestion: str | None = None,
    facts: dict[str, object] | None = None,
    field: str = "target",
) -> Refused:
    """Return the refusal of a target as the API tells it."""
    more = {"suggestion": suggestion, "chain": list(chain), "field": field}
    return Refused(code, facts={**(facts or {}), **more}, more=more)


def _range(span: Range) -> NumberRange:
    return NumberRange(*span)
