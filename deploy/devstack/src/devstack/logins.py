"""Who may log in to a stack; passwords follow from a secret that is the stack's own."""

import asyncio
import base64
import hashlib
import hmac
import os
import sys
from dataclasses import dataclass, field
from typing import Final

from devstack.errors import StackError
from devstack.passwords import secret
from devstack.programs import service_env
from devstack.settings import SERVICES, Settings

AGENT: Final = "hotline"
OPERATOR: Final = "netzbetrieb"
ROLES: Final = {AGENT: "agent", OPERATOR: "operator"}
GATEWAY: Final = next(each for each in SERVICES if each.name == "portal-gateway")
GROUPS, LETTERS = 5, 4


@dataclass(frozen=True, slots=True)
class Login:
    """What a person types at the portal's door."""

    username: str
    password: str = field(repr=False)


def login(settings: Settings, username: str) -> Login:
    """Return the same password for the same name on this stack, and on no other."""
    key = secret(settings.secrets, "logins").encode()
    digest = hmac.digest(key, username.encode(), hashlib.sha256)
    text = base64.b32encode(digest).decode().lower()[: GROUPS * LETTERS]
    parts = [text[at : at + LETTERS] for at in range(0, len(text), LETTERS)]
    return Login(username, "-".join(parts))


async def create_staff(settings: Settings, username: str) -> Login:
    """Create the agent or operator, or set his password again."""
    made, role = login(settings, username), ROLES[username]
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", GATEWAY.package, f"create-{role}", made.username),
        env={
            **os.environ,
            **service_env(settings, GATEWAY),
            f"PORTAL_GATEWAY_{role.upper()}_PASSWORD": made.password,
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    if process.returncode:
        told = said.decode(errors="replace")[-500:]
        raise StackError(f"No {role} could be created: {told}")
    return made
