"""First login, credentials, letters, sessions, and strangers who guess."""

import asyncio
from collections.abc import Callable
from datetime import timedelta

import httpx
import pytest

from support.portal import SINGLE, Portal, enabled

CUSTOMER = {"customer_number": "C-1001", "name": "Firma A", "address": "Weg 1, Köln"}
GOOD = {"username": "Büroleitung", "password": "ein langes Kennzeichen 7"}


async def open_customer(portal: Portal) -> str:
    """Open a customer and return the password that was posted to him."""
    agent = await portal.agent()
    answer = await agent.post("/customers", json=CUSTOMER)
    assert answer.status_code == 201
    return portal.letters()[-1].password


async def first_login(portal: Portal) -> tuple[httpx.AsyncClient, str]:
    posted = await open_customer(portal)
    client = portal.client()
    body = {"username": "C-1001", "password": posted}
    answer = await client.post("/login", json=body)
    assert answer.json() == {"must_change_credentials": True}
    return client, posted


async def changed(portal: Portal) -> tuple[httpx.AsyncClient, str]:
    client, posted = await first_login(portal)
    answer = await client.post("/credentials", json=GOOD | {"current_password": posted})
    assert answer.status_code == 200, answer.text
    return client, posted


async def code_of_login(portal: Portal, username: str, password: str) -> str:
    body = {"username": username, "password": password}
    answer = await portal.client().post("/login", json=body)
    return str(answer.json().get("code", "ok"))


class TestOpenCustomer:
    async def test_writes_a_letter_that_only_its_owner_reads(
        self, portal: Portal
    ) -> None:
        posted = await open_customer(portal)

        [path] = portal.letters_dir.iterdir()
        assert path.stat().st_mode & 0o777 == 0o600
        assert len(posted.replace("-", "")) * 5 >= 80
        assert not set(posted) & set("01IO")

    async def test_keeps_no_clear_password(self, portal: Portal) -> None:
        posted = await open_customer(portal)

        rows = await portal.gateway.service.pool.fetch(
            """
            SELECT to_jsonb(account)::text FROM account
             UNION ALL SELECT to_jsonb(letter)::text FROM letter
             UNION ALL SELECT to_jsonb(audit)::text FROM audit
            """
        )
        assert not any(posted in row[0] for row in rows)
        assert not any(posted.replace("-", "") in row[0] for row in rows)

    async def test_refuses_a_number_in_use(self, portal: Portal) -> None:
        await open_customer(portal)

        answer = await (await portal.agent()).post("/customers", json=CUSTOMER)

        assert answer.status_code == 409
        assert answer.json()["code"] == "customer_exists"

    async def test_no_other_customer_has_its_number_in_small_letters(
        self, portal: Portal
    ) -> None:
        posted = await open_customer(portal)
        like_it = CUSTOMER | {"customer_number": "c-1001"}

        answer = await (await portal.agent()).post("/customers", json=like_it)

        assert answer.json()["code"] == "customer_exists"
        assert await code_of_login(portal, "c-1001", posted) == "ok"

    async def test_is_for_agents_only(self, owner: httpx.AsyncClient) -> None:
        answer = await owner.post("/customers", json=CUSTOMER)

        assert answer.status_code == 403
        assert answer.json()["code"] == "agents_only"

    async def test_agents_find_customers(self, portal: Portal) -> None:
        await open_customer(portal)
        agent = await portal.agent()

        by_name = await agent.get("/customers", params={"query": "firma"})
        by_number = await agent.get("/customers", params={"query": "C-10"})
        nobody = await agent.get("/customers", params={"query": "%"})

        assert by_name.json()["customers"][0]["customer_number"] == "C-1001"
        assert by_number.json() == by_name.json()
        assert nobody.json()["customers"] == []


class TestFirstLogin:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("GET", "/forwardings"),
            ("GET", "/orders"),
            ("GET", "/outages"),
            ("GET", "/history"),
            ("GET", "/events"),
            ("GET", "/coverage"),
            ("GET", "/products"),
            ("PUT", f"/forwardings/{SINGLE}"),
            ("POST", "/orders"),
        ],
    )
    async def test_opens_nothing_but_the_change(
        self, portal: Portal, method: str, path: str
    ) -> None:
        client, _ = await first_login(portal)

        answer = await client.request(method, path)

        assert answer.status_code == 403
        assert answer.json()["code"] == "must_change_credentials"

    async def test_takes_the_password_as_people_type_it(self, portal: Portal) -> None:
        posted = await open_customer(portal)

        typed = posted.lower().replace("-", " ")

        assert await code_of_login(portal, "C-1001", typed) == "ok"

    async def test_ends_when_the_letter_is_too_old(self, portal: Portal) -> None:
        posted = await open_customer(portal)

        portal.clock.move(timedelta(days=31))

        assert await code_of_login(portal, "C-1001", posted) == "invalid_credentials"


