"""Webhooks of real systems, down to the committed event and the dead letter."""

import gzip
import json
import zlib
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from chassis import dead_letters
from chassis.clock import SetClock
from chassis.inbox import Record
from chassis.postgres import Pool, Transaction
from outage_watcher.domain.policy import Holds, Policy
from outage_watcher.handlers import Inlet
from outage_watcher.http import make_api
from outage_watcher.http.desk import Desk
from outage_watcher.http.sources import Sources
from outage_watcher.sources.formats import FORMATS
from outage_watcher.usecases import Watcher
from support.outbox import queued
from support.readings import SAMPLES
from support.watching import NOON

Api = Callable[[str], httpx.AsyncClient]

AT_ONCE = Policy(Holds(down=timedelta(0), up=timedelta(0)))
SECRETS = {name: name for name in (*FORMATS, "probe", "operator")}
FIRING = SAMPLES / "alertmanager-live" / "01_line_down_firing.json"
ALERT: dict[str, Any] = {"status": "firing", "labels": {"line": "L1"}}
"""An alert without a time occurred when it came."""


@pytest.fixture
async def api(
    watcher: Watcher, clock: SetClock, transaction: Transaction
) -> AsyncIterator[Api]:
    watcher.policy = AT_ONCE
    sources = Sources(SECRETS, frozenset())
    desk = Desk(watcher, sources, transaction, transaction, clock, 2_000_000)
    transport = httpx.ASGITransport(make_api(desk))
    async with httpx.AsyncClient(transport=transport, base_url="http://watcher") as one:

        def speaking_as(name: str) -> httpx.AsyncClient:
            one.headers["authorization"] = f"Bearer {name}"
            return one

        yield speaking_as


def webhook(*alerts: Any, **more: Any) -> dict[str, Any]:
    return {"version": "4", "alerts": list(alerts)} | more


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


async def letters(pool: Pool) -> list[Any]:
    return await pool.fetch("SELECT * FROM dead_letter ORDER BY id")


class TestWebhook:
    async def test_what_a_source_sends_becomes_an_outage(
        self, api: Api, pool: Pool
    ) -> None:
        answer = await api("alertmanager").post(
            "/webhooks/alertmanager", json=webhook(ALERT)
        )

        assert answer.status_code == 202
        assert answer.json() == {"accepted": 1, "rejected": [], "quarantined": []}
        (event,) = await queued(pool)
        assert (event["topic"], event["lines"]) == ("OutageDetected", ["L1"])

    async def test_a_resolve_ends_it(
        self, api: Api, pool: Pool, clock: SetClock
    ) -> None:
        await api("alertmanager").post("/webhooks/alertmanager", json=webhook(ALERT))
        clock.move(timedelta(minutes=1))
        over = webhook(ALERT | {"status": "resolved"})
        await api("alertmanager").post("/webhooks/alertmanager", json=over)

        topics = [each["topic"] for each in await queued(pool)]
        assert topics == ["OutageDetected", "OutageCleared"]

    async def test_unmapped_alerts_are_answered_well_and_harm_nobody(
        self, api: Api, pool: Pool
    ) -> None:
        body = webhook({"status": "firing", "labels": {"alertname": "X"}}, ALERT)
        with capture_logs() as logs:
            answer = await api("alertmanager").post("/webhooks/alertmanager", json=body)

        assert answer.status_code == 202
        assert answer.json()["accepted"] == 1
        assert len(answer.json()["quarantined"]) == 1
        unread = [each for each in logs if each["event"] == "signals_unread"]
        reasons = ["X: no label names a line or element"]
        assert [each["reasons"] for each in unread] == [reasons]
        assert len(await queued(pool)) == 1
        assert await letters(pool) == []

    async def test_a_bad_alert_is_parked_alone(self, api: Api, pool: Pool) -> None:
        bad = {"status": "firing"}
        answer = await api("alertmanager").post(
            "/webhooks/alertmanager", json=webhook(bad, ALERT)
        )

        assert answer.status_code == 202
        assert len(answer.json()["rejected"]) == 1
        (letter,) = await letters(pool)
        assert json.loads(letter["value"]) == bad

    async def test_2000_alerts_are_taken_at_once(self, api: Api, pool: Pool) -> None:
        alerts = [
            {"status": "firing", "labels": {"line": f"L{n}"}} for n in range(2000)
        ]
        answer = await api("alertmanager").post(
            "/webhooks/alertmanager", json=webhook(*alerts)
        )

        assert answer.status_code == 202
        assert answer.json() == {"accepted": 2000, "rejected": [], "quarantined": []}
        lines = await pool.fetchval(
            "SELECT count(DISTINCT lines) FROM evidence WHERE is_down"
        )
        assert lines == 2000


