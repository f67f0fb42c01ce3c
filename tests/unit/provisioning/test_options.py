"""The life of the option, number by number, from plain facts."""

from dataclasses import replace
from datetime import timedelta

import pytest

from contracts.number_range import NumberRange
from provisioning.domain import numbers as n
from provisioning.domain.option_changes import Ended, Grant, OptionChange, Telling
from provisioning.domain.options import settle
from support.provisioning import (
    BLOCK,
    INSIDE,
    LINE,
    MORNING,
    NEIGHBOUR,
    NOON,
    OFFICE,
    ONE,
    OTHER_LINE,
    RIVAL,
    THREE,
    TODAY,
    TWO,
    Books,
    a_movement,
    an_order,
    day,
)

MINE = f"enabled for {OFFICE}"
THEIRS = f"enabled for {RIVAL}"
HOUR = timedelta(hours=1)
GIVEN_BACK = ("P-1", OFFICE, NOON)


@pytest.fixture
def books() -> Books:
    return Books()


class TestOpening:
    def test_tells_of_a_live_number_once(self, books: Books) -> None:
        books.take(an_order(), a_movement())

        assert books.tale(ONE) == [MINE]
        assert books.believed(ONE) == (OFFICE, "P-1", "sip-trunk-2.0", LINE, None)

    def test_waits_for_the_day(self, books: Books) -> None:
        books.take(an_order(), a_movement(on=day(3)))
        assert books.told == []

        books.wait_until(day(3))

        assert books.tale(ONE) == [MINE]
        assert books.told[0].grant.opened_on == day(3)

    def test_opens_three_numbers_on_three_days(self, books: Books) -> None:
        books.take(an_order())
        for number, on in ((ONE, 1), (TWO, 2), (THREE, 3)):
            books.take(a_movement(number, on=day(on)))

        books.wait_until(day(2))

        assert [bool(books.believed(n)) for n in (ONE, TWO, THREE)] == [
            True,
            True,
            False,
        ]

    def test_does_not_need_the_order_first(self, books: Books) -> None:
        books.take(a_movement(), an_order())

        assert books.tale(ONE) == [MINE]

    def test_tells_a_repeated_fact_once(self, books: Books) -> None:
        books.take(an_order(), a_movement(), an_order(), a_movement())

        assert books.tale(ONE) == [MINE]

    def test_tells_a_block_as_one(self, books: Books) -> None:
        books.take(an_order(), a_movement(*BLOCK))

        assert [c.numbers for c in books.told] == [NumberRange(*BLOCK)]

    def test_keeps_the_extension_of_a_hosted_pbx(self, books: Books) -> None:
        books.take(an_order(), a_movement(extension="17"))

        assert books.told[0].grant.extension == "17"

    def test_tells_nothing_without_the_option(self, books: Books) -> None:
        books.take(an_order(option=False), a_movement())

        assert books.told == []


class TestSettling:
    """What is noted of movements, beside what is told of the option."""

    def test_again_notes_and_tells_nothing(self, books: Books) -> None:
        books.take(an_order(), a_movement(), a_movement(TWO, on=day(3)))
        orders = {OFFICE: list(books.orders.values())}

        again = settle(books.movements, books.told, orders, books.now)

        assert (again.changes, again.movements) == ([], [])

    def test_notes_what_was_replaced_and_what_is_over(self, books: Books) -> None:
        books.take(an_order(), a_movement(TWO), a_movement(on=day(2)))
        books.take(a_movement(on=day(5), told_at=MORNING + HOUR))
        books.take(a_movement(TWO, direction="out", told_at=MORNING + HOUR))

        noted = [movement.status for movement in books.movements]
        assert noted == ["ended", "replaced", "planned", "done"]


