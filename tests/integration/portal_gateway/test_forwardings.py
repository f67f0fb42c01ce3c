"""Seeing and changing forwardings through the API."""

import asyncio
from datetime import timedelta
from urllib.parse import quote

import httpx
import pytest

from support.portal import (
    BLOCK,
    BLOCK_END,
    INSIDE,
    MOBILE,
    NOON,
    OFFICE,
    OTHER_SINGLE,
    SINGLE,
    Portal,
    applied,
    connected,
    disabled,
    enabled,
    outage,
)

PATH = f"/forwardings/{quote(SINGLE)}"
ARMED = {"target": MOBILE, "enabled": True}


class TestList:
    async def test_shows_an_enabled_number_as_inactive(
        self, owner: httpx.AsyncClient
    ) -> None:
        answer = await owner.get("/forwardings")

        assert answer.status_code == 200
        [entry] = answer.json()["forwardings"]
        assert entry["number"] == SINGLE
        assert entry["kind"] == "number"
        assert entry["state"] == "inactive"
        assert entry["rule"]["source"] == "none"
        assert entry["rule"]["target"] is None


class TestPut:
    async def test_is_pending_until_forwarding_answers(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        answer = await owner.put(PATH, json=ARMED)

        assert answer.status_code == 202
        assert answer.json()["state"] == "pending"
        [wish] = await portal.sent()
        assert wish["rule"]["target"] == MOBILE
        await portal.answer()
        shown = (await owner.get(PATH)).json()
        assert shown["state"] == "ready"
        assert shown["rule"]["source"] == "own"
