"""How patient the watcher is where nobody says otherwise, and with whom."""

from datetime import timedelta

import pytest

from outage_watcher.domain.policy import Holds, Policy

MINUTE = timedelta(minutes=1)


def test_holds_are_those_that_were_agreed() -> None:
    holds = Holds()

    assert (holds.down, holds.up) == (MINUTE / 2, 2 * MINUTE)
    assert (holds.heartbeat_timeout, holds.stale_after) == (3 * MINUTE, 1440 * MINUTE)
    assert holds.expire_after is None
    assert (holds.max_future_skew, holds.max_age) == (MINUTE, 15 * MINUTE)
    assert holds.most_age == 30 * 1440 * MINUTE


def test_flapping_is_three_returns_in_half_an_hour_and_ends_after_a_quarter() -> None:
    holds = Holds()

    assert (holds.flap_limit, holds.flap_window) == (3, 30 * MINUTE)
    assert holds.quiet == 15 * MINUTE


@pytest.mark.parametrize(
    ("up", "said", "quiet"),
    [
        (timedelta(0), None, timedelta(0)),
        (timedelta(seconds=2), None, timedelta(seconds=15)),
        (10 * MINUTE, None, 15 * MINUTE),
        (timedelta(seconds=2), 5 * MINUTE, 5 * MINUTE),
        (10 * MINUTE, timedelta(0), timedelta(0)),
    ],
)
def test_what_flaps_is_quiet_for_less_where_a_recovery_is_held_for_less(
    up: timedelta, said: timedelta | None, quiet: timedelta
) -> None:
    assert Holds(up=up, flap_quiet=said).quiet == quiet


def test_a_storm_is_more_than_fifty_or_a_fifth_in_a_minute_and_waits_for_two() -> None:
    holds = Holds()

    assert (holds.storm_least, holds.storm_share) == (50, 0.2)
    assert (holds.storm_window, holds.storm_hold) == (MINUTE, 2 * MINUTE)


def test_nobody_is_asked_unless_it_is_said_and_two_answers_are_a_proof() -> None:
    assert not Holds().asked
    assert Holds().snapshots == 2


def test_an_element_fails_with_three_lines_and_four_fifths() -> None:
    assert (Policy().element_least, Policy().element_share) == (3, 0.8)


def test_a_source_has_its_own_holds_or_those_of_all() -> None:
    own = Holds(down=MINUTE)
    policy = Policy(sources={"probe": own})

    assert policy.of("probe") is own
    assert policy.of("icinga") is policy.default
