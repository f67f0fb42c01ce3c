"""The owner of a number ends forwardings to it, with a code that goes to it."""

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from portal_gateway.usecases import objecting
from support.portal import (
    BLOCK,
    BLOCK_END,
    LINE,
    MOBILE,
    OFFICE,
    SINGLE,
    Portal,
    connected,
    enabled,
    running_portal,
)
from support.providers import FakeSender
from support.stack import Database

PAGE = "http://portal.test/umleitung-beenden"


@pytest.fixture
def sms() -> FakeSender:
    return FakeSender()


@pytest.fixture
async def portal(
    empty_database: Database, tmp_path: Path, sms: FakeSender
) -> AsyncIterator[Portal]:
    url = empty_database.url("portal_gateway")
    async with running_portal(url, tmp_path / "x", channels={"sms": sms}) as running:
        yield running


@pytest.fixture
async def target(portal: Portal) -> str:
    """A number that a customer's rule leads to."""
    client = await portal.customer()
    await portal.tell(connected(LINE), enabled(SINGLE))
    body = {"target": MOBILE, "enabled": True}
    await client.put(f"/forwardings/{SINGLE}", json=body)
    await portal.answer()
    return MOBILE


async def ask(portal: Portal, number: str) -> httpx.Response:
    return await portal.client().post(PAGE, data={"number": number})


async def prove(portal: Portal, number: str, code: str) -> str:
    form = {"number": number, "code": code}
    return (await portal.client().post(f"{PAGE}/code", data=form)).text


def code_in(text: str) -> str:
    found = re.search(r"\b\d{6}\b", text)
    assert found
    return found[0]


async def test_a_code_ends_forwardings_for_good(
    portal: Portal, target: str, sms: FakeSender
) -> None:
    await ask(portal, "0152 28817386")
    await objecting.work(portal.gateway)
    [text] = sms.texts()
    assert "stimmt nicht" in await prove(portal, "0152 28817386", "x")

    done = await prove(portal, "+49 152 28817386", code_in(text))

    assert "wird nichts mehr umgeleitet" in done
    [told] = await portal.sent("ForwardingsHeld")
    assert (told["number"], told["held"], told["reason"]) == (target, True, "owner")
    again = await prove(portal, target, code_in(text))
    assert "stimmt nicht" in again  # one code, one use
    assert "forwardings_held" in await portal.actions()


async def test_who_is_no_target_gets_the_same_answer_and_no_message(
    portal: Portal, target: str, sms: FakeSender
) -> None:
    there, not_there = await ask(portal, target), await ask(portal, OFFICE)
    await objecting.work(portal.gateway)

    assert there.text.replace(target, "N") == not_there.text.replace(OFFICE, "N")
    assert (there.status_code, not_there.status_code) == (200, 200)
    assert len(sms.texts()) == 1
    wrong = [await prove(portal, number, "123456") for number in (target, OFFICE)]
    assert wrong[0].replace(target, "N") == wrong[1].replace(OFFICE, "N")


async def test_a_number_of_a_block_that_is_a_target_is_one(
    portal: Portal, sms: FakeSender
) -> None:
    client = await portal.customer()
    await portal.tell(connected(LINE), enabled(BLOCK, BLOCK_END))
    body = {"target": "+493023125000", "enabled": True, "keep_extension": True}
    await client.put(f"/forwardings/{BLOCK}", json=body)
    await portal.answer()

    for number in ("+493023125999", "+493023126000"):
        await ask(portal, number)
    await objecting.work(portal.gateway)

    assert len(sms.texts()) == 1


async def test_a_code_is_guessed_five_times_and_good_for_ten_minutes(
    portal: Portal, target: str, sms: FakeSender
) -> None:
    await ask(portal, target)
    await objecting.work(portal.gateway)
    code = code_in(sms.texts()[-1])
    for _ in range(5):
        await prove(portal, target, "x")
    assert "stimmt nicht" in await prove(portal, target, code)

    await ask(portal, target)
    await objecting.work(portal.gateway)
    portal.clock.move(timedelta(minutes=10))
    assert "stimmt nicht" in await prove(portal, target, code_in(sms.texts()[-1]))
    assert await portal.sent("ForwardingsHeld") == []


async def test_nobody_floods_a_number_or_asks_for_all(
    portal: Portal, target: str, sms: FakeSender
) -> None:
    answers = [await ask(portal, target) for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    await objecting.work(portal.gateway)
    assert len(sms.texts()) == 3

    more = [await ask(portal, f"+4930231250{n:02}") for n in range(20)]
    assert more[-1].status_code == 429


async def test_a_code_that_cannot_be_sent_now_is_sent_later(
    portal: Portal, target: str, sms: FakeSender
) -> None:
    sms.is_away = True
    await ask(portal, target)
    await objecting.work(portal.gateway)
    assert sms.texts() == []

    sms.is_away = False
    await objecting.work(portal.gateway)
    assert len(sms.texts()) == 1


@pytest.mark.parametrize("number", ["", "112", "abc", "+49"])
async def test_what_is_no_number_is_said_so(portal: Portal, number: str) -> None:
    answer = await ask(portal, number)

    assert "vollständige Rufnummer" in answer.text


async def test_without_a_provider_the_page_names_the_hotline(
    empty_database: Database, tmp_path: Path
) -> None:
    url = empty_database.url("portal_gateway")
    async with running_portal(url, tmp_path / "x") as bare:
        for answer in (await bare.client().get(PAGE), await ask(bare, MOBILE)):
            assert "0800-0326835" in answer.text
            assert "<form" not in answer.text.split("<main")[1]


async def test_what_was_asked_before_messages_were_switched_off_stops_nothing(
    portal: Portal, target: str, sms: FakeSender
) -> None:
    await ask(portal, target)

    await objecting.work(replace(portal.gateway, channels={}))

    await objecting.work(portal.gateway)
    assert len(sms.texts()) == 1
