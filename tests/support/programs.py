"""Programs that `deploy/programs.sh` installs; what needs a missing one is skipped."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin"  # where Debian puts kamailio


def program(*names: str) -> str:
    """Return the path of the first that is here; without skip, but in CI fail."""
    for name in names:
        if found := shutil.which(name, path=_PATH):
            return found
    message = f"{' or '.join(names)} is not installed: run `make programs`"
    if os.environ.get("CI"):
        pytest.fail(message)
    pytest.skip(message)


def run(*command: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return what it said."""
    return subprocess.run(
        command, cwd=cwd, check=False, capture_output=True, text=True, timeout=300
    )
