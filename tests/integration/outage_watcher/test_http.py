"""The HTTP of the watcher, down to the committed event."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from chassis.clock import SetClock
from chassis.postgres import Pool
from outage_watcher.domain.policy import Holds, Policy
from outage_watcher.usecases import Watcher
from support.outbox import queued as all_queued

Api = Callable[[str], httpx.AsyncClient]

DOWN: dict[str, Any] = {
    "source": "probe",
    "alarm_id": "a",
    "lines": ["L1"],
    "state": "down",
}
UP = DOWN | {"state": "up"}
AT_ONCE = Policy(Holds(down=timedelta(0), up=timedelta(0)))


@pytest.fixture(autouse=True)
def no_holds(watcher: Watcher) -> None:
    watcher.policy = AT_ONCE


async def queued(pool: Pool) -> list[dict[str, Any]]:
    """Return what was told of outages; answers to commands are a matter apart."""
    told = await all_queued(pool)
    return [each for each in told if each["topic"].startswith("OutageDet")] + [
        each for each in told if each["topic"] == "OutageCleared"
    ]


WHY = {"because": "Anruf"}


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["type"].endswith(body["code"])
    assert body["status"] == answer.status_code
    return answer.status_code, body["code"]


class TestSignals:
    async def test_one_is_taken_before_the_answer(self, api: Api, pool: Pool) -> None:
        answer = await api("probe").post("/signals", json=DOWN)

        assert answer.status_code == 202
        assert answer.json() == {"accepted": 1, "rejected": [], "quarantined": []}
        assert [each["topic"] for each in await queued(pool)] == ["OutageDetected"]

    async def test_a_list_is_taken_in_its_order(self, api: Api, pool: Pool) -> None:
        await api("probe").post("/signals", json=[DOWN, UP])

        topics = [each["topic"] for each in await queued(pool)]
        assert topics == ["OutageDetected", "OutageCleared"]

    async def test_a_bad_one_harms_no_neighbour(self, api: Api, pool: Pool) -> None:
        bad = DOWN | {"state": "perhaps"}
        nowhere = DOWN | {"lines": []}
        answer = await api("probe").post("/signals", json=[bad, DOWN, 7, nowhere])

        body = answer.json()
        assert answer.status_code == 202
        assert body["accepted"] == 1
        assert [(each["index"], each["code"]) for each in body["rejected"]] == [
            (0, "invalid"),
            (2, "invalid"),
        ]
        assert [each["index"] for each in body["quarantined"]] == [3]
        assert len(await queued(pool)) == 1

    async def test_none_that_can_be_taken_is_a_problem(self, api: Api) -> None:
        answer = await api("probe").post("/signals", json=[{}, 7])

        assert problem(answer) == (422, "no_valid_signal")
        assert len(answer.json()["rejected"]) == 2

    @pytest.mark.parametrize("name", ["nobody", "", "p-secret2"])
    async def test_a_wrong_secret(self, api: Api, name: str) -> None:
        answer = await api(name).post("/signals", json=DOWN)

        assert problem(answer) == (401, "unauthenticated")

    async def test_a_secret_of_another_scheme(self, api: Api) -> None:
        headers = {"authorization": "Basic p-secret"}
        answer = await api("probe").post("/signals", json=DOWN, headers=headers)

        assert problem(answer) == (401, "unauthenticated")

    async def test_a_source_speaks_for_itself_alone(self, api: Api, pool: Pool) -> None:
        answer = await api("icinga").post("/signals", json=DOWN)

        assert problem(answer) == (403, "foreign_source")
        assert await queued(pool) == []

    async def test_a_foreign_signal_among_own_ones_is_rejected(self, api: Api) -> None:
        own = DOWN | {"source": "icinga"}
        answer = await api("icinga").post("/signals", json=[own, DOWN])

        assert answer.json()["accepted"] == 1
        assert answer.json()["rejected"][0]["code"] == "foreign_source"

    @pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b'"\\ud800"'])
    async def test_what_is_not_json(self, api: Api, body: bytes) -> None:
        answer = await api("probe").post("/signals", content=body)

        assert problem(answer) == (400, "not_json")

    async def test_too_large(self, api: Api) -> None:
        answer = await api("probe").post("/signals", content=b" " * 5_000_001)

        assert problem(answer) == (413, "too_large")

    @pytest.mark.parametrize(
        "said",
        [
            {"alarm_id": "a\x00"},
            {"lines": ["L\x00"]},
            {"lines": ["L" * 256]},
            {"occurred_at": "yesterday"},
            {"occurred_at": "nan"},
            {"occurred_at": 1e300},
            {"alarm_id": "a" * 256},
            {"alarm_id": ""},
            {"estimated_end": []},
        ],
        ids=str,
    )
    async def test_what_the_database_could_not_take(
        self, api: Api, said: dict[str, Any]
    ) -> None:
        answer = await api("probe").post("/signals", json=DOWN | said)

        assert problem(answer) == (422, "no_valid_signal")

    @pytest.mark.parametrize(
        ("given", "read"),
        [
            ("2026-11-23T12:00:00+01:00", "2026-11-23T11:00:00Z"),
            ("2026-11-23T11:00:00", "2026-11-23T11:00:00Z"),
            (1795431600, "2026-11-23T11:00:00Z"),
            (1795431600000, "2026-11-23T11:00:00Z"),
            ("1795431600000000", "2026-11-23T11:00:00Z"),
            (1795431600000000000, "2026-11-23T11:00:00Z"),
            ("0001-01-01T00:00:00Z", "2026-11-23T12:00:00Z"),
            ("9999-12-31T23:59:59-12:00", "2026-11-23T12:00:00Z"),
            ("2026-11-23T13:00:00Z", "2026-11-23T12:00:00Z"),
            ("2026-11-23T12:00:59Z", "2026-11-23T12:00:59Z"),
            (None, "2026-11-23T12:00:00Z"),
        ],
    )
    async def test_every_form_of_time(
        self, api: Api, pool: Pool, given: object, read: str
    ) -> None:
        await api("probe").post("/signals", json=DOWN | {"occurred_at": given})

        (event,) = await queued(pool)
        assert event["occurred_at"] == read

    async def test_a_repeat_without_time_keeps_the_failure(
        self, api: Api, pool: Pool, clock: SetClock
    ) -> None:
        await api("probe").post("/signals", json=DOWN)
        clock.move(timedelta(minutes=5))
        await api("probe").post("/signals", json=DOWN)
        earlier = {"occurred_at": (clock.now() - timedelta(minutes=1)).isoformat()}
        await api("probe").post("/signals", json=UP | earlier)

        topics = [each["topic"] for each in await queued(pool)]
        assert topics == ["OutageDetected", "OutageCleared"]


class TestDryRun:
    async def test_shows_how_it_was_read_and_does_nothing(
        self, api: Api, pool: Pool
    ) -> None:
        beat = DOWN | {"alarm_id": "heartbeat", "state": "up"}
        at = {"occurred_at": "2026-11-23T12:00:00+01:00"}
        body = [DOWN | at, DOWN | {"lines": []}, {}, beat]
        answer = await api("probe").post("/signals?dry_run=true", json=body)

        assert answer.status_code == 200
        said = answer.json()
        assert said["signals"] == [
            {
                "state": "down",
                "line": "L1",
                "element": None,
                "alarm_id": "a",
                "occurred_at": "2026-11-23T11:00:00+00:00",
                "kind": "fault",
            }
        ]
        assert said["heartbeats"] == [{"source": "probe", "alive": True}]
        assert "reason" in said["quarantined"][0]
        assert "reason" in said["rejected"][0]
        assert await pool.fetchval("SELECT count(*) FROM evidence") == 0

    async def test_all_bad_is_an_answer_and_no_problem(self, api: Api) -> None:
        answer = await api("probe").post("/signals?dry_run=true", json={})

        assert answer.status_code == 200
        assert len(answer.json()["rejected"]) == 1


class TestHeartbeats:
    async def test_a_source_that_beats_is_known(self, api: Api, pool: Pool) -> None:
        answer = await api("probe").post("/heartbeats", json={"source": "probe"})

        assert answer.status_code == 202
        assert await pool.fetchval("SELECT name FROM source") == "probe"

    async def test_nobody_beats_for_another(self, api: Api) -> None:
        answer = await api("probe").post("/heartbeats", json={"source": "icinga"})

        assert problem(answer) == (403, "foreign_source")


class TestOperators:
    async def declared(self, api: Api, **said: Any) -> dict[str, Any]:
        body = {"lines": ["L1"]} | WHY | said
        answer = await api("operator").post("/outages", json=body)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def test_declare_an_outage(self, api: Api, pool: Pool) -> None:
        outage = await self.declared(api, note="Bagger", kind="planned")

        (event,) = await queued(pool)
        assert event["outage_id"] == outage["id"]
        assert (event["note"], event["kind"]) == ("Bagger", "planned")

    async def test_declaring_what_is_known_returns_it(self, api: Api) -> None:
        await api("probe").post("/signals", json=DOWN)
        answer = await api("operator").post("/outages", json={"lines": ["L1"]} | WHY)

        assert answer.status_code == 200
        assert len(answer.json()["evidence"]) == 2

    async def test_see_open_outages_with_their_evidence(self, api: Api) -> None:
        await api("probe").post("/signals", json=DOWN)
        answer = await api("operator").get("/outages")

        (outage,) = answer.json()["outages"]
        assert (outage["state"], outage["lines"]) == ("down", ["L1"])
        assert outage["evidence"][0]["source"] == "probe"

    @pytest.mark.parametrize(
        ("verb", "reason"), [("withdraw", "withdrawn"), ("clear", "operator")]
    )
    async def test_end_one(self, api: Api, pool: Pool, verb: str, reason: str) -> None:
        outage = await self.declared(api)
        answer = await api("operator").post(f"/outages/{outage['id']}/{verb}", json=WHY)

        assert answer.json()["state"] == "over"
        event = (await queued(pool))[-1]
        assert (event["reason"], event["version"]) == (reason, 2)
        again = await api("operator").post(f"/outages/{outage['id']}/{verb}", json=WHY)
        assert problem(again) == (409, "outage_is_over")

    async def test_extend_and_explain_one(self, api: Api, pool: Pool) -> None:
        outage = await self.declared(api)
        said = {
            "lines": ["L2", "L1"],
            "estimated_end": "2026-11-23T14:00:00Z",
            "voice_reachable": True,
            "note": "LTE",
        }
        path = f"/outages/{outage['id']}"
        answer = await api("operator").patch(path, json=said | WHY)

        assert answer.status_code == 200
        event = (await queued(pool))[-1]
        assert event["version"] == 2
        assert event["lines"] == ["L1", "L2"]
        assert {name: event[name] for name in said if name != "lines"} == {
            name: said[name] for name in said if name != "lines"
        }

    async def test_null_gives_a_field_back_to_the_sources(
        self, api: Api, pool: Pool
    ) -> None:
        outage = await self.declared(api, note="Bagger")
        path = f"/outages/{outage['id']}"
        for change in (
            {"note": "Sturm", "lines": ["L2"]},
            {"note": None, "lines": None},
        ):
            await api("operator").patch(path, json=change | WHY)

        event = (await queued(pool))[-1]
        # What was declared with it goes too; only where it is cannot be unknown.
        assert (event["note"], event["lines"]) == (None, ["L1"])

    async def test_an_end_without_an_offset_is_in_utc(
        self, api: Api, pool: Pool
    ) -> None:
        end = "2199-01-01T10:00:00"
        outage = await self.declared(api)
        path = f"/outages/{outage['id']}"

        answer = await api("operator").patch(path, json={"estimated_end": end} | WHY)

        assert answer.status_code == 200, answer.text
        assert (await queued(pool))[-1]["estimated_end"] == f"{end}Z"

    @pytest.mark.parametrize(
        ("said", "code"),
        [
            ({"colour": "red"}, "unknown_field"),
            ({"lines": []}, "no_place"),
            ({"lines": "L1"}, "invalid"),
            ({"estimated_end": "soon"}, "invalid"),
            ({"estimated_end": "2020-01-01T00:00:00Z"}, "end_is_past"),
            ({"estimated_end": "9999-12-31T23:59:59-01:00"}, "time_out_of_range"),
            ([], "invalid"),
        ],
    )
    async def test_bad_input(self, api: Api, said: object, code: str) -> None:
        outage = await self.declared(api)
        said = said | WHY if isinstance(said, dict) else said
        answer = await api("operator").patch(f"/outages/{outage['id']}", json=said)

        assert problem(answer) == (422, code)

    @pytest.mark.parametrize("said", [{}, {"element": " "}, {"lines": [""]}])
    async def test_an_outage_of_nothing(self, api: Api, said: dict[str, Any]) -> None:
        answer = await api("operator").post("/outages", json=said | WHY)

        assert problem(answer) == (422, "no_place")

    async def test_an_unknown_one(self, api: Api) -> None:
        answer = await api("operator").post("/outages/none/clear", json=WHY)

        assert problem(answer) == (404, "unknown_outage")

    @pytest.mark.parametrize("what", ["outages", "maintenance"])
    async def test_an_id_that_nothing_can_have(self, api: Api, what: str) -> None:
        code = {"outages": "unknown_outage", "maintenance": "unknown_window"}[what]

        assert problem(await api("operator").get(f"/{what}/%00")) == (404, code)
        change = {"note": "x"} | WHY
        changed = await api("operator").patch(f"/{what}/%00", json=change)
        assert problem(changed) == (422, "invalid")

    @pytest.mark.parametrize(
        "said",
        [
            {"because": "a\x00"},
            {"element": "\x00"},
            {"note": "\x00"},
            {"lines": ["\x00"]},
        ],
        ids=str,
    )
    async def test_what_cannot_be_kept(
        self, api: Api, pool: Pool, said: dict[str, Any]
    ) -> None:
        body = {"element": "N"} | WHY | said
        for what in ("outages", "maintenance"):
            answer = await api("operator").post(f"/{what}", json=body)
            assert problem(answer) == (422, "invalid")

        assert await pool.fetchval("SELECT count(*) FROM command") == 0

    async def test_a_source_is_no_operator(self, api: Api) -> None:
        answer = await api("probe").get("/outages")

        assert problem(answer) == (403, "operators_only")

    async def test_without_a_secret(self, api: Api) -> None:
        answer = await api("none").get("/outages")

        assert problem(answer) == (401, "unauthenticated")


async def test_a_path_that_is_not_there(api: Api) -> None:
    assert problem(await api("probe").get("/nothing")) == (404, "not_found")
    answer = await api("probe").get("/signals")
    assert problem(answer) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


async def test_a_database_that_is_away(api: Api, pool: Pool) -> None:
    await pool.close()
    answer = await api("probe").post("/signals", content=json.dumps(DOWN))

    assert problem(answer) == (503, "unavailable")


async def test_our_own_description_says_what_a_change_needs(api: Api) -> None:
    described = (await api("none").get("/openapi.json")).json()["paths"]
    changes = {
        f"{method} {path}": operation
        for path, operations in described.items()
        for method, operation in operations.items()
        if path.startswith(("/outages", "/maintenance")) and method != "get"
    }

    assert len(changes) == 9
    for name, operation in changes.items():
        body = operation["requestBody"]["content"]["application/json"]["schema"]
        assert body["required"] == ["because"], name
        headers = {p["name"] for p in operation["parameters"] if p["in"] == "header"}
        assert headers == {"Idempotency-Key", "If-Match"}, name
    fields = changes["post /outages"]["requestBody"]["content"]["application/json"]
    assert "occurred_at" in fields["schema"]["properties"]
