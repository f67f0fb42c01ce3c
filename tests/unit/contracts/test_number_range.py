import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.number_range import (
    BadRange,
    DifferentBlocks,
    NotInRange,
    NumberRange,
)

COLOGNE = NumberRange("+492214710000", "+492214710999")
BERLIN = NumberRange("+493023125000", "+493023125999")
OFFICE = NumberRange.single("+4921122223336")


def block(first: str, size: int) -> NumberRange:
    return NumberRange.starting(first, size=size)


blocks = st.builds(
    block,
    st.integers(4922147100000, 4922147109999).map(lambda n: f"+{n}"),
    st.integers(10, 1000),
)


class TestNumberRange:
    @pytest.mark.parametrize("size", [1, 10, 11, 100, 300, 999, 1000])
    def test_takes_one_number_or_ten_to_a_thousand(self, size: int) -> None:
        assert block("+492214710000", size).size == size

    @pytest.mark.parametrize("size", [-5, 0, 2, 9, 1001, 10000])
    def test_refuses_other_sizes(self, size: int) -> None:
        with pytest.raises(BadRange, match="10 to 1000"):
            block("+492214710000", size)

    @pytest.mark.parametrize(
        ("first", "last"),
        [
            ("+4922147100", "+492214710099"),
            ("+4999999", "+49999990"),
            ("+492214710999", "+492214710000"),
            ("02214710000", "02214710999"),
            ("+49221 4710000", "+49221 4710999"),
            ("+٤٩2214710000", "+492214710999"),
            ("+492214710000", ""),
            ("+492214710000", "+49221471000x"),
            ("", ""),
        ],
    )
    def test_refuses_ends_that_do_not_belong_together(
        self, first: str, last: str
    ) -> None:
        with pytest.raises(BadRange):
            NumberRange(first, last)

    @pytest.mark.parametrize(
        ("last", "why"),
        [
            ("02214710999", "a block's ends must be canonical E.164 numbers"),
            ("+49221471099", "a block's ends must have the same length"),
            ("+492214711000", "a block has 10 to 1000 numbers, not 1001"),
        ],
    )
    def test_says_what_is_wrong_with_its_ends(self, last: str, why: str) -> None:
        with pytest.raises(BadRange) as wrong:
            NumberRange("+492214710000", last)
        assert str(wrong.value) == why

    @pytest.mark.parametrize("first", ["", "02214710000", "+", "abc"])
    def test_refuses_to_start_at_no_number(self, first: str) -> None:
        with pytest.raises(BadRange, match=r"E\.164 numbers$"):
            block(first, 10)

    def test_refuses_to_outgrow_its_digits(self) -> None:
        with pytest.raises(BadRange, match="same length"):
            block("+9999995", 10)

    def test_writes_itself(self) -> None:
        assert str(OFFICE) == "+4921122223336"
        assert str(COLOGNE) == "+492214710000-+492214710999"

    def test_names_its_numbers(self) -> None:
        numbers = list(COLOGNE.numbers())

        assert (numbers[0], numbers[-1]) == (COLOGNE.first, COLOGNE.last)
        assert len(numbers) == COLOGNE.size == 1000
        assert list(OFFICE.numbers()) == [OFFICE.first]


class TestContains:
    @pytest.mark.parametrize(
        "number",
        ["+492214710000", "+492214710200", "+492214710999", "+4922147102007"],
    )
    def test_knows_its_own_and_lengthened_ones(self, number: str) -> None:
        assert COLOGNE.contains(number)

    @pytest.mark.parametrize(
        "number",
        ["+492214709999", "+492214711000", "+4922147110007", "+49221471099", ""],
    )
    def test_knows_strangers(self, number: str) -> None:
        assert not COLOGNE.contains(number)

    def test_a_single_number_is_matched_whole(self) -> None:
        assert OFFICE.contains("+4921122223336")
        assert not OFFICE.contains("+49211222233361")
        assert not OFFICE.contains("+492112222333")

    def test_a_part_of_a_block_keeps_its_borders(self) -> None:
        part = block("+492214710200", 100)

        assert part.contains("+4922147102991")
        assert not part.contains("+4922147101999")
        assert not part.contains("+492214710300")


class TestOverlaps:
    @pytest.mark.parametrize(
        "number",
        [
            "+492214710123",
            "+4922147101234",
            "+492214710",
            "+4922147105",
            "+492214710000",
            "+492214710999",
        ],
    )
    def test_counts_lengthened_and_cut_short_numbers(self, number: str) -> None:
        single = NumberRange.single(number)

        assert COLOGNE.overlaps(single)
        assert single.overlaps(COLOGNE)

    @pytest.mark.parametrize("number", ["+492214709999", "+492214711", "+4922147110"])
    def test_leaves_neighbours_alone(self, number: str) -> None:
        single = NumberRange.single(number)

        assert not COLOGNE.overlaps(single)
        assert not single.overlaps(COLOGNE)

    def test_blocks_share_a_number_or_not(self) -> None:
        assert block("+492214710000", 200).overlaps(block("+492214710199", 10))
        assert not block("+492214710000", 200).overlaps(block("+492214710200", 10))
        assert COLOGNE.overlaps(block("+492214710100", 10))
        assert not COLOGNE.overlaps(BERLIN)

    @given(blocks, blocks)
    def test_agrees_with_counting(self, one: NumberRange, other: NumberRange) -> None:
        shared = set(one.numbers()) & set(other.numbers())

        assert one.overlaps(other) == other.overlaps(one) == bool(shared)


