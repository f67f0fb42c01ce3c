"""
Calls while numbers flip, every one accounted for.

Small in the suite; `make bench BENCH=sip` runs the same with 500 calls a second and
100,000 numbers (SIP_LOAD_RATE, SIP_LOAD_NUMBERS, SIP_LOAD_SECONDS).
"""

import asyncio
import os
import random
import sys
import time
from dataclasses import dataclass, field

import pytest

from forwarding.switch import Operation, SwitchNode
from support.rigs import MOBILE, NODE, rule
from support.sip import Heard
from support.sip_lab import SipLab, sip_lab

pytestmark = pytest.mark.alone
RATE = int(os.environ.get("SIP_LOAD_RATE", "100"))
NUMBERS = int(os.environ.get("SIP_LOAD_NUMBERS", "2000"))
SECONDS = float(os.environ.get("SIP_LOAD_SECONDS", "3"))
PLACES = {False: "line", True: "target"}


def number(n: int) -> str:
    return f"+49302312{n:06}"


@dataclass
class Flips:
    """When the flag was asked to change, and when that was acknowledged."""

    changes: list[tuple[float, float, bool]] = field(default_factory=list)

    def allowed(self, call: Heard) -> set[str]:
        """Return where a call may have rung, given what was so while it was set up."""
        states = set()
        before = False
        for asked, done, raised in self.changes:
            if asked > call.ended:
                break
            if done >= call.began:
                # It may have met what was before, or this change.
                states |= {before, raised}
            before = raised
        return {PLACES[state] for state in states or {before}}


async def flip(switch: SwitchNode, flips: Flips, until: float) -> None:
    version = NUMBERS + 1
    raised = False
    while time.monotonic() < until or raised:
        raised, version = not raised, version + 1
        asked = time.monotonic()
        (answer,) = await switch.apply(
            [Operation(f"flag/fault/{NODE}", version, {"raised": raised})]
        )
        assert answer.result == "ok"
        flips.changes.append((asked, time.monotonic(), raised))
        await asyncio.sleep(0.1)


async def dial(lab: SipLab, until: float) -> list[Heard]:
    dice = random.Random(7)  # noqa: S311 - which numbers, no secret
    calls: list[asyncio.Task[Heard]] = []
    began = time.monotonic()
    while time.monotonic() < until:
        due = int((time.monotonic() - began) * RATE) - len(calls)
        calls += [
            asyncio.create_task(lab.caller.call(number(dice.randrange(NUMBERS))))
            for _ in range(due)
        ]
        await asyncio.sleep(0.005)
    return await asyncio.gather(*calls)


async def test_no_call_is_lost_and_none_rings_elsewhere_after_the_acknowledgement() -> (
    None
):
    async with sip_lab(memory=512) as lab:
        switch = lab.nodes[0].adapter()
        rules = [
            Operation(f"rule/{number(n)}", n + 1, rule(number(n), MOBILE))
            for n in range(NUMBERS)
        ]
        for at in range(0, NUMBERS, 5000):
            await switch.apply(rules[at : at + 5000])
        flips, until = Flips(), time.monotonic() + SECONDS

        calls, _ = await asyncio.gather(dial(lab, until), flip(switch, flips, until))

        await switch.close()
    lost = [call for call in calls if call.status != 200]
    wrong = [call for call in calls if call.at not in flips.allowed(call)]
    rang = {at: sum(call.at == at for call in calls) for at in PLACES.values()}
    repeated = sum(call.sent - 1 for call in calls)
    slowest = max(call.ended - call.began for call in calls)
    sys.stdout.write(
        f"{len(calls)} calls in {SECONDS:g} s over {NUMBERS} numbers that flipped "
        f"{len(flips.changes)} times: {rang}, {len(lost)} lost, {len(wrong)} wrong, "
        f"{repeated} sent again, slowest {slowest * 1000:.0f} ms\n"
    )
    assert lost == []
    assert wrong == []
    assert min(rang.values()) > 0
