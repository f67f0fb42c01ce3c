"""New targets: the password again, a word to the contacts, a wait, a limit a day."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.phone_number import mask
from devstack.journey.portal import Json
from portal_gateway.pages.formats import phone
from portal_gateway.usecases.sending import Worker
from support.portal import (
    BLOCK,
    BLOCK_END,
    INSIDE,
    LINE,
    MOBILE,
    OFFICE,
    OTHER_SINGLE,
    SINGLE,
    Portal,
    connected,
    enabled,
    running_portal,
)
from support.providers import FakeSender
from support.stack import Database

PATH = f"/forwardings/{SINGLE}"
HOME = "http://portal.test"
PAGE = f"{HOME}/konfigurator/nummer/{SINGLE}"
ARMED = {"target": MOBILE, "enabled": True}
A_WHILE = timedelta(minutes=16)
AHEAD = timedelta(minutes=5)
THIRD = "+493023125043"
PASSWORD = "Hafenlichter im Nebel 3"  # noqa: S105 - a test's own


async def confirm_by_magic(portal: Portal) -> None:
    """Let the password have been typed just now."""
    await portal.gateway.service.pool.execute(
        "UPDATE session SET confirmed_at = $1", portal.clock.now()
    )


async def put(client: httpx.AsyncClient, target: str, path: str = PATH) -> str:
    """Set a target; return the code of the refusal, or nothing."""
    answer = await client.put(path, json={"target": target, "enabled": True})
    return str(answer.json().get("code") or "") if not answer.is_success else ""


async def known(portal: Portal) -> list[str]:
    rows = await portal.gateway.service.pool.fetch(
        "SELECT target FROM known_target ORDER BY target"
    )
    return [row["target"] for row in rows]


async def contract(portal: Portal, **terms: Any) -> httpx.AsyncClient:
    """Write terms into the customer's contract."""
    agent = await portal.agent()
    answer = await agent.put("/customers/C-1001/terms", json=terms)
    assert answer.status_code == 200, answer.text
    return agent


