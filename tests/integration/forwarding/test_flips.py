from contracts.event import new_id
from support.forwarding_lab import Lab

OFFICE, OTHER = "+492114710100", "+492114710101"
MOBILE, SECOND = "+4915228817386", "+493023125042"


async def test_calls_go_to_the_target_while_the_line_is_down(lab: Lab) -> None:
    line = f"L{new_id()[:8]}"
    await lab.open_option(OFFICE, line=line, elements=["node-1", "region-1"])
    answer = await lab.arm(OFFICE, MOBILE)
    assert answer["outcome"] == "accepted"
    assert (await lab.rings(OFFICE))["rings_at"] == OFFICE

    outage = new_id()
    await lab.outage(outage, line)
    event = await lab.until_applied(OFFICE, in_effect=True, target=MOBILE)
    assert event["outage_id"] == outage
    assert (await lab.rings(OFFICE))["rings_at"] == MOBILE

    await lab.clear(outage)
    await lab.until_applied(OFFICE, in_effect=False)
    assert (await lab.rings(OFFICE))["rings_at"] == OFFICE
    assert [e["in_effect"] for e in lab.applied(OFFICE)] == [True, False]
