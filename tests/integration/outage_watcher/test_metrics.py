"""Every figure of the service moves with what it counts."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from chassis.outbox import Relay
from chassis.postgres import Transaction
from contracts import canary
from outage_watcher.domain.policy import Holds, Policy
from outage_watcher.handlers import Inlet
from outage_watcher.usecases import Watcher
from outage_watcher.usecases.telling import count_told
from support.figures import Figures
from support.records import record
from support.stack import Database
from support.watched import Watched, heard
from support.watching import NOON, at

Api = Callable[[str], httpx.AsyncClient]

SURE: dict[str, Any] = {"confirmed": True}
DOWN: dict[str, Any] = {
    "source": "probe",
    "alarm_id": "a",
    "lines": ["L1"],
    "state": "down",
    "occurred_at": NOON.isoformat(),
}
EARLIER = {"occurred_at": (NOON - timedelta(seconds=5)).isoformat()}
BEAT: dict[str, Any] = {"alarm_id": "heartbeat"}


@pytest.fixture
async def figures() -> Figures:
    figures = Figures()
    await figures.remember()
    return figures


async def measured(watched: Watched) -> None:
    """Let the gauges be set, as the service does it every few seconds."""
    async with watched.transaction() as connection:
        await watched.watcher.measure(connection)


@pytest.mark.parametrize(
    ("result", "kind", "said"),
    [
        ("accepted", "fault", [DOWN]),
        ("repeat", "fault", [DOWN, DOWN]),
        ("late", "fault", [DOWN, DOWN | EARLIER | {"state": "up"}]),
        ("out_of_order", "fault", [DOWN, DOWN | EARLIER]),
        ("ignored", "fault", [DOWN | {"state": "unknown"}]),
        ("unmapped", "unknown", [DOWN | {"lines": []}, DOWN]),
        ("invalid", "unknown", [DOWN | {"state": "perhaps"}, DOWN]),
        ("held", "fault", [DOWN | {"occurred_at": "2026-11-23T11:00:00Z"}]),
    ],
)
async def test_signals_are_counted_by_what_became_of_them(
    figures: Figures,
    api: Api,
    watched: Watched,
    result: str,
    kind: str,
    said: list[dict[str, Any]],
) -> None:
    watched.watcher.policy = Policy(sources={"probe": Holds(asked=True)})
    for each in said:
        answer = await api("probe").post("/signals", json=[each])
        assert answer.status_code in (202, 422)

    labels = {"source": "probe", "kind": kind, "result": result}
    assert await figures.moved("outage_signals_total", **labels) == 1


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ([DOWN | {"lines": []}, DOWN], "must name an element or lines"),
        ([DOWN | {"state": "perhaps"}], "state: Input should be"),
    ],
)
async def test_what_an_alert_counts_as_unread_stands_in_the_log(
    api: Api, said: list[dict[str, Any]], reason: str
) -> None:
    with capture_logs() as logs:
        await api("probe").post("/signals", json=said)

    unread = [each for each in logs if each["event"] == "signals_unread"]
    assert [(each["source"], each["many"]) for each in unread] == [("probe", 1)]
    assert reason in unread[0]["reasons"][0]


async def test_what_alerts_wait_for_is_shown_before_it_happens(
    figures: Figures, watched: Watched
) -> None:
    # An increase does not see a counter's first one, unless it saw the zero before.
    Watcher(watched.watcher.policy, watched.clock, ("newcomer",))

    assert await figures.now("outage_glitches_total", source="newcomer") == 0
    for result in ("unmapped", "invalid"):
        labels = {"source": "newcomer", "kind": "unknown", "result": result}
        assert await figures.now("outage_signals_total", **labels) == 0
    for reason in ("withdrawn", "decommissioned"):
        name = "outage_duration_seconds_count"
        assert await figures.now(name, reason=reason) is not None


async def test_a_message_that_comes_twice_is_counted_as_a_duplicate(
    figures: Figures, watched: Watched, transaction: Transaction
) -> None:
    inlet = Inlet(watched.watcher, transaction)
    again = record(DOWN, ce_id="one")
    await inlet.on_signals([again, again])
    await inlet.on_signals([again])

    labels = {"source": "probe", "kind": "unknown", "result": "duplicate"}
    assert await figures.moved("outage_signals_total", **labels) == 2


async def test_an_unheard_of_source_has_no_label_of_its_own(
    figures: Figures, watched: Watched
) -> None:
    await watched.hears(heard("down", "L1", source="somebody"))

    labels = {"kind": "fault", "result": "accepted"}
    name = "outage_signals_total"
    assert await figures.moved(name, source="other", **labels) == 1
    assert await figures.now(name, source="somebody", **labels) is None


async def test_the_delay_is_from_when_it_occurred(
    figures: Figures, watched: Watched
) -> None:
    await watched.hears(heard("down", "L1", at=at(-7)))

    name = "outage_signal_delay_seconds"
    assert await figures.moved(f"{name}_count", source="probe") == 1
    assert await figures.moved(f"{name}_sum", source="probe") == 7
    assert await figures.moved(f"{name}_bucket", source="probe", le="5.0") == 0
    assert await figures.moved(f"{name}_bucket", source="probe", le="10.0") == 1


async def test_what_is_said_again_is_not_late(
    figures: Figures, watched: Watched
) -> None:
    await watched.hears(heard("down", "L1", at=at(-7)))
    watched.clock.move(timedelta(hours=1))
    await watched.hears(heard("down", "L1", at=at(-7)))

    name = "outage_signal_delay_seconds"
    assert await figures.moved(f"{name}_sum", source="probe") == 7


async def test_lines_stand_in_the_state_of_their_outage(
    figures: Figures, watched: Watched
) -> None:
    await watched.hears(heard("down", "S1"), heard("down", "S2", "S3"))
    await watched.hears(
        *(heard("down", line, confirmed=True) for line in ("D1", "D2", "R1"))
    )
    await watched.hears(heard("up", "R1", at=at(1)))
    await measured(watched)

    found = {
        state: await figures.now("outage_lines", state=state)
        for state in ("suspect", "down", "recovering")
    }
    assert found == {"suspect": 3, "down": 2, "recovering": 1}


async def test_flags_are_counted_in_lines(figures: Figures, watched: Watched) -> None:
    await watched.hears(heard("up", source="icinga", **BEAT))
    await watched.hears(heard("down", "P1", "P2", kind="planned", **SURE))
    await watched.hears(heard("down", "F1", flapping=True, **SURE))
    await watched.hears(heard("down", "U1", source="icinga", **SURE))
    await watched.waits(200)
    await measured(watched)

    found = {
        flag: await figures.now("outage_lines_flagged", flag=flag)
        for flag in ("planned", "flapping", "uncertain")
    }
    assert found == {"planned": 2, "flapping": 1, "uncertain": 1}


async def test_windows_are_counted_while_they_run(
    figures: Figures, watched: Watched
) -> None:
    ends = (NOON + timedelta(seconds=60)).isoformat()
    starts = (NOON + timedelta(seconds=30)).isoformat()
    await watched.commands("plan", lines=["L1"], starts_at=starts, ends_at=ends)

    running = []
    for seconds in (0, 30, 30):
        await watched.waits(seconds)
        await measured(watched)
        running.append(await figures.now("outage_windows_running"))

    assert running == [0, 1, 0]


async def test_moves_and_events_are_counted(figures: Figures, watched: Watched) -> None:
    await watched.hears(heard("down", "L1"))
    await watched.waits(30)
    await watched.hears(heard("up", "L1", at=at(30)))
    await watched.waits(120)

    moves = [
        ("up", "suspect", "signal"),
        ("suspect", "down", "deadline"),
        ("down", "recovering", "signal"),
        ("recovering", "over", "deadline"),
    ]
    for before, after, cause in moves:
        labels = {"from_": before, "to": after, "cause": cause}
        assert await figures.moved("outage_transitions_total", **labels) == 1


async def test_events_are_counted_when_kafka_has_them(
    figures: Figures, watched: Watched, database: Database, kafka: str
) -> None:
    name = "outage_events_published_total"
    topics = ("OutageDetected", "RecoveryNoticed", "OutageCleared")
    await watched.hears(heard("down", "L1"))
    await watched.waits(30)
    await watched.hears(heard("up", "L1", at=at(30)))
    await watched.waits(120)
    for topic in topics:
        assert await figures.moved(name, type=topic) == 0

    await relayed(watched, database, kafka)

    for topic in topics:
        assert await figures.moved(name, type=topic) == 1


async def test_detection_ends_when_kafka_has_the_event(
    figures: Figures, watched: Watched, database: Database, kafka: str
) -> None:
    name = "outage_detection_duration_seconds"
    await watched.hears(heard("down", "L1"))
    await watched.waits(30)
    assert await figures.moved(f"{name}_count") == 0  # committed is not told
    await watched.waits(7)  # Kafka is away meanwhile

    await relayed(watched, database, kafka)

    assert await figures.moved(f"{name}_count") == 1
    assert await figures.moved(f"{name}_sum") == 37


async def test_only_the_first_word_of_an_outage_is_its_detection(
    figures: Figures, watched: Watched, database: Database, kafka: str
) -> None:
    await watched.hears(heard("down", "L1", **SURE))
    await watched.hears(heard("down", "L1", at=at(1), flapping=True, **SURE))
    await watched.hears(heard("up", "L1", at=at(2)))
    await watched.hears(heard("down", "L1", at=at(3)))
    await relayed(watched, database, kafka)

    name = "outage_events_published_total"
    assert await figures.moved(name, type="OutageDetected") > 1
    assert await figures.moved("outage_detection_duration_seconds_count") == 1


async def relayed(watched: Watched, database: Database, kafka: str) -> None:
    """Let the outbox be sent, at the time that the watcher's clock shows."""
    relay = Relay(
        database.url("outage_watcher"), {"bootstrap_servers": kafka}, watched.clock
    )
    heard_all = asyncio.Event()
    waiting = await watched.pool.fetchval("SELECT count(*) FROM outbox")
    heard_topics: list[str] = []

    def listen(topic: str, _waited: timedelta | None) -> None:
        heard_topics.append(topic)
        if len(heard_topics) == waiting:
            heard_all.set()

    relay.listeners += [count_told, listen]
    working = asyncio.create_task(relay.run())
    async with asyncio.timeout(30):
        await heard_all.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)


