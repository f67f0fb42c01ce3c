"""
Whoever guesses learns nothing and gets nowhere.

Time is not measured: the same work is. A log-in that fails hashes once and opens the
same transactions, whether there is such an account or not.
"""

import asyncio
import base64
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import httpx
import pytest
from argon2 import PasswordHasher

from portal_gateway.domain.refused import Refused
from portal_gateway.http import people
from portal_gateway.usecases.passwords import Passwords
from support.portal import API, NOON, Portal
from support.served import served

PASSWORD = "Hafenlichter im Nebel 3"  # noqa: S105 - a test's own
HOME = "http://portal.test"
LEAKED = "Sommer 2026, Sommer 2026"


@dataclass
class Counted:
    """A hasher that is cheap, and counts what it is asked."""

    asked: list[str] = field(default_factory=list)
    inner: PasswordHasher = field(
        default_factory=lambda: PasswordHasher(
            time_cost=1, memory_cost=8, parallelism=1
        )
    )

    def hash(self, password: str) -> str:
        return self.inner.hash(password)

    def verify(self, hashed: str, password: str) -> bool:
        self.asked.append(hashed)
        return self.inner.verify(hashed, password)


@pytest.fixture
def hashes(portal: Portal) -> Counted:
    """Count the hashes of the gateway from now on."""
    counted = Counted()
    portal.gateway.passwords._hasher = counted  # type: ignore[assignment]  # noqa: SLF001 - counts what no one sees
    return counted


@contextmanager
def transactions(portal: Portal) -> Iterator[list[int]]:
    """Count the transactions that are opened meanwhile."""
    service, opened = portal.gateway.service, [0]
    before = service.transaction

    def counting() -> Any:
        opened[0] += 1
        return before()

    service.transaction = counting  # type: ignore[method-assign]  # only counts
    try:
        yield opened
    finally:
        service.transaction = before  # type: ignore[method-assign]  # as it was


def visitor(portal: Portal, address: str, **headers: str) -> httpx.AsyncClient:
    """Return a browser at a network address."""
    transport = httpx.ASGITransport(portal.app, client=(address, 4711))
    return httpx.AsyncClient(transport=transport, base_url=API, headers=headers)


@pytest.fixture
async def accounts(portal: Portal, hashes: Counted) -> dict[str, str]:
    """Return the name of an account of each kind."""
    hashed = hashes.hash(PASSWORD)
    await portal.customer("C-1")
    await portal.customer("C-2")
    await portal.customer("C-3")
    await portal.agent()
    pool = portal.gateway.service.pool
    await pool.execute("UPDATE account SET password_hash = $1", hashed)
    until = NOON + timedelta(days=30)
    for number, valid in (("C-2", until), ("C-3", NOON - timedelta(days=1))):
        await pool.execute(
            """
            UPDATE account SET username = NULL, username_key = NULL,
                   password_hash = NULL, posted_hash = $2, posted_until = $3
             WHERE customer_number = $1
            """,
            number,
            hashed,
            valid,
        )
    return {
        "there": "firma C-1",
        "with a letter": "C-2",
        "with a letter too old": "C-3",
        "by customer number, though changed": "C-1",
        "staff": "hotline",
        "not there": "nobody.here",
        "empty": " ",
        "long": "x" * 64,
    }


class TestOneLogIn:
    async def test_fails_alike_for_every_kind_of_account(
        self, portal: Portal, hashes: Counted, accounts: dict[str, str]
    ) -> None:
        seen = {}
        for number, (kind, name) in enumerate(accounts.items()):
            hashes.asked.clear()
            client = visitor(portal, f"10.0.{number}.1")
            with transactions(portal) as opened:
                answer = await client.post(
                    "/login", json={"username": name, "password": "wrong"}
                )
            headers = {n: v for n, v in answer.headers.items() if n != "set-cookie"}
            seen[kind] = (
                answer.status_code, answer.text, str(headers), len(hashes.asked),
                opened[0],
            )  # fmt: skip
            assert "set-cookie" not in answer.headers

        assert len(set(seen.values())) == 1, seen
        status, _, _, hashed, opened_by = next(iter(seen.values()))
        assert (status, hashed) == (401, 1)
        assert opened_by == 2

    @pytest.mark.parametrize("door", ["/anmelden", "/team"])
    async def test_fails_alike_on_pages_at_the_wrong_door_too(
        self, portal: Portal, hashes: Counted, accounts: dict[str, str], door: str
    ) -> None:
        right = "hotline" if door == "/team" else "firma C-1"
        seen = set()
        for number, name in enumerate(accounts.values()):
            if name == " ":
                continue
            hashes.asked.clear()
            client = visitor(portal, f"10.1.{number}.1")
            password = "wrong" if name == right else PASSWORD
            if name == "C-2" and door == "/anmelden":
                continue  # the letter's password is right there
            form = {"username": name, "password": password}
            answer = await client.post(HOME + door, data=form)
            seen.add(
                (answer.status_code, answer.text.replace(name, "N"), len(hashes.asked))
            )

        assert len(seen) == 1

    async def test_a_wrong_password_and_a_wrong_name_read_the_same_in_the_audit(
        self, portal: Portal, accounts: dict[str, str]
    ) -> None:
        for number, name in enumerate(accounts.values()):
            client = visitor(portal, f"10.2.{number}.1")
            await client.post("/login", json={"username": name, "password": "wrong"})

        rows = await portal.gateway.service.pool.fetch(
            "SELECT to_jsonb(audit)::text FROM audit"
        )
        assert not any("nobody.here" in row[0] for row in rows)


