"""The door for webhooks, as far as it needs no database."""

import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from starlette.requests import Request

from chassis.clock import SetClock
from chassis.postgres import Connection
from outage_watcher.app import create_app
from outage_watcher.domain.policy import Policy
from outage_watcher.http import make_api
from outage_watcher.http.desk import Desk
from outage_watcher.http.sources import Sources
from outage_watcher.settings import Settings
from outage_watcher.sources.formats import FORMATS
from outage_watcher.usecases import Watcher
from support.readings import SAMPLES
from support.watching import NOON

Api = Callable[[str], httpx.AsyncClient]

SECRETS = {name: name for name in (*FORMATS, "probe")}
FIRING = SAMPLES / "alertmanager-live" / "01_line_down_firing.json"
ALERT: dict[str, Any] = {"status": "firing", "labels": {"line": "L1"}}


def no_database() -> AbstractAsyncContextManager[Connection]:
    raise AssertionError("a transaction was opened")


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    clock = SetClock(NOON)
    sources = Sources(SECRETS, frozenset())
    desk = Desk(
        Watcher(Policy(), clock), sources, no_database, no_database, clock, 2_000_000
    )
    transport = httpx.ASGITransport(make_api(desk))
    async with httpx.AsyncClient(transport=transport, base_url="http://watcher") as one:

        def speaking_as(name: str) -> httpx.AsyncClient:
            one.headers["authorization"] = f"Bearer {name}"
            return one

        yield speaking_as


def webhook(*alerts: Any) -> dict[str, Any]:
    return {"version": "4", "alerts": list(alerts)}


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["code"]


class TestRefused:
    @pytest.mark.parametrize("secret", ["", "wrong", "ves"])
    async def test_a_secret_that_is_not_of_this_source(
        self, api: Api, secret: str
    ) -> None:
        answer = await api(secret).post("/webhooks/alertmanager", json=webhook(ALERT))

        assert problem(answer) == (401, "unauthenticated")

    async def test_a_source_without_a_format(self, api: Api) -> None:
        answer = await api("probe").post("/webhooks/probe", json={})

        assert problem(answer) == (404, "unknown_source")

    @pytest.mark.parametrize("media", ["text/xml", "application/xml", "text/html"])
    async def test_another_media_type(self, api: Api, media: str) -> None:
        answer = await api("ves").post(
            "/webhooks/ves", content=b"{}", headers={"content-type": media}
        )

        assert problem(answer) == (415, "unsupported_media_type")

    async def test_too_large(self, api: Api) -> None:
        answer = await api("ves").post("/webhooks/ves", content=b" " * 2_000_001)

        assert problem(answer) == (413, "too_large")


@pytest.mark.parametrize("secret", ["Größenwahn", "voilà"])
def test_a_secret_may_have_any_letters(secret: str) -> None:
    """HTTP knows bytes alone, and whoever sends a header writes UTF-8."""
    sources = Sources({"probe": secret}, frozenset())
    sent = [(b"authorization", f"Bearer {secret}".encode())]

    found = sources.authenticated(Request({"type": "http", "headers": sent}))

    assert found.name == "probe"


class TestPacked:
    async def test_a_bomb(self, api: Api) -> None:
        answer = await self.post(api, gzip.compress(b" " * 50_000_000), "gzip")

        assert problem(answer) == (413, "too_large")

    async def test_several_members_are_one_body(self, api: Api) -> None:
        """As RFC 1952 allows, and who appends to a packed buffer sends."""
        lines = [f'{{"host": "r", "message": "port L{n} is down"}}\n' for n in (1, 2)]
        body = b"".join(gzip.compress(line.encode()) for line in lines)
        answer = await api("syslog").post(
            "/webhooks/syslog?dry_run=true",
            content=body,
            headers={"content-encoding": "gzip"},
        )

        assert [each["line"] for each in answer.json()["signals"]] == ["L1", "L2"]

    @pytest.mark.parametrize(
        "body",
        [
            b"{}",
            gzip.compress(b"{}" * 99)[:-9],
            gzip.compress(b"{}") + b"rubbish",
            gzip.compress(b"") * 101,
        ],
        # Packed, it has the second in it, and workers must call tests the same.
        ids=["not packed", "cut off", "rubbish behind", "too many members"],
    )
    async def test_what_cannot_be_unpacked(self, api: Api, body: bytes) -> None:
        assert problem(await self.post(api, body, "gzip")) == (400, "not_packed")

    async def test_a_packing_that_is_not_known(self, api: Api) -> None:
        answer = await self.post(api, b"{}", "br")

        assert problem(answer) == (415, "unsupported_encoding")

    async def post(self, api: Api, body: bytes, encoding: str) -> httpx.Response:
        return await api("alertmanager").post(
            "/webhooks/alertmanager",
            content=body,
            headers={"content-encoding": encoding},
        )


