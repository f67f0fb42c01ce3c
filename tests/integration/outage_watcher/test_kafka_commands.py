"""Commands of network operations as the portal sends them, through Kafka and back."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord

from chassis.clock import SystemClock
from chassis.outbox import headers_of
from contracts.event import new_id
from contracts.operations import OutageCommanded
from devstack.topics import empty_topics
from support.stack import Stack, fresh_database
from support.waiting import eventually
from support.watcher_process import Watching, watching

COMMANDS = "OutageCommanded"
FIGURES = {
    "outage_signals_total": "counter",
    "outage_remarks_total": "counter",
    "outage_signal_delay_seconds": "histogram",
    "outage_lines": "gauge",
    "outage_lines_flagged": "gauge",
    "outage_windows_running": "gauge",
    "outage_transitions_total": "counter",
    "outage_events_published_total": "counter",
    "outage_glitches_total": "counter",
    "outage_detection_duration_seconds": "histogram",
    "outage_duration_seconds": "histogram",
    "outage_source_last_heartbeat_timestamp_seconds": "gauge",
    "outage_source_silent_from_timestamp_seconds": "gauge",
    "outage_source_up": "gauge",
    "outage_storm_gate_active": "gauge",
    "outage_gated_lines": "gauge",
    "outage_reconcile_runs_total": "counter",
    "outage_reconcile_corrections_total": "counter",
    "outage_reconcile_last_success_timestamp_seconds": "gauge",
    "outage_commands_total": "counter",
}


@dataclass
class Desk:
    """A running watcher, who commands it, and what it says."""

    watcher: Watching
    producer: AIOKafkaProducer
    consumer: AIOKafkaConsumer
    seen: list[ConsumerRecord] = field(default_factory=list)

    async def commands(
        self, action: str, subject: str, *, event_id: str = "", **said: Any
    ) -> str:
        """Send a command and return its id."""
        now = SystemClock().now()
        plain = {
            "command_id": new_id(),
            "action": action,
            "subject": subject,
            "because": "Anruf",
            "commanded_by": "s.meier",
            "commanded_at": now,
        }
        command = OutageCommanded.model_validate(plain | said)
        headers = headers_of(COMMANDS, command.source, event_id or new_id(), now)
        body = command.model_dump_json(by_alias=True).encode()
        await self.sends(body, command.key, headers)
        return command.command_id

    async def sends(
        self, body: bytes | None, key: str, headers: dict[str, str] | None = None
    ) -> None:
        """Send whatever it is; the same key keeps the order."""
        packed = [(name, text.encode()) for name, text in (headers or {}).items()]
        await self.producer.send_and_wait(
            COMMANDS, body, key=key.encode(), headers=packed
        )

    async def said(self, topic: str, **fields: Any) -> list[dict[str, Any]]:
        """Return what was said so far on a topic with these fields."""
        for records in (await self.consumer.getmany(timeout_ms=100)).values():
            self.seen += records
        events = [json.loads(each.value) for each in self.seen if each.topic == topic]
        return [each for each in events if fields.items() <= each.items()]

    async def answer(self, command_id: str) -> dict[str, Any]:
        """Wait for the answer to a command."""

        async def answered() -> bool:
            return bool(await self.said("OutageCommandAnswered", command_id=command_id))

        await eventually(answered, within=20)
        return (await self.said("OutageCommandAnswered", command_id=command_id))[0]

    async def told(self, topic: str, outage_id: str) -> dict[str, Any]:
        """Wait for the only event of an outage on a topic."""

        async def is_there() -> bool:
            return bool(await self.said(topic, outage_id=outage_id))

        await eventually(is_there, within=20)
        (event,) = await self.said(topic, outage_id=outage_id)
        return event


@pytest.fixture(scope="module")
async def desk(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Desk]:
    servers = stack.bootstrap_servers
    await empty_topics(servers)
    consumer = AIOKafkaConsumer(
        *("OutageDetected", "OutageCleared", "OutageCommandAnswered"),
        f"{COMMANDS}.dlq",
        bootstrap_servers=servers,
        auto_offset_reset="earliest",
    )
    folder = tmp_path_factory.mktemp("commands")
    async with (
        fresh_database(stack) as database,
        watching(database, servers, folder) as watcher,
        AIOKafkaProducer(bootstrap_servers=servers) as producer,
        consumer,
    ):
        yield Desk(watcher, producer, consumer)


async def test_an_outage_is_declared_and_cleared_and_both_are_answered(
    desk: Desk,
) -> None:
    declared = await desk.commands("declare", "L-A", lines=["L-A"], note="Bagger")
    answer = await desk.answer(declared)
    assert (answer["outcome"], answer["version"]) == ("accepted", 1)
    assert (answer["action"], answer["commanded_by"]) == ("declare", "s.meier")
    outage = answer["outage_id"]
    event = await desk.told("OutageDetected", outage)
    assert (event["lines"], event["note"]) == (["L-A"], "Bagger")

    cleared = await desk.commands("clear", outage)
    answer = await desk.answer(cleared)
    assert (answer["outcome"], answer["version"]) == ("accepted", 2)
    event = await desk.told("OutageCleared", outage)
    assert (event["reason"], event["version"]) == ("operator", 2)


async def test_a_refusal_is_answered_with_its_reason_and_tells_no_outage(
    desk: Desk,
) -> None:
    refused = await desk.commands("clear", "there-is-none")
    answer = await desk.answer(refused)

    assert (answer["outcome"], answer["code"]) == ("refused", "unknown_outage")
    assert "there-is-none" in answer["reason"]
    assert await desk.said("OutageCleared", outage_id="there-is-none") == []
    assert await desk.said(f"{COMMANDS}.dlq", command_id=refused) == []


async def test_a_command_that_is_delivered_twice_has_one_effect(desk: Desk) -> None:
    once = {"command_id": new_id(), "lines": ["L-B"]}
    for event_id in ("one", "one", "sent-anew"):
        await desk.commands("declare", "L-B", event_id=event_id, **once)
    # With the same key, so whatever comes before it was taken.
    await desk.answer(await desk.commands("declare", "L-B"))

    answers = await desk.said("OutageCommandAnswered", command_id=once["command_id"])
    assert len(answers) == 2, "one for each message, none for the one delivered twice"
    assert answers[0] == answers[1]
    assert len(await desk.said("OutageDetected", lines=["L-B"])) == 1


async def test_what_is_no_command_is_a_dead_letter_and_harms_no_other(
    desk: Desk,
) -> None:
    now = SystemClock().now().isoformat()
    whole = {
        "command_id": "bad",
        "action": "declare",
        "subject": "L-C",
        "lines": ["L-C"],
        "because": "Anruf",
        "commanded_by": "s.meier",
        "commanded_at": now,
    }
    bad = [
        b"{",
        json.dumps(whole | {"action": "explode"}).encode(),
        json.dumps(whole | {"because": ""}).encode(),
    ]
    headers = headers_of(COMMANDS, "portal-gateway", "bad", SystemClock().now())
    for number, body in enumerate(bad):
        await desk.sends(body, "L-C", headers | {"ce_id": f"bad-{number}"})
    good = await desk.commands("declare", "L-C", lines=["L-C"])
    assert (await desk.answer(good))["outcome"] == "accepted"

    async def parked() -> bool:
        await desk.said("")
        return len(letters()) >= len(bad)

    def letters() -> list[bytes]:
        return [each.value for each in desk.seen if each.topic == f"{COMMANDS}.dlq"]

    await eventually(parked, within=20)
    assert sorted(letters()) == sorted(bad)
    assert len(await desk.said("OutageDetected", lines=["L-C"])) == 1
    assert await desk.said("OutageCommandAnswered", command_id="bad") == []


async def test_every_figure_is_shown(desk: Desk) -> None:
    async with desk.watcher.client() as client:
        text = (await client.get("/metrics")).text

    lines = text.splitlines()
    missing = [n for n, kind in FIGURES.items() if f"# TYPE {n} {kind}" not in lines]
    assert missing == []
    action = '{action="declare",outcome="accepted"}'
    assert f"outage_commands_total{action} " in text
