"""Who shares a number with another process notices, and one of them gives way."""

import os
from types import SimpleNamespace
from typing import Any

import pytest
from structlog.testing import capture_logs

from chassis import watching
from chassis.watching import NEWCOMER_SECONDS, Places

TIMES = 3
QUICK, SILENCE = 1.5, 6.0
"""How soon who is put out notices, and how long a session of nobody lasts."""


class Consumer:
    """As much of a client as its place is read from."""

    def __init__(self) -> None:
        self._coordinator = SimpleNamespace(member_id="")
        self._group_instance_id = "tiny.Note-0"

    def joins_as(self, member: str) -> None:
        self._coordinator.member_id = member


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


def put_out(places: Places, consumer: Consumer, *, since: float, every: float) -> float:
    """Let it take its place anew as often as is suspicious; return when it did last."""
    broker: Any = None
    for time in range(1, TIMES + 1):
        consumer.joins_as(f"taken at {since} the {time}. time")
        places.guard(broker, since + time * every)
    return since + TIMES * every


def at_home(consumer: Consumer) -> Places:
    places, broker = Places(TIMES), None
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


def test_a_place_that_is_lost_by_silence_is_nobodys_fault(consumer: Consumer) -> None:
    places = at_home(consumer)

    with capture_logs() as logs:
        put_out(places, consumer, since=1.0, every=SILENCE)

    assert logs == []


def test_who_is_about_to_join_has_no_place_to_lose(consumer: Consumer) -> None:
    places, broker = at_home(consumer), None

    with capture_logs() as logs:
        for second in range(20):
            consumer.joins_as("")
            places.guard(broker, second)  # type: ignore[arg-type] # nobody asks it
            consumer.joins_as("first")
            places.guard(broker, second + 0.5)  # type: ignore[arg-type] # the same

    assert logs == []


def test_who_was_told_of_no_topic_yet_has_no_place_to_lose(
    consumer: Consumer,
) -> None:
    """A client has no coordinator before Kafka answered it, and may wait for that."""
    places, broker = Places(TIMES), None
    consumer._coordinator = None  # type: ignore[assignment] # noqa: SLF001 - as it is made

    places.guard(broker, 0.0)  # type: ignore[arg-type] # nobody asks it
