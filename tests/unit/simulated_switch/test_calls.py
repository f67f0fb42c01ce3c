"""Where a call rings."""

import pytest

from simulated_switch.domain import Call, Diversion
from unit.simulated_switch.story import (
    BLOCK,
    FIRST,
    INSIDE,
    LINE,
    MOBILE,
    NODE,
    OFFICE,
    PLACES,
    REGION,
    SPARE,
    TARGET_BLOCK,
    TARGET_LINE,
    call,
    cause,
    flag,
    hold,
    operation,
    rule,
)

SMALL_BLOCK = "+492214710120-+492214710129"
OWN = rule(INSIDE, target=SPARE)


class TestWithoutAReason:
    def test_an_unknown_number_rings_as_dialled(self) -> None:
        assert call(OFFICE) == Call(OFFICE, OFFICE)

    def test_an_armed_number_rings_at_home(self) -> None:
        assert call(OFFICE, rule()) == Call(OFFICE, OFFICE, rule=f"rule/{OFFICE}")

    def test_an_outage_elsewhere_is_no_reason(self) -> None:
        assert not call(OFFICE, rule(), flag("an-bonn-1")).diverted

    @pytest.mark.parametrize("number", ["110", "112"])
    def test_nobody_diverts_an_emergency(self, number: str) -> None:
        assert call(number, rule(), flag(LINE)).rings_at == number


class TestOutage:
    def test_rings_at_the_target_and_tells_why(self) -> None:
        assert call(OFFICE, rule(), flag(NODE)) == Call(
            OFFICE,
            MOBILE,
            diverted=True,
            rule=f"rule/{OFFICE}",
            because=[f"flag/fault/{NODE}"],
            diversion=Diversion(OFFICE, "unavailable"),
        )

    @pytest.mark.parametrize("place", PLACES)
    def test_of_any_place_above_counts(self, place: str) -> None:
        assert call(OFFICE, rule(), flag(place)).diverted

    def test_lasts_until_the_last_of_several_is_over(self) -> None:
        both = [rule(), flag(LINE), flag(REGION)]

        after_one = call(OFFICE, *both, flag(LINE, raised=False, version=2))

        assert after_one.because == [f"flag/fault/{REGION}"]

    @pytest.mark.parametrize("over", [{"raised": False}, None])
    def test_ends(self, over: object) -> None:
        ended = operation(f"flag/fault/{NODE}", 2, over)

        assert call(OFFICE, rule(), flag(NODE), ended).rings_at == OFFICE

    def test_planned_work_diverts_only_who_wants_it(self) -> None:
        work = flag(NODE, kind="planned")

        assert not call(OFFICE, rule(), work).diverted
        assert call(OFFICE, rule(planned=True), work).because == [
            f"flag/planned/{NODE}"
        ]

    def test_may_come_before_the_rule(self) -> None:
        assert call(OFFICE, flag(NODE), rule()).diverted

    def test_follows_a_line_that_was_moved(self) -> None:
        moved = rule(version=2, places=[LINE, "an-bonn-1"])

        assert not call(OFFICE, rule(), flag(NODE), moved).diverted


class TestOff:
    def test_wins_over_every_reason(self) -> None:
        off = rule(off=True)

        rings = call(OFFICE, off, flag(NODE), cause(OFFICE))

        assert rings == Call(OFFICE, OFFICE, rule=f"rule/{OFFICE}")

    def test_of_one_number_wins_over_its_block(self) -> None:
        off = rule(INSIDE, off=True, target=None)

        assert call(INSIDE, rule(BLOCK), off, flag(NODE)).rings_at == INSIDE


