"""A shell in which the commands of the runbooks work as they stand there."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from devstack.programs import database_url, service_env, sources
from devstack.settings import SERVICES
from devstack.settings import Settings as Stack

NAMES = tuple(service.name for service in SERVICES)
OPERATOR = "operator"


def surroundings(stack: Stack, name: str, env: Mapping[str, str]) -> dict[str, str]:
    """
    Return the environment of a service, and what else the pages name.

    Commands of the others work there, too: each has its settings by its prefix.
    `DATABASE_URL` is that of the service that the alert names.
    """
    service = next(each for each in SERVICES if each.name == name)
    prefixed = {
        variable: value
        for each in SERVICES
        for variable, value in service_env(stack, each).items()
        if variable.startswith(each.prefix)
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{env.get('PATH', '')}"
    own = {
        "DATABASE_URL": database_url(stack, service),
        "OPERATOR": sources(stack)[OPERATOR],
        "PATH": path,
    }
    return {**env, **prefixed, **service_env(stack, service), **own}


def enter(stack: Stack, name: str) -> int:
    """Become the shell; it does not come back."""
    shell = os.environ.get("SHELL") or "/bin/sh"
    # A shell is what was asked for.
    os.execvpe(shell, [shell], surroundings(stack, name, os.environ))  # noqa: S606 # nosec B606
    return 0
