"""Holds: ordered by staff, told to forwarding, seen by customers, kept in the audit."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from portal_gateway.usecases import holds
from support.portal import (
    BLOCK,
    BLOCK_END,
    MOBILE,
    NOON,
    OFFICE,
    SINGLE,
    Portal,
    enabled,
)

HOME = "http://portal.test"
PAGE = f"{HOME}/team/sperren"
PATH = f"/forwardings/{SINGLE}"
TARGET = {"subject": "target", "name": "0152 28817386", "because": "Anruf vom 23.11."}


async def order(client: httpx.AsyncClient, *, held: bool = True, **more: Any) -> str:
    """Hold off or let go; return the code of a refusal, or nothing."""
    answer = await client.post("/holds", json={**TARGET, "held": held, **more})
    return "" if answer.is_success else str(answer.json()["code"])


async def put(client: httpx.AsyncClient, target: str, path: str = PATH) -> str:
    answer = await client.put(path, json={"target": target, "enabled": True})
    return "" if answer.is_success else str(answer.json()["code"])


async def csrf(browser: httpx.AsyncClient) -> str:
    found = re.search(r'name="csrf" value="(\w+)"', (await browser.get(PAGE)).text)
    assert found
    return found[1]


class TestTarget:
    async def test_is_told_once_with_a_version_that_grows(self, portal: Portal) -> None:
        agent = await portal.agent()
        for held in (True, True, False, False, True):
            assert await order(agent, held=held) == ""

        told = await portal.sent("ForwardingsHeld")

        assert [(one["held"], one["version"]) for one in told] == [
            (True, 1),
            (False, 2),
            (True, 3),
        ]
        assert {one["number"] for one in told} == {MOBILE}
        assert (await portal.actions()).count("forwardings_held") == 2

    async def test_what_stands_is_told_again_as_it_was(self, portal: Portal) -> None:
        agent = await portal.agent()
        await order(agent)
        await order(agent, name=BLOCK, last=BLOCK_END)
        await order(agent, name=OFFICE)
        await order(agent, name=OFFICE, held=False)
        told = await portal.sent("ForwardingsHeld")

        async with portal.gateway.transaction() as connection:
            assert await holds.tell_again(connection, NOON) == 2

        again = (await portal.sent("ForwardingsHeld"))[len(told) :]
        assert sorted(again, key=str) == sorted(told[:2], key=str)

    async def test_is_refused_to_every_way_of_saving(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        agent = await portal.agent()
        assert await order(agent) == ""

        assert await put(owner, MOBILE) == "target_held"
        assert await put(owner, f"{MOBILE}") == "target_held"
        body = {"number": SINGLE, "target": MOBILE}
        check = (await owner.post("/targets/check", json=body)).json()
        assert (check["ok"], check["code"]) == (False, "target_held")
        content = f"Rufnummer;Rufumleitung;Zielnummer\n{SINGLE};Aktiv;{MOBILE}"
        headers = {"Content-Type": "text/csv"}
        found = await owner.post("/imports", content=content, headers=headers)
        assert found.json()["rows"]["refused"] == 1
        assert await portal.sent() == []
        assert await put(owner, OFFICE) == ""

        assert await order(agent, held=False) == ""
        assert await put(owner, MOBILE) == ""

    async def test_of_a_range_meets_every_number_in_it(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        agent = await portal.agent()
        assert await order(agent, name="+493023125000", last="+493023125999") == ""

        assert await put(owner, OFFICE) == "target_held"
        assert await put(owner, MOBILE) == ""

    @pytest.mark.parametrize(
        "more",
        [
            {"name": "112"},
            {"name": ""},
            {"name": "+493023125000", "last": "+493023125003"},
            {"name": "+493023125999", "last": "+493023125000"},
            {"name": "abc"},
        ],
    )
    async def test_that_is_no_number_is_refused(
        self, portal: Portal, more: dict[str, Any]
    ) -> None:
        assert await order(await portal.agent(), **more) == "hold_target_invalid"
        assert await portal.sent("ForwardingsHeld") == []

    async def test_shows_the_customer_why_his_number_is_not_diverted(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await put(owner, MOBILE)
        await portal.answer()
        await portal.answer(
            "flagged", code="target_held", configured_at=NOON + timedelta(minutes=1)
        )

        entry = (await owner.get(PATH)).json()
        page = (await owner.get(f"{HOME}/konfigurator/nummer/{SINGLE}")).text

        assert (entry["state"], entry["code"]) == ("failed", "target_held")
        assert "Inhaber" in page
        coverage = (await owner.get("/coverage")).json()
        assert coverage["protected"] == 0, coverage

    async def test_stays_shown_whatever_else_is_answered_until_it_is_lifted(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await put(owner, MOBILE)
        await portal.answer()
        await owner.post(f"{PATH}/manual")
        await portal.answer()
        later = NOON + timedelta(minutes=1)
        rule: dict[str, Any] = {"action": "set", "cause": None, "configured_at": later}
        await portal.answer("flagged", code="target_held", **rule)
        states = []
        for method, outcome in (("DELETE", "accepted"), ("POST", "refused")):
            await owner.request(method, f"{PATH}/manual")
            await portal.answer(outcome)
            states.append(await told(owner))
        await portal.answer(**rule)

        held = ("failed", "target_held", "Ohne Wirkung", True)
        assert states == [held] * 2
        assert await told(owner) == ("ready", None, "Bereit", False)


async def told(owner: httpx.AsyncClient) -> tuple[str, str | None, str, bool]:
    """Return state and code, how the story begins, and whether the page warns."""
    entry = (await owner.get(PATH)).json()
    [first, *_] = (await owner.get(f"{PATH}/why")).json()["sentences"]
    page = (await owner.get(f"{HOME}/konfigurator/nummer/{SINGLE}")).text
    return entry["state"], entry["code"], first.partition(":")[0], "Inhaber" in page


async def all_held(owner: httpx.AsyncClient) -> tuple[bool, bool]:
    """Return what programs are told of the kill switch."""
    paths = ("/forwardings", "/coverage")
    first, second = [(await owner.get(path)).json().get("all_held") for path in paths]
    return first, second


class TestCustomer:
    async def test_can_arm_nothing_and_switch_off_all(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await put(owner, MOBILE)
        await portal.answer()
        agent = await portal.agent()
        held: dict[str, Any] = {"subject": "customer", "name": "C-1001"}

        assert await order(agent, **held) == ""

        assert await put(owner, OFFICE) == "customer_held"
        assert (await owner.put(PATH, json={"enabled": False})).is_success
        assert (await owner.delete(PATH)).is_success
        told = await portal.sent("ForwardingsHeld")
        assert [one["customer_number"] for one in told] == ["C-1001"]
        history = (await owner.get("/history")).json()["history"]
        assert "forwardings_held" in [one["action"] for one in history]

    async def test_that_there_is_not_is_not_found(self, portal: Portal) -> None:
        agent = await portal.agent()

        assert await order(agent, subject="customer", name="C-404") == "not_found"

    async def test_of_another_name_is_not_touched(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        other = await portal.customer("C-2002")
        await portal.tell(enabled(BLOCK, BLOCK_END, customer="C-2002", line="L2"))
        await order(await portal.agent(), subject="customer", name="C-1001")

        assert await put(owner, MOBILE) == "customer_held"
        assert await put(other, MOBILE, f"/forwardings/{BLOCK}") == ""


class TestAll:
    async def test_is_for_operators_who_typed_their_password_just_now(
        self, portal: Portal
    ) -> None:
        agent, operator = await portal.agent(), await portal.operator()

        assert await order(agent, subject="all", name="") == "operators_only"
        assert await order(operator, subject="all", name="") == ""
        portal.clock.move(timedelta(minutes=16))
        late = await order(operator, subject="all", name="", held=False)

        assert late == "confirmation_required"
        assert [one["held"] for one in await portal.sent("ForwardingsHeld")] == [True]


class TestPage:
    async def test_holds_lists_and_lifts(self, portal: Portal) -> None:
        agent = await portal.agent()
        form = {**TARGET, "csrf": await csrf(agent), "held": "1", "reason": "owner"}

        done = await agent.post(PAGE, data=form)
        shown = (await agent.get(PAGE)).text
        assert (done.status_code, "Anruf vom 23.11." in shown) == (303, True)
        assert "Notaus" not in shown
        lifted = await agent.post(PAGE, data={**form, "name": MOBILE, "held": "0"})

        assert lifted.status_code == 303
        assert "Nichts ist gesperrt." in (await agent.get(PAGE)).text
        reasons = [one["reason"] for one in await portal.sent("ForwardingsHeld")]
        assert reasons == ["owner", "owner"]

    async def test_keeps_what_was_typed(self, portal: Portal) -> None:
        agent = await portal.agent()
        form = {**TARGET, "csrf": await csrf(agent), "held": "1", "name": "12"}

        answer = await agent.post(PAGE, data=form)

        assert 'value="12"' in answer.text
        assert "Anruf vom 23.11." in answer.text

    async def test_offers_operators_the_kill_switch(self, portal: Portal) -> None:
        operator = await portal.operator()
        form = {"subject": "all", "held": "1", "because": "Test"}

        assert "Notaus" in (await operator.get(PAGE)).text
        done = await operator.post(PAGE, data={**form, "csrf": await csrf(operator)})

        assert done.status_code == 303
        assert "Alle Rufumleitungen" in (await operator.get(PAGE)).text

    async def test_says_to_customers_that_the_kill_switch_is_on(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        before = (await owner.get(f"{HOME}/lage")).text
        told = [await all_held(owner)]
        await order(await portal.operator(), subject="all", name="")
        portal.clock.move(timedelta(minutes=1))  # nobody hints at what is for all

        told.append(await all_held(owner))
        assert told == [(False, False), (True, True)]
        assert "alle Rufumleitungen angehalten" not in before
        assert (
            "alle Rufumleitungen angehalten" in (await owner.get(f"{HOME}/lage")).text
        )

    async def test_a_customer_on_hold_keeps_what_he_typed(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await order(await portal.agent(), subject="customer", name="C-1001")
        page = f"{HOME}/konfigurator/nummer/{SINGLE}"
        found = re.search(r'name="csrf" value="(\w+)"', (await owner.get(page)).text)
        assert found
        form = {"csrf": found[1], "target": "030 23125042", "enabled": "1"}

        answer = await owner.post(page, data=form)

        assert "zurzeit angehalten" in answer.text
        assert 'value="030 23125042"' in answer.text

    async def test_is_not_there_for_customers(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        assert (await owner.get(PAGE)).status_code == 404
        assert (await owner.get("/holds")).json()["code"] == "staff_only"
        assert await order(owner) == "staff_only"
        assert await portal.sent("ForwardingsHeld") == []
