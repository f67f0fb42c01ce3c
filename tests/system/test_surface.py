"""The names that other people's tools rely on."""

import itertools
import stat
from datetime import date
from typing import Any

import httpx
import pytest

from contracts.event import new_id
from contracts.products import ELIGIBLE_PRODUCTS
from devstack.journey.carrier import today
from devstack.journey.portal import Portal, refusal
from devstack.journey.world import World
from devstack.settings import SERVICES, Service, Settings
from support.demo_people import At

Demo = dict[str, Any]

ENTRY = {
    "number", "kind", "last", "line", "rule", "state", "since", "target_in_effect",
    "causes", "opens_on", "outage",
}  # fmt: skip
MOBILE = "+4915228817386"
FOREIGN, UNKNOWN = "+493023125100", "+493023125950"


class TestDemoJson:
    def test_is_for_its_owner_only(self, running: Settings, demo: Demo) -> None:
        file = running.dev_dir / "demo.json"

        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert demo["gateway"] == running.url(SERVICES[0])
        assert demo["services"] == {each.name: running.url(each) for each in SERVICES}
        assert {"demo", "alertmanager", "icinga2"} <= set(demo["sources"])

    def test_has_one_customer_for_each_product(self, demo: Demo) -> None:
        products = {each["product"]: each["product_name"] for each in demo["customers"]}

        assert products == dict(ELIGIBLE_PRODUCTS)

    async def test_lists_what_the_portal_lists(
        self, people: dict[str, Portal], demo: Demo
    ) -> None:
        for customer in demo["customers"]:
            browser = people[customer["product"]]
            entries = {e["number"]: e for e in await browser.forwardings()}
            order = await browser.get(f"/orders/{customer['order_id']}")

            assert order["product"] == customer["product"]
            assert order["option"]["state"].endswith("enabled")
            for number in customer["numbers"]:
                assert entries[number]["line"] in customer["lines"]
            for first, last in customer["blocks"]:
                assert entries[first]["last"] == last

    async def test_shows_the_flyers_page(self, office: At) -> None:
        shown = await office.browser.get(f"/orders/{office.customer['order_id']}")
        entries = await office.browser.forwardings()

        assert [(each["name"], each["quantity"]) for each in shown["positions"]] == [
            ("office-flat NGN Neo", 1),
            ("Anlagenanschluss inkl. ADSL", 1),
            ("Express-Entstör-Service VDSL max. 8 Stunden (je NGN ISDN Anschluss)", 2),
        ]
        assert [each["number"] for each in entries] == [
            f"+49211222233{last}" for last in range(33, 40)
        ]
        armed = {
            e["number"]: e["rule"]["target"] for e in entries if e["rule"]["enabled"]
        }
        assert armed == {"+4921122223336": "+4917717712345"}

    async def test_names_a_number_to_come(
        self, people: dict[str, Portal], demo: Demo
    ) -> None:
        [coming] = [each for c in demo["customers"] for each in c["coming"]]

        entry = await people["sip-account-2.0"].forwarding(coming["number"])

        assert entry["opens_on"] == coming["opens_on"]
        assert date.fromisoformat(entry["opens_on"]) > today()

    async def test_leaves_the_first_login_to_the_newcomer(
        self, around: World, demo: Demo
    ) -> None:
        newcomer, browser = demo["newcomer"], await around.browser()

        assert newcomer["username"] == newcomer["customer_number"]
        assert await browser.log_in(newcomer["username"], newcomer["password"])

    async def test_lets_the_agent_in(self, around: World, demo: Demo) -> None:
        browser = await around.browser()

        await browser.log_in(demo["agent"]["username"], demo["agent"]["password"])

        assert (await browser.get("/session"))["role"] == "agent"


class TestEveryService:
    @pytest.mark.parametrize(
        "path", ["/health/live", "/health/serving", "/health/ready", "/metrics"]
    )
    async def test_answers(
        self, path: str, running: Settings, anybody: httpx.AsyncClient
    ) -> None:
        for service in SERVICES:
            answer = await anybody.get(f"{running.url(service)}{path}")

            assert answer.status_code == httpx.codes.OK, (service.name, path)
            if path == "/metrics":
                assert answer.headers["content-type"].startswith("text/plain")
                assert "# HELP" in answer.text

    async def test_the_gateway_serves_portal_and_openapi(
        self, demo: Demo, anybody: httpx.AsyncClient
    ) -> None:
        portal = await anybody.get(f"{demo['gateway']}/")
        paths = (await anybody.get(f"{demo['gateway']}/openapi.json")).json()["paths"]

        assert portal.status_code == httpx.codes.OK
        assert {"/api/v1/login", "/api/v1/forwardings/{number}"} <= set(paths)