class TestTelling:
    """What readers believe of a number, by what was told until now."""

    WHOLE, HALF = NumberRange(*BLOCK), NumberRange(BLOCK[0], "+492214710499")

    def told(
        self, numbers: NumberRange, version: int, *, ended: Ended | None = None
    ) -> OptionChange:
        grant = Grant(numbers, OFFICE, "P-1", "sip-trunk-2.0", LINE, None, TODAY)
        return OptionChange(grant, version, ended, NOON)

    def believed(self, number: str, *told: OptionChange) -> OptionChange | None:
        return Telling(told, NOON).fact(n.span_of(NumberRange.single(number)))

    def test_is_nothing_outside_of_the_blocks(self) -> None:
        assert self.believed(ONE, self.told(self.WHOLE, 1)) is None

    def test_is_the_newest_of_two_blocks_around_it(self) -> None:
        whole, half = self.told(self.WHOLE, 1), self.told(self.HALF, 2)

        assert self.believed(INSIDE, whole, half) == half
        assert self.believed("+492214710500", whole, half) == whole

    def test_is_the_block_that_still_has_it(self) -> None:
        whole = self.told(self.WHOLE, 1)
        half = self.told(self.HALF, 2, ended="cancelled")

        assert self.believed(INSIDE, whole, half) == whole

    def test_of_a_block_is_newer_than_all_that_was_told_within_it(self) -> None:
        inside = self.told(NumberRange.single(INSIDE), 3)
        telling = Telling([self.told(self.WHOLE, 1), inside], NOON)
        moved = replace(self.told(self.WHOLE, 1).grant, line=OTHER_LINE)

        telling.begin_blocks([n.span_of(self.WHOLE)], [moved])

        assert [change.version for change in telling.changes] == [4]

    def test_of_a_block_on_two_lines_names_that_of_most_numbers(self) -> None:
        telling = Telling([], NOON)
        here = self.told(self.WHOLE, 1).grant
        there = replace(here, line=OTHER_LINE)
        first = n.span_of(self.WHOLE)[0]
        pieces = [
            (first, first + 1),
            (first + 1, first + 999),
            (first + 999, first + 1000),
        ]

        telling.begin_blocks(pieces, [there, here, there])

        assert [change.grant.line for change in telling.changes] == [LINE]


class TestNewPlan:
    def test_moves_the_day(self, books: Books) -> None:
        books.take(
            an_order(),
            a_movement(on=day(2)),
            a_movement(on=day(5), told_at=MORNING + HOUR),
        )

        books.wait_until(day(2))
        assert books.told == []
        books.wait_until(day(5))
        assert books.tale(ONE) == [MINE]

    def test_counts_by_when_it_was_told_not_by_when_it_came(self, books: Books) -> None:
        books.take(
            an_order(),
            a_movement(on=day(5), told_at=MORNING + HOUR),
            a_movement(on=day(2)),
        )

        books.wait_until(day(2))

        assert books.told == []

    def test_does_not_close_what_has_opened(self, books: Books) -> None:
        books.take(
            an_order(), a_movement(), a_movement(on=day(5), told_at=MORNING + HOUR)
        )

        assert books.tale(ONE) == [MINE]
        books.wait_until(day(5))
        assert books.tale(ONE) == [MINE]

    def test_moves_a_port_out(self, books: Books) -> None:
        leaving = a_movement(direction="out", on=day(2))
        later = a_movement(direction="out", on=day(5), told_at=MORNING + HOUR)
        books.take(an_order(), a_movement(), leaving, later)

        books.wait_until(day(2))
        assert books.believed(ONE)
        books.wait_until(day(5))
        assert books.believed(ONE) is None

    def test_leaves_a_planned_move_to_another_line_alone(self, books: Books) -> None:
        move = a_movement(
            ported=False, line=OTHER_LINE, on=day(5), told_at=MORNING + HOUR
        )
        books.take(an_order(), a_movement(on=day(2)), move)

        books.wait_until(day(2))
        assert books.grant(ONE).line == LINE
        books.wait_until(day(5))
        assert books.grant(ONE).line == OTHER_LINE

    def test_leaves_a_return_after_a_port_out_alone(self, books: Books) -> None:
        books.take(
            an_order(),
            a_movement(on=day(1)),
            a_movement(direction="out", on=day(2), told_at=MORNING + HOUR),
            a_movement(on=day(3), told_at=MORNING + 2 * HOUR),
        )

        for on in (1, 2, 3):
            books.wait_until(day(on))

        assert books.tale(ONE) == [MINE, "ported_out", MINE]


