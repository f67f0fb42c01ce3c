"""Run the gateway: `python -m portal_gateway`."""

import argparse
import asyncio
import os
import sys

import asyncpg

from chassis.clock import SystemClock
from chassis.commands import Command, audit, main
from chassis.settings import read
from portal_gateway import texts
from portal_gateway.app import create_app, make_gateway
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.stages import Role
from portal_gateway.settings import Settings
from portal_gateway.usecases import customers, holds

AGENT_PASSWORD = "PORTAL_GATEWAY_AGENT_PASSWORD"  # noqa: S105 - the variable's name
OPERATOR_PASSWORD = "PORTAL_GATEWAY_OPERATOR_PASSWORD"  # noqa: S105 - the same


def _create_staff(settings: Settings, role: Role, variable: str) -> Command:
    async def run(arguments: argparse.Namespace) -> str:
        password = os.environ.get(variable, "") or await asyncio.to_thread(_typed)
        gateway = make_gateway(settings)
        connection = await asyncpg.connect(settings.database_url.get_secret_value())
        try:
            is_new = await customers.create_staff(
                gateway, connection, arguments.username, password, role=role
            )
        except Refused as refused:
            said = texts.say(refused.code, "en", refused.facts)
            sys.exit(f"{refused.code}: {said.detail}")
        finally:
            await connection.close()
        return f"The {role} is created." if is_new else f"The {role}'s password is set."

    return Command(
        f"create-{role}",
        f"create an {role}; the password comes from {variable} or stdin",
        run,
        {"username": {}},
    )


def _tell_holds(settings: Settings) -> Command:
    async def run(_arguments: argparse.Namespace) -> str:
        connection = await asyncpg.connect(settings.database_url.get_secret_value())
        try:
            count = await holds.tell_again(connection, SystemClock().now())
        finally:
            await connection.close()
        return f"{count} holds are told once more; the running service tells them."

    return Command(
        "tell-holds",
        "before a replay of forwarding: tell once more what is held off",
        run,
    )


def _typed() -> str:
    return sys.stdin.readline().rstrip("\r\n")


if __name__ == "__main__":
    settings = read(Settings)
    main(
        "portal-gateway",
        settings,
        lambda: create_app(settings),
        _create_staff(settings, "agent", AGENT_PASSWORD),
        _create_staff(settings, "operator", OPERATOR_PASSWORD),
        _tell_holds(settings),
        audit(settings),
    )
