"""What ends with an option: by versions where they are known, else by times."""

from datetime import UTC, date, datetime, timedelta

import pytest

from contracts.number_range import NumberRange
from contracts.options import OptionDisabled, OptionEnabled
from forwarding.belongings import Belongings
from forwarding.domain import KeptRule, Option, block_around

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HIS, OTHER = "K1", "K2"
BLOCK = NumberRange("+492214710000", "+492214710009")
INSIDE, BESIDE = (NumberRange.single(f"+49221471000{at}") for at in (3, 4))
SINGLE = NumberRange.single("+4921122223333")
END = OptionDisabled(
    number=SINGLE.first,
    customer_number=HIS,
    order_id="O1",
    version=5,
    reason="cancelled",
    disabled_at=NOON,
)
ANOTHER_S = OptionEnabled(
    number=SINGLE.first,
    customer_number=OTHER,
    order_id="O2",
    version=5,
    product="sip-trunk-2.0",
    line="L1",
    opened_on=date(2026, 11, 1),
)


def option(numbers: NumberRange, owner: str = HIS, *, on: bool = True) -> Option:
    return Option(numbers, owner, "L1", on, 4)


def rule(
    known: int | None = None, at: datetime = NOON, customer: str = HIS
) -> KeptRule:
    return KeptRule(customer, at, known)


def of(
    numbers: NumberRange,
    *options: Option,
    rules: dict[NumberRange, KeptRule] | None = None,
    inner: tuple[NumberRange, ...] = (),
    started: dict[NumberRange, datetime] | None = None,
) -> Belongings:
    begun = {str(one): since for one, since in (started or {}).items()}
    known = {one.numbers: one for one in options}
    return Belongings(numbers, list(inner), known, rules or {}, begun)


@pytest.mark.parametrize("known", [None, 4, 5, 6])
@pytest.mark.parametrize("late", [-SECOND, 0 * SECOND, SECOND])
@pytest.mark.parametrize("all_of_it", [True, False])
def test_an_end_takes_what_is_older(
    known: int | None, late: timedelta, *, all_of_it: bool
) -> None:
    kept = {SINGLE: rule(known, NOON + late)}
    found = of(SINGLE, option(SINGLE, on=False), rules=kept)

    is_over = found.over(END, all_of_it=all_of_it) == [SINGLE]

    by_time = late <= 0 * SECOND or all_of_it
    assert is_over == (by_time if known is None else known < 5)


@pytest.mark.parametrize("all_of_it", [True, False])
def test_an_end_leaves_another_s_unless_it_is_news(*, all_of_it: bool) -> None:
    kept = {SINGLE: rule(1, NOON - SECOND, OTHER)}
    found = of(SINGLE, option(SINGLE, OTHER), rules=kept)

    assert found.over(END, all_of_it=all_of_it) == ([SINGLE] if all_of_it else [])


@pytest.mark.parametrize("all_of_it", [True, False])
@pytest.mark.parametrize("known", [None, 9])
def test_a_new_owner_sees_nothing_of_the_former(
    known: int | None, *, all_of_it: bool
) -> None:
    kept = {SINGLE: rule(known, NOON + SECOND)}
    found = of(SINGLE, option(SINGLE, OTHER), rules=kept)

    assert found.over(ANOTHER_S, all_of_it=all_of_it) == [SINGLE]


@pytest.mark.parametrize("all_of_it", [True, False])
def test_what_begins_takes_nothing_of_its_owner(*, all_of_it: bool) -> None:
    kept = {SINGLE: rule(1, NOON - SECOND, OTHER)}
    found = of(SINGLE, option(SINGLE, OTHER), rules=kept)

    assert found.over(ANOTHER_S, all_of_it=all_of_it) == ([SINGLE] if all_of_it else [])


class TestWithoutARule:
    @pytest.mark.parametrize("late", [-SECOND, 0 * SECOND, SECOND])
    def test_what_a_person_began_ends_by_its_time(self, late: timedelta) -> None:
        found = of(SINGLE, option(SINGLE), started={SINGLE: NOON + late})
        over = [SINGLE] if late <= 0 * SECOND else []

        assert found.over(END, all_of_it=False) == over
        assert found.begun_before(END) == over
        assert found.over(END, all_of_it=True) == [SINGLE]

    def test_nothing_began_so_nothing_ends(self) -> None:
        assert of(SINGLE, option(SINGLE)).over(END, all_of_it=False) == []
        assert of(SINGLE, option(SINGLE)).begun_before(END) == []

    def test_whoever_has_no_rule_is_no_stranger(self) -> None:
        found = of(SINGLE, option(SINGLE, OTHER, on=False))

        assert found.over(END, all_of_it=False) == []


