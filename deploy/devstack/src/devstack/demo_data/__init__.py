"""Demo data for a running stack: an agent, nine customers and a newcomer."""

import asyncio

from devstack.demo_data.customers import CANARY, CUSTOMERS, NEWCOMER
from devstack.demo_data.filling import Filled, fill, fill_newcomer
from devstack.demo_data.handing_out import show, write
from devstack.journey.world import world
from devstack.settings import Settings


async def load(settings: Settings) -> None:
    """Fill the stack, write demo.json, and show who may log in; twice is as once."""
    async with world(settings, topics=("OptionEnabled",)) as around:
        async with asyncio.TaskGroup() as all_of_them:
            tasks = [
                all_of_them.create_task(fill(around, customer))
                for customer in CUSTOMERS
            ]
            if settings.has_canary:
                all_of_them.create_task(fill(around, CANARY))
            newcomer = all_of_them.create_task(fill_newcomer(around, NEWCOMER))
        customers: list[Filled] = [task.result() for task in tasks]
        write(settings, around.agent_login, customers, newcomer.result())
        show(settings, around.agent_login, customers, newcomer.result())
