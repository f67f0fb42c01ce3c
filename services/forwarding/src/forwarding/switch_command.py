"""`python -m forwarding switch`: look at nodes, say yes to a reconcile, take over."""

import argparse
from collections.abc import Awaitable, Callable
from datetime import timedelta

from chassis.clock import SystemClock
from chassis.commands import Command
from chassis.errors import Unavailable
from chassis.postgres import Pool
from forwarding.fence_store import Fence
from forwarding.reconciler import Reconciler
from forwarding.settings import Settings
from forwarding.slot_store import SlotStore
from forwarding.switches.making import make_switch
from forwarding.switches.nodes import Node, Nodes
from forwarding.versions import open_pool

Action = Callable[[Settings, Pool, Nodes, Fence], Awaitable[list[str]]]


def switch_command(settings: Settings) -> Command:
    """Return the command."""

    async def run(arguments: argparse.Namespace) -> str:
        url = settings.database_url.get_secret_value()
        async with await open_pool(url, size=3) as pool:
            fence = Fence(pool)
            await fence.read()
            nodes = make_switch(
                settings,
                fence=lambda: fence.value,
                slots=lambda name: SlotStore(pool, name, SystemClock()),
            )
            try:
                action: Action = ACTIONS[arguments.action]
                return "\n".join(await action(settings, pool, nodes, fence))
            finally:
                await nodes.close()

    return Command(
        "switch",
        "its nodes; repair what waits for an operator; take the switch over",
        run,
        {"action": {"choices": list(ACTIONS)}},
    )


async def _status(
    settings: Settings, pool: Pool, nodes: Nodes, fence: Fence
) -> list[str]:
    said = [f"Our fence is {fence.value}."]
    for node in nodes.nodes:
        name = node.switch.name
        try:
            life = await node.switch.incarnation()
            found = await _reconciler(settings, pool, node).look()
        except Unavailable as error:
            said.append(f"{name}: does not answer ({error})")
            continue
        said.append(
            f"{name}: {'takes calls' if life.ready else 'waits for its rules'}, "
            f"fence {life.fence}; {found.entries} entries, {len(found.missing)} "
            f"missing, {len(found.ahead)} not as here, {len(found.stuck)} unknown "
            f"here, {len(found.on_their_way)} on their way"
        )
    return said


async def _approve(
    settings: Settings, pool: Pool, nodes: Nodes, _fence: Fence
) -> list[str]:
    said = []
    for node in nodes.nodes:
        found = await _reconciler(settings, pool, node).reconcile(force=True)
        said.append(f"{node.switch.name}: {found.differences} differences repaired.")
    return said


async def _take_over(
    _settings: Settings, _pool: Pool, nodes: Nodes, fence: Fence
) -> list[str]:
    lives = [await node.switch.incarnation() for node in nodes.nodes]
    value = await fence.pass_by(max(life.fence for life in lives))
    for node in nodes.nodes:
        await node.switch.apply([])  # shows the new fence at once
    return [f"Ours is fence {value} now: writes from any other database are refused."]


def _reconciler(settings: Settings, pool: Pool, node: Node) -> Reconciler:
    return Reconciler(
        pool,
        node,
        SystemClock(),
        every=settings.reconcile_every / timedelta(seconds=1),
        limit=settings.reconcile_limit,
        batch=settings.switch_batch,
    )


ACTIONS: dict[str, Action] = {
    "status": _status,
    "approve": _approve,
    "take-over": _take_over,
}