class TestMaintenanceOfVes:
    async def change(
        self, api: Api, *, seconds: float | None = None, **said: str
    ) -> None:
        header: dict[str, Any] = {"domain": "stateChange", "sourceName": "olt-1"}
        if seconds is not None:
            at = NOON + timedelta(seconds=seconds)
            header["lastEpochMicrosec"] = int(at.timestamp() * 1e6)
        event = {"commonEventHeader": header, "stateChangeFields": said}
        answer = await api("ves").post("/webhooks/ves", json={"event": event})
        assert answer.status_code == 202

    async def test_ends_when_it_is_in_service(self, api: Api, pool: Pool) -> None:
        await self.change(api, newState="maintenance")
        await self.change(api, newState="outOfService", oldState="maintenance")
        await self.change(api, newState="inService", oldState="outOfService")
        await self.change(api, newState="outOfService", oldState="inService")

        told = [each["kind"] for each in await queued(pool, "OutageDetected")]
        assert told == ["planned", "fault"]
        assert await pool.fetchval("SELECT phase FROM maintenance") == "over"

    async def test_begins_when_the_element_says_so(self, api: Api, pool: Pool) -> None:
        """What a collector kept for a moment is no older than the work."""
        await self.change(api, seconds=-9, newState="maintenance")
        await self.change(api, seconds=-8, newState="outOfService")

        (told,) = await queued(pool, "OutageDetected")
        assert told["kind"] == "planned"


class TestRestartedAgent:
    """Decision case 28, as traps come and operators look."""

    async def traps(self, api: Api, *traps: dict[str, Any]) -> None:
        answer = await api("snmp").post("/webhooks/snmp", json=list(traps))
        assert answer.status_code == 202

    def link_down(self, agent: str, port: int) -> dict[str, Any]:
        name = {"oid": ".1.3.6.1.2.1.31.1.1.1.1", "value": f"line-{port}"}
        oid = f"{name['oid']}.{port}"
        return self.trap(agent, 3, name | {"oid": oid})

    def trap(self, agent: str, number: int, *bound: dict[str, Any]) -> dict[str, Any]:
        oid = f".1.3.6.1.6.3.1.1.5.{number}"
        return {"agent": agent, "trap_oid": oid, "varbinds": list(bound)}

    async def doubted(self, api: Api) -> list[str]:
        found = (await api("operator").get("/outages")).json()["outages"]
        assert len(found) == 4
        return sorted(
            line for each in found if each["uncertain"] for line in each["lines"]
        )

    async def test_puts_its_own_lines_in_doubt_and_no_others(
        self, api: Api, clock: SetClock, pool: Pool
    ) -> None:
        await self.traps(
            api,
            self.link_down("dslam-1", 1),
            self.link_down("dslam-1", 2),
            self.link_down("dslam-10", 3),
            self.link_down("dslam-2", 4),
        )
        assert await self.doubted(api) == []

        clock.move(timedelta(minutes=1))
        await self.traps(api, self.trap("dslam-1", 1))

        assert await self.doubted(api) == ["dslam-1/line-1", "dslam-1/line-2"]
        assert await pool.fetchval("SELECT wanted FROM asked WHERE source = 'snmp'")
        topics = {each["topic"] for each in await queued(pool)}
        assert topics == {"OutageDetected"}

    async def test_a_trap_of_after_the_restart_is_certain(
        self, api: Api, clock: SetClock
    ) -> None:
        await self.traps(api, *(self.link_down("dslam-1", port) for port in range(4)))
        clock.move(timedelta(minutes=1))
        await self.traps(api, self.trap("dslam-1", 1))
        clock.move(timedelta(minutes=1))
        again = self.link_down("dslam-1", 0) | {"timestamp": clock.now().isoformat()}
        await self.traps(api, again)

        assert len(await self.doubted(api)) == 3


class TestRefused:
    async def test_broken_json_is_kept_with_its_bytes(
        self, api: Api, pool: Pool
    ) -> None:
        body = b'{"alerts": []}}'
        answer = await api("alertmanager").post("/webhooks/alertmanager", content=body)

        assert problem(answer) == (400, "not_json")
        (letter,) = await letters(pool)
        assert (letter["value"], letter["code"]) == (body, "not_json")

    async def test_the_same_rubbish_is_kept_once(self, api: Api, pool: Pool) -> None:
        for _ in range(3):
            await api("ves").post("/webhooks/ves", content=b"{")

        assert len(await letters(pool)) == 1

    async def test_an_unknown_type_is_kept_and_refused(
        self, api: Api, pool: Pool
    ) -> None:
        answer = await api("ves").post("/webhooks/ves", json={"event": {"a": 1}})

        assert problem(answer) == (422, "no_valid_signal")
        assert len(await letters(pool)) == 1

    async def test_broken_lines_harm_no_neighbour(self, api: Api, pool: Pool) -> None:
        body = (SAMPLES / "gnmi" / "concatenated_objects_stream.txt").read_bytes()
        answer = await api("gnmi").post("/webhooks/gnmi", content=body)

        assert answer.status_code == 202
        assert answer.json()["accepted"] == 2
        (letter,) = await letters(pool)
        assert letter["value"].startswith(b"^C")


