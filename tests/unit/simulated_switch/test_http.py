"""The switch as its neighbours see it."""

import json

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from unit.simulated_switch.asking import apply, held, journal, problem, results
from unit.simulated_switch.story import (
    MOBILE,
    NODE,
    OFFICE,
    flag,
    hold,
    operation,
    rule,
)

JSON_TYPE = {"content-type": "application/json"}


class TestApply:
    async def test_answers_for_each_operation(self, client: httpx.AsyncClient) -> None:
        await apply(client, flag("an-1", version=2))

        answer = await apply(client, flag("an-1"), {"key": "x"}, hold(held=False))

        body = answer.json()
        assert answer.status_code == 200
        assert body["boot"]
        assert body["results"] == [
            {"key": "flag/fault/an-1", "result": "stale", "version": 2, "reason": None},
            {
                "key": "x",
                "result": "refused",
                "version": None,
                "reason": "bad_operation",
            },
            {"key": "hold", "result": "ok", "version": 1, "reason": None},
        ]

    async def test_says_what_is_wrong_with_a_value(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await apply(client, operation("hold", 1, {"held": "yes"}))

        [result] = answer.json()["results"]
        assert result["detail"] == "held: Input should be a valid boolean"

    async def test_takes_nothing(self, client: httpx.AsyncClient) -> None:
        assert await results(client) == []

    async def test_takes_5000_operations_but_no_more(
        self, client: httpx.AsyncClient
    ) -> None:
        many = [flag(f"an-{n}") for n in range(5_001)]

        assert await results(client, *many[:5_000]) == ["ok"] * 5_000
        assert problem(await apply(client, *many)) == (413, "too_many_operations")

    @pytest.mark.parametrize(
        ("body", "status", "code"),
        [
            (b"", 400, "bad_json"),
            (b"{", 400, "bad_json"),
            (b"\xff", 400, "bad_json"),
            (b'{"operations": [NaN]}', 400, "bad_json"),
            (b'{"operations": [1e999]}', 400, "bad_json"),
            (b'{"operations": [' + b"9" * 5_000 + b"]}", 400, "bad_json"),
            (b"[" * 100_000, 400, "bad_json"),
            (b"[]", 422, "bad_request"),
            (b"{}", 422, "bad_request"),
            (b'{"operations": {}}', 422, "bad_request"),
            (b'{"operations": [], "more": 1}', 422, "bad_request"),
            (b" " * (16 * 1024 * 1024 + 1), 413, "body_too_large"),
        ],
    )
    async def test_turns_away_what_nobody_understands(
        self, client: httpx.AsyncClient, body: bytes, status: int, code: str
    ) -> None:
        answer = await client.post("/v1/apply", content=body, headers=JSON_TYPE)

        assert problem(answer) == (status, code)

    @pytest.mark.parametrize(
        "headers",
        [
            {},
            {"content-type": "text/plain"},
            JSON_TYPE | {"content-encoding": "gzip"},
        ],
    )
    async def test_reads_plain_json_only(
        self, client: httpx.AsyncClient, headers: dict[str, str]
    ) -> None:
        answer = await client.post("/v1/apply", content=b"{}", headers=headers)

        assert problem(answer) == (415, "not_json")

    async def test_survives_strange_text(self, client: httpx.AsyncClient) -> None:
        strange = {"key": "\ud800", "version": 10**400, "value": {"\udfff": []}}
        body = json.dumps({"operations": [strange]}).encode()

        answer = await client.post("/v1/apply", content=body, headers=JSON_TYPE)

        assert answer.json()["results"][0]["reason"] == "bad_version"
        assert (await client.get("/v1/history")).status_code == 200

    @given(
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.text() | st.just("hold"),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=8,
        )
    )
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    async def test_refuses_any_rubbish_but_never_falls_over(
        self, client: httpx.AsyncClient, rubbish: object
    ) -> None:
        rule_of_rubbish = operation(f"rule/{OFFICE}", 1, [rubbish])
        answers = [
            await post(client, "/v1/nasty", rubbish),
            await post(client, "/v1/apply", rubbish),
            await post(client, "/v1/apply", {"operations": [rubbish]}),
            await post(client, "/v1/apply", {"operations": [rule_of_rubbish]}),
        ]
        await client.delete("/v1/nasty")

        assert {answer.status_code for answer in answers} <= {200, 422}
        assert answers[3].json()["results"][0]["reason"] == "bad_value"