class TestWhatAPersonBegan:
    def test_ends_also_where_the_rule_is_newer(self) -> None:
        kept, began = {SINGLE: rule(6)}, {SINGLE: NOON - SECOND}
        found = of(SINGLE, option(SINGLE), rules=kept, started=began)

        assert found.over(END, all_of_it=True) == []
        assert found.begun_before(END) == [SINGLE]

    def test_is_the_new_owner_s(self) -> None:
        kept, began = {SINGLE: rule(6, customer=OTHER)}, {SINGLE: NOON - SECOND}
        found = of(SINGLE, option(SINGLE, OTHER), rules=kept, started=began)

        assert found.begun_before(END) == []

    def test_ends_by_an_end_alone(self) -> None:
        found = of(SINGLE, option(SINGLE), started={SINGLE: NOON - SECOND})

        assert found.begun_before(ANOTHER_S) == []


class TestInsideABlock:
    END = END.model_copy(update={"number": BLOCK.first, "last": BLOCK.last})
    RULES = dict.fromkeys((BLOCK, INSIDE, BESIDE), rule(1, NOON - SECOND))
    BEGAN = dict.fromkeys((BLOCK, INSIDE, BESIDE), NOON - SECOND)

    def found(self, own: Option, **more: KeptRule) -> Belongings:
        rules = self.RULES | ({BESIDE: more["beside"]} if more else {})
        block = option(BLOCK, on=False)
        inner = (INSIDE, BESIDE)
        return of(BLOCK, block, own, rules=rules, inner=inner, started=self.BEGAN)

    def test_a_number_with_an_option_of_its_own_keeps_what_is_set(self) -> None:
        found = self.found(option(BESIDE))

        assert found.over(self.END, all_of_it=True) == [BLOCK, INSIDE]
        assert found.begun_before(self.END) == [BLOCK, INSIDE]

    def test_but_not_what_a_stranger_set(self) -> None:
        found = self.found(option(BESIDE), beside=rule(9, customer=OTHER))

        assert found.over(self.END, all_of_it=False) == [BLOCK, INSIDE, BESIDE]

    def test_a_number_whose_option_ended_goes_with_it(self) -> None:
        found = self.found(option(BESIDE, on=False))

        assert found.over(self.END, all_of_it=True) == [BLOCK, INSIDE, BESIDE]

    def test_what_another_set_there_ends_when_the_block_is_not_his(self) -> None:
        rules = {INSIDE: rule(9, NOON + SECOND, OTHER)}
        found = of(BLOCK, option(BLOCK), rules=rules, inner=(INSIDE,))

        assert found.over(ANOTHER_S, all_of_it=False) == [INSIDE]

    def test_also_when_the_block_s_option_ended(self) -> None:
        rules = {INSIDE: rule(9, NOON + SECOND, OTHER)}
        found = of(BLOCK, option(BLOCK, on=False), rules=rules, inner=(INSIDE,))

        assert found.over(self.END, all_of_it=False) == [INSIDE]


class TestTheBlockAround:
    NEXT = NumberRange("+492214710010", "+492214710019")

    def test_is_the_one_that_holds_the_number(self) -> None:
        options = [option(self.NEXT), option(BLOCK), option(INSIDE)]

        assert block_around(INSIDE, options) == option(BLOCK)
        assert block_around(NumberRange.single(BLOCK.first), options) == option(BLOCK)
        assert block_around(NumberRange.single(BLOCK.last), options) == option(BLOCK)
        assert block_around(SINGLE, options) is None

    def test_rather_one_that_is_on(self) -> None:
        wide = NumberRange("+492214710000", "+492214710099")
        off, on = option(BLOCK, on=False), option(wide)

        assert block_around(INSIDE, [off, on]) == block_around(INSIDE, [on, off]) == on

    def test_of_two_that_are_on_the_smaller_in_whatever_order(self) -> None:
        wide = NumberRange("+492214710000", "+492214710099")
        shifted = NumberRange("+492214709995", "+492214710004")
        both = [option(wide), option(BLOCK)]

        assert block_around(INSIDE, both) == option(BLOCK)
        assert block_around(INSIDE, both[::-1]) == option(BLOCK)
        first = NumberRange.single(BLOCK.first)
        as_large = [option(BLOCK), option(shifted)]
        assert block_around(first, as_large) == option(BLOCK)
        assert block_around(first, as_large[::-1]) == option(BLOCK)

    def test_a_block_has_none(self) -> None:
        assert block_around(BLOCK, [option(BLOCK)]) is None
