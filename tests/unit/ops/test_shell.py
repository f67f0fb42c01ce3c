"""The shell in which the commands of the runbooks work."""

import re
import sys
from pathlib import Path

import pytest

from devstack.settings import Settings as Stack
from ops import shell
from ops.paths import RUNBOOKS

NAMED = re.compile(r"\$\{?([A-Z][A-Z_]+)")


@pytest.mark.parametrize("name", shell.NAMES)
def test_it_knows_all_that_the_pages_name(name: str, tmp_path: Path) -> None:
    pages = [page.read_text(encoding="utf-8") for page in RUNBOOKS.glob("*.md")]
    named = {variable for page in pages for variable in NAMED.findall(page)}
    stack = Stack.from_env({"DEV_DIR": str(tmp_path)})
    known = shell.surroundings(stack, name, {"PATH": "/usr/bin"})

    assert named >= {"OPERATOR", "DATABASE_URL"}
    assert {each for each in named if not known.get(each)} == set()


@pytest.mark.parametrize("name", shell.NAMES)
def test_commands_of_each_service_meet_the_stack_of_the_shell(
    name: str, tmp_path: Path
) -> None:
    moved = {"FORWARDING_PORT": "23082", "SWITCH_PORT": "23090", "SWITCH": "simulated"}
    stack = Stack.from_env({"DEV_DIR": str(tmp_path), **moved})
    known = shell.surroundings(stack, name, {"PATH": "/usr/bin"})

    assert known["FORWARDING_SWITCH_URL"] == "http://127.0.0.1:23090"
    assert known["FORWARDING_PORT"] == "23082"
    assert known["PORTAL_GATEWAY_SECRET_KEYS"]


def test_what_is_that_of_the_service_alone_is_its_own(tmp_path: Path) -> None:
    stack = Stack.from_env({"DEV_DIR": str(tmp_path)})
    known = shell.surroundings(stack, "forwarding", {"PATH": "/usr/bin"})

    assert known["DATABASE_URL"] == known["FORWARDING_DATABASE_URL"]
    assert known["DATABASE_URL"] != known["PROVISIONING_DATABASE_URL"]
    assert known["PATH"] == f"{Path(sys.executable).parent}:/usr/bin"
