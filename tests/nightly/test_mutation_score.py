"""
Of small mistakes in the rules, the tests notice nine in ten.

Half an hour long, so no part of `make test`: python -m pytest tests/nightly
"""

import os
import subprocess
import sys

import pytest

from mutation.__main__ import GROUPS


@pytest.mark.parametrize("group", GROUPS)
def test_mistakes_are_noticed(group: str) -> None:
    command = [sys.executable, "-m", "mutation", group]
    env = {**os.environ, "PYTHONPATH": "tests"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)

    sys.stdout.write(done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