class TestChangeCredentials:
    async def test_opens_the_portal_and_kills_the_posted_password(
        self, portal: Portal
    ) -> None:
        client, posted = await changed(portal)

        assert (await client.get("/forwardings")).status_code == 200
        assert await code_of_login(portal, "C-1001", posted) == "invalid_credentials"
        name, password = GOOD["username"], GOOD["password"]
        assert await code_of_login(portal, name.upper(), password) == "ok"

    async def test_gives_a_new_session_and_ends_the_others(
        self, portal: Portal
    ) -> None:
        client, posted = await first_login(portal)
        before = client.cookies["selfcare_session"]
        other = portal.client()
        await other.post("/login", json={"username": "C-1001", "password": posted})

        await client.post("/credentials", json=GOOD | {"current_password": posted})

        assert client.cookies["selfcare_session"] != before
        assert (await portal.client(before).get("/orders")).status_code == 401
        assert (await other.get("/orders")).status_code == 401

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"username": "C-1001"}, "username_is_customer_number"),
            ({"username": "c-1001"}, "username_is_customer_number"),
            ({"username": "+49 211 22223333"}, "username_is_number"),
            ({"username": "ab"}, "username_length"),
            ({"username": "x" * 65}, "username_length"),
            ({"username": "a\u202eb c"}, "username_characters"),
            ({"password": "zu kurz ist es"}, "password_too_short"),
            ({"password": "x1y2" * 33}, "password_too_long"),
            ({"password": "Büroleitung Büroleitung"}, "password_contains_name"),
            ({"password": "mein Passwort c-1001 !"}, "password_contains_name"),
            ({"password": "!! Firma A 2026 !!"}, "password_like_name"),
            ({"password": "ecotel-Kundennummer-1"}, "password_too_common"),
            ({"password": "passwordpassword"}, "password_too_common"),
            ({"password": "aaaaaaaaaaaaaaaaaa"}, "password_too_common"),
            ({"current_password": "nicht das richtige"}, "current_password_wrong"),
        ],
    )
    async def test_refuses_what_is_too_weak(
        self, portal: Portal, change: dict[str, str], code: str
    ) -> None:
        client, posted = await first_login(portal)
        body = GOOD | {"current_password": posted} | change

        answer = await client.post("/credentials", json=body)

        assert (answer.status_code, answer.json()["code"]) == (422, code)

    @pytest.mark.parametrize("typed", [str.lower, lambda text: text.replace("-", "")])
    async def test_refuses_the_letter_s_password_however_either_was_typed(
        self, portal: Portal, typed: Callable[[str], str]
    ) -> None:
        client, posted = await first_login(portal)
        body = GOOD | {"current_password": typed(posted), "password": posted}

        answer = await client.post("/credentials", json=body)

        assert answer.json()["code"] == "password_unchanged"

    async def test_refuses_the_same_password_again(self, portal: Portal) -> None:
        client, _ = await changed(portal)

        body = GOOD | {"current_password": GOOD["password"]}
        answer = await client.post("/credentials", json=body)

        assert answer.json()["code"] == "password_unchanged"

    async def test_tells_of_a_taken_name_five_times_only(self, portal: Portal) -> None:
        await portal.customer("C-2002")
        client, posted = await first_login(portal)
        body = GOOD | {"current_password": posted, "username": "FIRMA C-2002"}

        codes = [
            (await client.post("/credentials", json=body)).json()["code"]
            for _ in range(6)
        ]

        assert codes == ["username_taken"] * 5 + ["too_many_names"]


class TestLogin:
    async def test_sets_a_strict_cookie(self, portal: Portal) -> None:
        posted = await open_customer(portal)

        body = {"username": "C-1001", "password": posted}
        answer = await portal.client().post("/login", json=body)

        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        assert "Path=/" in cookie

    async def test_answers_alike_whether_or_not_the_account_exists(
        self, portal: Portal
    ) -> None:
        await changed(portal)

        answers = [
            await portal.client().post(
                "/login", json={"username": name, "password": "wrong" * 4}
            )
            for name in ("Büroleitung", "C-1001", "nobody", "'; DROP TABLE account")
        ]

        assert {answer.status_code for answer in answers} == {401}
        assert len({answer.content for answer in answers}) == 1

    async def test_makes_strangers_wait_longer_and_longer(self, portal: Portal) -> None:
        posted = await open_customer(portal)
        for _ in range(10):
            await code_of_login(portal, "C-1001", "wrong")

        body = {"username": "C-1001", "password": posted}
        answer = await portal.client().post("/login", json=body)

        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "30"
        portal.clock.move(timedelta(seconds=31))
        assert await code_of_login(portal, "C-1001", "wrong") == "invalid_credentials"
        answer = await portal.client().post("/login", json=body)
        assert answer.headers["retry-after"] == "60"
        portal.clock.move(timedelta(seconds=61))
        assert await code_of_login(portal, "C-1001", posted) == "ok"

    async def test_is_kept_whether_good_or_bad(self, portal: Portal) -> None:
        await changed(portal)

        for name in ("Büroleitung", "nobody"):
            body = {"username": name, "password": "wrong" * 4}
            assert (await portal.client().post("/login", json=body)).is_error

        kept = await portal.actions()
        assert kept.count("login_failed") == 2
        assert "logged_in" in kept

    async def test_waits_alike_for_unknown_names(self, portal: Portal) -> None:
        codes = [await code_of_login(portal, "nobody", "x") for _ in range(11)]

        assert codes == ["invalid_credentials"] * 10 + ["too_many_attempts"]

    async def test_does_not_count_good_logins(self, portal: Portal) -> None:
        posted = await open_customer(portal)

        codes = [await code_of_login(portal, "C-1001", posted) for _ in range(15)]

        assert set(codes) == {"ok"}

    async def test_turns_a_flood_away_before_hashing(self, portal: Portal) -> None:
        codes = await asyncio.gather(
            *(code_of_login(portal, f"nobody {n}", "x") for n in range(150))
        )

        assert "too_busy" in codes or "too_many_attempts" in codes