class TestMove:
    def test_is_told_with_the_new_line_and_a_higher_version(self, books: Books) -> None:
        books.take(an_order(), a_movement(*BLOCK))

        books.take(
            a_movement(*BLOCK, ported=False, line=OTHER_LINE, told_at=MORNING + HOUR)
        )

        assert [(c.version, c.grant.line) for c in books.told] == [
            (1, LINE),
            (2, OTHER_LINE),
        ]

    def test_of_a_number_in_a_block_is_told_for_it_alone(self, books: Books) -> None:
        books.take(an_order(), a_movement(*BLOCK))

        books.take(
            a_movement(INSIDE, ported=False, line=OTHER_LINE, told_at=MORNING + HOUR)
        )

        assert books.grant(INSIDE).line == OTHER_LINE
        assert books.grant(NEIGHBOUR).line == LINE
        assert len(books.told) == 2

    def test_of_a_part_of_a_block_is_told_one_by_one(self, books: Books) -> None:
        part = ("+492214710100", "+492214710109")
        books.take(an_order(), a_movement(*BLOCK))

        books.take(
            a_movement(*part, ported=False, line=OTHER_LINE, told_at=MORNING + HOUR)
        )

        assert books.tale(*part) == []
        assert len(books.told) == 1 + 10
        assert books.grant(part[1]).line == OTHER_LINE

    def test_keeps_order_and_extension(self, books: Books) -> None:
        books.take(an_order(), a_movement(order_id="P-1", extension="17"))
        newer = an_order("P-2", at=MORNING + HOUR)

        books.take(
            newer,
            a_movement(ported=False, line=OTHER_LINE, told_at=MORNING + 2 * HOUR),
        )

        assert books.believed(ONE) == (
            OFFICE,
            "P-1",
            "sip-trunk-2.0",
            OTHER_LINE,
            "17",
        )


class TestPortOut:
    def test_ends_the_option_on_its_day(self, books: Books) -> None:
        books.take(an_order(), a_movement(), a_movement(direction="out", on=day(4)))
        assert books.believed(ONE)

        books.wait_until(day(4))

        assert books.tale(ONE) == [MINE, "ported_out"]
        assert [c.version for c in books.told] == [1, 2]

    def test_is_noted_as_done_when_it_happened(self, books: Books) -> None:
        books.take(an_order(), a_movement(), a_movement(direction="out", on=day(3)))
        before = books.movements[-1]

        books.wait_until(day(3))

        assert (before.status, books.movements[-1].status) == ("planned", "done")
        assert books.movements[-1].opened_at == books.now

    def test_of_an_unknown_number_tells_nothing(self, books: Books) -> None:
        books.take(an_order(), a_movement(direction="out"))

        assert books.told == []

    def test_before_the_port_in_counts_by_day(self, books: Books) -> None:
        books.take(
            an_order(),
            a_movement(direction="out", on=day(-1)),
            a_movement(on=day(-5)),
        )

        assert books.told == []

    def test_of_a_number_in_a_block_is_an_exception(self, books: Books) -> None:
        books.take(an_order(), a_movement(*BLOCK), a_movement(INSIDE, direction="out"))

        assert books.tale(*BLOCK) == [MINE]
        assert books.tale(INSIDE) == ["ported_out"]
        assert books.believed(NEIGHBOUR)

    def test_returns_for_the_single_number(self, books: Books) -> None:
        books.take(an_order(), a_movement(*BLOCK), a_movement(INSIDE, direction="out"))

        books.take(a_movement(INSIDE, told_at=MORNING + HOUR))

        assert books.tale(INSIDE) == ["ported_out", MINE]
        assert books.tale(*BLOCK) == [MINE]

    def test_outlasts_a_move_of_its_block(self, books: Books) -> None:
        books.take(an_order(), a_movement(*BLOCK), a_movement(INSIDE, direction="out"))

        books.take(
            a_movement(*BLOCK, ported=False, line=OTHER_LINE, told_at=MORNING + HOUR)
        )

        assert books.believed(INSIDE) is None
        assert books.tale(*BLOCK) == [MINE, MINE]

    def test_of_the_block_ends_its_moved_number_too(self, books: Books) -> None:
        books.take(
            an_order(),
            a_movement(*BLOCK),
            a_movement(INSIDE, line=OTHER_LINE, told_at=MORNING + HOUR),
        )

        books.take(a_movement(*BLOCK, direction="out", told_at=MORNING + 2 * HOUR))

        assert books.tale(*BLOCK)[-1] == "ported_out"
        assert books.tale(INSIDE)[-1] == "ported_out"

    def test_of_some_numbers_of_a_block_is_told_one_by_one(self, books: Books) -> None:
        some = ("+492214710100", "+492214710109")
        books.take(an_order(), a_movement(*BLOCK), a_movement(*some, direction="out"))

        assert len(books.told) == 1 + 10
        assert books.believed("+492214710109") is None
        assert books.believed("+492214710110")


