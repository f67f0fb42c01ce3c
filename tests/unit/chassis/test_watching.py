"""Who shares a number with another process notices, and one of them gives way."""

import os
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from chassis import watching
from chassis.watching import (
    NEWCOMER_SECONDS,
    PATIENT_TIMES,
    TAKEN_TIMES,
    Number,
    Places,
)

QUICK, SILENCE = 1.5, 6.0
"""How soon who is put out notices, and how long a session of nobody lasts."""


class Consumer:
    """As much of a client as its place is read from."""

    def __init__(self) -> None:
        self._coordinator: SimpleNamespace | None = SimpleNamespace(member_id="")
        self._group_instance_id = "tiny.Note-0"

    def connects(self) -> None:
        self._coordinator = None

    def joins_as(self, member: str) -> None:
        self._coordinator = SimpleNamespace(member_id=member)


class Ended(Exception):
    """The process would be gone."""


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> Consumer:
    def end(code: int) -> None:
        raise Ended(code)

    made = Consumer()
    monkeypatch.setattr(os, "_exit", end)
    monkeypatch.setattr(
        watching, "subscribers", lambda _: [SimpleNamespace(consumer=made)]
    )
    return made


def put_out(
    places: Places,
    consumer: Consumer,
    *,
    since: float,
    every: float,
    times: int = TAKEN_TIMES,
) -> float:
    """Let it take its place anew as often as is suspicious; return when it did last."""
    broker: Any = None
    for time in range(1, times + 1):
        consumer.joins_as(f"taken at {since} the {time}. time")
        places.guard(broker, since + time * every)
    return since + times * every


def number(*, is_ours: bool) -> Number:
    nowhere: Any = None
    made = Number(0, nowhere)
    made.is_ours = is_ours
    return made


def at_home(consumer: Consumer, *, has_number: bool = False) -> Places:
    places, broker = Places(number(is_ours=has_number)), None
    consumer.joins_as("first")
    places.guard(broker, 0.0)  # type: ignore[arg-type] # nobody asks it
    return places


def test_who_came_last_says_so_and_ends(consumer: Consumer) -> None:
    places = at_home(consumer)

    with capture_logs() as logs, pytest.raises(Ended, match=str(watching.EXIT_DEAD)):
        put_out(places, consumer, since=1.0, every=QUICK)

    [said] = logs
    assert (said["event"], said["log_level"]) == ("instance_used_twice", "critical")
    assert said["members"] == ["tiny.Note-0"]


def test_who_was_there_before_stays_and_says_so_now_and_then(
    consumer: Consumer,
) -> None:
    places = at_home(consumer)

    with capture_logs() as logs:
        now = put_out(places, consumer, since=NEWCOMER_SECONDS, every=QUICK)
        now = put_out(places, consumer, since=now, every=QUICK)
        put_out(places, consumer, since=now + NEWCOMER_SECONDS, every=QUICK)

    said = [(each["event"], each["log_level"]) for each in logs]
    assert said == [("instance_used_twice", "error")] * 2


def test_of_two_that_came_together_who_has_the_number_waits_for_the_end_of_the_other(
    consumer: Consumer,
) -> None:
    places = at_home(consumer, has_number=True)
    often = PATIENT_TIMES - 1

    with capture_logs() as logs:
        now = put_out(places, consumer, since=1.0, every=QUICK, times=often)
    assert logs == []

    # Somebody whose lock is in another database holds his as well.
    with pytest.raises(Ended):
        put_out(places, consumer, since=now, every=QUICK, times=1)


def test_a_place_that_is_lost_by_silence_is_nobodys_fault(consumer: Consumer) -> None:
    places = at_home(consumer)

    with capture_logs() as logs:
        put_out(places, consumer, since=1.0, every=SILENCE)

    assert logs == []


def test_who_still_connects_has_no_place_yet(consumer: Consumer) -> None:
    """Kafka may take seconds to answer the first time, and nobody ends by that."""
    consumer.connects()

    Places(number(is_ours=False)).guard(None, 0.0)  # type: ignore[arg-type] # nobody asks it


def test_who_is_about_to_join_has_no_place_to_lose(consumer: Consumer) -> None:
    places, broker = at_home(consumer), None

    with capture_logs() as logs:
        for second in range(20):
            consumer.joins_as("")
            places.guard(broker, second)  # type: ignore[arg-type] # nobody asks it
            consumer.joins_as("first")
            places.guard(broker, second + 0.5)  # type: ignore[arg-type] # the same

    assert logs == []
