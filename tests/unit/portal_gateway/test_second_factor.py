"""Codes of the second factor, devices and stages: the rules alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_gateway.domain.devices import device_of
from portal_gateway.domain.second_factor import (
    RECOVERY_LETTERS,
    as_digits,
    as_recovery,
    spell_recovery,
    steps_around,
)
from portal_gateway.domain.stages import stage_of

SEPARATORS = st.text(alphabet=" -.\t", max_size=3)


class TestDigits:
    @pytest.mark.parametrize("typed", ["123456", " 123 456", "123-456", "12.34.56\n"])
    def test_are_read_however_they_are_spaced(self, typed: str) -> None:
        assert as_digits(typed) == "123456"

    @pytest.mark.parametrize(
        "typed", ["", "12345", "1234567", "12345a", "\u0661\u0662\u0663456", "+12345"]
    )
    def test_are_six_and_nothing_else(self, typed: str) -> None:
        assert as_digits(typed) is None


class TestRecovery:
    @given(
        st.lists(
            st.integers(0, 31), min_size=RECOVERY_LETTERS, max_size=RECOVERY_LETTERS
        ),
        SEPARATORS,
    )
    def test_is_read_back_however_it_is_typed(self, pick: list[int], gap: str) -> None:
        code = spell_recovery(pick)

        typed = gap.join(code.written.lower())

        assert as_recovery(typed) == code

    @given(st.text(max_size=30))
    def test_reading_never_fails_and_takes_no_other_letters(self, typed: str) -> None:
        read = as_recovery(typed)

        assert read is None or not set(read.locator + read.secret) & set("01IO")

    def test_keeps_sixty_bits_secret(self) -> None:
        assert len(spell_recovery([0] * RECOVERY_LETTERS).secret) * 5 == 60


class TestSteps:
    @given(st.integers(10**9, 2 * 10**9), st.integers(0, 10**8))
    def test_are_near_and_newer_than_the_last_used(self, now: int, used: int) -> None:
        steps = steps_around(now, used=used)

        assert all(step > used and abs(step - now // 30) <= 1 for step in steps)

    def test_none_is_left_when_the_newest_was_used(self) -> None:
        assert steps_around(3000, used=101) == []
        assert steps_around(3000, used=100) == [101]


class TestStages:
    @pytest.mark.parametrize(
        ("pending", "change", "enrol", "stage"),
        [
            (True, True, True, "second_factor"),
            (False, True, True, "credentials"),
            (False, False, True, "enrolment"),
            (False, False, False, "open"),
        ],
    )
    def test_come_in_order(
        self,
        pending: bool,  # noqa: FBT001 - a row of the table
        change: bool,  # noqa: FBT001 - a row of the table
        enrol: bool,  # noqa: FBT001 - a row of the table
        stage: str,
    ) -> None:
        assert (
            stage_of(factor_pending=pending, must_change=change, must_enrol=enrol)
            == stage
        )


@pytest.mark.parametrize(
    ("told", "device"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0", "Firefox · Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/141 Edg/141",
            "Edge · Windows",
        ),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/141 Mobile", "Chrome · Android"),
        ("<script>alert(1)</script>", ""),
        (None, ""),
    ],
)
def test_a_device_is_known_by_two_words(told: str | None, device: str) -> None:
    assert device_of(told) == device