class TestSession:
    async def test_ends_when_idle(self, portal: Portal) -> None:
        client, _ = await changed(portal)

        portal.clock.move(timedelta(minutes=29))
        assert (await client.get("/orders")).status_code == 200
        portal.clock.move(timedelta(minutes=29))
        assert (await client.get("/orders")).status_code == 200
        portal.clock.move(timedelta(minutes=31))

        answer = await client.get("/orders")
        assert (answer.status_code, answer.json()["code"]) == (401, "not_logged_in")

    async def test_ends_at_last_even_when_used(self, portal: Portal) -> None:
        client, _ = await changed(portal)
        for _ in range(35):
            portal.clock.move(timedelta(minutes=20))
            assert (await client.get("/orders")).status_code == 200

        portal.clock.move(timedelta(minutes=25))

        assert (await client.get("/orders")).status_code == 401

    async def test_is_dead_after_logout(self, portal: Portal) -> None:
        client, _ = await changed(portal)
        token = client.cookies["selfcare_session"]

        assert (await client.post("/logout")).status_code == 204

        assert (await portal.client(token).get("/orders")).status_code == 401


class TestForgotten:
    async def test_sends_one_letter_in_seven_days(self, portal: Portal) -> None:
        await changed(portal)
        anyone = portal.client()
        body = {"customer_number": "C-1001"}

        first = await anyone.post("/credentials/forgotten", json=body)
        again = await anyone.post("/credentials/forgotten", json=body)
        nobody = await anyone.post(
            "/credentials/forgotten", json={"username": "niemand"}
        )

        assert {first.status_code, again.status_code, nobody.status_code} == {202}
        assert first.content == again.content == nobody.content
        await portal.write_letters()
        assert len(portal.letters()) == 2
        portal.clock.move(timedelta(days=8))
        await anyone.post("/credentials/forgotten", json=body)
        await portal.write_letters()
        assert len(portal.letters()) == 3

    async def test_leaves_the_old_credentials_alive(self, portal: Portal) -> None:
        await changed(portal)
        await portal.client().post(
            "/credentials/forgotten", json={"username": GOOD["username"]}
        )
        await portal.write_letters()
        posted = portal.letters()[-1].password

        old = await code_of_login(portal, GOOD["username"], GOOD["password"])
        new = await code_of_login(portal, "C-1001", posted)

        assert (old, new) == ("ok", "ok")


class TestLanguage:
    @pytest.mark.parametrize(
        ("wanted", "said"),
        [
            ("", "Bitte melden Sie sich an."),
            ("de-DE,de;q=0.9,en;q=0.8", "Bitte melden Sie sich an."),
            ("en-GB,en;q=0.9", "Please log in."),
            ("fr,en;q=0.5", "Please log in."),
            ("fr", "Bitte melden Sie sich an."),
            ("en;q=x, ;;,", "Bitte melden Sie sich an."),
        ],
    )
    async def test_follows_the_client(
        self, portal: Portal, wanted: str, said: str
    ) -> None:
        client = portal.client(**{"Accept-Language": wanted})

        answer = await client.get("/forwardings")

        assert answer.json()["detail"] == said
        assert answer.headers["content-type"] == "application/problem+json"


async def test_an_agent_sees_only_the_customer_he_names(portal: Portal) -> None:
    await portal.customer("C-1001")
    await portal.tell(enabled(SINGLE))
    agent = await portal.agent()

    unnamed = await agent.get("/forwardings")
    named = await agent.get("/forwardings", params={"customer_number": "C-1001"})
    unknown = await agent.get("/forwardings", params={"customer_number": "C-9"})
    change = await agent.put(
        f"/forwardings/{SINGLE}",
        params={"customer_number": "C-1001"},
        json={"enabled": False},
    )

    assert unnamed.json()["code"] == "customer_number_missing"
    assert named.json()["forwardings"][0]["number"] == SINGLE
    assert unknown.status_code == 404
    assert change.status_code == 403
    assert change.json()["code"] == "agents_cannot_change_targets"