class TestPacked:
    @pytest.mark.parametrize(
        ("pack", "name"), [(gzip.compress, "gzip"), (zlib.compress, "deflate")]
    )
    async def test_a_packed_body(
        self, api: Api, pool: Pool, pack: Callable[[bytes], bytes], name: str
    ) -> None:
        body = pack(json.dumps(webhook(ALERT)).encode())
        answer = await self.post(api, body, name)

        assert answer.json()["accepted"] == 1
        assert len(await queued(pool)) == 1

    async def post(self, api: Api, body: bytes, encoding: str) -> httpx.Response:
        return await api("alertmanager").post(
            "/webhooks/alertmanager",
            content=body,
            headers={"content-encoding": encoding},
        )


class TestDoor:
    async def test_takes_a_form(self, api: Api) -> None:
        fields = {"monitorID": "7", "alertType": "1", "monitorFriendlyName": "line-7"}
        answer = await api("uptimerobot").post("/webhooks/uptimerobot", data=fields)

        assert answer.json()["accepted"] == 1

    async def test_takes_cloudevents_in_binary_mode(self, api: Api) -> None:
        headers = {"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/x"}
        answer = await api("cloudevents").post(
            "/webhooks/cloudevents",
            json={"alarm_id": "a", "lines": ["L1"], "state": "down"},
            headers=headers | {"ce-type": "NetworkSignal"},
        )

        assert answer.json()["accepted"] == 1


class TestOnKafka:
    def record(self, body: bytes, offset: int = 0, **headers: str) -> Record:
        told = [(name, text.encode()) for name, text in headers.items()]
        at = int(NOON.timestamp() * 1000)
        return Record(
            "NetworkSignal", 0, offset, at, 0, None, body, None, -1, len(body), told
        )

    @pytest.fixture
    def inlet(self, watcher: Watcher, transaction: Transaction) -> Inlet:
        watcher.policy = AT_ONCE
        return Inlet(watcher, transaction)

    async def test_a_foreign_message_is_recognised(
        self, inlet: Inlet, pool: Pool
    ) -> None:
        body = json.dumps(webhook(ALERT, receiver="r")).encode()

        assert await inlet.on_signals([self.record(body)]) == 1
        assert len(await queued(pool)) == 1

    async def test_lines_of_an_export_are_recognised(
        self, inlet: Inlet, pool: Pool
    ) -> None:
        body = (
            SAMPLES / "zabbix-live" / "01_realtime_export_problems.ndjson"
        ).read_bytes()

        assert await inlet.on_signals([self.record(body)]) == 4
        assert await letters(pool) == []

    async def test_a_header_names_the_source(self, inlet: Inlet, pool: Pool) -> None:
        line = (
            b"r1: Nov 23 11:59:50: %LINK-3-UPDOWN: Interface L7, changed state to down"
        )

        assert await inlet.on_signals([self.record(line, source="syslog")]) == 1
        (event,) = await queued(pool)
        assert event["lines"] == ["L7"]

    async def test_what_comes_twice_counts_once(self, inlet: Inlet) -> None:
        record = self.record(json.dumps(webhook(ALERT, receiver="r")).encode())

        assert await inlet.on_signals([record]) == 1
        assert await inlet.on_signals([record]) == 0

    async def test_the_bad_part_is_parked_alone(self, inlet: Inlet, pool: Pool) -> None:
        body = json.dumps(webhook({"labels": 7}, ALERT, receiver="r")).encode()

        assert await inlet.on_signals([self.record(body)]) == 1
        (letter,) = await letters(pool)
        assert json.loads(letter["value"]) == {"labels": 7}

    async def test_what_a_webhook_left_can_be_sent_again(
        self, inlet: Inlet, api: Api, pool: Pool
    ) -> None:
        await api("zabbix").post("/webhooks/zabbix", content=b'{"clock":')
        async with pool.acquire() as connection:
            letter = await connection.fetchval("SELECT id FROM dead_letter")
            assert await dead_letters.ask_again(connection, [letter], at=NOON) == {
                letter
            }
            [(_, record)] = await dead_letters.asked_for(connection, limit=9)

        assert ("source", b"zabbix") in record.headers
        repaired = b'{"clock":1,"eventid":1,"value":0,"p_eventid":2}'
        assert await inlet.on_signals([replace(record, value=repaired)]) == 1