class TestPasswordAgain:
    async def test_is_not_asked_for_just_after_a_log_in(
        self, owner: httpx.AsyncClient
    ) -> None:
        assert (await owner.put(PATH, json=ARMED)).status_code == 202

    async def test_is_asked_for_after_a_while(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        portal.clock.move(A_WHILE)

        answer = await owner.put(PATH, json=ARMED)

        assert (answer.status_code, answer.json()["code"]) == (
            403,
            "confirmation_required",
        )
        assert (await portal.sent(), await known(portal)) == ([], [])
        await confirm_by_magic(portal)
        assert await put(owner, MOBILE) == ""

    async def test_a_repeat_with_the_same_key_takes_effect_then(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        portal.clock.move(A_WHILE)
        key = {"Idempotency-Key": "k1"}
        first = await owner.put(PATH, json=ARMED, headers=key)
        await confirm_by_magic(portal)

        again = await owner.put(PATH, json=ARMED, headers=key)

        assert (first.status_code, again.status_code) == (403, 202)

    async def test_not_for_targets_that_are_known(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        assert await put(owner, MOBILE) == ""
        await portal.answer()
        assert (await owner.delete(PATH)).is_success
        portal.clock.move(A_WHILE)

        assert await put(owner, MOBILE) == ""
        assert await put(owner, OFFICE) == "confirmation_required"

    async def test_nor_to_switch_off_or_take_away(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        assert await put(owner, MOBILE) == ""
        portal.clock.move(A_WHILE)

        assert (await owner.put(PATH, json={"enabled": False})).is_success
        assert (await owner.delete(PATH)).is_success

    async def test_a_fallback_is_a_target(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        assert await put(owner, MOBILE) == ""
        portal.clock.move(A_WHILE)

        answer = await owner.put(PATH, json={"fallback_target": OFFICE})

        assert answer.json()["code"] == "confirmation_required"

    async def test_a_block_is_another_target_than_its_first_number(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END, line="L2"))
        assert await put(owner, "+493023125000") == ""
        portal.clock.move(A_WHILE)
        body = {"target": "+493023125000", "enabled": True, "keep_extension": True}

        answer = await owner.put(f"/forwardings/{BLOCK}", json=body)

        assert answer.json()["code"] == "confirmation_required"

    async def test_a_rule_that_another_way_brought_makes_its_target_known(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        assert await put(owner, MOBILE) == ""
        await portal.answer()
        await portal.gateway.service.pool.execute("DELETE FROM known_target")
        await portal.answer(configured_at=portal.clock.now() + timedelta(seconds=1))
        portal.clock.move(A_WHILE)

        assert await put(owner, MOBILE) == ""

    async def test_for_many_numbers_nothing_is_done_before(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(OTHER_SINGLE))
        token = await csrf(owner)
        portal.clock.move(A_WHILE)
        data = {"nr": [SINGLE, OTHER_SINGLE], "target": MOBILE, "enabled": "1"}

        answer = await owner.post(
            f"{HOME}/konfigurator/mehrere", data={**data, "csrf": token}
        )

        assert 'name="confirm"' in answer.text
        assert answer.text.count('name="typed.nr"') == 2
        assert await portal.sent() == []

    async def test_for_a_file_nothing_is_done_before(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        found = await import_of(owner, f"{SINGLE};Aktiv;{OFFICE}")
        portal.clock.move(A_WHILE)

        refused = await owner.post(f"/imports/{found}/apply")
        assert refused.json()["code"] == "confirmation_required"
        assert await portal.sent() == []
        await confirm_by_magic(portal)
        applied = await owner.post(f"/imports/{found}/apply")
        assert applied.json()["rows"]["applied"] == 1


async def csrf(browser: httpx.AsyncClient, path: str = "/konfigurator") -> str:
    page = (await browser.get(f"{HOME}{path}")).text
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found, page
    return found[1]


async def import_of(owner: httpx.AsyncClient, *rows: str) -> str:
    content = "\n".join(("Rufnummer;Rufumleitung;Zielnummer", *rows))
    answer = await owner.post(
        "/imports", content=content, headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["import_id"])


class TestOnPages:
    async def test_what_was_typed_waits_for_the_password_and_is_saved(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        hashed = await portal.gateway.passwords.hash(PASSWORD)
        await portal.gateway.service.pool.execute(
            "UPDATE account SET password_hash = $1", hashed
        )
        form = {"csrf": await csrf(owner), "target": "0152 28817386", "enabled": "1"}
        portal.clock.move(A_WHILE)

        asked = await owner.post(PAGE, data=form)
        typed = dict(re.findall(r'name="(typed\.\w+)" value="([^"]*)"', asked.text))
        assert typed["typed.target"] == "0152 28817386"
        confirmed = await owner.post(
            f"{HOME}/sicherheit/bestaetigen",
            data={
                "csrf": form["csrf"],
                "confirm": PASSWORD,
                "resume": f"/konfigurator/nummer/{SINGLE}",
                **typed,
            },
        )
        assert "0152 28817386" in confirmed.text
        assert "/sprache/" not in asked.text + confirmed.text
        token = re.search(r'name="csrf" value="([0-9a-f]+)"', confirmed.text)
        assert token
        await owner.post(PAGE, data={**form, "csrf": token[1]})

        assert [wish["rule"]["target"] for wish in await portal.sent()] == [MOBILE]

    @pytest.mark.parametrize(
        ("terms", "said"),
        [
            ({"new_targets_a_day": 0}, "Für heute sind so viele neue Ziele"),
            (
                {"new_target_wait_hours": 24},
                "Ab 24.11.2026, 13:00\N{NO-BREAK SPACE}Uhr",
            ),
        ],
    )
    async def test_what_the_contract_does_not_let_by_stays_in_the_field(
        self, portal: Portal, owner: httpx.AsyncClient, terms: dict[str, int], said: str
    ) -> None:
        await contract(portal, **terms)
        form = {"csrf": await csrf(owner), "target": "0152 28817386", "enabled": "1"}

        answer = await owner.post(PAGE, data=form)

        assert said in answer.text
        assert 'value="0152 28817386"' in answer.text

    async def test_a_row_keeps_what_was_typed_while_the_dialogue_asks(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        form = {"csrf": await csrf(owner), "target": MOBILE, "enabled": "1"}
        portal.clock.move(A_WHILE)

        answer = await owner.post(PAGE, data=form, headers={"HX-Request": "true"})

        assert answer.headers["hx-retarget"] == "#dialogs"
        assert 'name="confirm"' in answer.text


class TestLimitADay:
    async def test_holds_for_new_targets_and_not_for_known_ones(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await contract(portal, new_targets_a_day=2)
        assert [await put(owner, target) for target in (MOBILE, OFFICE)] == ["", ""]

        assert await put(owner, THIRD) == "too_many_new_targets"
        assert await put(owner, MOBILE) == ""
        portal.clock.move(timedelta(days=1, seconds=1))
        owner = await portal.customer()
        assert await put(owner, THIRD) == ""

    async def test_is_at_least_twenty_unless_the_contract_says_otherwise(
        self, owner: httpx.AsyncClient
    ) -> None:
        codes = [await put(owner, f"+4930231251{n:02}") for n in range(21)]

        assert codes == [""] * 20 + ["too_many_new_targets"]

    async def test_grows_with_the_numbers_he_has(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END, line="L2"))
        rows = [f"{int(BLOCK) + n:+};Aktiv;+4969900090{n:02}" for n in range(30)]
        found = await import_of(owner, *rows)

        applied = (await owner.post(f"/imports/{found}/apply")).json()

        assert (applied["rows"]["applied"], applied["rows"]["failed"]) == (30, 0)

    async def test_rows_of_a_file_beyond_it_say_so(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await contract(portal, new_targets_a_day=1)
        await portal.tell(enabled(OTHER_SINGLE))
        found = await import_of(
            owner, f"{SINGLE};Aktiv;{MOBILE}", f"{OTHER_SINGLE};Aktiv;{OFFICE}"
        )

        await owner.post(f"/imports/{found}/apply")

        rows = (await owner.get(f"/imports/{found}/rows")).json()["rows"]
        assert [row["code"] for row in rows] == [None, "too_many_new_targets"]
        assert "0800" in rows[1]["detail"]


class TestWait:
    async def test_a_new_target_is_noted_and_works_after_it(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await contract(portal, new_target_wait_hours=24)

        answer = await owner.put(PATH, json=ARMED)
        assert (answer.status_code, answer.json()["code"]) == (409, "target_waits")
        assert answer.json()["ready_at"] == "2026-11-24T12:00:00+00:00"
        assert await portal.sent() == []
        assert phone(MOBILE) in (await owner.get(f"{HOME}/sicherheit")).text
        assert await put(owner, MOBILE) == "target_waits"

        portal.clock.move(timedelta(hours=24))
        owner = await portal.customer()
        assert await put(owner, MOBILE) == ""

    async def test_the_hotline_releases_it_after_calling_back(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        agent = await contract(portal, new_target_wait_hours=24)
        assert await put(owner, MOBILE) == "target_waits"

        path = "/customers/C-1001/targets/release"
        other = await agent.post(path, json={"target": OFFICE})
        released = await agent.post(path, json={"target": MOBILE})

        assert (other.status_code, released.status_code) == (404, 204)
        assert await put(owner, MOBILE) == ""
        assert "target_released" in await portal.actions()

    async def test_targets_that_are_known_do_not_wait(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        assert await put(owner, MOBILE) == ""
        await contract(portal, new_target_wait_hours=24)

        assert (await owner.delete(PATH)).is_success
        assert await put(owner, MOBILE) == ""

    async def test_nor_do_they_when_a_clock_ran_ahead_and_is_right_again(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        portal.clock.move(AHEAD)
        assert await put(owner, MOBILE) == ""
        await portal.answer()
        portal.clock.move(-AHEAD)

        assert (await owner.delete(PATH)).is_success
        assert await put(owner, MOBILE) == ""

    async def test_nor_what_another_way_brought_by_such_a_clock(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        assert await put(owner, MOBILE) == ""
        await portal.answer()
        await portal.gateway.service.pool.execute("DELETE FROM known_target")
        await portal.answer(configured_at=portal.clock.now() + AHEAD)

        assert (await owner.delete(PATH)).is_success
        assert await put(owner, MOBILE) == ""

    async def test_nor_what_was_released_by_such_a_clock(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        agent = await contract(portal, new_target_wait_hours=24)
        assert await put(owner, MOBILE) == "target_waits"
        portal.clock.move(AHEAD)
        path = "/customers/C-1001/targets/release"
        assert (await agent.post(path, json={"target": MOBILE})).is_success
        portal.clock.move(-AHEAD)

        assert await put(owner, MOBILE) == ""

    async def test_on_the_page_the_agent_sees_it_whole_only_when_he_asks(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        agent = await contract(portal, new_target_wait_hours=24)
        await put(owner, MOBILE)
        page = f"{HOME}/hotline/kunden/C-1001"

        masked = (await agent.get(page)).text
        token = await csrf(agent, "/hotline/kunden/C-1001")
        shown = (await agent.post(f"{page}/ziele", data={"csrf": token})).text

        assert MOBILE not in masked
        assert MOBILE in shown
        form = {"csrf": token, "target": MOBILE}
        done = await agent.post(f"{page}/ziel-freigeben", data=form)
        assert (done.status_code, await put(owner, MOBILE)) == (303, "")

    async def test_a_block_that_a_block_goes_to_is_shown_whole_to_an_agent(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END, line="L2"))
        body = {"target": "+493023125000", "enabled": True, "keep_extension": True}
        await owner.put(f"/forwardings/{BLOCK}", json=body)
        await portal.answer()
        agent = await portal.agent()
        token = await csrf(agent, "/hotline/kunden/C-1001")

        page = f"{HOME}/hotline/kunden/C-1001/ziele"
        shown = (await agent.post(page, data={"csrf": token})).text

        assert str(phone("+493023125000", "+493023125999")) in shown

    async def test_a_block_that_waits_is_shown_from_its_first_to_its_last_number(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END, line="L2"))
        agent = await contract(portal, new_target_wait_hours=24)
        body = {"target": "+493023125000", "enabled": True, "keep_extension": True}
        await owner.put(f"/forwardings/{BLOCK}", json=body)
        page = f"{HOME}/hotline/kunden/C-1001"

        masked = (await agent.get(page)).text
        token = await csrf(agent, "/hotline/kunden/C-1001")
        shown = (await agent.post(f"{page}/ziele", data={"csrf": token})).text
        own = (await owner.get(f"{HOME}/sicherheit")).text

        whole = str(phone("+493023125000", "+493023125999"))
        assert whole in shown
        assert whole in own
        assert f"<li>{mask('+493023125000')}" in masked
        assert whole not in masked

    @pytest.mark.parametrize("typed", ["-1", "721", "x", "1.5", "٣"])
    async def test_terms_that_make_no_sense_are_refused(
        self, portal: Portal, owner: httpx.AsyncClient, typed: str
    ) -> None:
        _ = owner
        agent = await portal.agent()
        page = f"{HOME}/hotline/kunden/C-1001"
        form = {"csrf": await csrf(agent, "/hotline/kunden/C-1001"), "wait": typed}

        answer = await agent.post(f"{page}/ziel-regeln", data=form)

        assert "720" in answer.text
        assert "terms_changed" not in await portal.actions()

    async def test_no_customer_writes_his_own(self, owner: httpx.AsyncClient) -> None:
        answer = await owner.put(
            "/customers/C-1001/terms", json={"new_target_wait_hours": 0}
        )

        assert answer.json()["code"] == "agents_only"


class Told:
    """What the customer's contact was told."""

    def __init__(self, portal: Portal, sms: FakeSender) -> None:
        self.portal, self.sms = portal, sms

    async def contact(self, **changes: Any) -> None:
        fields: Json = {"kinds": [], "is_on": True} | changes
        await self.portal.gateway.service.pool.execute(
            """
            INSERT INTO contact (customer_number, channel, address, language, kinds,
                                 is_on, confirmed_at, created_by, created_at)
                 VALUES ('C-1001', 'sms', '+494066969123', 'de', $1, $2, $3, 'x', $3)
            """,
            fields["kinds"],
            fields["is_on"],
            self.portal.clock.now(),
        )

    async def texts(self) -> list[str]:
        """Let time pass and return what was sent since the last call."""
        before = len(self.sms.texts())
        self.portal.clock.move(timedelta(seconds=70))
        while await Worker(self.portal.gateway).send_due():
            pass
        return self.sms.texts()[before:]


@pytest.fixture
async def told(empty_database: Database, tmp_path: Path) -> AsyncIterator[Told]:
    sms, url = FakeSender(), empty_database.url("portal_gateway")
    async with running_portal(url, tmp_path / "x", channels={"sms": sms}) as portal:
        yield Told(portal, sms)


class TestNotice:
    @pytest.fixture
    async def mine(self, told: Told) -> httpx.AsyncClient:
        client = await told.portal.customer()
        await told.portal.tell(
            connected(LINE), enabled(SINGLE), enabled(BLOCK, BLOCK_END, line="L2")
        )
        return client

    @pytest.mark.parametrize("changes", [{}, {"is_on": False}])
    async def test_of_a_new_target_reaches_contacts_that_want_none(
        self, told: Told, mine: httpx.AsyncClient, changes: Json
    ) -> None:
        await told.contact(**changes)
        await put(mine, MOBILE)
        await told.portal.answer()
        [text] = await told.texts()
        assert "+49 152 28817386" in text

        await put(mine, MOBILE, f"/forwardings/{INSIDE}")
        await told.portal.answer()
        assert await told.texts() == []  # it is known, and they want none

    async def test_of_a_target_that_waits_comes_when_it_is_entered(
        self, told: Told, mine: httpx.AsyncClient
    ) -> None:
        await told.contact()
        await contract(told.portal, new_target_wait_hours=24)

        assert await put(mine, MOBILE) == "target_waits"

        [text] = await told.texts()
        assert "+49 152 28817386" in text
        assert "24.11.2026, 13:00" in text

    async def test_of_changed_credentials_always_comes(
        self, told: Told, mine: httpx.AsyncClient
    ) -> None:
        await told.contact(is_on=False)
        hashed = await told.portal.gateway.passwords.hash(PASSWORD)
        await told.portal.gateway.service.pool.execute(
            "UPDATE account SET password_hash = $1", hashed
        )
        body = {"current_password": PASSWORD, "username": "hafen.nord"}
        assert (await mine.post("/credentials/username", json=body)).is_success
        body = {"current_password": PASSWORD, "password": "sieben Brücken im Nebel"}
        assert (await mine.post("/credentials/password", json=body)).is_success

        texts = await told.texts()

        assert ["Benutzername geändert" in texts[0], "Kennwort" in texts[1]] == [
            True,
            True,
        ]

    async def test_of_a_removed_contact_goes_to_the_others(
        self, told: Told, mine: httpx.AsyncClient
    ) -> None:
        await told.contact()
        await told.portal.gateway.service.pool.execute(
            """
            INSERT INTO contact (customer_number, channel, address, language, kinds,
                                 confirmed_at, created_by, created_at)
                 VALUES ('C-1001', 'sms', '+494066969124', 'de', '{}', $1, 'x', $1)
            """,
            told.portal.clock.now(),
        )
        assert (await mine.delete("/contacts/1")).status_code == 204

        assert ["Kontakt entfernt" in text for text in await told.texts()] == [True]
        told.portal.clock.move(A_WHILE)
        late = await mine.delete("/contacts/2")
        assert late.json()["code"] == "confirmation_required"
