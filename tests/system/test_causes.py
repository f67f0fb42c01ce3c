"""Why a number is diverted: several reasons at once, and one after the other gone."""

from typing import Any

from contracts.forwardings import ForwardingApplied
from contracts.outages import OutageDetected
from devstack.journey.portal import Json
from devstack.journey.seeing import seen
from devstack.journey.world import World
from support.demo_people import At

Kinds = list[str]
NUMBER = "+4921122223338"


async def test_a_stop_by_hand_leaves_the_outage(office: At, around: World) -> None:
    path = f"/forwardings/{NUMBER}/manual"
    await office.browser.set_rule(NUMBER, target="015228817386", enabled=True)
    await office.browser.ask("POST", path)
    await _causes(office, ["manual"])

    alarm = await around.monitoring.down(lines=office.customer["lines"], confirmed=True)
    await _causes(office, ["manual", "outage"])
    await office.browser.ask("DELETE", path)
    entry = await _causes(office, ["outage"])
    assert entry["state"] == "diverted"
    assert (await around.switch.call(NUMBER))["diverted"]

    await around.monitoring.up(alarm)
    await around.switch.rings_at_home(NUMBER)
    await _causes(office, [])
    await office.browser.remove_rule(NUMBER)


async def test_a_restored_target_rings_from_the_outage_on(
    office: At, around: World
) -> None:
    """A rule that is armed during an outage takes effect at once; off, it ends."""
    outages = {event.outage_id for event in around.ears.all(OutageDetected)}
    alarm = await around.monitoring.down(lines=office.customer["lines"], confirmed=True)
    told = await around.ears.hear(
        "the outage", OutageDetected, lambda event: event.outage_id not in outages
    )

    await office.browser.set_rule(NUMBER, target="015228817386", enabled=True)
    await around.switch.rings_at(NUMBER, "+4915228817386")
    await office.browser.set_rule(NUMBER, enabled=False)
    await around.switch.rings_at_home(NUMBER)
    await office.browser.set_rule(NUMBER, enabled=True)
    await around.switch.rings_at(NUMBER, "+4915228817386")
    await around.monitoring.up(alarm)
    await around.switch.rings_at_home(NUMBER)

    await around.ears.hear(
        "the end",
        ForwardingApplied,
        lambda e: e.number == NUMBER and e.outage_id == told.outage_id and not e.causes,
    )
    await office.browser.remove_rule(NUMBER)


async def _causes(office: At, kinds: Kinds) -> Json:
    def is_it(entry: dict[str, Any]) -> bool:
        return sorted(cause["type"] for cause in entry["causes"]) == kinds

    return await seen(
        f"causes {kinds}", lambda: office.browser.forwarding(NUMBER), is_it
    )