class TestForwardings:
    async def test_an_entry_has_its_fields(self, office: At) -> None:
        for entry in await office.browser.forwardings():
            assert set(entry) >= ENTRY
            assert set(entry["rule"]) >= {"enabled", "target", "source"}
            assert entry["kind"] == "number"

    async def test_a_put_is_checked_versioned_and_taken_back(self, office: At) -> None:
        path = f"/forwardings/{office.number}"
        before = (await office.http.get(path)).headers["etag"]
        put = await office.http.put(
            path,
            json={"target": "0152 28817386", "enabled": True},
            headers={"If-Match": before},
        )
        late = await office.http.put(
            path, json={"enabled": False}, headers={"If-Match": before}
        )
        gone = await office.browser.remove_rule(office.number)

        assert put.status_code in {200, 202}
        assert put.json()["rule"]["target"] == MOBILE
        assert put.headers["etag"] != before
        assert (late.status_code, late.json()["code"]) == (412, "version_mismatch")
        assert gone["rule"]["source"] == "none"

    async def test_a_check_says_what_a_put_would(self, office: At) -> None:
        said = {}
        for target in ("0152 28817386", "4917717712345", "0900 5123456", "110"):
            body = {"number": office.number, "target": target}
            answer = await office.http.post("/targets/check", json=body)
            assert answer.status_code == httpx.codes.OK
            said[target] = answer.json()

        assert said["0152 28817386"] == {"ok": True, "target": MOBILE}
        assert said["4917717712345"]["suggestion"] == "+4917717712345"
        for target, check in said.items():
            if not check["ok"]:
                put = office.browser.set_rule(office.number, target=target)
                assert (await refusal(put)).code == check["code"]

    async def test_blocks_say_where_they_end_and_who_decides(
        self, people: dict[str, Portal]
    ) -> None:
        browser = people["pmx-ngn"]
        block = await browser.forwarding("+492214710000")
        own = await browser.forwarding("+492214710123")
        off = await browser.forwarding("+492214710124")
        inside = await browser.forwarding("+492214710125")

        assert (block["kind"], block["last"]) == ("block", "+492214710999")
        assert [e["rule"]["source"] for e in (own, off, inside)] == [
            "own", "own", "block",
        ]  # fmt: skip
        assert off["state"] == "inactive"
        assert inside["rule"]["target"] == MOBILE


class TestProblems:
    async def test_have_type_code_and_words(self, demo: Demo, office: At) -> None:
        async with Portal(demo["gateway"]) as stranger:
            answers = {
                "not_logged_in": await stranger.http.get("/forwardings"),
                "invalid_credentials": await stranger.http.post(
                    "/login", json={"username": "niemand", "password": "x" * 20}
                ),
                "not_found": await office.http.get(f"/forwardings/{UNKNOWN}"),
                "target_premium": await office.http.put(
                    f"/forwardings/{office.number}", json={"target": "09005123456"}
                ),
                "unsupported_media_type": await office.http.put(
                    f"/forwardings/{office.number}",
                    content=b"x",
                    headers={"Content-Type": "text/plain"},
                ),
            }

        for code, answer in answers.items():
            body = answer.json()
            assert answer.headers["content-type"] == "application/problem+json"
            assert body["code"] == code
            assert body["status"] == answer.status_code
            assert body["type"].endswith(code)
            assert body["title"]
            assert body["detail"]

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
    async def test_a_foreign_number_is_an_unknown_one(
        self, method: str, office: At
    ) -> None:
        body = {"target": MOBILE, "enabled": True} if method == "PUT" else None
        foreign, unknown = [
            await office.http.request(method, f"/forwardings/{number}", json=body)
            for number in (FOREIGN, UNKNOWN)
        ]

        assert foreign.status_code == unknown.status_code == 404
        assert foreign.content == unknown.content

    async def test_a_foreign_order_is_an_unknown_one(
        self, office: At, demo: Demo
    ) -> None:
        theirs = demo["customers"][0]["order_id"]
        foreign = await office.http.get(f"/orders/{theirs}")
        unknown = await office.http.get(f"/orders/{new_id()}")

        assert foreign.status_code == unknown.status_code == 404
        assert foreign.content == unknown.content


ODD_PATHS = (
    *("/", "//", "/metrics", "/metrics/", "/health/live", "/health/ready"),
    *("/health/serving", "/health/x"),
    *("/%00", "/%ff", "/..%2f..%2fetc", "/?x=%ff&y=%00", "/api/v1/", "/v1/", "/*"),
    *(f"/{'a' * 4000}", f"/?{'a=b&' * 1000}", "/metrics?name[]=%f0%28"),
)
ODD_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "X")
ODD_HEADERS: tuple[
    dict[str, str], ...
] = (  # with as many methods each pair of both comes, some path or other
    {"Content-Type": "application/json"},
    {},
    {"Origin": "http://[half", "Host": "[", "Accept": "\xff", "Cookie": "=;;a"},
    {"traceparent": "00-zz-\xff-01", "X-Forwarded-For": "\xff", "Range": "bytes=9-1"},
)


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.name)
async def test_no_odd_request_breaks_a_service(
    running: Settings, service: Service, anybody: httpx.AsyncClient
) -> None:
    broken = []
    odd = zip(
        itertools.product(ODD_PATHS, ODD_METHODS),
        itertools.cycle(ODD_HEADERS),
        strict=False,
    )
    for (path, method), headers in odd:
        raw = [
            (name.encode(), value.encode("latin-1")) for name, value in headers.items()
        ]
        answer = await anybody.request(
            method,
            f"{running.url(service)}{path}",
            headers=raw,
            content=None if method in {"GET", "HEAD"} else b"{",
        )
        if answer.is_server_error:
            broken.append(f"{answer.status_code} {method} {path[:40]} {headers}")

    assert broken == []