class TestPrefixes:
    @pytest.mark.parametrize(
        ("numbers", "prefixes"),
        [
            (COLOGNE, ["+492214710"]),
            (OFFICE, ["+4921122223336"]),
            (block("+492214710100", 100), ["+4922147101"]),
            (block("+492214710010", 10), ["+49221471001"]),
            (block("+492214710000", 30), [f"+4922147100{n}" for n in range(3)]),
            (
                block("+492214710095", 10),
                [f"+492214710{n:03}" for n in range(95, 105)],
            ),
            (
                block("+492214710090", 19),
                ["+49221471009", *(f"+492214710{n}" for n in range(100, 109))],
            ),
            (
                block("+492214710090", 111),
                ["+49221471009", "+4922147101", "+492214710200"],
            ),
        ],
    )
    def test_are_as_few_as_can_be(
        self, numbers: NumberRange, prefixes: list[str]
    ) -> None:
        assert list(numbers.prefixes()) == prefixes

    @given(blocks, st.integers(4922147099990, 4922147111010))
    def test_match_what_the_block_contains(
        self, numbers: NumberRange, dialled: int
    ) -> None:
        number = f"+{dialled}"

        assert number.startswith(numbers.prefixes()) == numbers.contains(number)
        assert f"{number}7".startswith(numbers.prefixes()) == numbers.contains(number)

    @given(blocks)
    def test_no_ten_of_them_could_be_one(self, numbers: NumberRange) -> None:
        prefixes = set(numbers.prefixes())

        for stem in {prefix[:-1] for prefix in prefixes}:
            assert not prefixes.issuperset(f"{stem}{digit}" for digit in range(10))


class TestExtensions:
    @pytest.mark.parametrize(
        ("number", "extension"),
        [
            ("+492214710000", "000"),
            ("+492214710123", "123"),
            ("+4922147102007", "2007"),
        ],
    )
    def test_are_what_the_pbx_sees(self, number: str, extension: str) -> None:
        assert COLOGNE.extension_of(number) == extension

    @pytest.mark.parametrize(
        ("size", "digits"),
        [(1, 0), (10, 1), (11, 2), (100, 2), (101, 3), (1000, 3)],
    )
    def test_have_as_many_digits_as_tell_them_apart(
        self, size: int, digits: int
    ) -> None:
        assert block("+492214710000", size).extension_digits == digits

    @pytest.mark.parametrize("number", ["+492214711123", "+49221471012", ""])
    def test_strangers_have_none(self, number: str) -> None:
        with pytest.raises(NotInRange, match=r"not one of this block$"):
            COLOGNE.extension_of(number)

    @pytest.mark.parametrize(
        ("number", "there"),
        [
            ("+492214710000", "+493023125000"),
            ("+492214710123", "+493023125123"),
            ("+492214710999", "+493023125999"),
            ("+4922147101234", "+4930231251234"),
            ("+49221471000099", "+49302312500099"),
        ],
    )
    def test_are_kept_in_another_block(self, number: str, there: str) -> None:
        assert COLOGNE.same_extension_in(BERLIN, number) == there

    @pytest.mark.parametrize(
        "other",
        [
            block("+493023125000", 100),
            block("+493023125500", 1000),
            NumberRange.single("+493023125000"),
        ],
    )
    def test_need_a_block_with_the_same_ones(self, other: NumberRange) -> None:
        assert not COLOGNE.pairs_with(other)
        with pytest.raises(DifferentBlocks, match=r"in the extensions they have$"):
            COLOGNE.same_extension_in(other, COLOGNE.first)

    def test_of_a_stranger_are_not_mapped(self) -> None:
        with pytest.raises(NotInRange):
            COLOGNE.same_extension_in(BERLIN, "+493023125123")

    @given(
        st.integers(0, 999),
        st.integers(10, 1000),
        st.integers(0, 9999),
        st.text("0123456789", max_size=3),
    )
    def test_survive_the_way_there_and_back(
        self, start: int, size: int, pick: int, tail: str
    ) -> None:
        here = block(f"+{492214710000 + start}", size)
        there = block(f"+{4930231250000 + start}", size)
        number = f"+{492214710000 + start + pick % size}{tail}"

        mapped = here.same_extension_in(there, number)

        assert there.contains(mapped)
        assert there.extension_of(mapped) == here.extension_of(number)
        assert there.same_extension_in(here, mapped) == number
