"""What the switch shall hold, case by case, with every field of it."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.forwardings import Cause, RuleSetting
from contracts.number_range import NumberRange
from forwarding.domain import (
    ActiveCause,
    Arming,
    Diversion,
    OpenOutage,
    Option,
    arming_of,
    diversion,
    is_stranger,
    option_in_force,
)

BLOCK = NumberRange("+4989999980100", "+4989999980199")
INNER = NumberRange.single("+4989999980142")
MOBILE, SECOND, ELSEWHERE = "+4915228817386", "+493023125042", "+4930231250100"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PLACES = ("line", "node", "region")

OWN = Option(INNER, "K1", "line", enabled=True, version=1)
ENDED = Option(INNER, "K1", "", enabled=False, version=1)
AROUND = Option(BLOCK, "K1", "line", enabled=True, version=1)
CLOSED = Option(BLOCK, "K1", "", enabled=False, version=1)
STRANGERS = Option(BLOCK, "K2", "line", enabled=True, version=1)
ON_ANOTHER_LINE = Option(INNER, "K1", "far line", enabled=True, version=1)
RULE = RuleSetting(
    enabled=True,
    target=MOBILE,
    fallback_target=SECOND,
    follows_planned_work=False,
    line_first=True,
)
OFF = RuleSetting(enabled=False, target=MOBILE)
BLOCK_RULE = RuleSetting(enabled=True, target=SECOND)
KEEPS = RuleSetting(enabled=True, target=ELSEWHERE, keep_extension=True)

Side = tuple[Option | None, RuleSetting | None]
NOTHING: Side = (None, None)


def armed(
    own: Side, block: Side = NOTHING, numbers: NumberRange = INNER, **more: bool
) -> Arming | None:
    return arming_of(numbers, own=own, block=block, places=PLACES, **more)


def exception(customer: str = "K1", *, alone: bool = False) -> Arming:
    return Arming(INNER, customer, PLACES, None, alone=alone)


def test_an_arming_is_plain_unless_told_otherwise() -> None:
    plain = Arming(INNER, "K1", PLACES, MOBILE)

    assert plain.source == "own"
    assert (plain.keep_extension, plain.planned, plain.line_first) == (
        *(False, True, False),
    )
    assert (plain.fallback, plain.target_places) == (None, ())
    assert plain.line == "line"
    assert not plain.off
    assert exception().off


def test_a_number_has_its_own_rule_with_everything_in_it() -> None:
    assert armed((OWN, RULE)) == Arming(
        INNER,
        "K1",
        PLACES,
        MOBILE,
        fallback=SECOND,
        planned=False,
        line_first=True,
        source="own",
    )


def test_a_block_keeps_its_extensions_as_a_block() -> None:
    assert armed((AROUND, KEEPS), numbers=BLOCK) == Arming(
        BLOCK, "K1", PLACES, ELSEWHERE, keep_extension=True
    )


@pytest.mark.parametrize(
    ("own", "block"),
    [
        (NOTHING, NOTHING),
        ((None, RULE), NOTHING),
        ((ENDED, RULE), NOTHING),
        ((OWN, None), NOTHING),
        ((OWN, OFF), NOTHING),
        ((OWN, OFF), (CLOSED, BLOCK_RULE)),
        ((OWN, None), (CLOSED, BLOCK_RULE)),
        ((OWN, RuleSetting(enabled=True, target=None)), NOTHING),
        (NOTHING, (AROUND, BLOCK_RULE)),
        ((OWN, None), (AROUND, BLOCK_RULE)),
        (NOTHING, (CLOSED, BLOCK_RULE)),
        ((ENDED, None), (CLOSED, BLOCK_RULE)),
    ],
)
def test_there_is_no_entry_where_there_is_nothing_of_its_own(
    own: Side, block: Side
) -> None:
    assert armed(own, block) is None


@pytest.mark.parametrize(
    ("own", "block"),
    [
        ((ENDED, None), (AROUND, BLOCK_RULE)),
        ((ENDED, RULE), (AROUND, BLOCK_RULE)),
    ],
)
def test_an_exception_keeps_a_number_that_left_out_of_its_block(
    own: Side, block: Side
) -> None:
    assert armed(own, block) == exception(alone=True)


def test_an_exception_keeps_a_number_that_is_off_out_of_its_blocks_rule() -> None:
    assert armed((OWN, OFF), (AROUND, BLOCK_RULE)) == exception()


@pytest.mark.parametrize("rule", [None, OFF])
def test_an_exception_for_a_stranger_is_told_to_the_blocks_customer(
    rule: RuleSetting | None,
) -> None:
    assert armed((OWN, rule), (STRANGERS, BLOCK_RULE)) == exception("K2", alone=True)


@pytest.mark.parametrize("own", [OWN, ON_ANOTHER_LINE])
@pytest.mark.parametrize("apart", [True, False])
def test_a_stranger_takes_no_rule_of_the_block_along(
    own: Option, *, apart: bool
) -> None:
    entry = armed((own, None), (STRANGERS, BLOCK_RULE), apart=apart)

    assert entry == exception("K2", alone=True)


def test_a_strangers_rule_inside_a_block_stands_alone() -> None:
    assert armed((OWN, BLOCK_RULE), (STRANGERS, RULE)) == Arming(
        INNER, "K1", PLACES, SECOND, alone=True
    )


def test_a_rule_inside_a_block_is_on_the_blocks_option() -> None:
    assert armed((None, RULE), (AROUND, BLOCK_RULE)) == Arming(
        INNER, "K1", PLACES, MOBILE, fallback=SECOND, planned=False, line_first=True
    )


def test_on_a_line_of_its_own_a_number_takes_its_blocks_rule_along() -> None:
    entry = armed((ON_ANOTHER_LINE, None), (AROUND, BLOCK_RULE))

    assert entry == Arming(INNER, "K1", PLACES, SECOND, source="block")


def test_apart_a_number_gets_the_number_with_its_extension() -> None:
    entry = armed(NOTHING, (AROUND, KEEPS), apart=True)

    assert entry == Arming(INNER, "K1", PLACES, f"{ELSEWHERE[:-2]}42", source="block")


def test_apart_of_a_block_without_a_rule_there_is_nothing() -> None:
    assert armed(NOTHING, (AROUND, None), apart=True) is None


def test_without_places_an_exception_still_has_a_line() -> None:
    entry = arming_of(INNER, own=(ENDED, None), block=(AROUND, None), places=())

    assert entry is not None
    assert entry.places == ("",)


def test_the_own_option_wins_also_when_it_has_ended() -> None:
    assert option_in_force(OWN, STRANGERS) is OWN
    assert option_in_force(None, AROUND) is AROUND
    assert option_in_force(ENDED, AROUND) is None
    assert option_in_force(None, CLOSED) is None
    assert option_in_force(None, None) is None


def test_a_stranger_is_somebody_elses() -> None:
    assert is_stranger(OWN, STRANGERS) is True
    assert is_stranger(OWN, AROUND) is False
    assert is_stranger(None, AROUND) is False
    assert is_stranger(OWN, None) is False


# -- what is in effect ---------------------------------------------------------------

READY = Arming(
    INNER, "K1", PLACES, MOBILE, fallback=SECOND, target_places=("far line",)
)
FAULT = OpenOutage("o1", frozenset({"node"}), NOON)
FAR = OpenOutage("o2", frozenset({"far line"}), NOON)
WORK = OpenOutage("o3", frozenset({"line"}), NOON - timedelta(hours=1), planned=True)
MANUAL = ActiveCause("manual", "m1", NOON + timedelta(hours=1))


def because(*causes: Cause, target: str | None = MOBILE) -> Diversion:
    return Diversion(target, causes)


O1 = Cause(type="outage", id="o1", since=NOON)
O3 = Cause(type="outage", id="o3", since=NOON - timedelta(hours=1))
M1 = Cause(type="manual", id="m1", since=NOON + timedelta(hours=1))


def test_an_outage_is_a_fault_unless_told_otherwise() -> None:
    assert FAULT.planned is False


def test_calls_go_to_the_target_for_every_reason_there_is() -> None:
    assert diversion(READY, [FAULT]) == because(O1)
    assert diversion(READY, [], [MANUAL]) == because(M1)
    assert diversion(READY, [FAULT, WORK], [MANUAL]) == because(O3, O1, M1)


def test_who_does_not_follow_planned_work_follows_faults_alone() -> None:
    own_way = Arming(INNER, "K1", PLACES, MOBILE, planned=False)

    assert diversion(own_way, [WORK]) is None
    assert diversion(own_way, [FAULT, WORK]) == because(O1)


def test_calls_go_to_the_fallback_while_the_target_is_down() -> None:
    assert diversion(READY, [FAULT, FAR]) == because(O1, target=SECOND)
    assert diversion(READY, [FAR]) is None


@pytest.mark.parametrize("arming", [None, exception()])
def test_without_an_arming_nothing_is_in_effect(arming: Arming | None) -> None:
    assert diversion(arming, [FAULT], [MANUAL]) is None


def test_held_off_nothing_is_in_effect() -> None:
    assert diversion(READY, [FAULT], held=True) is None
