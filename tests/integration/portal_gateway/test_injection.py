"""What people type is text: in pages, in SQL, in logs, and between two requests."""

import asyncio
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest
from typing_extensions import override

from support.portal import (
    LINE,
    MOBILE,
    SINGLE,
    Portal,
    connected,
    enabled,
    outage,
)
from support.served import served

HOME = "http://portal.test"
MARK = "zqx9"
BAD = (
    f"<img src=x onerror={MARK}>",
    f"\"'><script>{MARK}</script>",
    f"</textarea><svg/onload={MARK}>",
    f"{{{{7*7}}}}{MARK}",
    f"javascript:{MARK}//",
)
QUOTES = (
    "' OR '1'='1",
    "1; DROP TABLE customer --",
    "%' UNION SELECT 1 --",
    "\\'; --",
    "%x%",
)


class Elements(HTMLParser):
    """Finds what our marks became: elements and their attributes, or mere text."""

    def __init__(self) -> None:
        super().__init__()
        self.bad: list[str] = []
        self.in_script = False

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_script = tag == "script"
        for name, value in attrs:
            is_code = name.startswith("on") or (value or "").strip().startswith(
                "javascript:"
            )
            if is_code and name != "value" and MARK in f"{name}{value}":
                self.bad.append(f"<{tag} {name}={value}>")
        if tag in {"svg", "img"} and any(MARK in (value or "") for _, value in attrs):
            self.bad.append(tag)

    @override
    def handle_data(self, data: str) -> None:
        if self.in_script and MARK in data:
            self.bad.append(data)

    @override
    def handle_endtag(self, tag: str) -> None:
        self.in_script = False


@pytest.mark.parametrize("bad", BAD)
async def test_no_stored_text_becomes_an_element(portal: Portal, bad: str) -> None:
    owner, agent, operator = (
        await portal.customer(), await portal.agent(), await portal.operator()
    )  # fmt: skip
    await portal.tell(
        connected(LINE), enabled(SINGLE, extension=bad), outage("O1", note=bad)
    )
    pool = portal.gateway.service.pool
    await pool.execute("UPDATE customer SET name = $1, address = $1", bad)
    await pool.execute("UPDATE account SET username = $1 WHERE role = 'customer'", bad)
    await pool.execute("UPDATE session SET device = $1", bad)
    await owner.put(f"/forwardings/{SINGLE}", json={"target": MOBILE, "enabled": True})
    await owner.post(
        "/imports",
        params={"name": bad[:200]},
        content=f"Rufnummer;Zielnummer\n{SINGLE};{bad}",
        headers={"Content-Type": "text/csv"},
    )
    found = (await owner.get("/imports")).json()["imports"][0]["import_id"]
    hold = {"subject": "target", "name": MOBILE, "held": True, "because": bad}
    assert (await agent.post("/holds", json=hold)).is_success
    command = {"action": "declare", "because": bad, "places": [bad], "note": bad}
    assert (await operator.post("/operations/commands", json=command)).is_success

    shown = 0
    for client, paths in (
        (owner, ("/konfigurator", f"/konfigurator/nummer/{SINGLE}", "/importe",
                 f"/importe/{found}", "/importe/x", "/stoerungen", "/stoerungen/O1",
                 "/verlauf", "/sicherheit", f"/konfigurator?suche={bad}",
                 f"/verlauf?nummer={bad}", f"/anmelden?weiter={bad}")),
        (agent, ("/hotline/kunden/C-1001", "/team/sperren", f"/hotline/kunden/{bad}")),
        (operator, ("/netzbetrieb", "/team/sperren")),
    ):  # fmt: skip
        for path in paths:
            answer = await client.get(HOME + path)
            assert answer.status_code < 500, path
            parser = Elements()
            parser.feed(answer.text)
            assert parser.bad == [], path
            shown += MARK in answer.text
    assert shown >= 6  # it was there, as text


@pytest.mark.parametrize("quoted", QUOTES)
async def test_no_typed_text_becomes_sql(
    portal: Portal, owner: httpx.AsyncClient, quoted: str
) -> None:
    agent = await portal.agent()
    before = await portal.gateway.service.pool.fetchval("SELECT count(*) FROM customer")

    answers = [
        await owner.get("/forwardings", params={"query": quoted, "cursor": quoted}),
        await owner.get("/history", params={"cursor": quoted, "number": quoted}),
        await owner.get(f"/orders/{quoted}"),
        await owner.get(f"/outages/{quoted}"),
        await owner.get(f"/imports/{quoted}"),
        await agent.get("/customers", params={"query": quoted}),
        await agent.get(f"/customers/{quoted}"),
        await portal.client().post(
            "/login", json={"username": quoted, "password": "x"}
        ),
        await owner.get(f"{HOME}/verlauf", params={"nummer": quoted, "ab": quoted}),
        await owner.get(
            f"{HOME}/konfigurator", params={"suche": quoted, "leitung": quoted}
        ),
    ]

    assert all(answer.status_code < 500 for answer in answers)
    assert answers[0].json().get("forwardings", []) == []
    assert answers[5].json()["customers"] == []
    after = await portal.gateway.service.pool.fetchval("SELECT count(*) FROM customer")
    assert after == before


SMUGGLED = (
    (
        b"POST /api/v1/logout HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n"
        b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\nX"
    ),
    (
        b"POST /api/v1/logout HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        b"Transfer-Encoding: identity\r\n\r\n0\r\n\r\n"
    ),
    (
        b"POST /api/v1/logout HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
        b"Content-Length: 6\r\n\r\nhello!"
    ),
    b"POST /api/v1/logout HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nhello",
    b"GET /api/v1/session HTTP/1.1\r\nHost: x\r\nX: a\r\n b\r\nY : c\r\n\r\n",
)


@pytest.mark.parametrize("sent", SMUGGLED)
async def test_no_request_hides_in_another(portal: Portal, sent: bytes) -> None:
    hidden = b"GET /problems/not_found HTTP/1.1\r\nHost: x\r\n\r\n"
    async with served(portal) as (host, port):
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(sent + hidden)
        await writer.drain()
        writer.write_eof()
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()

    # What reads two ways is refused; what reads one way has one answer and ours.
    assert answer.count(b"HTTP/1.1 ") <= 2
    assert b"HTTP/1.1 5" not in answer
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 204", b"HTTP/1.1 401"))


@pytest.mark.parametrize("size", [0, 1, 1 << 20, (1 << 20) + 1])
async def test_a_body_is_read_up_to_its_limit_and_no_further(
    owner: httpx.AsyncClient, size: int
) -> None:
    answer: Any = await owner.post(
        "/targets/check",
        content=b" " * size,
        headers={"Content-Type": "application/json"},
    )

    wanted = "body_too_large" if size > 1 << 20 else "invalid_body"
    assert answer.json()["code"] == wanted
