"""Run the gateway: `python -m portal_gateway`."""

import argparse
import asyncio
import os
import sys

import asyncpg

from chassis.commands import Command, main
from portal_gateway import texts
from portal_gateway.app import create_app, make_gateway
from portal_gateway.domain.refused import Refused
from portal_gateway.settings import Settings
from portal_gateway.usecases import customers

PASSWORD = "PORTAL_GATEWAY_AGENT_PASSWORD"  # noqa: S105 - the variable's name


def _create_agent(settings: Settings) -> Command:
    async def run(arguments: argparse.Namespace) -> str:
        password = os.environ.get(PASSWORD, "") or await asyncio.to_thread(_typed)
        gateway = make_gateway(settings)
        connection = await asyncpg.connect(settings.database_url.get_secret_value())
        try:
            is_new = await customers.create_agent(
                gateway, connection, arguments.username, password
            )
        except Refused as refused:
            said = texts.say(refused.code, "en", refused.facts)
            sys.exit(f"{refused.code}: {said.detail}")
        finally:
            await connection.close()
        return "The agent is created." if is_new else "The agent's password is set."

    return Command(
        "create-agent",
        f"create a hotline agent; the password comes from {PASSWORD} or stdin",
        run,
        {"username": {}},
    )


def _typed() -> str:
    return sys.stdin.readline().rstrip("\r\n")


if __name__ == "__main__":
    settings = Settings()
    main(
        "portal-gateway",
        settings,
        lambda: create_app(settings),
        _create_agent(settings),
    )
