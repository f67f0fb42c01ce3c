"""Messages that can never succeed are parked, and keep no neighbour from its effect."""

import json
import random
from typing import Any

import pytest

from contracts.event import new_id
from support.forwarding_facts import MOBILE
from support.forwarding_lab import Lab

NOISE = "".join(random.Random(7).choices("0123456789abcdef", k=6000))  # noqa: S311 - no secret
DAWN = "0001-01-01T00:00:00+14:00"
BAD_WISHES: dict[str, dict[str, Any]] = {
    "a drill that ends in no zone": {
        "action": "start",
        "cause": "drill",
        "ends_at": "2026-11-23T12:00:00",
    },
    "a country in small letters": {"allowed_countries": ["de"]},
    "a customer of 6,000 letters": {"customer_number": NOISE},
    "an id of 6,000 letters": {"request_id": NOISE},
}
BAD_OUTAGES: dict[str, dict[str, Any]] = {
    "before the first year": {"occurred_at": DAWN},
    "an element of 6,000 letters": {"element": NOISE},
    "a line of 6,000 letters": {"lines": [NOISE]},
    "an id of 6,000 letters": {"outage_id": NOISE},
}


def spoilt(event: Any, **fields: Any) -> bytes:
    return json.dumps(event.model_dump(mode="json") | fields).encode()


async def parked(lab: Lab, topic: str) -> int:
    count = "SELECT count(*) FROM dead_letter WHERE topic = $1"
    return int(await lab.row(count, topic))


@pytest.mark.parametrize("fields", BAD_WISHES.values(), ids=list(BAD_WISHES))
async def test_a_wish_is_parked_and_the_next_is_taken_over(
    lab: Lab, number: str, line: str, fields: dict[str, Any]
) -> None:
    await lab.open(number, line)
    before = await parked(lab, "ForwardingRequested")
    wish = lab.facts.rule(number, MOBILE)

    await lab.send_raw("ForwardingRequested", spoilt(wish, **fields), key=wish.key)
    answer = await lab.answer_to(lab.facts.rule(number, MOBILE))

    assert answer["outcome"] == "accepted"
    assert await parked(lab, "ForwardingRequested") == before + 1


async def test_a_use_that_names_no_cause_waits_for_no_number(
    lab: Lab, number: str, line: str
) -> None:
    before = await parked(lab, "ForwardingRequested")

    await lab.send(lab.facts.wish(number, action="start"))
    await lab.quiet()
    await lab.open(number, line)

    assert (await lab.arm(number, MOBILE))["outcome"] == "accepted"
    assert await parked(lab, "ForwardingRequested") == before + 1
    assert await parked(lab, "OptionEnabled") == 0


async def test_a_block_to_which_numbers_end_is_refused(
    lab: Lab, block: tuple[str, str], line: str
) -> None:
    await lab.open(block[0], line, last=block[1])

    answer = await lab.answer_to(
        lab.facts.rule(
            block[0], "+999999999999995", last=block[1], rule={"keep_extension": True}
        )
    )

    assert (answer["outcome"], answer["code"]) == ("refused", "target_unknown_country")


@pytest.mark.parametrize("fields", BAD_OUTAGES.values(), ids=list(BAD_OUTAGES))
async def test_an_outage_is_parked_and_its_neighbours_take_effect(
    lab: Lab, number: str, line: str, fields: dict[str, Any]
) -> None:
    await lab.open(number, line)
    await lab.arm(number, MOBILE)
    before = await parked(lab, "OutageDetected")
    bad, good = lab.facts.detected(new_id(), "x"), lab.facts.detected(new_id(), line)

    await lab.send_raw("OutageDetected", spoilt(bad, **fields), key=good.key)
    await lab.send(good)

    await lab.until_rings(number, MOBILE)
    await lab.quiet()
    assert await parked(lab, "OutageDetected") == before + 1