class TestLaterOwner:
    def test_starts_afresh_with_a_higher_version(self, books: Books) -> None:
        books.take(an_order(), a_movement(), a_movement(direction="out", on=day(1)))
        theirs = an_order("R-1", customer=RIVAL, product="sip-account-2.0")

        books.take(theirs, a_movement(customer=RIVAL, line="L-9", on=day(8)))
        books.wait_until(day(1))
        books.wait_until(day(8))

        assert books.tale(ONE) == [MINE, "ported_out", THEIRS]
        assert [c.version for c in books.told] == [1, 2, 3]
        assert books.believed(ONE) == (RIVAL, "R-1", "sip-account-2.0", "L-9", None)

    def test_takes_over_on_the_same_day(self, books: Books) -> None:
        books.take(
            an_order(),
            an_order("R-1", customer=RIVAL),
            a_movement(),
            a_movement(customer=RIVAL, on=day(1), told_at=MORNING + HOUR),
            a_movement(direction="out", on=day(1), told_at=MORNING + 2 * HOUR),
        )

        books.wait_until(day(1))

        assert books.tale(ONE) == [MINE, "ported_out", THEIRS]

    def test_of_the_block_has_the_number_that_left_it_before(
        self, books: Books
    ) -> None:
        books.take(
            an_order(),
            an_order("R-1", customer=RIVAL),
            a_movement(*BLOCK),
            a_movement(INSIDE, direction="out"),
            a_movement(*BLOCK, direction="out", on=day(1)),
            a_movement(*BLOCK, customer=RIVAL, on=day(2)),
        )

        books.wait_until(day(1))
        books.wait_until(day(2))

        assert books.grant(INSIDE).customer_number == RIVAL
        assert books.grant(NEIGHBOUR).customer_number == RIVAL

    def test_is_named_while_he_waits(self, books: Books) -> None:
        books.take(a_movement(), a_movement(customer=RIVAL))

        settled = settle(
            [replace(m, status="planned") for m in books.movements], [], {}, NOON
        )

        assert [m.customer_number for m in settled.contested] == [RIVAL]

    def test_has_it_when_his_day_is_the_first_of_two_that_passed(
        self, books: Books
    ) -> None:
        books.take(
            an_order(),
            an_order("R-1", customer=RIVAL),
            a_movement(on=day(5)),
            a_movement(customer=RIVAL, on=day(3), told_at=MORNING + HOUR),
        )

        books.wait_until(day(6))

        assert books.tale(ONE) == [THEIRS]

    def test_waits_until_the_number_is_free(self, books: Books) -> None:
        books.take(an_order(), an_order("R-1", customer=RIVAL), a_movement())

        books.take(a_movement(customer=RIVAL))
        assert books.tale(ONE) == [MINE]
        assert books.movements[-1].status == "contested"
        books.take(a_movement(direction="out", told_at=MORNING + HOUR))

        assert books.tale(ONE) == [MINE, "ported_out", THEIRS]

    def test_waits_for_a_number_without_the_option_too(self, books: Books) -> None:
        books.take(an_order("R-1", customer=RIVAL), a_movement())

        books.take(a_movement(customer=RIVAL, on=day(-3)))

        assert books.told == []

    def test_does_not_win_a_number_by_an_older_day(self, books: Books) -> None:
        books.take(an_order(), an_order("R-1", customer=RIVAL))
        books.take(a_movement(INSIDE), a_movement(*BLOCK, customer=RIVAL))

        books.take(a_movement(*BLOCK, customer=RIVAL, on=day(-5)))

        assert books.tale(INSIDE) == [MINE]

    def test_takes_over_a_block_on_the_same_day(self, books: Books) -> None:
        books.take(
            an_order(),
            an_order("R-1", customer=RIVAL),
            a_movement(*BLOCK),
            a_movement(*BLOCK, direction="out", on=day(1)),
            a_movement(*BLOCK, customer=RIVAL, on=day(1)),
        )

        books.wait_until(day(1))

        assert books.tale(*BLOCK) == [MINE, "ported_out", THEIRS]
        assert len(books.told) == 3

    def test_shares_a_block_at_rest(self, books: Books) -> None:
        """Both name the block, and one of them has but a number of it."""
        books.take(an_order(), an_order("R-1", customer=RIVAL))
        books.take(a_movement(INSIDE, customer=RIVAL))
        books.take(a_movement(*BLOCK), a_movement(*BLOCK, customer=RIVAL))
        told = len(books.told)

        books.settle()

        assert len(books.told) == told
        assert books.grant(INSIDE).customer_number == RIVAL
        assert books.grant(NEIGHBOUR).customer_number == OFFICE

    def test_gets_a_block_without_the_number_of_another(self, books: Books) -> None:
        books.take(an_order(), an_order("R-1", customer=RIVAL), a_movement(INSIDE))

        books.take(a_movement(*BLOCK, customer=RIVAL))

        assert books.grant(INSIDE).customer_number == OFFICE
        assert books.grant(NEIGHBOUR).customer_number == RIVAL


