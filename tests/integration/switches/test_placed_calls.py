"""Whole calls as `make up` and `make demo` place them, with SIPp."""

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from devstack.journey.calling import call
from devstack.journey.seeing import NotSeen
from devstack.settings import Settings
from forwarding.switch import Operation
from support.programs import program
from support.rigs import LINE, MOBILE, rule
from support.sip_lab import Node, SipLab

A = "+493023125001"


@pytest.fixture
async def node(running_lab: SipLab) -> AsyncIterator[Node]:
    """A switch where a stack has its own."""
    host = f"{running_lab.network}.1"
    node = replace(running_lab.nodes[0], host=host, process=None)
    await node.start()
    yield node
    node.stop()


@pytest.fixture
def settings(running_lab: SipLab) -> Settings:
    program("sipp")
    return replace(Settings.from_env(), sip_network=running_lab.network)


async def test_one_that_rings_nowhere_is_told_with_the_switch_s_reason(
    node: Node, settings: Settings
) -> None:
    switch = node.adapter()
    diverted = rule(A, MOBILE, target_places=["line 2"])
    await switch.apply(
        [
            Operation(f"rule/{A}", 1, diverted),
            Operation(f"flag/fault/{LINE}", 2, {"raised": True}),
            Operation("flag/fault/line 2", 3, {"raised": True}),
        ]
    )
    await switch.close()

    trace = await call(settings, A)

    assert (trace.at, trace.rang_at) == ("nowhere", "")
    assert trace.told == f"{A} rang nowhere: target not reachable"


@pytest.mark.usefixtures("node")
async def test_one_that_nobody_answers_is_not_seen(
    running_lab: SipLab, settings: Settings
) -> None:
    running_lab.line.manner = "away"
    try:
        with pytest.raises(NotSeen):
            await call(settings, A)
    finally:
        running_lab.line.manner = "answers"
