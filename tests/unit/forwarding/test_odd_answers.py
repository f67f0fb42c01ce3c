"""What answers in a switch's place, a proxy perhaps, ends nothing but the request."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest

from chassis.errors import Unavailable
from forwarding.switch import Operation, SwitchNode
from forwarding.switches.kamailio import KamailioSwitch
from forwarding.switches.ngcp import NgcpSlots
from forwarding.switches.simulated import HttpSwitch
from forwarding.switches.web import Web

NUMBER = "+493023125042"
FLAGS = [Operation("flag/fault/L", 7, {"raised": True})]
PAGES = ["<html>\n<h1>It works!</h1>\n</html>", "[]", "null", "7", " \n"]
KAMAILIO = [
    *PAGES,
    "{}",
    "boot=1",
    "boot=1 done=all more=-",
    "boot=1 done=0 more=-\nis not one",
    "boot=1 done=0 more=-\n7 stale",
    "boot=1 done=0 more=-\n0",
    "boot=1 done=0 more=-\n0 stale seven",
]
SIMULATED = [
    *PAGES,
    "{}",
    '{"boot": "1"}',
    '{"boot": "1", "entries": [{}], "next": null}',
]
NGCP = [*PAGES, '{"_embedded": {"ngcp:subscribers": [{"name": "x"}]}}']


def answering(text: str) -> httpx.AsyncClient:
    """Return a client whom everybody answers the same."""
    answer = httpx.Response(200, text=text)
    transport = httpx.MockTransport(lambda _: answer)
    return httpx.AsyncClient(transport=transport, base_url="http://x")


async def desired() -> AsyncGenerator[Sequence[Operation], None]:
    yield FLAGS


async def ask_everything(switch: Any, text: str) -> None:
    """Ask in every way; whatever it says is Unavailable, or it is an answer."""
    switch._http = answering(text)  # noqa: SLF001 - in the place of a server

    async def audited() -> list[Any]:
        return [one async for one in node.audit(desired)]

    node: SwitchNode = switch
    for ask in (node.incarnation, lambda: node.apply(FLAGS), audited):
        with suppress(Unavailable):
            await ask()
    await switch.close()


@pytest.mark.parametrize("text", KAMAILIO)
async def test_kamailio(text: str) -> None:
    second = timedelta(seconds=1)
    await ask_everything(KamailioSwitch("http://x", key="", timeout=second), text)


@pytest.mark.parametrize("text", SIMULATED)
async def test_the_simulated_switch(text: str) -> None:
    await ask_everything(HttpSwitch("http://x", timeout=timedelta(seconds=1)), text)


@pytest.mark.parametrize("text", NGCP)
async def test_ngcp(text: str) -> None:
    slots = NgcpSlots(Web("ngcp", answering(text)))
    with pytest.raises(Unavailable):
        await slots.read(NUMBER)