class TestCancellation:
    def test_ends_the_option_of_all_numbers(self, books: Books) -> None:
        books.take(an_order(), a_movement(), a_movement(TWO), GIVEN_BACK)

        assert books.tale(ONE) == [MINE, "cancelled"]
        assert books.tale(TWO) == [MINE, "cancelled"]

    def test_that_overtakes_its_order_wins(self, books: Books) -> None:
        books.take(GIVEN_BACK, a_movement(), an_order())

        assert books.told == []

    def test_of_another_customer_does_nothing(self, books: Books) -> None:
        books.take(("P-1", RIVAL, NOON), an_order(), a_movement())

        assert books.believed(ONE)

    def test_ends_an_exception_only_once(self, books: Books) -> None:
        books.take(an_order(), a_movement(*BLOCK), a_movement(INSIDE, direction="out"))

        books.take(GIVEN_BACK)

        assert books.tale(*BLOCK) == [MINE, "cancelled"]
        assert books.tale(INSIDE) == ["ported_out"]


class TestAddOn:
    def test_opens_what_is_live_at_once_and_the_rest_on_its_day(
        self, books: Books
    ) -> None:
        books.take(an_order(option=False), a_movement(), a_movement(TWO, on=day(2)))
        assert books.told == []

        books.take(an_order("X-1", extends="P-1", channel="phone", at=NOON))

        assert books.grant(ONE).order_id == "P-1"
        assert books.told[0].grant.opened_on == TODAY
        assert books.believed(TWO) is None
        books.wait_until(day(2))
        assert books.believed(TWO)

    def test_opens_on_the_day_it_was_placed(self, books: Books) -> None:
        books.take(an_order(option=False), a_movement(on=day(-30)))

        books.take(an_order("X-1", extends="P-1", channel="mail", at=NOON))

        assert books.told[0].grant.opened_on == TODAY

    def test_that_turns_up_later_does_not_tell_the_option_again(
        self, books: Books
    ) -> None:
        contract = an_order(option=False, at=MORNING - timedelta(days=9))
        books.take(contract, a_movement(on=day(-9)))
        books.take(an_order("X-1", extends="P-1", channel="phone"))
        earlier = MORNING - timedelta(days=3)
        books.take(an_order("X-2", extends="P-1", channel="mail", at=earlier))

        assert books.tale(ONE) == [MINE]
        assert books.grant(ONE).opened_on == TODAY

    def test_without_an_order_means_those_of_the_product(self, books: Books) -> None:
        books.take(
            an_order(option=False),
            an_order("P-2", product="pmx-ngn", option=False),
            a_movement(order_id="P-1"),
            a_movement(TWO, order_id="P-2"),
        )

        books.take(an_order("X-1", channel="phone", at=NOON))

        assert books.believed(ONE)
        assert books.believed(TWO) is None

    def test_serves_a_contract_that_is_older_than_our_books(self, books: Books) -> None:
        books.take(a_movement(), an_order("X-1", channel="phone", at=NOON))

        assert books.grant(ONE).order_id == "X-1"

    def test_ends_with_its_own_cancellation(self, books: Books) -> None:
        books.take(
            an_order(option=False),
            a_movement(),
            an_order("X-1", extends="P-1", channel="phone"),
            ("X-1", OFFICE, NOON),
        )

        assert books.tale(ONE) == [MINE, "cancelled"]

    def test_ends_with_the_cancellation_of_the_product_order(
        self, books: Books
    ) -> None:
        books.take(
            an_order(option=False),
            a_movement(),
            an_order("X-1", extends="P-1", channel="phone", at=NOON - HOUR),
            GIVEN_BACK,
        )

        assert books.tale(ONE) == [MINE, "cancelled"]

    def test_without_an_order_means_none_that_comes_later(self, books: Books) -> None:
        later = an_order("P-2", option=False, at=NOON + HOUR)
        books.take(an_order("X-1", channel="phone", at=NOON), later)

        books.take(a_movement(order_id="P-2"))

        assert books.told == []

    def test_brings_the_option_back_after_a_cancellation(self, books: Books) -> None:
        books.take(an_order(), a_movement(), GIVEN_BACK)

        books.take(an_order("X-1", extends="P-1", channel="phone", at=NOON + HOUR))

        assert books.tale(ONE) == [MINE, "cancelled", MINE]


