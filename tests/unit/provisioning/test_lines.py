"""When the elements above a line are told anew."""

from dataclasses import replace

from provisioning.domain.lines import Line
from support.provisioning import CABINET, CITY, OFFICE, RIVAL, a_movement, day

FIRST = a_movement()
NEXT = replace(FIRST, effective_on=day(1))


class TestNamedAgain:
    def test_without_elements_changes_nothing(self) -> None:
        line = Line.first_named(FIRST)

        assert line.named_again(replace(NEXT, elements=())) is line

    def test_with_the_same_elements_keeps_the_version(self) -> None:
        assert Line.first_named(FIRST).named_again(NEXT).version == 1

    def test_with_other_elements_grows_the_version(self) -> None:
        line = Line.first_named(FIRST).named_again(replace(NEXT, elements=(CITY,)))

        assert (line.version, line.elements) == (2, (CITY,))

    def test_for_another_customer_grows_the_version(self) -> None:
        line = Line.first_named(FIRST).named_again(replace(NEXT, customer_number=RIVAL))

        assert (line.version, line.customer_number) == (2, RIVAL)

    def test_by_an_older_fact_changes_nothing(self) -> None:
        line = Line.first_named(NEXT)

        assert line.named_again(replace(FIRST, elements=(CITY,))) is line

    def test_by_a_fact_of_the_same_moment_changes_nothing(self) -> None:
        line = Line.first_named(FIRST)

        assert line.named_again(replace(FIRST, elements=(CITY,))) is line

    def test_fills_in_what_the_first_one_left_out(self) -> None:
        line = Line.first_named(replace(NEXT, elements=()))

        assert line.named_again(FIRST).elements == (CABINET, CITY)


class TestUsed:
    def test_without_a_number_is_gone_with_the_next_version(self) -> None:
        line = Line.first_named(FIRST).used(by=None)

        assert (line.gone, line.version) == (True, 2)

    def test_with_one_again_is_back_with_the_next_version(self) -> None:
        line = Line.first_named(FIRST).used(by=None).used(by=OFFICE)

        assert (line.gone, line.version) == (False, 3)

    def test_by_another_customer_is_his_with_the_next_version(self) -> None:
        line = Line.first_named(FIRST).used(by=RIVAL)

        assert (line.customer_number, line.version) == (RIVAL, 2)

    def test_as_before_is_the_same(self) -> None:
        line = Line.first_named(FIRST)

        assert line.used(by=OFFICE) is line
        assert (away := line.used(by=None)).used(by=None) is away

    def test_keeps_where_it_hung(self) -> None:
        assert Line.first_named(FIRST).used(by=None).elements == (
            CABINET,
            CITY,
        )
