"""The end: numbers leave, so that the story can be told again."""

import asyncio
from typing import Any

from contracts.options import OptionDisabled
from devstack.demo.scene import HERO, PREFIX, Scene
from devstack.journey.seeing import must, seen
from devstack.journey.world import World


async def leave(scene: Scene) -> None:
    """Port everything out; what happened stays in the history."""
    scene.tell.chapter("9 · The numbers leave")
    with scene.tell.step("All numbers are ported out") as step:
        await port_out(scene.world, scene.customer)
        await scene.world.ears.hear(
            "the option ends", OptionDisabled, lambda event: scene.is_mine(event, HERO)
        )
        await seen(
            "the portal lists none", scene.browser.forwardings, lambda found: not found
        )
        history = (await scene.browser.get("/history"))["history"]
        must("the history stays", history, history)
        step.saw(f"OptionDisabled; the history keeps its {len(history)} entries")


async def port_out(world: World, customer: str) -> None:
    """Let every number of a customer go to another carrier."""
    for entry in await _entries(world, customer):
        if not entry["block"]:
            await world.carrier.ports(
                entry["number"],
                last=entry["last"],
                customer_number=customer,
                line=entry["line"],
                direction="out",
            )


async def clear_the_stage(world: World) -> None:
    """Port out what a story that was broken off has left, and wait until it is gone."""
    found = await world.agent.get("/customers", query=PREFIX, limit="500")
    earlier = [str(each["customer_number"]) for each in found["customers"]]
    await asyncio.gather(*(port_out(world, customer) for customer in earlier))
    for customer in earlier:

        async def left(customer: str = customer) -> list[dict[str, Any]]:
            return await _entries(world, customer)

        await seen(f"{customer} holds no numbers", left, lambda found: not found)


async def _entries(world: World, customer: str) -> list[dict[str, Any]]:
    answer = await world.agent.get("/forwardings", customer_number=customer)
    return list(answer["forwardings"])