class TestBelonging:
    def test_follows_the_order_that_is_named(self, books: Books) -> None:
        books.take(an_order(), an_order("P-2"), a_movement(order_id="P-2"))

        assert books.grant(ONE).order_id == "P-2"

    def test_waits_for_an_order_that_is_not_known_yet(self, books: Books) -> None:
        books.take(an_order(), a_movement(order_id="P-2"))
        assert books.told == []

        books.take(an_order("P-2"))

        assert books.grant(ONE).order_id == "P-2"

    def test_stays_when_the_customer_orders_more(self, books: Books) -> None:
        books.take(an_order(at=MORNING - HOUR), a_movement())

        books.take(an_order("P-2", product="pmx-ngn", at=NOON))

        assert books.tale(ONE) == [MINE]

    def test_is_to_the_contract_that_has_the_option(self, books: Books) -> None:
        books.take(
            an_order(at=MORNING - HOUR),
            an_order("P-2", product="pmx-ngn", option=False, at=MORNING - HOUR / 2),
            a_movement(),
        )

        assert books.tale(ONE) == [MINE]
        assert books.grant(ONE).order_id == "P-1"

    @pytest.mark.parametrize("extends", ["P-1", None])
    def test_is_to_the_contract_that_gets_the_option_first(
        self, books: Books, extends: str | None
    ) -> None:
        books.take(
            an_order(option=False, at=MORNING - HOUR),
            an_order("P-2", product="pmx-ngn", option=False, at=MORNING - HOUR / 2),
            a_movement(),
        )
        assert books.told == []

        books.take(an_order("X-1", extends=extends, channel="phone", at=NOON))
        assert books.grant(ONE).order_id == "P-1"

        # It stays there: also when the other one gets it, or this one gives it back.
        books.take(
            an_order("X-2", product="pmx-ngn", channel="phone", at=NOON + HOUR),
            ("P-1", OFFICE, NOON + 2 * HOUR),
        )
        assert books.tale(ONE) == [MINE, "cancelled"]

    def test_is_not_to_a_refused_order(self, books: Books) -> None:
        books.take(an_order(product="mobile"), a_movement())

        assert books.refused == {"P-1": "product_not_eligible"}
        assert books.told == []