async def test_how_long_it_lasted(figures: Figures, watched: Watched) -> None:
    await watched.hears(heard("down", "L1"))
    await watched.waits(30)
    await watched.hears(heard("up", "L1", at=at(30)))
    await watched.waits(120)

    name = "outage_duration_seconds"
    assert await figures.moved(f"{name}_count", reason="recovered") == 1
    assert await figures.moved(f"{name}_sum", reason="recovered") == 150


async def test_what_starts_is_counted_by_its_root_cause(
    figures: Figures, watched: Watched
) -> None:
    for line in ("L1", "L2"):
        await watched.hears(heard("down", line, **SURE))
    await watched.hears(heard("down", element="N", **SURE))
    await watched.hears(heard("down", "L9", source=canary.SOURCE, **SURE))
    await watched.waits(60)

    found = {
        cause: await figures.moved("outage_started_total", root_cause=cause)
        for cause in ("line", "element", "element above")
    }
    assert found == {"line": 2, "element": 1, "element above": 0}


async def test_the_canary_hides_no_false_alarm(
    figures: Figures, watched: Watched
) -> None:
    name = "outage_duration_seconds_count"
    for source in (canary.SOURCE, "probe"):
        line = f"L-{source}"
        await watched.hears(heard("down", line, source=source, **SURE))
        await watched.hears(heard("up", line, source=source, at=at(1)))
    await watched.waits(180)
    await watched.hears(heard("down", "L-false", at=at(180), **SURE))
    await watched.commands("withdraw", await only_one(watched))

    assert await figures.moved(name, reason="recovered") == 1
    assert await figures.moved(name, reason="withdrawn") == 1