class TestDryRun:
    async def test_shows_how_it_is_read_and_does_nothing(self, api: Api) -> None:
        answer = await api("alertmanager").post(
            "/webhooks/alertmanager?dry_run=true", content=FIRING.read_bytes()
        )

        assert answer.status_code == 200
        assert answer.json() == {
            "signals": [
                {
                    "state": "down",
                    "line": "L0007",
                    "element": None,
                    "alarm_id": "LineDown/L0007",
                    "occurred_at": "2026-11-23T00:51:54.548000+00:00",
                    "kind": "fault",
                }
            ],
            "heartbeats": [],
            "quarantined": [],
            "rejected": [],
        }

    async def test_a_time_that_is_missing_or_ahead_is_that_of_arrival(
        self, api: Api
    ) -> None:
        ahead = ALERT | {"startsAt": (NOON + timedelta(hours=1)).isoformat()}
        body = webhook(ALERT, ahead | {"labels": {"line": "L2"}})
        answer = await api("alertmanager").post(
            "/webhooks/alertmanager?dry_run=true", json=body
        )

        times = {each["occurred_at"] for each in answer.json()["signals"]}
        assert times == {NOON.isoformat()}

    async def test_what_is_refused_is_an_answer_and_leaves_nothing(
        self, api: Api
    ) -> None:
        answer = await api("ves").post("/webhooks/ves?dry_run=true", content=b"{")

        assert answer.status_code == 200
        assert answer.json()["rejected"][0]["code"] == "not_json"

    async def test_needs_the_secret_too(self, api: Api) -> None:
        answer = await api("x").post("/webhooks/ves?dry_run=true", json={})

        assert problem(answer) == (401, "unauthenticated")


class TestDoor:
    @pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS"])
    async def test_is_there_for_those_who_look(self, api: Api, method: str) -> None:
        answer = await api("").request(method, "/webhooks/alertmanager")

        assert answer.status_code == 200

    async def test_allows_deliveries_as_cloudevents_ask(self, api: Api) -> None:
        answer = await api("").options(
            "/webhooks/cloudevents", headers={"webhook-request-origin": "bus.example"}
        )

        assert answer.headers["webhook-allowed-origin"] == "bus.example"


async def test_the_service_has_the_door_and_knows_the_names_file(
    tmp_path: Path,
) -> None:
    secrets, names = tmp_path / "sources.json", tmp_path / "names.toml"
    secrets.write_text('{"west": "w-secret"}')
    names.write_text('[west]\nformat = "alertmanager"\nrename = { L0007 = "L-7" }\n')
    settings = Settings(
        database_url=SecretStr("postgresql://nobody@127.0.0.1:1/none"),
        sources_file=secrets,
        names_file=names,
    )
    transport = httpx.ASGITransport(create_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://watcher") as one:
        answer = await one.post(
            "/v1/webhooks/west?dry_run=true",
            content=FIRING.read_bytes(),
            headers={"authorization": "Bearer w-secret"},
        )

    assert answer.json()["signals"][0]["line"] == "L-7"


FORM = {"content-type": "application/x-www-form-urlencoded"}


class TestWithoutItsType:
    """What `curl` posts is a form, unless it is told otherwise."""

    async def lines(self, api: Api, body: bytes) -> list[str]:
        answer = await api("syslog").post(
            "/webhooks/syslog?dry_run=true", content=body, headers=FORM
        )
        return [each["line"] for each in answer.json()["signals"]]

    async def test_lines_of_a_log_are_read(self, api: Api) -> None:
        line = "<189>Nov 23 11:59:59 r1 Interface Gi0/{}, changed state to down"
        body = "\n".join(line.format(n) for n in (1, 2)).encode()

        assert await self.lines(api, body) == ["r1/Gi0/1", "r1/Gi0/2"]

    @pytest.mark.parametrize(
        "body",
        [
            b"host=r1&message=Interface+Gi0%2F1%2C+changed+state+to+down\n",
            b"host=r1&message=Interface Gi0/1, changed state to down",
        ],
    )
    async def test_a_form_is_one(self, api: Api, body: bytes) -> None:
        assert await self.lines(api, body) == ["r1/Gi0/1"]
