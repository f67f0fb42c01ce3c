"""One judge: it says of many what one look at everything would say of one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.number_range import NumberRange
from contracts.refusal import Refusal
from contracts.target_check import RulePlace, TargetPolicy, check_target
from portal_gateway.domain.ends import End
from portal_gateway.domain.entry import Entry, find
from portal_gateway.domain.facts import Option, Picture, Range, Setting, Wish
from portal_gateway.domain.judging import Judge, Ruled, rules_of
from portal_gateway.domain.refused import Refused

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
A, B, C, D = (f"+492112222333{digit}" for digit in "3456")
BLOCK: Range = ("+492214710000", "+492214710999")
INSIDE = "+492214710123"
MOBILE, OTHER = "+4915228817386", "+493023125042"
POLICY = TargetPolicy()


def one(number: str) -> Range:
    return number, number


LINES: dict[Range, str | None] = {
    one(A): "L1",
    one(B): "L1",
    one(C): "L2",
    one(D): "L3",
    BLOCK: "L1",
}
RULES: list[Ruled] = [
    (one(C), Setting(target=A)),
    (one(D), Setting(target=C)),
    (one(B), Setting(target=MOBILE)),
    (one(INSIDE), Setting(target=OTHER)),
]
TEXTS = (
    *(A, B, C, D, INSIDE, MOBILE, OTHER, BLOCK[0], "", "110", "0900 123456"),
    *("0221 4710 12345", "0211 22223334 5", "0211 2222", "0152 28817386", "Zentrale"),
    *("49211 22223334", "4915228817386", "+49 15228817386", "49221 4710123"),
)


def picture() -> Picture:
    """Return what LINES and RULES say, as the store would read it."""
    options = {
        span: Option(span, "C-1", "o", True, "p", line, None, date(2026, 11, 23))  # noqa: FBT003 - as stored
        for span, line in LINES.items()
    }
    wishes = {
        span: Wish(span, 1, None, NOON, "x", 1, NOON, setting)
        for span, setting in RULES
    }
    return Picture(NOON, date(2026, 11, 23), options, {}, wishes)


def entry_of(span: Range) -> Entry:
    entry = find(picture(), span[0], single=span[0] == span[1])
    assert entry
    return entry


def beside(entry: Entry) -> Judge:
    """Return the judge of a single save, who reads just the line and the rules."""
    return Judge.beside(entry.line, picture(), POLICY)


def seen_whole(text: str, entry: Entry) -> tuple[str, object]:
    """Return what a check against everything at once says."""
    place = RulePlace(
        number=NumberRange(*entry.span),
        block=NumberRange(*entry.block) if entry.block else None,
        same_line=tuple(NumberRange(*s) for s, at in LINES.items() if at == entry.line),
        rules={
            NumberRange(*span): NumberRange.single(setting.target)
            for span, setting in RULES
            if span != entry.span and setting.target
        },
    )
    answer = check_target(text, place=place, contract=POLICY)
    if isinstance(answer, Refusal):
        return answer.code, answer.suggestion
    return "", answer.number


def judged(judge: Judge, text: str, entry: Entry) -> tuple[str, object]:
    try:
        return "", judge.accepted(text, entry)
    except Refused as refused:
        return refused.code, refused.more["suggestion"]


@pytest.mark.parametrize("span", [one(A), one(B), one(C), one(INSIDE), BLOCK])
def test_all_ways_to_save_get_the_answer_of_a_look_at_everything(span: Range) -> None:
    entry, of_many = entry_of(span), Judge.of(picture(), POLICY)

    whole = [seen_whole(text, entry) for text in TEXTS]

    assert [judged(of_many, text, entry) for text in TEXTS] == whole
    assert [judged(beside(entry), text, entry) for text in TEXTS] == whole


@pytest.mark.parametrize(
    ("span", "target", "code"),
    [
        (one(A), "0211 22223334 5", "target_same_line"),  # a digit more than B has
        (one(C), D, "target_circle"),
        (one(INSIDE), "0221 4710 1245", "target_own_block"),
    ],
)
def test_refused_for_many_as_for_one(span: Range, target: str, code: str) -> None:
    entry = entry_of(span)

    for judge in (Judge.of(picture(), POLICY), beside(entry)):
        assert judged(judge, target, entry)[0] == code


class TestRules:
    @pytest.mark.parametrize("option", [one(INSIDE), BLOCK])
    @pytest.mark.parametrize("is_back", [True, False])
    def test_end_with_their_option(self, option: Range, *, is_back: bool) -> None:
        known = picture()
        before = dict.fromkeys(span for span, _ in rules_of(known))
        own = replace(known.options[BLOCK], span=option, enabled=is_back)
        ended = replace(
            known, options=known.options | {option: own}, ended={option: End(NOON)}
        )

        left = [span for span, _ in rules_of(ended)]

        assert left == [span for span in before if span != one(INSIDE)]

    def test_that_were_set_after_it_hold(self) -> None:
        end = End(NOON - timedelta(seconds=1))
        ended = dict.fromkeys([BLOCK, one(INSIDE)], end)
        known = replace(picture(), ended=ended)

        assert list(rules_of(known)) == RULES


class TestSettled:
    def test_nobody_proposes_what_would_be_refused(self) -> None:
        found = judged(Judge.of(picture(), POLICY), "49211 22223334", entry_of(one(A)))

        assert found == ("target_missing_plus", None)

    def test_what_stands_is_not_looked_at_until_it_is_used(self) -> None:
        own = Setting(target="110")
        judge = Judge.of(picture(), POLICY)
        entry = entry_of(one(A))

        kept = judge.settled(entry, own, Setting(target="110", fallback_target=MOBILE))

        assert kept.fallback_target == MOBILE
        with pytest.raises(Refused) as refused:
            judge.settled(entry, own, Setting(target="110", enabled=True))
        assert refused.value.code == "target_emergency"

    @pytest.mark.parametrize(
        ("wished", "code"),
        [
            (Setting(enabled=True), "target_missing"),
            (Setting(target=MOBILE, keep_extension=True), "keep_extension_needs_block"),
            (Setting(target=MOBILE, fallback_target=MOBILE), "fallback_is_target"),
        ],
    )
    def test_a_rule_that_makes_no_sense(self, wished: Setting, code: str) -> None:
        with pytest.raises(Refused) as refused:
            Judge.of(picture(), POLICY).settled(entry_of(one(A)), Setting(), wished)

        assert refused.value.code == code

    def test_what_was_noted_closes_circles_and_what_went_does_not(self) -> None:
        judge, entry = Judge.of(picture(), POLICY), entry_of(one(C))
        before = judged(judge, D, entry)[0]
        judge.note(one(D), None)
        without = judged(judge, D, entry)
        judge.note(one(D), Setting(target=C))

        assert (before, without) == ("target_circle", ("", D))
        assert judged(judge, D, entry)[0] == "target_circle"

    @pytest.mark.parametrize("text", [A, D])
    @pytest.mark.parametrize("field", ["target", "fallback_target"])
    def test_a_fallback_closes_circles_too(self, text: str, field: str) -> None:
        judge, entry = Judge.of(picture(), POLICY), entry_of(one(C))
        judge.note(one(A), Setting(target=MOBILE, fallback_target=C))
        judge.note(one(D), Setting(enabled=True, target=MOBILE, fallback_target=C))
        wished = replace(Setting(enabled=True, target=OTHER), **{field: text})  # type: ignore[arg-type]

        with pytest.raises(Refused) as refused:
            judge.settled(entry, Setting(), wished)

        assert refused.value.code == "target_circle"
        assert refused.value.more["chain"] == [C, text, C]

    def test_a_block_keeps_its_extensions(self) -> None:
        judge = Judge.of(picture(), POLICY)
        wished = Setting(enabled=True, target="069 90009000", keep_extension=True)

        settled = judge.settled(entry_of(BLOCK), Setting(), wished)

        assert settled.target == "+496990009000"