class TestBlock:
    @pytest.mark.parametrize("number", [FIRST, INSIDE, "+492214710999", f"{INSIDE}45"])
    def test_holds_its_numbers_also_lengthened(self, number: str) -> None:
        assert call(number, rule(BLOCK), flag(NODE)).rings_at == MOBILE

    @pytest.mark.parametrize(
        "number", ["+49221471", "+4922147101", "+492214709999", "+492214711000"]
    )
    def test_holds_no_others(self, number: str) -> None:
        assert call(number, rule(BLOCK), flag(NODE)).rule is None

    def test_need_not_be_round(self) -> None:
        odd = rule("+492214710095-+492214710104")

        assert call("+492214710104", odd, flag(NODE)).diverted
        assert not call("+492214710105", odd, flag(NODE)).diverted

    def test_yields_to_the_rule_of_a_number(self) -> None:
        assert call(INSIDE, rule(BLOCK), OWN, flag(NODE)).rings_at == SPARE

    def test_keeps_the_lengthened_numbers_of_a_number_with_an_own_rule(self) -> None:
        assert call(f"{INSIDE}4", rule(BLOCK), OWN, flag(NODE)).rings_at == MOBILE

    def test_yields_to_a_smaller_block_inside(self) -> None:
        small = rule(SMALL_BLOCK, target=SPARE)

        assert call(INSIDE, small, rule(BLOCK), flag(NODE)).rings_at == SPARE
        assert call(FIRST, small, rule(BLOCK), flag(NODE)).rings_at == MOBILE

    def test_yields_to_a_block_of_longer_numbers_inside(self) -> None:
        longer = rule("+4922147101230-+4922147101239", target=SPARE)

        assert call(f"{INSIDE}4", longer, rule(BLOCK), flag(NODE)).rings_at == SPARE

    def test_yields_to_longer_numbers_even_if_those_are_more(self) -> None:
        longer = rule("+49221471012000-+49221471012099", target=SPARE)

        rings = call("+49221471012007", longer, rule(SMALL_BLOCK), flag(NODE))

        assert rings.rings_at == SPARE

    def test_serves_again_when_the_own_rule_is_removed(self) -> None:
        removed = operation(f"rule/{INSIDE}", 2, None)

        assert call(INSIDE, rule(BLOCK), OWN, removed, flag(NODE)).rings_at == MOBILE

    @pytest.mark.parametrize(
        ("number", "rings_at"),
        [(INSIDE, "+493023125123"), (f"{INSIDE}45", "+49302312512345")],
    )
    def test_keeps_the_extension(self, number: str, rings_at: str) -> None:
        keeping = rule(BLOCK, target=TARGET_BLOCK, keep_extension=True)

        assert call(number, keeping, flag(NODE)).rings_at == rings_at

    def test_keeps_the_extension_behind_a_shorter_number(self) -> None:
        ten = "+492214710000-+492214710009"
        keeping = rule(ten, target="+4930231250", keep_extension=True)

        assert call("+492214710007", keeping, flag(NODE)).rings_at == "+4930231257"


class TestCause:
    @pytest.mark.parametrize("kind", ["manual", "drill"])
    def test_diverts_without_an_outage(self, kind: str) -> None:
        rings = call(OFFICE, rule(), cause(OFFICE, kind=kind))

        assert (rings.rings_at, rings.because) == (MOBILE, [f"cause/{OFFICE}/{kind}"])

    @pytest.mark.parametrize("over", [{"active": False}, None])
    def test_ends(self, over: object) -> None:
        ended = operation(f"cause/{OFFICE}/manual", 2, over)

        assert not call(OFFICE, rule(), cause(OFFICE), ended).diverted

    def test_needs_a_rule(self) -> None:
        assert not call(OFFICE, cause(OFFICE)).diverted

    def test_of_a_block_reaches_each_of_its_numbers(self) -> None:
        drill = cause(BLOCK, kind="drill")

        assert call(INSIDE, rule(BLOCK), drill).diverted
        assert call(INSIDE, rule(BLOCK), OWN, drill).rings_at == SPARE

    def test_of_a_number_leaves_the_rest_of_the_block(self) -> None:
        manual = cause(INSIDE)

        assert call(INSIDE, rule(BLOCK), manual).diverted
        assert not call(FIRST, rule(BLOCK), manual).diverted


class TestHold:
    def test_lets_nothing_divert(self) -> None:
        rings = call(OFFICE, rule(), flag(NODE), cause(OFFICE), hold(held=True))

        assert rings == Call(OFFICE, OFFICE, rule=f"rule/{OFFICE}", held=True)

    @pytest.mark.parametrize("over", [{"held": False}, None])
    def test_ends(self, over: object) -> None:
        ended = operation("hold", 2, over)

        assert call(OFFICE, rule(), flag(NODE), hold(held=True), ended).diverted


class TestTargetDown:
    @pytest.mark.parametrize("kind", ["fault", "planned"])
    def test_rings_at_the_fallback(self, kind: str) -> None:
        careful = rule(fallback=SPARE, target_places=[TARGET_LINE])

        rings = call(OFFICE, careful, flag(NODE), flag(TARGET_LINE, kind=kind))

        assert (rings.rings_at, rings.target_down) == (SPARE, True)
        assert rings.target_because == [f"flag/{kind}/{TARGET_LINE}"]

    def test_rings_nowhere_without_a_fallback(self) -> None:
        doomed = rule(target_places=[TARGET_LINE])

        rings = call(OFFICE, doomed, flag(NODE), flag(TARGET_LINE))

        assert (rings.rings_at, rings.diverted, rings.target_down) == (None, True, True)

    def test_matters_only_to_a_diverted_call(self) -> None:
        doomed = rule(target_places=[TARGET_LINE])

        rings = call(OFFICE, doomed, flag(TARGET_LINE))

        assert (rings.rings_at, rings.target_down) == (OFFICE, False)