class TestAudit:
    async def test_pages_until_all_is_told(self, client: httpx.AsyncClient) -> None:
        await apply(client, *[flag(f"an-{n}") for n in range(5)])
        await apply(client, operation("flag/fault/an-2", 2, None))

        pages, after = [], ""
        while after is not None:
            page = await client.get("/v1/audit", params={"after": after, "limit": 2})
            pages.append([each["key"][-1] for each in page.json()["entries"]])
            after = page.json()["next"]

        assert pages == [["0", "1"], ["3", "4"]]

    async def test_shows_what_was_sent(self, client: httpx.AsyncClient) -> None:
        await apply(client, rule(version=7))

        [entry] = (await client.get("/v1/audit")).json()["entries"]
        assert entry == rule(version=7)

    async def test_shows_removed_entries_when_asked(
        self, client: httpx.AsyncClient
    ) -> None:
        await apply(client, operation("hold", 7, None))

        assert (await client.get("/v1/audit")).json()["entries"] == []
        assert await held(client) == {"hold": 7}

    @pytest.mark.parametrize(
        "query",
        [
            "limit=-1",
            "limit=10001",
            "limit=many",
            "limit=%D9%A1",
            "limit=" + "9" * 5_000,
            "tombstones=perhaps",
            "after=nonsense",
            "after=rule/+4921122223336",
        ],
    )
    async def test_turns_a_bad_query_away(
        self, client: httpx.AsyncClient, query: str
    ) -> None:
        assert problem(await client.get(f"/v1/audit?{query}")) == (400, "bad_query")


class TestCalls:
    async def test_tell_where_they_ring(self, client: httpx.AsyncClient) -> None:
        await apply(client, rule(), flag(NODE))

        assert (await client.get(f"/v1/calls/{OFFICE}")).json() == {
            "number": OFFICE,
            "rings_at": MOBILE,
            "diverted": True,
            "rule": f"rule/{OFFICE}",
            "because": [f"flag/fault/{NODE}"],
            "diversion": {"original": OFFICE, "reason": "unavailable"},
            "target_down": False,
            "target_because": [],
            "held": False,
        }

    @pytest.mark.parametrize("number", ["021122223336", "+49x", "+0", "0049", " "])
    async def test_need_a_whole_number(
        self, client: httpx.AsyncClient, number: str
    ) -> None:
        answer = await client.get(f"/v1/calls/{number}")

        assert problem(answer) == (400, "bad_number")


class TestHistory:
    async def test_pages(self, client: httpx.AsyncClient) -> None:
        await apply(client, *[flag("an-1", version=n) for n in (1, 3, 2)])

        first = (await client.get("/v1/history?limit=2")).json()
        second = (await client.get(f"/v1/history?after={first['next']}")).json()

        assert [entry["result"] for entry in first["entries"]] == ["ok", "ok"]
        assert second["next"] is None
        assert second["oldest"] == 1
        assert second["entries"] == [
            {
                "n": 3,
                "boot": second["boot"],
                "key": "flag/fault/an-1",
                "version": 2,
                "result": "stale",
                "reason": None,
                "value": {"raised": True},
            }
        ]


class TestRestart:
    async def test_forgets_all_and_shows_it(self, client: httpx.AsyncClient) -> None:
        before = (await apply(client, flag("an-1"))).json()["boot"]

        after = (await client.post("/v1/restart")).json()["boot"]

        assert after != before
        assert (await client.get("/v1/audit")).json()["boot"] == after
        assert await held(client) == {}
        assert await journal(client) == [(1, "ok")]


class TestHealth:
    async def test_is_live_and_ready(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/health/live")).status_code == 200
        assert (await client.get("/health/ready")).status_code == 200


class TestElsewhere:
    async def test_is_nothing(self, client: httpx.AsyncClient) -> None:
        assert problem(await client.get("/v1/nothing")) == (404, "not_found")

    async def test_nothing_is_done_the_wrong_way(
        self, client: httpx.AsyncClient
    ) -> None:
        answer = await client.get("/v1/apply")

        assert problem(answer) == (405, "method_not_allowed")
        assert answer.headers["allow"] == "POST"


async def post(client: httpx.AsyncClient, path: str, body: object) -> httpx.Response:
    """Send any body: httpx itself would send none for None."""
    return await client.post(path, content=json.dumps(body), headers=JSON_TYPE)
