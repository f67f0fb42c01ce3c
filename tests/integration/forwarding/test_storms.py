"""A storm: hundreds of outages within a second, each of a line of its own."""

import asyncio

from prometheus_client import REGISTRY

from contracts.event import new_id
from support.forwarding_facts import MOBILE
from support.forwarding_lab import Lab

LINES = 400


def requests() -> float:
    """Return how often the switch was asked to do something."""
    called = {"operation": "apply", "backend": "http"}
    name = "forwarding_operation_duration_seconds_count"
    return REGISTRY.get_sample_value(name, called) or 0.0


async def test_the_switch_and_the_database_are_asked_a_few_times_for_all_of_them(
    lab: Lab, number: str, line: str
) -> None:
    await lab.open(number, line)
    await lab.arm(number, MOBILE)
    lines = [*(f"{line}-{at}" for at in range(LINES)), line]
    outages = {each: new_id() for each in lines}
    await lab.switch.misbehave(delay_ms=[100, 200])
    before = requests()

    await asyncio.gather(
        *(lab.send(lab.facts.detected(outages[each], each)) for each in lines)
    )
    await lab.quiet()

    assert await lab.rings(number) == MOBILE
    assert requests() - before < LINES / 10
    held = await lab.switch.held()
    assert all(held[f"flag/fault/{each}"][1] == {"raised": True} for each in lines)
    # Nor is it noted of each by itself that it was told.
    noted = await lab.row(
        "SELECT count(DISTINCT xmin::text) FROM flip WHERE outage_id = ANY($1)",
        list(outages.values()),
    )
    assert noted < LINES / 4

    await asyncio.gather(
        *(lab.send(lab.facts.cleared(outages[each])) for each in lines)
    )
    await lab.quiet()
    assert await lab.rings(number) == number
