"""What holds for every request: refusals, headers, repeats, foreign sites."""

import asyncio
import json

import httpx
import pytest

from portal_gateway.app import create_app
from portal_gateway.domain.stages import NEEDS
from portal_gateway.http import people, routes
from portal_gateway.http.events import still_in
from portal_gateway.http.problems import STATUS
from support.portal import MOBILE, OFFICE, SINGLE, Portal

PATH = f"/forwardings/{SINGLE}"
ARMED = {"target": MOBILE, "enabled": True}


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/api/v1/forwardings/a%0Ab", 401, "application/problem+json"),
        ("/konfigurator/a%0Ab", 404, "text/html; charset=utf-8"),
    ],
)
async def test_a_line_break_in_a_path_is_answered_as_any_other(
    portal: Portal, path: str, status: int, kind: str
) -> None:
    transport = httpx.ASGITransport(create_app(portal.gateway.settings))
    async with httpx.AsyncClient(transport=transport) as anybody:
        answer = await anybody.get(f"http://portal.test{path}")

    assert answer.status_code == status
    assert answer.headers["content-type"] == kind
    assert answer.headers["x-content-type-options"] == "nosniff"


class TestIdempotency:
    async def test_repeats_the_first_answer(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        key = {"Idempotency-Key": "key-1"}
        body = {"product": "sip-trunk-2.0"}

        first = await owner.post("/orders", json=body, headers=key)
        again = await owner.post("/orders", json=body, headers=key)

        assert (again.status_code, again.content) == (202, first.content)
        assert again.headers["idempotent-replayed"] == "true"
        assert len(await portal.sent("OrderPlaced")) == 1

    async def test_repeats_refusals_too(self, owner: httpx.AsyncClient) -> None:
        key = {"Idempotency-Key": "key-1"}
        first = await owner.put(PATH, json={"enabled": True}, headers=key)

        again = await owner.put(PATH, json={"enabled": True}, headers=key)

        assert (again.status_code, again.content) == (422, first.content)
        assert again.headers["content-type"] == "application/problem+json"

    async def test_refuses_another_body_or_path(self, owner: httpx.AsyncClient) -> None:
        key = {"Idempotency-Key": "key-1"}
        await owner.put(PATH, json=ARMED, headers=key)

        body = await owner.put(PATH, json={"target": OFFICE}, headers=key)
        path = await owner.put(f"{PATH}?kind=number", json=ARMED, headers=key)

        assert body.json()["code"] == path.json()["code"] == "idempotency_key_reused"
        assert body.status_code == 422

    async def test_two_at_once_take_effect_once(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        key = {"Idempotency-Key": "key-1"}
        body = {"product": "sip-trunk-2.0"}

        answers = await asyncio.gather(
            *(owner.post("/orders", json=body, headers=key) for _ in range(5))
        )

        assert {answer.status_code for answer in answers} <= {202, 409}
        assert len(await portal.sent("OrderPlaced")) == 1

    @pytest.mark.parametrize("code", STATUS)
    def test_keep_no_answer_that_says_later(self, code: str) -> None:
        if STATUS[code] in {429, 503} or code in NEEDS.values():
            assert routes.people_must_retry(code)

    async def test_keys_belong_to_accounts(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        other = await portal.customer("C-2002")
        key = {"Idempotency-Key": "key-1"}

        for client in (owner, other):
            body = {"product": "sip-trunk-2.0"}
            answer = await client.post("/orders", json=body, headers=key)
            assert "idempotent-replayed" not in answer.headers


class TestProblems:
    @pytest.mark.parametrize(
        ("method", "path", "code", "status"),
        [
            ("GET", "/nothing", "not_found", 404),
            ("PATCH", "/orders", "method_not_allowed", 405),
            ("GET", "/forwardings?limit=0", "invalid_field", 422),
            ("GET", "/forwardings/%00", "not_found", 404),
            ("GET", "/orders/%00", "not_found", 404),
            ("GET", "/customers?query=%00", "not_found", 404),
        ],
    )
    async def test_have_a_type_a_code_and_a_sentence(
        self, owner: httpx.AsyncClient, method: str, path: str, code: str, status: int
    ) -> None:
        answer = await owner.request(method, path)

        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"
        assert problem["status"] == status
        explained = await owner.get(f"http://portal.test{problem['type']}")
        assert explained.json()["title"] == problem["title"]

    @pytest.mark.parametrize(
        ("path", "methods"),
        [
            ("/orders", {"GET", "HEAD", "POST"}),
            (PATH, {"DELETE", "GET", "HEAD", "PUT"}),
            ("/logout", {"POST"}),
            ("/events", {"GET"}),
            ("http://portal.test/abmelden", {"POST"}),
            ("http://portal.test/konfigurator", {"GET", "HEAD"}),
        ],
    )
    async def test_what_is_not_allowed_names_all_that_is(
        self, owner: httpx.AsyncClient, path: str, methods: set[str]
    ) -> None:
        answer = await owner.patch(path)

        assert set(answer.headers["allow"].split(", ")) == methods

    @pytest.mark.parametrize(
        "path", ["/orders", "/events", "http://portal.test/problems/unavailable"]
    )
    async def test_who_is_not_in_is_told_how_to_get_in(
        self, portal: Portal, path: str
    ) -> None:
        answer = await portal.client().get(path)

        challenge = answer.headers.get("www-authenticate")
        is_refused = answer.status_code == 401
        assert challenge == ('Cookie realm="selfcare"' if is_refused else None)
        assert is_refused == path.startswith("/")

    async def test_a_large_body_is_refused(self, owner: httpx.AsyncClient) -> None:
        answer = await owner.put(PATH, json={"target": "1" * (1 << 20)})

        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    async def test_a_large_body_of_unknown_length_too(
        self, owner: httpx.AsyncClient
    ) -> None:
        async def endless() -> object:
            for _ in range(40):
                yield b" " * 50_000

        answer = await owner.put(
            PATH,
            content=endless(),  # type: ignore[arg-type]  # a stream it is
            headers={"Content-Type": "application/json"},
        )

        assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")

    async def test_only_json_is_taken(self, owner: httpx.AsyncClient) -> None:
        answer = await owner.put(
            PATH, content="{}", headers={"Content-Type": "text/plain"}
        )

        assert answer.json()["code"] == "unsupported_media_type"
        assert answer.status_code == 415

    @pytest.mark.parametrize("content", ["", "{", "[1", '"x"', "\xff", '{"a": NaN'])
    async def test_what_is_no_json_is_refused(
        self, owner: httpx.AsyncClient, content: str
    ) -> None:
        answer = await owner.put(
            PATH,
            content=content.encode("latin-1"),
            headers={"Content-Type": "application/json"},
        )

        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_body")

    async def test_a_bug_shows_nothing_of_itself(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.gateway.service.pool.execute(
            "UPDATE number_option SET number = '+secret', last = '+secrets'"
        )

        answer = await owner.get("/coverage")

        assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
        assert "secret" not in answer.text
        assert "Traceback" not in answer.text

    async def test_without_database_it_says_try_again(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        portal.gateway.service.pool.terminate()

        answer = await owner.get("/orders")

        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"] == "5"


class TestSecurity:
    @pytest.mark.parametrize(
        ("asked", "path"),
        [
            ("/konfigurator/?suche=030", "/konfigurator?suche=030"),
            ("/anmelden/", "/anmelden"),
            ("/konfigurator//", "/konfigurator"),
            ("/api/v1/orders/", "/api/v1/orders"),
            ("/static", "/static/"),
        ],
    )
    async def test_a_redirect_names_no_scheme_and_no_host(
        self, owner: httpx.AsyncClient, asked: str, path: str
    ) -> None:
        answer = await owner.get(f"http://portal.test{asked}")

        assert (answer.status_code, answer.headers["location"]) == (307, path)

    async def test_a_redirect_of_an_odd_host_is_one(
        self, owner: httpx.AsyncClient
    ) -> None:
        page = "http://portal.test/anmelden/"

        answer = await owner.get(page, headers={"host": "[x"})

        assert answer.headers["location"] in {"/", "/anmelden"}

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Sec-Fetch-Site": "same-site"},
            {"Origin": "https://evil.example"},
            {"Origin": "null"},
        ],
    )
    async def test_refuses_what_another_site_wrote(
        self, owner: httpx.AsyncClient, headers: dict[str, str]
    ) -> None:
        answer = await owner.put(PATH, json=ARMED, headers=headers)

        assert (answer.status_code, answer.json()["code"]) == (
            403,
            "cross_site_request",
        )

    async def test_takes_what_its_own_pages_wrote(
        self, owner: httpx.AsyncClient
    ) -> None:
        headers = {"Sec-Fetch-Site": "same-origin", "Origin": "http://portal.test"}

        answer = await owner.put(PATH, json=ARMED, headers=headers)

        assert answer.status_code == 202

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/orders"),
            ("GET", "/none"),
            ("PATCH", "/orders"),
            ("POST", "/login"),
        ],
    )
    async def test_every_answer_has_the_headers(
        self, owner: httpx.AsyncClient, method: str, path: str
    ) -> None:
        headers = (await owner.request(method, path)).headers

        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"

    @pytest.mark.parametrize(
        "path", ["/orders", "/none", PATH, "http://portal.test/konfigurator"]
    )
    async def test_head_tells_what_get_would_without_the_body(
        self, owner: httpx.AsyncClient, path: str
    ) -> None:
        got, asked = await owner.get(path), await owner.head(path)

        assert asked.status_code == got.status_code
        assert {**asked.headers, "set-cookie": ""} == {**got.headers, "set-cookie": ""}
        assert asked.content == b""

    @pytest.mark.parametrize("path", ["/events", "http://portal.test/live"])
    async def test_head_of_what_never_ends_is_refused(
        self, owner: httpx.AsyncClient, path: str
    ) -> None:
        assert (await owner.head(path)).status_code == 405

    async def test_nothing_is_open_to_nobody(self, portal: Portal) -> None:
        nobody = portal.client()
        schema = (await nobody.get("http://portal.test/openapi.json")).json()
        free = {"/login", "/logout", "/credentials/forgotten"}

        for path, operations in schema["paths"].items():
            short = path.removeprefix("/api/v1")
            for method, operation in operations.items():
                if short in free:
                    continue
                takes = operation.get("requestBody", {}).get("content", {})
                answer = await nobody.request(
                    method,
                    short.format_map(Ids()),
                    content=b"{}",
                    headers={"Content-Type": next(iter(takes), "application/json")},
                )
                assert answer.json()["code"] == "not_logged_in", (method, path)

    async def test_there_are_no_pages_from_elsewhere(self, portal: Portal) -> None:
        nobody = portal.client()

        for path in ("/docs", "/redoc"):
            assert (await nobody.get(f"http://portal.test{path}")).status_code == 404


class Ids(dict[str, str]):
    def __missing__(self, _name: str) -> str:
        return SINGLE


async def test_openapi_documents_refusals(portal: Portal) -> None:
    schema = (await portal.client().get("http://portal.test/openapi.json")).json()

    for path, operations in schema["paths"].items():
        for operation in operations.values():
            refused = operation["responses"]["4XX"]["content"]
            assert "application/problem+json" in refused, path
    assert "Problem" in schema["components"]["schemas"]
    assert json.dumps(schema)


async def test_openapi_says_which_requests_may_be_repeated(portal: Portal) -> None:
    schema = (await portal.client().get("http://portal.test/openapi.json")).json()

    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            named = [one["name"] for one in operation.get("parameters", ())]
            assert ("Idempotency-Key" in named) is (method != "get"), path


async def test_a_stream_outlives_a_database_that_is_away(portal: Portal) -> None:
    client = await portal.customer()
    token = client.cookies[people.COOKIE]
    assert await still_in(portal.gateway, token)
    assert not await still_in(portal.gateway, "a token of nobody")

    portal.gateway.service.pool.terminate()

    assert await still_in(portal.gateway, token)