async def test_what_nobody_was_told_of_was_no_false_alarm(
    figures: Figures, watched: Watched
) -> None:
    await watched.hears(heard("down", "L1"))
    await watched.commands("withdraw", await only_one(watched))

    name = "outage_duration_seconds_count"
    assert await figures.moved(name, reason="withdrawn") == 0


async def only_one(watched: Watched) -> str:
    """Return the id of the only open outage."""
    async with watched.transaction() as connection:
        [outage], _lost = await watched.watcher.outages(connection)
    return outage.id


async def test_a_failure_too_short_to_count_is_a_glitch(
    figures: Figures, watched: Watched
) -> None:
    await watched.hears(heard("down", "L1"))
    await watched.hears(heard("up", "L1", at=at(1)))

    assert await figures.moved("outage_glitches_total", source="probe") == 1


async def test_a_source_is_up_until_it_is_silent(
    figures: Figures, watched: Watched
) -> None:
    await watched.hears(heard("up", **BEAT))
    await measured(watched)
    beat = "outage_source_last_heartbeat_timestamp_seconds"
    assert await figures.now(beat, source="probe") == NOON.timestamp()
    assert await figures.now("outage_source_up", source="probe") == 1
    silent = "outage_source_silent_from_timestamp_seconds"
    assert await figures.now(silent, source="probe") == at(180).timestamp()

    await watched.waits(200)
    await measured(watched)
    assert await figures.now("outage_source_up", source="probe") == 0


async def test_a_gate_is_closed_while_lines_wait_behind_it(
    figures: Figures, watched: Watched
) -> None:
    await watched.hears(*(heard("down", f"S{n}") for n in range(51)))
    await measured(watched)
    assert await figures.now("outage_storm_gate_active", source="probe") == 1
    assert await figures.now("outage_gated_lines", source="probe") == 51

    await watched.waits(120)
    await measured(watched)
    assert await figures.now("outage_storm_gate_active", source="probe") == 0
    assert await figures.now("outage_gated_lines", source="probe") == 0


async def test_commands_are_counted_by_their_outcome(
    figures: Figures, watched: Watched
) -> None:
    await watched.commands("declare", lines=["L1"], command_id="once")
    await watched.commands("declare", lines=["L1"], command_id="once")
    await watched.commands("clear", "none")

    name = "outage_commands_total"
    assert await figures.moved(name, action="declare", outcome="accepted") == 1
    assert await figures.moved(name, action="clear", outcome="refused") == 1
