"""Plans and stays of numbers, one rule at a time."""

from dataclasses import replace
from datetime import timedelta

import pytest

from provisioning.domain.numbers import Movement, Tenure, components, overlap, replaced
from support.provisioning import BLOCK, MORNING, NOON, ONE, OTHER_LINE, a_movement, day

HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("movement", "shape"),
    [
        (a_movement(), "single"),
        (a_movement(*BLOCK), "block"),
        (a_movement(extension="17"), "extension"),
    ],
)
def test_a_movement_has_the_shape_that_the_catalogue_names(
    movement: Movement, shape: str
) -> None:
    assert movement.shape == shape


def test_a_movement_is_planned_until_somebody_looked_at_it() -> None:
    assert a_movement().status == "planned"


class TestMoved:
    def test_is_open_since_it_opened_first(self) -> None:
        stay = Tenure.begun(replace(a_movement(), opened_at=NOON))

        assert (
            stay.moved(replace(a_movement(), opened_at=NOON + HOUR)).opened_at == NOON
        )

    @pytest.mark.parametrize(
        ("was", "named", "known"), [("P-1", "P-2", "P-2"), ("P-1", None, "P-1")]
    )
    def test_keeps_the_order_that_was_named_last(
        self, was: str, named: str | None, known: str
    ) -> None:
        stay = Tenure.begun(a_movement(order_id=was))

        assert stay.moved(a_movement(order_id=named)).order_id == known

    @pytest.mark.parametrize(
        ("was", "named", "known"), [("17", "18", "18"), ("17", None, "17")]
    )
    def test_keeps_the_extension_that_was_named_last(
        self, was: str, named: str | None, known: str
    ) -> None:
        stay = Tenure.begun(a_movement(extension=was))

        assert stay.moved(a_movement(extension=named)).extension == known


def test_what_shares_a_number_is_settled_together() -> None:
    spans = [(20, 22), (4, 10), (1, 5), (12, 13), (10, 12), (2, 3), (11, 13)]

    assert components(spans) == [(1, 10), (10, 13), (20, 22)]


def test_blocks_that_only_touch_share_no_number() -> None:
    here, behind = (10, 20), (20, 30)

    assert not overlap(here, behind)
    assert not overlap(behind, here)
    assert overlap(here, (19, 21))


class TestReplaced:
    def plans(self, *between: Movement) -> list[Movement]:
        """Two plans of one porting, and what was told between them."""
        old = replace(a_movement(on=day(2)), id=1)
        new = a_movement(on=day(5), told_at=MORNING + HOUR)
        return [old, replace(new, id=2), *between]

    def test_a_newer_plan_takes_the_place_of_an_older_one(self) -> None:
        assert replaced(self.plans()) == {1}

    @pytest.mark.parametrize("on", [2, 3, 5])
    def test_not_when_the_customer_left_between_them(self, on: int) -> None:
        left = replace(a_movement(ONE, direction="out", on=day(on)), id=3)

        assert replaced(self.plans(left)) == set()

    @pytest.mark.parametrize("on", [1, 6])
    def test_but_when_he_left_before_or_after(self, on: int) -> None:
        left = replace(a_movement(ONE, direction="out", on=day(on)), id=3)

        assert replaced(self.plans(left)) == {1}

    def test_not_when_it_came_as_the_older_one_fell_due(self) -> None:
        old, new = self.plans()

        assert replaced([old, replace(new, received_at=old.due_at)]) == set()

    def test_on_the_same_day_another_line_is_a_correction(self) -> None:
        old, new = self.plans()
        step = replace(
            new, line=OTHER_LINE, ported=False, effective_on=old.effective_on
        )

        assert replaced([old, step]) == {1}

    def test_not_when_it_is_a_step_of_its_own(self) -> None:
        old, new = self.plans()
        step = replace(new, line=OTHER_LINE, ported=False)

        assert replaced([old, step]) == set()
