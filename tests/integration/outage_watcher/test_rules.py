"""The rules and the route that operators copy, judged by promtool and amtool."""

import subprocess

import pytest

from support.monitoring import NETWORK
from support.programs import program


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("promtool", ["test", "rules", "rules_test.yml"]),
        ("promtool", ["check", "rules", "rules.yml"]),
        ("promtool", ["check", "config", "--syntax-only", "prometheus.yml"]),
        ("amtool", ["check-config", "alertmanager.yml"]),
    ],
    ids=["test rules", "check rules", "check config", "check route"],
)
def test_tools_accept(tool: str, arguments: list[str]) -> None:
    command = [program(tool), *arguments]
    done = subprocess.run(
        command, cwd=NETWORK, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr
