"""The second factor: set up, asked for, replayed, lost, taken off; and sessions."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pyotp
import pytest
from cryptography.fernet import Fernet

from support.portal import Portal, running_portal
from support.stack import Database

PASSWORD = "Kirschbaum am Kanal 12"  # noqa: S105 - a test's own
NAME = "Büroleitung"
KEY = Fernet.generate_key().decode()


@pytest.fixture
async def portal(empty_database: Database, tmp_path: Path) -> AsyncIterator[Portal]:
    """A gateway that can keep secrets."""
    url = empty_database.url("portal_gateway")
    async with running_portal(url, tmp_path / "letters", secret_keys=KEY) as running:
        yield running


@pytest.fixture
async def client(portal: Portal) -> httpx.AsyncClient:
    """A customer with credentials of his own."""
    agent = await portal.agent()
    body = {"customer_number": "C-1", "name": "Firma A", "address": "Weg 1, Köln"}
    await agent.post("/customers", json=body)
    posted = portal.letters()[-1].password
    opened = portal.client(**{"User-Agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0"})
    await opened.post("/login", json={"username": "C-1", "password": posted})
    body = {"username": NAME, "password": PASSWORD, "current_password": posted}
    assert (await opened.post("/credentials", json=body)).status_code == 200
    return opened


def code(portal: Portal, secret: str, *, later: int = 0) -> str:
    at = portal.clock.now() + timedelta(seconds=30 * later)
    return pyotp.TOTP(secret.replace(" ", "")).at(at)


async def enrol(portal: Portal, client: httpx.AsyncClient) -> tuple[str, list[str]]:
    offer = await client.post("/second-factor", json={"current_password": PASSWORD})
    secret = offer.json()["secret"]
    body = {"code": code(portal, secret)}
    enrolled = await client.post("/second-factor/confirm", json=body)
    assert enrolled.status_code == 200, enrolled.text
    portal.clock.move(timedelta(seconds=60))
    return secret, enrolled.json()["recovery_codes"]


async def first_step(portal: Portal) -> tuple[httpx.AsyncClient, dict[str, Any]]:
    browser = portal.client()
    body = {"username": NAME, "password": PASSWORD}
    answer = await browser.post("/login", json=body)
    assert answer.status_code == 200, answer.text
    return browser, answer.json()


async def second_step(browser: httpx.AsyncClient, typed: str) -> str:
    answer = await browser.post("/login/second-factor", json={"code": typed})
    return "ok" if answer.is_success else str(answer.json()["code"])


class TestSettingUp:
    async def test_codes_that_are_shown_once_have_no_link_away_but_the_one_that_says_so(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        await enrol(portal, client)
        page = "http://portal.test/sicherheit"
        found = re.search(
            r'name="csrf" value="([0-9a-f]+)"', (await client.get(page)).text
        )
        assert found
        form = {"csrf": found[1], "current": PASSWORD}
        shown = await client.post(f"{page}/zweiter-faktor/ersatzcodes", data=form)

        assert 'class="codes"' in shown.text
        assert "/sprache/" not in shown.text

    async def test_asks_for_a_code_at_the_next_login(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        secret, _ = await enrol(portal, client)

        browser, said = await first_step(portal)

        assert said == {
            "must_change_credentials": False,
            "second_factor_required": True,
        }
        refused = await browser.get("/forwardings")
        assert refused.json()["code"] == "second_factor_required"
        assert await second_step(browser, code(portal, secret)) == "ok"
        assert (await browser.get("/forwardings")).status_code == 200

    async def test_changes_nothing_without_a_right_code(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        await client.post("/second-factor", json={"current_password": PASSWORD})
        answer = await client.post("/second-factor/confirm", json={"code": "000000"})

        assert answer.json()["code"] == "second_factor_wrong"
        assert (await first_step(portal))[1] == {"must_change_credentials": False}

    async def test_needs_the_password(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/second-factor", json={"current_password": "x"})

        assert answer.json()["code"] == "current_password_wrong"

    async def test_keeps_the_secret_encrypted_and_recovery_codes_hashed(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        secret, recovery = await enrol(portal, client)

        pool = portal.gateway.service.pool
        sealed = bytes(await pool.fetchval("SELECT max(factor_secret) FROM account"))
        hashes = await pool.fetch("SELECT code_hash FROM recovery_code")
        assert secret.replace(" ", "").encode() not in sealed
        assert len(recovery) == len(set(recovery)) == len(hashes) == 10
        assert all(row["code_hash"].startswith("$argon2id$") for row in hashes)

    async def test_is_refused_without_a_key_to_keep_it(
        self, empty_database: Database, tmp_path: Path
    ) -> None:
        url = empty_database.url("portal_gateway")
        async with running_portal(url, tmp_path) as keyless:
            owner = await keyless.customer()
            state = (await owner.get("/second-factor")).json()

        assert state["available"] is False

    async def test_sent_twice_at_once_goes_on_with_the_second_answer(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        """As of a form on which somebody pressed twice: the browser shows the last."""
        offer = await client.post("/second-factor", json={"current_password": PASSWORD})
        body = {"code": code(portal, offer.json()["secret"])}
        token = client.cookies["selfcare_session"]
        answered: list[tuple[httpx.AsyncClient, httpx.Response]] = []

        async def press() -> None:
            browser = portal.client(token)
            answer = await browser.post("/second-factor/confirm", json=body)
            answered.append((browser, answer))

        await asyncio.gather(press(), press())

        browser, last = answered[-1]
        assert last.status_code == 200
        assert (await browser.get("/orders")).status_code == 200
        shown = last.json()["recovery_codes"]
        assert await second_step((await first_step(portal))[0], shown[0]) == "ok"

    async def test_ends_the_other_sessions(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        other, _ = await first_step(portal)
        before = client.cookies["selfcare_session"]

        await enrol(portal, client)

        assert (await other.get("/orders")).status_code == 401
        assert (await portal.client(before).get("/orders")).status_code == 401
        assert (await client.get("/orders")).status_code == 200


class TestTheSecondStep:
    async def test_gives_a_new_session(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        secret, _ = await enrol(portal, client)
        browser, _ = await first_step(portal)
        half = browser.cookies["selfcare_session"]

        await second_step(browser, code(portal, secret))

        assert browser.cookies["selfcare_session"] != half
        refused = await portal.client(half).get("/orders")
        assert refused.json()["code"] == "second_factor_required"
        portal.clock.move(timedelta(seconds=11))
        assert (await portal.client(half).get("/session")).status_code == 401

    @pytest.mark.parametrize("kind", ["app", "recovery"])
    @pytest.mark.parametrize("at_once", [True, False])
    async def test_sent_twice_goes_on_with_the_second_answer(
        self, portal: Portal, client: httpx.AsyncClient, kind: str, *, at_once: bool
    ) -> None:
        """As of a form on which somebody pressed twice: the browser shows the last."""
        secret, recovery = await enrol(portal, client)
        half = (await first_step(portal))[0].cookies["selfcare_session"]
        typed = code(portal, secret) if kind == "app" else recovery[0]
        pressed: list[httpx.AsyncClient] = []

        async def press() -> str:
            browser = portal.client(half)
            said = await second_step(browser, typed)
            pressed.append(browser)
            return said

        if at_once:
            said = list(await asyncio.gather(press(), press()))
        else:
            said = [await press(), await press()]

        assert said == ["ok", "ok"]
        opened = [(await one.get("/orders")).status_code for one in pressed]
        assert sorted(opened) == [200, 401]  # one session, with the newest secret
        assert "second_factor_wrong" not in await portal.actions()
        assert (await portal.actions()).count("logged_in") == 2  # with the first letter

    async def test_another_code_is_not_the_same_sent_twice(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        secret, _ = await enrol(portal, client)
        browser, _ = await first_step(portal)
        half = browser.cookies["selfcare_session"]
        assert await second_step(browser, code(portal, secret)) == "ok"

        older = code(portal, secret, later=-1)
        said = await second_step(portal.client(half), older)
        portal.clock.move(timedelta(seconds=11))
        late = await second_step(portal.client(half), code(portal, secret))

        assert (said, late) == ("second_factor_wrong", "not_logged_in")
        assert (await browser.get("/orders")).status_code == 200

    async def test_takes_a_code_once(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        secret, _ = await enrol(portal, client)
        typed = code(portal, secret)
        one, _ = await first_step(portal)
        other, _ = await first_step(portal)

        assert await second_step(one, typed) == "ok"
        assert await second_step(other, typed) == "second_factor_wrong"

    async def test_takes_no_older_code_after_a_newer(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        secret, _ = await enrol(portal, client)
        older = code(portal, secret, later=-1)
        one, _ = await first_step(portal)
        other, _ = await first_step(portal)

        assert await second_step(one, code(portal, secret)) == "ok"
        assert await second_step(other, older) == "second_factor_wrong"

    @pytest.mark.parametrize(("later", "said"), [(-1, "ok"), (1, "ok"), (2, "wrong")])
    async def test_allows_a_clock_that_is_off_by_half_a_minute(
        self, portal: Portal, client: httpx.AsyncClient, later: int, said: str
    ) -> None:
        secret, _ = await enrol(portal, client)
        portal.clock.move(timedelta(seconds=60))
        browser, _ = await first_step(portal)

        told = await second_step(browser, code(portal, secret, later=later))

        assert told.endswith(said)

    async def test_makes_who_guesses_wait(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        secret, _ = await enrol(portal, client)
        browser, _ = await first_step(portal)

        said = [await second_step(browser, "123 456") for _ in range(6)]

        assert said == ["second_factor_wrong"] * 5 + ["too_many_attempts"]
        fresh, _ = await first_step(portal)  # a new log-in does not help
        right = code(portal, secret)
        assert await second_step(fresh, right) == "too_many_attempts"

    async def test_guesses_count_for_a_day_even_when_tidied(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        await enrol(portal, client)
        browser, _ = await first_step(portal)
        for _ in range(5):
            await second_step(browser, "123456")
        portal.clock.move(timedelta(hours=3))
        await portal.gateway.service.forget_what_is_old()

        browser, _ = await first_step(portal)
        assert await second_step(browser, "123456") == "second_factor_wrong"
        assert await second_step(browser, "123456") == "too_many_attempts"

    async def test_must_come_within_ten_minutes(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        secret, _ = await enrol(portal, client)
        browser, _ = await first_step(portal)
        portal.clock.move(timedelta(minutes=11))

        assert await second_step(browser, code(portal, secret)) == "not_logged_in"

    async def test_takes_a_recovery_code_once(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        _, recovery = await enrol(portal, client)
        one, _ = await first_step(portal)
        other, _ = await first_step(portal)

        typed = recovery[3].lower().replace("-", " ")
        assert await second_step(one, typed) == "ok"
        assert await second_step(other, recovery[3]) == "second_factor_wrong"
        left = (await one.get("/second-factor")).json()["recovery_codes_left"]
        assert left == 9
        assert "recovery_code_used" in await portal.actions()

    async def test_is_not_asked_of_who_is_in(self, client: httpx.AsyncClient) -> None:
        assert await second_step(client, "123456") == "second_factor_not_asked"


class TestTakingItOff:
    async def test_needs_both_proofs(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        secret, _ = await enrol(portal, client)
        wrong = [
            {"current_password": "falsch", "code": code(portal, secret)},
            {"current_password": PASSWORD, "code": "123456"},
        ]
        said = [
            (await client.post("/second-factor/remove", json=body)).json()["code"]
            for body in wrong
        ]
        assert said == ["current_password_wrong", "second_factor_wrong"]

        body = {"current_password": PASSWORD, "code": code(portal, secret)}
        answer = await client.post("/second-factor/remove", json=body)

        assert answer.status_code == 204
        assert (await first_step(portal))[1] == {"must_change_credentials": False}

    async def test_who_lost_his_device_reads_how_to_go_on(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        await enrol(portal, client)
        page = (await client.get("http://portal.test/sicherheit")).text
        await portal.gateway.service.pool.execute("DELETE FROM recovery_code")
        without = (await client.get("http://portal.test/sicherheit")).text

        assert "Neues Gerät? Entfernen Sie den zweiten Faktor" in page
        assert "Noch 10 Ersatzcodes" in page
        assert "Sie haben keinen Ersatzcode mehr" in without
        assert "Noch 0" not in without

    async def test_new_recovery_codes_kill_the_old(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        _, old = await enrol(portal, client)
        body = {"current_password": PASSWORD}
        answer = await client.post("/second-factor/recovery-codes", json=body)
        new = answer.json()["recovery_codes"]

        browser, _ = await first_step(portal)
        assert await second_step(browser, old[0]) == "second_factor_wrong"
        assert await second_step(browser, new[0]) == "ok"

    async def test_a_letter_takes_it_off_only_when_it_is_used(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        await enrol(portal, client)
        agent = await portal.agent()
        order = {"resets_second_factor": True}
        answer = await agent.post("/customers/C-1/letters", json=order)
        assert answer.status_code == 202
        assert (await first_step(portal))[1]["second_factor_required"] is True

        browser = portal.client()
        posted = portal.letters()[-1].password
        body = {"username": "C-1", "password": posted}
        said = (await browser.post("/login", json=body)).json()
        assert said == {"must_change_credentials": True}
        new = "Pflaumenmus auf Brot 9"
        body = {"username": NAME, "password": new, "current_password": posted}
        await browser.post("/credentials", json=body)

        assert (await browser.get("/session")).json()["second_factor"] is False
        assert (await browser.get("/orders")).status_code == 200

    async def test_an_ordinary_letter_leaves_it_on(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        secret, _ = await enrol(portal, client)
        agent = await portal.agent()
        await agent.post("/customers/C-1/letters", json={})

        browser = portal.client()
        body = {"username": "C-1", "password": portal.letters()[-1].password}
        said = (await browser.post("/login", json=body)).json()

        assert said == {
            "must_change_credentials": True,
            "second_factor_required": True,
        }
        assert (await browser.post("/credentials", json={})).json()["code"] == (
            "second_factor_required"
        )
        assert await second_step(browser, code(portal, secret)) == "ok"


class TestSessions:
    async def test_lists_device_and_last_use(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        await first_step(portal)

        listed = (await client.get("/sessions")).json()["sessions"]

        assert [one["current"] for one in listed].count(True) == 1
        mine = next(one for one in listed if one["current"])
        assert mine["device"] == "Firefox · Linux"
        assert "token" not in str(listed)

    async def test_ends_one_and_all_others(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        others = [(await first_step(portal))[0] for _ in range(3)]
        listed = (await client.get("/sessions")).json()["sessions"]
        one = next(each["id"] for each in listed if not each["current"])

        assert (await client.delete(f"/sessions/{one}")).status_code == 204
        alive = [(await other.get("/orders")).status_code for other in others]
        assert sorted(alive) == [200, 200, 401]
        assert (await client.delete("/sessions")).status_code == 204
        alive = [(await other.get("/orders")).status_code for other in others]
        assert alive == [401, 401, 401]

    async def test_ends_nobody_elses(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        stranger = await portal.customer("C-2")
        theirs = (await stranger.get("/sessions")).json()["sessions"][0]["id"]

        answer = await client.delete(f"/sessions/{theirs}")

        assert answer.status_code == 404
        assert (await stranger.get("/orders")).status_code == 200
        assert "foreign_access" in await portal.actions()

    async def test_asks_for_the_password_again_after_a_while(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        portal.clock.move(timedelta(minutes=16))
        refused = await client.delete("/sessions")
        assert refused.json()["code"] == "confirmation_required"
        before = client.cookies["selfcare_session"]

        body = {"current_password": PASSWORD}
        assert (await client.post("/session/confirm", json=body)).status_code == 204

        assert (await client.delete("/sessions")).status_code == 204
        assert client.cookies["selfcare_session"] != before

    async def test_a_new_password_ends_all_others(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        other, _ = await first_step(portal)
        body = {"current_password": PASSWORD, "password": "Hafenlichter im Nebel 3"}

        assert (await client.post("/credentials/password", json=body)).is_success

        assert (await other.get("/orders")).status_code == 401
        assert (await client.get("/orders")).status_code == 200
        assert "password_changed" in await portal.actions()

    async def test_a_new_name_lets_in_and_the_old_no_more(
        self, portal: Portal, client: httpx.AsyncClient
    ) -> None:
        body = {"current_password": PASSWORD, "username": "Empfang"}
        assert (await client.post("/credentials/username", json=body)).is_success

        old = await portal.client().post(
            "/login", json={"username": NAME, "password": PASSWORD}
        )
        new = await portal.client().post(
            "/login", json={"username": "Empfang", "password": PASSWORD}
        )
        assert (old.status_code, new.status_code) == (401, 200)


class TestStaff:
    async def test_must_set_it_up_first_where_the_setting_says_so(
        self, empty_database: Database, tmp_path: Path
    ) -> None:
        url = empty_database.url("portal_gateway")
        async with running_portal(
            url, tmp_path, secret_keys=KEY, staff_second_factor=True
        ) as strict:
            agent = await strict.agent()
            refused = await agent.get("/customers")
            needs = (await agent.get("/session")).json()["needs"]
            customer = await strict.customer()
            unharmed = await customer.get("/orders")

        assert refused.json()["code"] == "second_factor_enrolment_required"
        assert (needs, unharmed.status_code) == ("enrolment", 200)
