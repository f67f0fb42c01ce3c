"""Demo data for a running stack: staff, nine customers and a newcomer."""

import asyncio

from devstack import logins
from devstack.demo_data.customers import CANARY, CUSTOMERS, NEWCOMER
from devstack.demo_data.filling import Filled, fill, fill_newcomer
from devstack.demo_data.handing_out import show, show_calls, show_outages, write
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
            operator = all_of_them.create_task(
                logins.create_staff(settings, logins.OPERATOR)
            )
        customers: list[Filled] = [task.result() for task in tasks]
        staff = {"agent": around.agent_login, "operator": operator.result()}
        write(settings, staff, customers, newcomer.result())
        show(settings, staff, customers, newcomer.result())
        await show_outages(around.monitoring, around.gateway)
        await show_calls(around.switch, customers)
