"""What Compose asks of others' programs, asked of those that are here."""

import shlex
import subprocess
import tempfile
from pathlib import Path

import yaml

from devstack.artifacts import obtain
from devstack.postgres import Postgres, owner
from devstack.settings import ROOT
from support.stack import Stack


def test_postgres_makes_its_database_as_compose_asks(stack: Stack) -> None:
    """It refuses what does not go together, and says so only when it is asked."""
    text = (ROOT / "deploy/compose.yaml").read_text(encoding="utf-8")
    environment = yaml.safe_load(text)["services"]["postgres"]["environment"]
    words = shlex.split(environment["POSTGRES_INITDB_ARGS"])
    server = Postgres.of(stack.settings, obtain(stack.settings, print)).binaries

    with tempfile.TemporaryDirectory(prefix="selfcare-") as folder:
        Path(folder).chmod(0o777)
        done = subprocess.run(
            [
                server / "bin/initdb",
                *("--pgdata", f"{folder}/data", "--username", "postgres"),
                *("--no-sync", "--no-instructions", *words),
            ],
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            user=owner(),
            extra_groups=[] if owner() else None,
        )

    assert done.returncode == 0, done.stderr
