"""
Who gets in where, and that nobody reaches what is somebody else's.

Generated from the table of all routes: each with each role, and where a path names a
thing, with the thing of another customer and with one that there is not.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest

from contracts.event import new_id
from portal_gateway.usecases.passwords import new_token, token_hash
from support.portal import (
    BLOCK,
    BLOCK_END,
    LINE,
    MOBILE,
    NOON,
    OTHER_SINGLE,
    SINGLE,
    Portal,
    connected,
    enabled,
    outage,
    running_portal,
)
from support.providers import FakeSender
from support.route_table import API, PAGES, STREAMS, TABLE, Entry, Key, routes_of
from support.stack import Database

HOME = "http://portal.test"
WRITES = frozenset({"POST", "PUT", "DELETE"})
REFUSED = frozenset(
    {
        "agents_cannot_change_targets",
        "agents_only",
        "customer_number_missing",
        "customers_only",
        "must_change_credentials",
        "not_for_operators",
        "not_logged_in",
        "operators_only",
        "staff_only",
    }
)
KEPT = (
    "account", "contact", "hold", "known_target", "letter", "letter_request", "notice",
    "outage_command", "outbox", "product_order", "recovery_code", "rule_import", "wish",
)  # fmt: skip
"""Tables that a request which is refused leaves as they are."""


@dataclass
class World:
    """Two customers, two of our staff, and things that belong to the first."""

    portal: Portal
    people: dict[str, httpx.AsyncClient]
    ids: dict[str, dict[str, str]]
    """Of each parameter: a thing of the first customer, and one there is not."""
    csrf: dict[str, str]

    async def ask(
        self, key: Key, who: str, which: str = "his", **more: Any
    ) -> httpx.Response:
        """Send the request of a route; `which`: his things, or `missing` ones."""
        method, path = key
        entry = TABLE[key]
        for name in re.findall(r"{(\w+)(?::[a-z]+)?}", path):
            is_customer = name == "number" and "{number:path}" in path
            found = self.ids["customer_number" if is_customer else name][which]
            path = re.sub(rf"{{{name}(:[a-z]+)?}}", found, path)
        if "/block/" in path:
            path = path.replace(SINGLE, BLOCK)
        url = f"{HOME}{path}"
        query = [entry.query] if entry.query else []
        if who == "agent" and entry.reads_for_agents:
            query.append("customer_number=C-1001")
        if query:
            url += "?" + "&".join(query)
        sent: dict[str, Any] = more or self._content(key, who, entry)
        return await self.people[who].request(method, url, **sent)

    def _content(self, key: Key, who: str, entry: Entry) -> dict[str, Any]:
        if key[0] == "GET":
            return {}
        if entry.raw:
            kind, content = entry.raw
            return {"content": content, "headers": {"Content-Type": kind}}
        if key in API:
            has_body = entry.body or key[0] == "PUT"
            return {"json": entry.body} if has_body else {}
        return {"data": {"csrf": self.csrf.get(who, ""), **entry.body}}

    async def state(self) -> dict[str, str]:
        """Return a fingerprint of everything that a request may change."""
        pool = self.portal.gateway.service.pool
        return {
            table: await pool.fetchval(
                f"SELECT md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"  # noqa: S608 - names of tables
            )
            for table in KEPT
        }


@pytest.fixture(scope="module")
async def world(
    portal_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[World]:
    """Made once: what is refused changes nothing, so cells do not meet."""
    async with made(portal_database, tmp_path_factory.mktemp("letters")) as one:
        yield one


class made:  # noqa: N801 - reads as a word
    """A world on an emptied database."""

    def __init__(self, database: Database, letters: Path, **settings: Any) -> None:
        self._url = database.url("portal_gateway")
        self._admin = database.admin_url
        self._running = running_portal(
            self._url, letters, channels={"email": FakeSender()}, **settings
        )

    async def __aenter__(self) -> World:
        await _empty(self._admin)
        portal = await self._running.__aenter__()
        return await _world(portal)

    async def __aexit__(self, *error: object) -> None:
        await self._running.__aexit__(*error)  # type: ignore[arg-type]  # passed on


async def _empty(admin_url: str) -> None:
    import asyncpg  # noqa: PLC0415 - a server's own door, for tests alone

    connection = await asyncpg.connect(admin_url)
    tables = await connection.fetchval(
        """
        SELECT string_agg(format('portal_gateway.%I', tablename), ', ')
          FROM pg_tables WHERE schemaname = 'portal_gateway'
        """
    )
    await connection.execute(f"TRUNCATE {tables} RESTART IDENTITY")
    await connection.close()


async def _world(portal: Portal) -> World:
    first, second = await portal.customer(), await portal.customer("C-2002")
    await portal.tell(
        connected(LINE),
        enabled(SINGLE),
        enabled(BLOCK, BLOCK_END),
        enabled(OTHER_SINGLE, customer="C-2002", line="L2"),
        connected("L2", "C-2002"),
        outage("O1"),
    )
    order = (await first.post("/orders", json={"product": "sip-trunk-2.0"})).json()
    file = await first.post(
        "/imports",
        content=f"Rufnummer;Rufumleitung;Zielnummer\n{SINGLE};Aktiv;{MOBILE}",
        headers={"Content-Type": "text/csv"},
    )
    contact = {"channel": "email", "address": "buero@firma.example"}
    added = (await first.post("/contacts", json=contact)).json()
    await first.put(f"/forwardings/{SINGLE}", json={"target": MOBILE, "enabled": True})
    await portal.answer()
    session = (await first.get("/sessions")).json()["sessions"][0]["id"]
    people = {
        "owner": first,
        "customer": second,
        "agent": await portal.agent(),
        "operator": await portal.operator(),
        "nobody": portal.client(),
        "half": await _half_in(portal),
    }
    ids = {
        "number": {"his": SINGLE, "missing": "+4969900090999"},
        "kind": {"his": "nummer", "missing": "nummer"},
        "order_id": {"his": order["order_id"], "missing": new_id()},
        "import_id": {"his": file.json()["import_id"], "missing": new_id()},
        "outage_id": {"his": "O1", "missing": "O404"},
        "contact": {"his": str(added["id"]), "missing": "4040"},
        "session_id": {"his": str(session), "missing": "4040"},
        "customer_number": {"his": "C-1001", "missing": "C-404"},
        "form": {"his": "csv", "missing": "csv"},
        "code": {"his": "not_found", "missing": "nothing"},
        "language": {"his": "en", "missing": "en"},
    }
    csrf = {
        who: await _csrf(client, home)
        for who, client, home in (
            ("owner", first, "/konfigurator"),
            ("customer", second, "/konfigurator"),
            ("agent", people["agent"], "/hotline"),
            ("operator", people["operator"], "/netzbetrieb"),
            ("half", people["half"], "/zugangsdaten"),
        )
    }
    return World(portal, people, ids, csrf)


async def _half_in(portal: Portal) -> httpx.AsyncClient:
    """Return somebody who logged in with a letter and changed nothing yet."""
    await portal.customer("C-3003")
    token, pool = new_token(), portal.gateway.service.pool
    await pool.execute(
        """
        INSERT INTO session (token_hash, account_id, must_change, created_at, seen_at)
             SELECT $1, id, true, $2, $2 FROM account WHERE customer_number = 'C-3003'
        """,
        token_hash(token),
        NOON,
    )
    return portal.client(token)


async def _csrf(client: httpx.AsyncClient, path: str) -> str:
    found = re.search(
        r'name="csrf" value="(\w+)"', (await client.get(HOME + path)).text
    )
    assert found, path
    return found[1]


def is_refused(answer: httpx.Response) -> bool:
    """Tell whether somebody was not let in at all."""
    kind = answer.headers.get("content-type", "")
    if kind.startswith("application/problem+json"):
        code = answer.json()["code"]
        return code in REFUSED or code == "not_found"
    if answer.status_code == 303:
        to = answer.headers["location"].split("?")[0]
        return to in {"/anmelden", "/team", "/zugangsdaten"} or (
            to == "/" and answer.request.url.path != "/"
        )
    return answer.status_code in {401, 403, 404}


def cells(keys: Any) -> list[Any]:
    return [pytest.param(key, id=" ".join(key)) for key in sorted(keys)]


def test_every_route_has_its_entry(world: World) -> None:
    assert routes_of(world.portal.gateway) == set(TABLE)


class TestRoles:
    @pytest.mark.parametrize("key", cells(TABLE))
    async def test_let_in_whom_the_table_names_and_nobody_else(
        self, world: World, key: Key
    ) -> None:
        entry, before = TABLE[key], await world.state()
        wanted = {"nobody": entry.nobody, "half": entry.half} | {
            role: role in entry.roles for role in ("agent", "operator")
        }
        got = {}
        for who, may in wanted.items():
            if key in SKIPPED or (may and (key in STREAMS or key[0] in WRITES)):
                continue
            if may and entry.nobody and who != "nobody":
                continue  # what is open to all sends on whoever is in
            which = "missing" if "{" in key[1] and who != "agent" else "his"
            got[who] = not is_refused(await world.ask(key, who, which))
            if "missing" in which and may:
                got[who] = may  # 404 says that it is not there, which is true

        assert got == {who: wanted[who] for who in got}
        refused_only = {who for who in got if not wanted[who]}
        if refused_only:
            assert await world.state() == before


SKIPPED = frozenset(
    {("GET", "/anmelden/code"), ("GET", "/zugangsdaten"), ("GET", "/live")}
)
"""Send on whoever has nothing to do there; the stream says »signed-out« and ends."""

OWNED = ("number", "order_id", "import_id", "outage_id", "contact", "session_id")
IDOR = [
    key
    for key, entry in TABLE.items()
    if "customer" in entry.roles
    and any(f"{{{name}" in key[1] for name in OWNED)
    and key not in STREAMS
]


class TestForeignThings:
    def test_there_are_many_such_routes(self) -> None:
        assert len(IDOR) >= 40

    @pytest.mark.parametrize("key", cells(IDOR))
    async def test_look_like_things_that_there_are_not(
        self, world: World, key: Key
    ) -> None:
        before = await world.state()

        theirs = await world.ask(key, "customer")
        missing = await world.ask(key, "customer", "missing")

        assert theirs.status_code == missing.status_code == 404
        assert _bare(world, theirs) == _bare(world, missing)
        assert await world.state() == before

    @pytest.mark.parametrize(
        "key", cells(key for key in IDOR if key[0] == "GET" and "block" not in key[1])
    )
    async def test_are_there_for_their_owner(self, world: World, key: Key) -> None:
        assert (await world.ask(key, "owner")).status_code == 200

    @pytest.mark.parametrize(
        "key", cells(k for k in API if "reads" in repr(API[k]) and API[k] == TABLE[k])
    )
    async def test_no_customer_acts_for_another_by_naming_him(
        self, world: World, key: Key
    ) -> None:
        if not TABLE[key].reads_for_agents or key in STREAMS:
            return
        method, path = key
        path = re.sub(
            r"{(\w+)(?::[a-z]+)?}", lambda name: world.ids[name[1]]["his"], path
        )
        content: dict[str, Any] = {"json": TABLE[key].body} if TABLE[key].body else {}

        answer = await world.people["customer"].request(
            method, f"{HOME}{path}?customer_number=C-1001", **content
        )

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/targets/check", {"number": SINGLE, "target": MOBILE}),
            ("/what-if", {"line": LINE}),
            ("/orders", {"extends_order_id": "his", "option": True}),
        ],
    )
    async def test_named_in_a_body_are_not_there_either(
        self, world: World, path: str, body: dict[str, Any]
    ) -> None:
        his = {
            k: world.ids["order_id"]["his"] if v == "his" else v
            for k, v in body.items()
        }
        none = {
            "number": "+4969900090999",
            "line": "L404",
            "extends_order_id": new_id(),
        }
        missing = {k: none.get(k, v) for k, v in body.items()}
        before = await world.state()

        answers = [
            await world.people["customer"].post(path, json=one)
            for one in (his, missing)
        ]

        assert answers[0].status_code == answers[1].status_code >= 400
        assert answers[0].json() == answers[1].json()
        assert await world.state() == before

    async def test_chosen_in_a_form_are_refused_one_by_one(self, world: World) -> None:
        before = await world.state()
        for path, fields in (
            ("/konfigurator/mehrere", {"nr": SINGLE, "enabled": "0"}),
            ("/konfigurator/rueckgaengig", {"undo": f'[[null, ["{SINGLE}"]]]'}),
        ):
            form = {"csrf": world.csrf["customer"], **fields}
            await world.people["customer"].post(HOME + path, data=form)

        assert await world.state() == before


def _bare(world: World, answer: httpx.Response) -> str:
    """Return an answer without what the asker himself said, and without its moment."""
    text = answer.text
    named = {one for ids in world.ids.values() for one in ids.values()} | {BLOCK}
    for one in named:
        for written in (one, one.replace("+", "%2B")):
            text = re.sub(rf"(?<=/){re.escape(written)}(?=[/%\"])", "ID", text)
    return re.sub(r'data-mark="[^"]*"|seit=[\w.-]*', "", text)


class TestOtherSites:
    @pytest.mark.parametrize("key", cells(k for k in TABLE if k[0] in WRITES))
    async def test_write_nothing(self, world: World, key: Key) -> None:
        who = next(
            role
            for role in ("owner", "agent", "operator")
            if {"owner": "customer"}.get(role, role) in TABLE[key].roles
        )
        good = world._content(key, who, TABLE[key])  # noqa: SLF001 - its own test
        before = await world.state()

        for name, sent in forgeries(world, key, who, good):
            answer = await world.ask(key, who, **sent)
            assert answer.status_code in {401, 403, 415}, (name, answer.text[:300])
        assert await world.state() == before

    @pytest.mark.parametrize(
        "key", cells(k for k in TABLE if k[0] == "GET" and k not in STREAMS)
    )
    async def test_looking_changes_nothing(self, world: World, key: Key) -> None:
        before = await world.state()

        for who in ("owner", "agent", "operator"):
            await world.ask(key, who)

        assert await world.state() == before


def forgeries(
    world: World, key: Key, who: str, good: dict[str, Any]
) -> list[tuple[str, dict[str, Any]]]:
    """Return the request as another site could have a browser send it."""
    kind = good.get("headers", {})
    body = {name: value for name, value in good.items() if name != "headers"}
    found: list[tuple[str, dict[str, Any]]] = [
        ("origin", {**body, "headers": {**kind, "Origin": "https://evil.example"}}),
        ("no origin", {**body, "headers": {**kind, "Origin": "null"}}),
        ("nonsense", {**body, "headers": {**kind, "Origin": "http://[half"}}),
        ("site", {**body, "headers": {**kind, "Sec-Fetch-Site": "cross-site"}}),
        ("sibling", {**body, "headers": {**kind, "Sec-Fetch-Site": "same-site"}}),
        ("plain", {"content": b"{}", "headers": {"Content-Type": "text/plain"}}),
    ]
    entry = TABLE[key]
    if key not in PAGES or entry.nobody:
        return found
    other = next(one for one in world.csrf if one != who)
    tokens = {"none": None, "foreign": world.csrf[other], "old": "0" * 64}
    for name, token in tokens.items():
        fields = {**entry.body, **({"csrf": token} if token else {"x": "y"})}
        found.append((f"token {name}", {"data": fields}))
    return found


class TestHeaders:
    EVERYWHERE: ClassVar = {
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "cache-control": "no-store",
    }

    @pytest.mark.parametrize("key", cells(k for k in TABLE if k not in STREAMS))
    async def test_are_on_every_answer(self, world: World, key: Key) -> None:
        for who in ("nobody", "customer"):
            plain = {"content": b"{}", "headers": {"Content-Type": "text/plain"}}
            answers = [await world.ask(key, who, "missing")] if key[0] == "GET" else []
            answers.append(await world.ask(key, who, "missing", **plain))
            for answer in answers:
                headers = answer.headers
                policy = headers["content-security-policy"]
                assert {n: headers[n] for n in self.EVERYWHERE} == self.EVERYWHERE
                assert "frame-ancestors 'none'" in policy
                assert "unsafe" not in policy
                kind = headers.get("content-type", "")
                is_json = kind.endswith(("/json", "+json"))
                assert is_json or "charset=utf-8" in kind or not answer.content
                assert "server" not in headers

    async def test_by_https_cookies_are_bound_to_the_host(
        self, portal_database: Database, tmp_path: Path
    ) -> None:
        settings = {"https": True}
        url = portal_database.url("portal_gateway")
        async with running_portal(url, tmp_path / "x", **settings) as portal:
            hashed = await portal.gateway.passwords.hash("Hafenlichter im Nebel 3")
            await portal.gateway.service.pool.execute(
                "UPDATE account SET password_hash = $1", hashed
            )
            known = await portal.gateway.service.pool.fetchval(
                "SELECT username FROM account WHERE username IS NOT NULL LIMIT 1"
            )
            body = {"username": known, "password": "Hafenlichter im Nebel 3"}
            answers = [
                await portal.client().post("/login", json=body),
                await portal.client().post(f"{HOME}/anmelden", data=body),
                await portal.client().get(f"{HOME}/sprache/en"),
                await portal.client().post("/logout"),
            ]

            cookies = [c for a in answers for c in a.headers.get_list("set-cookie")]
            sessions = [c for c in cookies if "selfcare_session" in c]
            assert len(sessions) >= 3
            for cookie in cookies:
                assert "; Secure" in cookie, cookie
                assert "; HttpOnly" in cookie, cookie
                assert "; Path=/" in cookie, cookie
                assert "Domain" not in cookie, cookie
            for cookie in sessions:
                assert cookie.startswith("__Host-selfcare_session="), cookie
                assert "; SameSite=strict" in cookie, cookie
            for answer in answers:
                assert "max-age=31536000" in answer.headers["strict-transport-security"]
