"""Signals, time and people on a real database."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from chassis.inbox import Received
from contracts.event import new_id
from contracts.signals import NetworkSignal
from outage_watcher.domain import reading
from outage_watcher.domain.policy import Holds, Policy
from outage_watcher.domain.remark import Remark, RemarkKind
from outage_watcher.usecases import Heard, Watcher
from support.outbox import queued
from support.watched import Watched
from support.watching import NOON

LINE = ["L1"]
UNCERTAIN = [("OutageDetected", 1), ("OutageDetected", 2)]
"""Detected, and told again when its source was lost."""
AHEAD = timedelta(hours=1)
AT_ONCE = Policy(Holds(down=timedelta(0), up=timedelta(0)))


def heard(state: str = "down", **said: Any) -> Heard:
    plain: dict[str, Any] = {"source": "probe", "alarm_id": "a", "lines": LINE}
    event = reading.read(plain | {"state": state, "occurred_at": NOON} | said)
    return Received(event, new_id(), NOON)


class TestHear:
    async def test_tells_an_outage_and_its_end(self, watched: Watched) -> None:
        await watched.hears(heard())
        await watched.waits(30)
        await watched.hears(heard("up", occurred_at=NOON + timedelta(seconds=30)))
        await watched.waits(120)

        first, second = await watched.outages()
        assert first["topic"] == "OutageDetected"
        assert first["lines"] == LINE
        assert second["topic"] == "OutageCleared"
        assert (second["version"], second["reason"]) == (2, "recovered")
        assert second["outage_id"] == first["outage_id"]

    async def test_tells_when_a_recovery_will_count_and_when_it_failed(
        self, watched: Watched
    ) -> None:
        def later(seconds: float) -> datetime:
            return NOON + timedelta(seconds=seconds)

        await watched.hears(heard(confirmed=True))
        watched.clock.move(timedelta(seconds=10))
        await watched.hears(heard("up", occurred_at=later(10)))
        watched.clock.move(timedelta(seconds=10))
        await watched.hears(heard(occurred_at=later(20), confirmed=True))

        hold, broken = await queued(watched.pool, "RecoveryNoticed")
        assert hold["clears_at"] == later(130).isoformat().replace("+00:00", "Z")
        assert broken["clears_at"] is None
        assert hold["noticed_at"] < broken["noticed_at"]

    async def test_a_clock_that_ran_ahead_keeps_nobody_waiting(
        self, watched: Watched
    ) -> None:
        await watched.hears(heard(confirmed=True))
        watched.clock.move(AHEAD)
        await watched.hears(heard("up", occurred_at=NOON + timedelta(seconds=1)))
        await watched.hears(heard(alarm_id="b", lines=["L2"], occurred_at=None))
        watched.clock.move(-AHEAD)

        await watched.waits(2)  # the timer looks every few seconds
        await watched.waits(30)
        assert await watched.places() == ["detected L1", "detected L2"]
        await watched.waits(90)
        assert (await watched.places())[2:] == ["cleared L1"]

    async def test_a_new_process_goes_on_where_the_old_one_ended(
        self, watched: Watched
    ) -> None:
        await watched.hears(heard())
        watched.watcher = Watcher(Policy(), watched.clock)
        await watched.waits(29)
        assert await watched.told() == []

        await watched.waits(1)
        await watched.waits(1)
        assert await watched.told() == [("OutageDetected", 1)]

    async def test_keeps_everything_that_was_said(self, watched: Watched) -> None:
        said: dict[str, Any] = {
            "element": "Hauptverteiler Köln »Süd« 🚧",
            "kind": "degradation",
            "voice_reachable": False,
            "estimated_end": "2026-11-23T15:00:00+01:00",
            "note": "Bagger",
            "confirmed": True,
        }
        await watched.hears(heard(**said))
        await watched.hears(heard(**said))

        (event,) = await watched.outages()
        assert event["element"] == said["element"]
        assert event["estimated_end"] == "2026-11-23T14:00:00Z"
        assert (event["note"], event["voice_reachable"]) == ("Bagger", False)

    async def test_flaps_are_remembered(self, watched: Watched) -> None:
        await watched.hears(heard(confirmed=True))
        for turn in range(1, 8):
            later = NOON + timedelta(seconds=turn)
            await watched.hears(heard("up" if turn % 2 else "down", occurred_at=later))

        assert await watched.told() == [("OutageDetected", 1), ("OutageDetected", 2)]
        await watched.waits(899)
        assert len(await watched.told()) == 2
        await watched.waits(1)
        assert (await watched.told())[2:] == [("OutageCleared", 3)]

    @pytest.mark.parametrize(
        ("said", "over"),
        [
            ([], True),
            (["flapping_began"], False),
            (["flapping_began", "flapping_ended"], True),
        ],
    )
    async def test_what_flapped_before_a_person_ended_it_keeps_no_later_one_open(
        self, watched: Watched, said: list[RemarkKind], *, over: bool
    ) -> None:
        await watched.hears(heard(confirmed=True))
        await watched.heeds(Remark("probe", "flapping_began", "a"))
        (*_, first) = await watched.outages()
        await watched.commands("clear", first["outage_id"])
        for kind in said:
            await watched.heeds(Remark("probe", kind, "a"))
        told = len(await watched.told())
        for seconds, state in enumerate(("down", "up"), 1):
            later = NOON + timedelta(seconds=seconds)
            await watched.hears(heard(state, occurred_at=later, confirmed=True))
        await watched.waits(120)

        again = [("OutageDetected", 1), ("OutageCleared", 2)]
        assert ((await watched.told())[told:] == again) is over

    async def test_a_newer_failure_after_expiry_or_retention_has_an_id_of_its_own(
        self, watched: Watched
    ) -> None:
        await watched.hears(heard(confirmed=True))
        await watched.hears(heard("up", occurred_at=NOON))
        await watched.waits(120)
        await watched.pool.execute("DELETE FROM evidence")
        await watched.hears(heard(confirmed=True))

        events = await watched.outages()
        assert len({event["outage_id"] for event in events}) == 2


class TestWorkThatASourceTells:
    def began(self, seconds: float, until: float, **more: Any) -> Remark:
        return Remark(
            "probe",
            "maintenance_began",
            lines=("L1",),
            at=NOON + timedelta(seconds=seconds),
            until=NOON + timedelta(seconds=until),
            **more,
        )

    async def kinds(self, watched: Watched) -> list[str]:
        return [each["kind"] for each in await watched.outages()]

    async def test_begins_when_it_was_told_first(self, watched: Watched) -> None:
        await watched.heeds(self.began(0, 3600))
        await watched.waits(60)
        at = watched.clock.now()
        await watched.hears(heard(occurred_at=at, confirmed=True))
        await watched.heeds(self.began(90, 1800))
        await watched.waits(3000)

        assert await self.kinds(watched) == ["planned"]

    async def test_begins_now_where_its_clock_is_fast(self, watched: Watched) -> None:
        await watched.heeds(self.began(7200, 10800))
        await watched.waits(60)
        at = watched.clock.now()
        await watched.hears(heard(occurred_at=at, confirmed=True))

        assert await self.kinds(watched) == ["planned"]

    async def test_ends_alone_of_several_at_one_place(self, watched: Watched) -> None:
        await watched.heeds(self.began(0, 3600, work="L1!long"))
        await watched.heeds(self.began(60, 1800, work="L1!short"))
        await watched.waits(120)
        at = watched.clock.now()
        await watched.hears(heard(occurred_at=at, confirmed=True))
        ended = Remark("probe", "maintenance_ended", lines=("L1",), work="L1!short")
        await watched.heeds(ended)
        await watched.waits(3000)
        assert await self.kinds(watched) == ["planned"]

        await watched.waits(3600)
        assert await self.kinds(watched) == ["planned", "fault"]


class TestHeartbeat:
    async def test_a_silent_source_is_not_believed(self, watched: Watched) -> None:
        await watched.hears(heard("up", alarm_id="heartbeat"), heard(confirmed=True))
        await watched.waits(200)
        await watched.hears(heard("up", occurred_at=NOON + timedelta(seconds=200)))
        await watched.waits(3600)
        assert await watched.told() == UNCERTAIN

        beat = heard("up", alarm_id="heartbeat").event
        back = Received(beat, new_id(), watched.clock.now())
        await watched.hears(back)
        await watched.waits(119)
        assert len(await watched.told()) == 3
        await watched.waits(1)
        assert (await watched.told())[3:] == [("OutageCleared", 4)]

    async def test_a_loss_within_the_hold_begins_it_anew(
        self, watched: Watched
    ) -> None:
        await watched.hears(heard("up", alarm_id="heartbeat"), heard(confirmed=True))
        watched.clock.move(timedelta(seconds=100))
        await watched.hears(heard("up"))
        watched.clock.move(timedelta(seconds=100))
        beat = heard("up", alarm_id="heartbeat").event
        await watched.hears(Received(beat, new_id(), watched.clock.now()))

        await watched.waits(119)
        assert await watched.told() == [*UNCERTAIN, ("OutageDetected", 3)]
        await watched.waits(1)
        assert (await watched.told())[3:] == [("OutageCleared", 4)]

    async def test_an_old_heartbeat_does_not_revive_a_source(
        self, watched: Watched
    ) -> None:
        await watched.hears(heard("up", alarm_id="heartbeat"), heard(confirmed=True))
        earlier = NOON - timedelta(seconds=100)
        beat = heard("up", alarm_id="heartbeat").event
        await watched.hears(Received(beat, new_id(), earlier))
        await watched.waits(100)
        await watched.hears(heard("up"))

        state = await watched.pool.fetchval("SELECT state FROM outage")
        assert state == "recovering"

    async def test_a_source_may_say_that_it_is_lost(self, watched: Watched) -> None:
        await watched.hears(heard("up", alarm_id="heartbeat"), heard(confirmed=True))
        await watched.hears(heard("up"))
        await watched.hears(heard("down", alarm_id="heartbeat"))
        await watched.waits(170)

        assert await watched.told() == UNCERTAIN

    async def test_a_source_without_heartbeats_is_not_held_to_them(
        self, watched: Watched
    ) -> None:
        await watched.hears(heard(confirmed=True))
        await watched.waits(3600)
        await watched.hears(heard("up"))
        await watched.waits(120)

        assert (await watched.told())[1:] == [("OutageCleared", 2)]


class TestPeople:
    async def test_an_unknown_outage(self, watched: Watched) -> None:
        answer = await watched.commands("clear", "none")

        assert answer.code == "unknown_outage"

    async def test_an_outage_ends_once(self, watched: Watched) -> None:
        await watched.hears(heard(confirmed=True))
        (event,) = await watched.outages()

        answer = await watched.commands("withdraw", event["outage_id"])
        assert answer.outcome == "accepted"
        answer = await watched.commands("clear", event["outage_id"])
        assert answer.code == "outage_is_over"


class TestManyAtOnce:
    async def test_tasks_that_speak_of_one_line_make_one_outage(
        self, watched: Watched
    ) -> None:
        await asyncio.gather(
            *(watched.hears(heard(alarm_id=str(n), confirmed=True)) for n in range(30))
        )

        assert await watched.told() == [("OutageDetected", 1)]
        assert await watched.pool.fetchval("SELECT count(*) FROM evidence") == 30

    async def test_tasks_that_extend_one_outage_lose_no_version(
        self, watched: Watched
    ) -> None:
        await watched.hears(heard(confirmed=True))
        await asyncio.gather(
            *(watched.hears(heard(lines=["L1", f"X{n}"])) for n in range(20))
        )

        versions = [version for _, version in await watched.told()]
        assert versions == list(range(1, 22))

    async def test_two_timers_tell_once(self, watched: Watched) -> None:
        await watched.hears(heard())
        watched.clock.move(timedelta(seconds=30))
        await asyncio.gather(*(watched.waits(0) for _ in range(10)))

        assert await watched.told() == [("OutageDetected", 1)]

    async def test_two_thousand_signals_are_taken_at_once_and_told_after_the_storm(
        self, watched: Watched
    ) -> None:
        watched.watcher.policy = AT_ONCE
        storm = [heard(alarm_id=str(n), lines=[f"L{n}"]) for n in range(2000)]

        await watched.hears(*storm)

        assert await watched.told() == []
        await watched.waits(119)
        assert await watched.told() == []
        await watched.waits(1)
        assert len(await watched.told()) == 2000

    async def test_one_signal_may_name_many_lines(self, watched: Watched) -> None:
        lines = [f"L{number:06}" for number in range(50_000)]
        await watched.hears(heard(lines=lines, confirmed=True))

        (event,) = await watched.outages()
        assert event["lines"] == lines


def test_signals_are_what_the_contract_says() -> None:
    assert heard().event == NetworkSignal.model_validate(
        {
            "source": "probe",
            "alarm_id": "a",
            "lines": LINE,
            "state": "down",
            "occurred_at": NOON,
        }
    )
