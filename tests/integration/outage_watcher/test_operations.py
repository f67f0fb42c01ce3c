"""What operators command, by Kafka and HTTP alike: effect, answer and audit."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import timedelta
from typing import Any

import httpx
import pytest

from outage_watcher.domain.outage import Outage
from outage_watcher.usecases.machine import Machine
from support.outbox import queued
from support.watched import Watched, heard
from support.watching import NOON

Api = Callable[[str], httpx.AsyncClient]


def later(**time: float) -> str:
    return (NOON + timedelta(**time)).isoformat()


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def answers(watched: Watched) -> list[dict[str, Any]]:
    return await queued(watched.pool, "OutageCommandAnswered")


class TestCommands:
    async def test_declare_and_answer(self, watched: Watched) -> None:
        said = await watched.commands(
            "declare", "N", element="N", lines=["L9"], note="Bagger", kind="fault"
        )

        (event,) = await watched.outages()
        assert event["outage_id"] == said.outage_id
        assert (event["element"], event["lines"]) == ("N", ["L9"])
        (answer,) = await answers(watched)
        assert (answer["outcome"], answer["version"]) == ("accepted", 1)

    async def test_a_declared_outage_may_be_old(self, watched: Watched) -> None:
        said = await watched.commands(
            "declare", element="N", occurred_at=later(days=-9)
        )

        assert said.outcome == "accepted"
        assert len(await watched.outages()) == 1

    async def test_a_repeat_is_answered_again_and_does_nothing(
        self, watched: Watched
    ) -> None:
        first = await watched.commands("declare", element="N", command_id="C1")
        again = await watched.commands("declare", element="N", command_id="C1")

        assert first == again
        assert len(await watched.outages()) == 1

    @pytest.mark.parametrize(
        ("action", "name", "said"),
        [
            ("declare", "estimated_end", "9999-12-31T23:59:59-01:00"),
            ("declare", "estimated_end", "9999-12-31T22:00:00Z"),
            ("declare", "occurred_at", "0001-01-01T00:00:00+01:00"),
            ("plan", "ends_at", "9999-12-31T23:59:59-01:00"),
            ("plan", "starts_at", "0001-01-01T00:00:00+01:00"),
            ("cancel", "ends_at", "9999-12-31T23:59:59-01:00"),
        ],
    )
    async def test_a_time_that_cannot_be_meant_is_refused_and_answered(
        self, watched: Watched, action: str, name: str, said: str
    ) -> None:
        window = {"starts_at": later(hours=1), "ends_at": later(hours=2)}
        more = window if action == "plan" else {}

        await watched.commands(action, element="N", **more | {name: said})

        (answer,) = await answers(watched)
        assert (answer["outcome"], answer["code"]) == ("refused", "time_out_of_range")
        assert await watched.outages() == []

    async def test_extend_reduce_and_estimate(self, watched: Watched) -> None:
        outage = (await watched.commands("declare", lines=["L1"])).outage_id or ""
        await watched.commands("extend", outage, lines=["L2"])
        await watched.commands("reduce", outage, lines=["L1"])
        await watched.commands("correct", outage, estimated_end=later(hours=4))

        lines = [event["lines"] for event in await watched.outages()]
        assert lines == [["L1"], ["L1", "L2"], ["L2"], ["L2"]]
        last = (await watched.outages())[-1]
        assert (last["version"], last["estimated_end"]) == (4, "2026-11-23T16:00:00Z")

    @pytest.mark.parametrize(
        ("more", "takes_voice"),
        [({}, True), ({"voice_reachable": True}, False), ({"lines": ["L1"]}, False)],
    )
    async def test_a_line_added_to_those_that_keep_their_calls_is_diverted(
        self, watched: Watched, more: dict[str, Any], *, takes_voice: bool
    ) -> None:
        lte = heard("down", "L1", confirmed=True, voice_reachable=True)
        await watched.hears(lte)
        [told] = await watched.outages()
        outage = told["outage_id"]
        await watched.commands("extend", outage, **{"lines": ["L2"]} | more)
        await watched.commands("correct", outage, note="Bagger")

        assert (await watched.outages())[-1]["voice_reachable"] is not takes_voice
        await watched.hears(lte)
        if "lines" not in more:
            await watched.commands("reduce", outage, lines=["L2"])
        assert (await watched.outages())[-1]["voice_reachable"] is True

    async def test_a_line_added_does_not_keep_the_calls_of_the_others(
        self, watched: Watched
    ) -> None:
        outage = (await watched.commands("declare", lines=["L1"])).outage_id or ""
        await watched.commands("extend", outage, lines=["L2"], voice_reachable=True)
        assert not (await watched.outages())[-1]["voice_reachable"]

        await watched.commands("correct", outage, voice_reachable=True)
        await watched.commands("extend", outage, lines=["L3"])
        assert not (await watched.outages())[-1]["voice_reachable"]

    async def test_what_was_declared_is_taken_back(self, watched: Watched) -> None:
        said = {"estimated_end": later(hours=4), "note": "Bagger"}
        declared = await watched.commands("declare", lines=["L1"], **said)
        outage = declared.outage_id or ""
        await watched.commands("correct", outage, unset=["estimated_end"])
        await watched.commands("correct", outage, note="Kabel gefunden")
        await watched.commands("correct", outage, unset=["note"])

        told = [(e["estimated_end"], e["note"]) for e in await watched.outages()]
        assert told[1:] == [(None, "Bagger"), (None, "Kabel gefunden"), (None, None)]

    @pytest.mark.parametrize(
        ("action", "said", "code"),
        [
            ("extend", {}, "no_place"),
            ("reduce", {"lines": ["L1"]}, "nothing_left"),
            ("correct", {}, "nothing_to_change"),
            ("clear", {"expected_version": 7}, "version_conflict"),
            ("replan", {"subject": "none"}, "unknown_window"),
            ("declare", {}, "no_place"),
            ("plan", {"element": "N"}, "bad_window"),
            ("plan", {"element": "N", "starts_at": "1", "ends_at": "2"}, "bad_window"),
        ],
    )
    async def test_a_refusal_says_why_and_changes_nothing(
        self, watched: Watched, action: str, said: dict[str, Any], code: str
    ) -> None:
        outage = (await watched.commands("declare", lines=["L1"])).outage_id or ""
        before = await watched.outages()

        answer = await watched.commands(action, **{"subject": outage} | said)

        assert (answer.outcome, answer.code) == ("refused", code)
        assert await watched.outages() == before
        assert (await answers(watched))[-1]["reason"]

    async def test_everything_is_in_the_audit(self, api: Api, watched: Watched) -> None:
        outage = (await watched.commands("declare", lines=["L1"])).outage_id
        await watched.commands("clear", outage or "")

        story = (await api("operator").get(f"/outages/{outage}")).json()
        assert [(c["action"], c["by"]) for c in story["commands"]] == [
            ("declare", "s.meier"),
            ("clear", "s.meier"),
        ]
        assert story["commands"][0]["because"] == "Anruf"
        assert [(h["from"], h["to"]) for h in story["history"]] == [
            ("up", "down"),
            ("down", "over"),
        ]


class TestHttp:
    async def declared(self, api: Api) -> dict[str, Any]:
        body = {"lines": ["L1"], "because": "Anruf"}
        return dict((await api("operator").post("/outages", json=body)).json())

    async def test_a_key_makes_a_repeat_harmless(
        self, api: Api, watched: Watched
    ) -> None:
        key = {"idempotency-key": "once"}
        body = {"lines": ["L1"], "because": "Anruf"}
        first = await api("operator").post("/outages", json=body, headers=key)
        again = await api("operator").post("/outages", json=body, headers=key)

        assert (first.status_code, again.status_code) == (201, 200)
        assert first.json()["id"] == again.json()["id"]
        assert len(await watched.outages()) == 1

    @pytest.mark.parametrize(
        ("other", "more"),
        [
            ({"lines": ["L2"], "because": "Anruf"}, {}),
            ({"lines": ["L1"], "because": "Bagger"}, {}),
            ({"lines": ["L1"], "because": "Anruf"}, {"if-match": '"7"'}),
        ],
        ids=["other places", "other reason", "other version"],
    )
    async def test_a_key_is_of_one_request_and_refuses_every_other(
        self, api: Api, watched: Watched, other: dict[str, Any], more: dict[str, str]
    ) -> None:
        """Of a changed repeat nobody knows which of both was meant."""
        key = {"idempotency-key": "INC-1"}
        operator = api("operator")
        body = {"lines": ["L1"], "because": "Anruf"}
        first = (await operator.post("/outages", json=body, headers=key)).json()
        told = await watched.outages()

        again = await operator.post("/outages", json=other, headers=key | more)
        path = f"/outages/{first['id']}/clear"
        ended = await operator.post(path, json={"because": "Anruf"}, headers=key)

        assert problem(again) == problem(ended) == (422, "idempotency_key_reused")
        assert await watched.outages() == told
        # The first request itself is answered as before.
        same = await operator.post("/outages", json=body, headers=key)
        assert (same.status_code, same.json()["id"]) == (200, first["id"])

    async def test_one_key_for_two_requests_at_once_has_one_effect(
        self, api: Api, watched: Watched
    ) -> None:
        key = {"idempotency-key": "INC-1"}
        answers = await asyncio.gather(
            *(
                api("operator").post(
                    "/outages", json={"lines": [line], "because": "x"}, headers=key
                )
                for line in ("L1", "L2")
            )
        )

        assert sorted(each.status_code for each in answers) == [201, 422]
        assert len(await watched.outages()) == 1

    async def test_an_alarm_is_of_no_single_request(self, api: Api) -> None:
        """Who names by his ticket what he declares says several things of it."""
        operator = api("operator")
        for line in ("L1", "L2"):
            body = {"lines": [line], "alarm_id": "INC-1", "because": "Anruf"}
            answer = await operator.post("/outages", json=body)
            assert (answer.status_code, answer.json()["lines"]) == (201, [line])

    @pytest.mark.parametrize("because", [None, "", " ", "\n"])
    async def test_nothing_is_changed_without_a_reason(
        self, api: Api, watched: Watched, because: str | None
    ) -> None:
        outage = await self.declared(api)
        one = f"/outages/{outage['id']}"
        said = {} if because is None else {"because": because}
        times = {"starts_at": later(hours=1), "ends_at": later(hours=2)}
        window = await watched.commands("plan", "N", element="N", **times)
        before = await queued(watched.pool)

        for method, path, body in (
            ("POST", "/outages", {"lines": ["L2"]}),
            ("PATCH", one, {"note": "Bagger"}),
            ("POST", f"{one}/extend", {"lines": ["L2"]}),
            ("POST", f"{one}/reduce", {"lines": ["L1"]}),
            ("POST", f"{one}/withdraw", None),
            ("POST", f"{one}/clear", None),
            ("POST", "/maintenance", {"element": "N", **times}),
            ("PATCH", f"/maintenance/{window.window_id}", {"note": "Karte"}),
            ("POST", f"/maintenance/{window.window_id}/cancel", None),
        ):
            given = body if body is None and not said else (body or {}) | said
            answer = await api("operator").request(method, path, json=given)
            assert problem(answer) == (422, "no_reason"), path

        assert await queued(watched.pool) == before

    async def test_the_reason_is_in_the_audit(self, api: Api) -> None:
        outage = await self.declared(api)
        path = f"/outages/{outage['id']}"
        await api("operator").post(f"{path}/clear", json={"because": " Messung "})

        story = (await api("operator").get(path)).json()
        assert [each["because"] for each in story["commands"]] == ["Anruf", "Messung"]

    async def test_a_stale_version_is_refused(self, api: Api) -> None:
        outage = await self.declared(api)
        path = f"/outages/{outage['id']}"
        etag = (await api("operator").get(path)).headers["etag"]
        change = {"note": "Bagger", "because": "Anruf"}

        match = {"if-match": etag}
        first = await api("operator").patch(path, json=change, headers=match)
        change["note"] = "x"
        second = await api("operator").patch(path, json=change, headers=match)

        assert first.status_code == 200
        assert (second.status_code, second.json()["code"]) == (412, "version_conflict")

    async def test_nothing_is_read_beyond_the_limit(self, api: Api) -> None:
        sent = 0

        async def endless() -> AsyncIterator[bytes]:
            nonlocal sent
            while sent < 100:
                sent += 1
                yield b" " * 1_000_000

        outage = await self.declared(api)
        path = f"/outages/{outage['id']}/clear"
        answer = await api("operator").post(path, content=endless())

        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert sent < 10

    async def test_extend_and_reduce(self, api: Api) -> None:
        outage = await self.declared(api)
        path = f"/outages/{outage['id']}"
        more = {"lines": ["L2"], "because": "Anruf"}
        await api("operator").post(f"{path}/extend", json=more)
        less = {"lines": ["L1"], "because": "Anruf"}
        answer = await api("operator").post(f"{path}/reduce", json=less)

        assert answer.json()["lines"] == ["L2"]

    async def test_extend_says_of_the_new_lines_whether_calls_arrive(
        self, api: Api
    ) -> None:
        said = {"lines": ["L1"], "voice_reachable": True, "because": "Anruf"}
        outage = (await api("operator").post("/outages", json=said)).json()
        more = said | {"lines": ["L2"]}
        path = f"/outages/{outage['id']}/extend"
        answer = await api("operator").post(path, json=more)

        assert (answer.status_code, answer.json().get("lines")) == (200, ["L1", "L2"])
        assert answer.json()["voice_reachable"] is True

    async def test_a_source_plans_nothing(self, api: Api) -> None:
        assert (await api("probe").get("/maintenance")).status_code == 403


class TestMaintenance:
    async def planned(self, watched: Watched, **said: Any) -> str:
        plain = {
            "element": "N",
            "starts_at": later(hours=1),
            "ends_at": later(hours=2),
            "note": "Neue Karte",
        }
        answer = await watched.commands("plan", "N", **plain | said)
        assert answer.outcome == "accepted", answer.reason
        return answer.window_id or ""

    async def announced(self, watched: Watched) -> list[tuple[int, str]]:
        told = await queued(watched.pool, "MaintenanceAnnounced")
        return [(each["version"], each["state"]) for each in told]

    async def test_it_is_announced_and_takes_its_places_out(
        self, watched: Watched
    ) -> None:
        await self.planned(watched)
        assert await self.announced(watched) == [(1, "planned")]
        assert await watched.outages() == []

        await watched.waits(3600)
        (event,) = await watched.outages()
        assert (event["element"], event["kind"]) == ("N", "planned")
        assert event["estimated_end"] == "2026-11-23T14:00:00Z"

        await watched.waits(3600)
        await watched.waits(120)
        assert await watched.told() == [("OutageDetected", 1), ("OutageCleared", 2)]
        assert await self.announced(watched) == [
            (1, "planned"),
            (2, "running"),
            (3, "over"),
        ]

    async def test_a_failure_that_outlasts_it_goes_on_as_a_fault(
        self, watched: Watched
    ) -> None:
        await self.planned(watched)
        await watched.waits(3600)
        await watched.hears(heard("down", element="N", at=watched.clock.now()))
        await watched.waits(3600)
        await watched.waits(600)

        kinds = [event.get("kind") for event in await watched.outages()]
        assert (kinds[0], kinds[-1]) == ("planned", "fault")

    async def test_an_outage_before_it_is_real(self, watched: Watched) -> None:
        await self.planned(watched, takes_service=False)
        await watched.hears(heard("down", element="N", confirmed=True))
        await watched.waits(3600)

        assert [event["kind"] for event in await watched.outages()] == ["fault"]

    async def test_without_taking_service_only_what_fails_is_told(
        self, watched: Watched
    ) -> None:
        await watched.connects("L1", to=("N",))
        await self.planned(watched, takes_service=False)
        await watched.waits(3600)
        assert await watched.outages() == []

        at = watched.clock.now()
        await watched.hears(heard("down", "L1", confirmed=True, at=at))
        assert [event["kind"] for event in await watched.outages()] == ["planned"]

    async def test_what_fails_stays_planned_where_a_person_names_other_places(
        self, watched: Watched
    ) -> None:
        await watched.connects("L1", to=("N",))
        await self.planned(watched, takes_service=False)
        await watched.waits(3600)
        at = watched.clock.now()
        await watched.hears(heard("up", alarm_id="heartbeat", at=at))
        await watched.hears(heard("down", "L1", confirmed=True, at=at))
        (told,) = await watched.outages()
        await watched.commands("correct", told["outage_id"], lines=["L9"])
        await watched.waits(300)

        kinds = [(each["kind"], each["uncertain"]) for each in await watched.outages()]
        assert kinds == [("planned", False), ("planned", False), ("planned", True)]

    async def test_what_fails_elsewhere_is_not_looked_at(
        self, watched: Watched, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Of a hundred devices in work each would read all outages that are open."""
        looked_at: list[str] = []
        settle = Machine.settle

        async def noted(
            machine: Machine, outages: Sequence[Outage], *rest: Any, **more: Any
        ) -> None:
            looked_at.extend(line for each in outages for line in each.report.lines)
            await settle(machine, outages, *rest, **more)

        await watched.connects("L1", to=("N", "AGG"))
        await watched.connects("L9", to=("M", "AGG"))
        await self.planned(watched, takes_service=False)
        await watched.hears(*(heard("down", x, confirmed=True) for x in ("L1", "L9")))
        monkeypatch.setattr(Machine, "settle", noted)
        await watched.waits(3600)

        assert looked_at == ["L1"]

    @pytest.mark.parametrize("at", ["N", "AGG"])
    @pytest.mark.parametrize("failed", [{"lines": ["L1"]}, {"element": "N"}])
    async def test_what_it_explained_is_a_fault_once_it_is_elsewhere(
        self, watched: Watched, at: str, failed: dict[str, Any]
    ) -> None:
        await watched.connects("L1", to=("N", "AGG"))
        await watched.connects("L9", to=("M", "OTHER"))
        window = await self.planned(watched, element=at, takes_service=False)
        await watched.waits(3600)
        now: dict[str, Any] = {"confirmed": True, "at": watched.clock.now()}
        await watched.hears(heard("down", alarm_id="own", **failed, **now))
        await watched.hears(heard("down", "L9", **now))
        await watched.commands("replan", window, element="M")

        last = {each["outage_id"]: each["kind"] for each in await watched.outages()}
        assert list(last.values()) == ["fault", "planned"]

    async def test_it_can_be_moved_and_given_up(self, watched: Watched) -> None:
        window = await self.planned(watched)
        moved = {"starts_at": later(hours=5), "ends_at": later(hours=6)}
        assert (await watched.commands("replan", window, **moved)).version == 2
        await watched.waits(3600)
        assert await watched.outages() == []

        assert (await watched.commands("cancel", window)).version == 3
        await watched.waits(9 * 3600)
        assert await watched.outages() == []
        again = await watched.commands("cancel", window)
        assert again.code == "window_is_over"

    async def test_one_that_runs_can_be_ended_early(self, watched: Watched) -> None:
        window = await self.planned(watched)
        await watched.waits(3600)
        late = await watched.commands("replan", window, starts_at=later(hours=3))
        assert late.code == "bad_window"

        await watched.commands("cancel", window)
        await watched.waits(120)
        assert (await watched.told())[-1] == ("OutageCleared", 2)

    async def test_one_that_runs_gives_the_service_back_and_takes_it_again(
        self, watched: Watched
    ) -> None:
        window = await self.planned(watched)
        await watched.waits(3600)
        await watched.commands("replan", window, takes_service=False)
        await watched.waits(120)
        back = [("OutageDetected", 1), ("OutageCleared", 2)]
        assert await watched.told() == back

        await watched.commands("replan", window, takes_service=True)
        await watched.commands("replan", window, ends_at=later(hours=3))
        again = [("OutageDetected", 1), ("OutageDetected", 2)]
        assert await watched.told() == back + again
        (*_, last) = await watched.outages()
        assert last["estimated_end"] == "2026-11-23T15:00:00Z"

        await watched.commands("replan", window, takes_service=False)
        await watched.commands("cancel", window)
        await watched.waits(120)
        assert (await watched.told())[-1] == ("OutageCleared", 3)

    async def test_it_can_be_planned_over_http(self, api: Api) -> None:
        why = {"because": "Neue Karte"}
        body = {"element": "N", "starts_at": later(hours=1), "ends_at": later(hours=2)}
        answer = await api("operator").post("/maintenance", json=body | why)
        assert answer.status_code == 201
        window = answer.json()

        listed = (await api("operator").get("/maintenance")).json()["windows"]
        assert [each["id"] for each in listed] == [window["id"]]
        path = f"/maintenance/{window['id']}"
        change = {"ends_at": later(hours=3)} | why
        changed = await api("operator").patch(path, json=change)
        assert changed.json()["version"] == 2
        ended = await api("operator").post(f"{path}/cancel", json=why)
        assert ended.json()["state"] == "cancelled"
