"""A rule's line for the switch is the same by the quick way and by the careful one."""

import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contracts.number_range import NumberRange
from contracts.target_check import CheckedTarget, RulePlace, check_block_target
from forwarding.switch import Answer, Answers, Operation
from forwarding.switches.gate import barred
from forwarding.switches.kamailio_text import line_of, lines_of
from forwarding.switches.told import ToldRules, Unread
from forwarding.switches.wording import Span, extended, read_rule
from support.rigs import rule

NUMBER, MOBILE, SECOND = "+493023125001", "+4915228817386", "+493023125042"
USUAL = rule(NUMBER, MOBILE, line="L-1", places=["L-1", "AN-1", "REGION-1"])


def as_postgres_tells(value: dict[str, Any]) -> str:
    order = sorted(value, key=lambda name: (len(name), name))
    return json.dumps({name: value[name] for name in order}, ensure_ascii=False)


def outcome(operations: Sequence[Operation]) -> str:
    lines = lines_of(operations)
    return (*lines.texts, *lines.refused.values())[0]


def told(number: str, version: int, value: dict[str, Any]) -> ToldRules:
    return ToldRules(f"{number} {version} {as_postgres_tells(value)}")


numbers = st.sampled_from([NUMBER, MOBILE, SECOND, "110", "+4930", "030 23125001", ""])
PLACES = ["L-1", "AN-1", "Köln 1", "a|b", 'a"b', "a,b", "", "x" * 200, "x" * 201]
places = st.sampled_from([*PLACES, "a\\b", "p:1", "Line 1", " L", "L ", "L  1"])
fields = {
    "first": st.one_of(st.just(NUMBER), numbers),
    "last": st.one_of(st.none(), st.just("+493023125009")),
    "line": st.one_of(st.just("L-1"), places, st.none()),
    "places": st.one_of(st.just(USUAL["places"]), st.lists(places, max_size=4)),
    "target": st.one_of(numbers, st.none()),
    "keep_extension": st.booleans(),
    "fallback": st.one_of(st.none(), numbers),
    "target_places": st.lists(places, max_size=2),
    "off": st.booleans(),
    "planned": st.booleans(),
    "reason": st.sampled_from(["unavailable", "busy"]),
    "line_first": st.booleans(),
    "alone": st.booleans(),
}


@st.composite
def values(draw: st.DrawFn) -> dict[str, Any]:
    """Return a usual rule with up to three fields changed, one maybe left out."""
    changed = draw(st.sets(st.sampled_from(sorted(fields)), max_size=3))
    value = USUAL | {name: draw(fields[name]) for name in sorted(changed)}
    value.pop(draw(st.one_of(st.none(), st.sampled_from(sorted(USUAL)))), None)
    return value


@settings(max_examples=500, deadline=None)
@given(
    value=values(),
    number=st.sampled_from([NUMBER, SECOND, "110", f"{NUMBER}-{NUMBER[:-1]}9"]),
    version=st.sampled_from([0, 1, 999_999_999, 1_000_000_000]),
)
def test_both_ways_say_the_same(
    value: dict[str, Any], number: str, version: int
) -> None:
    read = [Operation(f"rule/{number}", version, value)]

    assert outcome(told(number, version, value)) == outcome(read)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"off": True},
        {"planned": False},
        {"fallback": SECOND},
        {"line": "Line 1", "places": ["Line 1"]},
    ],
    ids=["plain", "off", "not for planned work", "fallback", "words in a place"],
)
def test_what_most_rules_look_like_takes_the_quick_way(change: dict[str, Any]) -> None:
    rules = told(NUMBER, 7, USUAL | change)

    assert list(rules.unusual) == []
    assert outcome(rules) == line_of(Operation(f"rule/{NUMBER}", 7, USUAL | change))


@pytest.mark.parametrize("place", ["a  b", " a", "a ", "a,b", "x" * 201, ""])
def test_a_place_that_cannot_be_told_as_it_stands_is_read_with_care(place: str) -> None:
    value = USUAL | {"places": ["L-1", place]}

    read = [Operation(f"rule/{NUMBER}", 7, value)]

    assert outcome(told(NUMBER, 7, value)) == outcome(read)


class TestRulesInOneText:
    """A usual one, a block, a bad one and another usual one."""

    BLOCK = USUAL | {"first": SECOND, "last": "+493023125049"}
    VALUES = (
        (NUMBER, USUAL),
        (f"{SECOND}-+493023125049", BLOCK),
        ("+493023125002", USUAL),
        ("+493023125003", USUAL | {"first": "+493023125003", "off": True}),
    )
    RULES = ToldRules(
        "\n".join(
            f"{scope} {at} {as_postgres_tells(value)}"
            for at, (scope, value) in enumerate(VALUES)
        )
    )

    def test_are_the_operations_that_they_say(self) -> None:
        expected = [
            Operation(f"rule/{scope}", at, value)
            for at, (scope, value) in enumerate(self.VALUES)
        ]

        assert list(self.RULES) == expected
        assert (self.RULES[1:], len(self.RULES)) == (expected[1:], len(expected))
        assert [at for at, _ in self.RULES.unusual] == [1, 2]

    def test_are_told_in_their_order_but_for_what_no_switch_takes(self) -> None:
        lines = lines_of(self.RULES)

        assert [text.split()[1] for text in lines.texts] == [
            NUMBER,
            f"{SECOND}-+493023125049",
            "+493023125003",
        ]
        assert (list(lines.at), lines.refused) == ([0, 1, 3], {2: "key_mismatch"})

    def test_are_answered_one_by_one(self) -> None:
        stale = Answer(f"rule/{NUMBER}", "stale", 9)
        answers, last = Answers(self.RULES, {0: stale}), self.RULES[-1]

        assert list(answers)[1:3] == answers[1:3]
        assert (answers[0], answers[-1]) == (stale, Answer(last.key, "ok", 3))
        assert len(answers) == len(self.RULES)

    def test_may_be_none(self) -> None:
        assert (len(ToldRules("")), list(ToldRules(""))) == (0, [])


def test_a_rule_in_a_text_finds_no_way_out_to_a_barred_target() -> None:
    premium = USUAL | {"fallback": "+49900123456"}

    block = USUAL | {"first": SECOND, "last": "+493023125049", "target": "+49900123456"}

    assert barred(told(NUMBER, 7, premium)) == {0}
    assert barred(told(f"{SECOND}-+493023125049", 7, block)) == {0}
    assert barred(told(NUMBER, 7, USUAL)) == set()


def test_an_unread_value_is_as_good_as_one_that_was_read() -> None:
    unread = Unread(as_postgres_tells(USUAL))

    assert (unread == USUAL, dict(unread)) == (True, USUAL)
    assert unread.keys() == USUAL.keys()
    assert len(unread) == len(USUAL)


@settings(max_examples=300)
@example(951, 941, 10)
@example(995, 1005, 100)
@given(st.integers(0, 999), st.integers(0, 999), st.integers(10, 1000))
def test_a_block_that_may_be_a_target_is_one_for_the_switch(
    here: int, there: int, size: int
) -> None:
    source = NumberRange.starting(f"+{492214710000 + here}", size=size)
    target = NumberRange.starting(f"+{493023125000 + there}", size=size)
    accepted = check_block_target(target.first, place=RulePlace(source))
    if not isinstance(accepted, CheckedTarget):
        return

    span = Span(source.first, source.last)
    value = rule(source.first, target.first, last=source.last, keep_extension=True)
    read_rule(span, value)

    for number in (source.first, source.last):
        kept = source.same_extension_in(target, number)
        assert extended(span, target.first, number) == kept