class TestForgotten:
    async def test_answers_alike_and_does_the_same(
        self, portal: Portal, hashes: Counted, accounts: dict[str, str]
    ) -> None:
        seen = {}
        for number, (kind, name) in enumerate(accounts.items()):
            hashes.asked.clear()
            client = visitor(portal, f"10.3.{number}.1")
            with transactions(portal) as opened:
                answer = await client.post(
                    "/credentials/forgotten", json={"username": name}
                )
            seen[kind] = (answer.status_code, answer.text, len(hashes.asked), opened[0])

        assert set(seen.values()) == {next(iter(seen.values()))}, seen
        assert next(iter(seen.values()))[0] == 202
        asked = "SELECT count(*) FROM letter_request"
        assert await portal.gateway.service.pool.fetchval(asked) == len(accounts)
        assert portal.letters() == []  # the answer was given before anybody looked


class TestBudgets:
    async def test_hold_before_anything_is_hashed(
        self, portal: Portal, hashes: Counted, accounts: dict[str, str]
    ) -> None:
        client = visitor(portal, "10.4.0.1")
        for name in (accounts["there"], accounts["not there"]):
            for _ in range(portal.gateway.settings.account_failures):
                await client.post("/login", json={"username": name, "password": "x"})
        hashes.asked.clear()

        answers = [
            await client.post("/login", json={"username": name, "password": PASSWORD})
            for name in (accounts["there"], accounts["not there"])
        ]

        assert [answer.status_code for answer in answers] == [429, 429]
        assert answers[0].text == answers[1].text
        assert answers[0].headers["retry-after"] == answers[1].headers["retry-after"]
        assert hashes.asked == []

    async def test_a_full_queue_turns_away_before_it_hashes(self) -> None:
        passwords = Passwords(queue=3)
        counted = passwords._hasher = Counted()  # type: ignore[assignment]  # noqa: SLF001 - counts
        tasks = [passwords.verify(None, "x") for _ in range(10)]

        done = await asyncio.gather(*tasks, return_exceptions=True)

        turned = [one for one in done if isinstance(one, Refused)]
        assert (len(turned), len(counted.asked)) == (7, 3)

    async def test_a_forwarded_address_that_somebody_made_up_does_not_count(
        self, portal: Portal, hashes: Counted, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        most = 20
        monkeypatch.setattr(portal.gateway.settings, "address_failures", most)
        client = visitor(portal, "10.5.0.1")
        for number in range(most + 5):
            headers = {
                "X-Forwarded-For": f"192.0.2.{number % 250}",
                "Forwarded": f"for=192.0.2.{number % 250}",
            }
            body = {"username": f"guess {number}", "password": "x"}
            await client.post("/login", json=body, headers=headers)

        assert len(hashes.asked) == most

    @pytest.mark.parametrize(
        ("trusted_proxies", "told", "counted"),
        [
            ("", "192.0.2.{}", "127.0.0.0/24"),
            ("10.0.0.0/8", "192.0.2.{}", "127.0.0.0/24"),
            ("127.0.0.0/8", "192.0.2.{}", "192.0.2.0/24"),
            ("127.0.0.1, 10.9.0.1", "192.0.2.{}, 10.9.0.1", "192.0.2.0/24"),
            ("127.0.0.1", "192.0.2.{}, 203.0.113.1", "203.0.113.0/24"),  # made up
        ],
    )
    async def test_an_address_is_believed_of_trusted_proxies_alone(
        self,
        portal: Portal,
        hashes: Counted,
        monkeypatch: pytest.MonkeyPatch,
        trusted_proxies: str,
        told: str,
        counted: str,
    ) -> None:
        most = 3
        monkeypatch.setattr(portal.gateway.settings, "address_failures", most)
        async with (
            served(portal, trusted_proxies=trusted_proxies) as (host, port),
            httpx.AsyncClient(base_url=f"http://{host}:{port}/api/v1") as client,
        ):
            for number in range(most + 2):
                body = {"username": f"guess {number}", "password": "x"}
                headers = {"X-Forwarded-For": told.format(number + 1)}
                await client.post("/login", json=body, headers=headers)

        networks = "SELECT DISTINCT bucket FROM login_failure WHERE bucket ~ '^network'"
        rows = await portal.gateway.service.pool.fetch(networks)
        assert [row["bucket"] for row in rows] == [f"network {counted}"]
        assert len(hashes.asked) == most

    async def test_stuffing_stays_within_them_and_the_honest_get_in(
        self,
        portal: Portal,
        hashes: Counted,
        accounts: dict[str, str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        networks, names = 4, 300
        monkeypatch.setattr(portal.gateway.settings, "address_failures", 20)
        clients = [visitor(portal, f"198.51.{n}.9") for n in range(networks)]
        # Neighbours in one network share its budget.
        clients += [visitor(portal, f"198.51.{n}.77") for n in range(networks)]
        taken = 0
        for number in range(300):
            client = clients[number % len(clients)]
            body = {
                "username": f"firma {number % names}",
                "password": LEAKED,
            }
            answer = await client.post("/login", json=body)
            taken += answer.status_code != 429

        most = portal.gateway.settings.address_failures
        assert taken <= networks * most
        assert len(hashes.asked) == taken
        honest = visitor(portal, "203.0.113.5")
        body = {"username": accounts["there"], "password": PASSWORD}
        assert (await honest.post("/login", json=body)).status_code == 200

    async def test_a_stranger_cannot_lock_somebody_out_for_long(
        self, portal: Portal, accounts: dict[str, str]
    ) -> None:
        inside = visitor(portal, "203.0.113.7")
        right = {"username": accounts["there"], "password": PASSWORD}
        assert (await inside.post("/login", json=right)).status_code == 200
        body = {"username": accounts["there"], "password": "x"}
        for number in range(60):
            await visitor(portal, f"100.{number}.0.1").post("/login", json=body)

        assert (await inside.get("/session")).status_code == 200  # nor throw him out
        portal.clock.move(portal.gateway.settings.failure_window)
        honest = visitor(portal, "203.0.113.6")
        good = {"username": accounts["there"], "password": PASSWORD}
        assert (await honest.post("/login", json=good)).status_code == 200


class TestFixation:
    async def test_a_session_that_somebody_planted_is_not_taken_over(
        self, portal: Portal, accounts: dict[str, str]
    ) -> None:
        planted = base64.urlsafe_b64encode(b"x" * 32).decode().rstrip("=")
        client = visitor(portal, "10.6.0.1")
        client.cookies.set(people.COOKIE, planted, domain="portal.test")
        body = {"username": accounts["there"], "password": PASSWORD}

        answer = await client.post("/login", json=body)

        token = answer.cookies[people.COOKIE]
        assert token != planted
        assert len(base64.urlsafe_b64decode(token + "==")) * 8 >= 128
        assert (await portal.client(planted).get("/session")).status_code == 401

    async def test_each_proof_gives_a_new_secret_and_kills_the_old(
        self, portal: Portal, accounts: dict[str, str]
    ) -> None:
        client = visitor(portal, "10.7.0.1")
        body = {"username": accounts["there"], "password": PASSWORD}
        await client.post("/login", json=body)
        secrets = [client.cookies[people.COOKIE]]
        for path, more in (
            ("/session/confirm", {}),
            ("/credentials/username", {"username": "hafen.nord"}),
            ("/credentials/password", {"password": "sieben Brücken im Nebel"}),
        ):
            answer = await client.post(
                path, json={"current_password": PASSWORD, **more}
            )
            assert answer.is_success, answer.text
            secrets.append(client.cookies[people.COOKIE])

        assert len(set(secrets)) == 4
        for old in secrets[:-1]:
            assert (await portal.client(old).get("/session")).status_code == 401
        await client.post("/logout")
        assert (await portal.client(secrets[-1]).get("/session")).status_code == 401

    async def test_a_second_log_in_never_gives_the_same_secret(
        self, portal: Portal, accounts: dict[str, str]
    ) -> None:
        body = {"username": accounts["there"], "password": PASSWORD}
        client = visitor(portal, "10.8.0.1")
        secrets = set()
        for _ in range(20):
            await client.post("/login", json=body)
            secrets.add(client.cookies[people.COOKIE])

        assert len(secrets) == 20
