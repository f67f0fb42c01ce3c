"""What the switch holds stays while nobody speaks to it."""

from typing import Any

from contracts.event import new_id
from support.forwarding_facts import MOBILE
from support.forwarding_lab import Lab
from support.sip_lab import sip_lab
from support.stack import Stack, fresh_database
from support.switch_lab import SwitchLab

NUMBER, LINE = "+493023125777", "line of one who stays diverted"


async def test_calls_stay_diverted_while_forwarding_is_away(
    stack: Stack, kafka: str
) -> None:
    none = SwitchLab("none", None)  # type: ignore[arg-type]  # the real one is asked
    async with (
        sip_lab() as sip,
        fresh_database(stack) as database,
        Lab(kafka, database, none).listening() as lab,
    ):
        setting: dict[str, Any] = {
            "switch_url": sip.nodes[0].setting,
            "switch_key": sip.key,
        }
        async with lab.serving(**setting):
            await lab.open(NUMBER, LINE)
            await lab.arm(NUMBER, MOBILE)
            await lab.send(lab.facts.detected(new_id(), LINE))
            await lab.quiet()

        assert (await sip.caller.call(NUMBER)).at == "target"
