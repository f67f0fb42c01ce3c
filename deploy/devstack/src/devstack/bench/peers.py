"""Side by side with the peers: their harness, our service through an adapter."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from devstack.bench import asked, goals
from devstack.console import say
from devstack.errors import StackError
from devstack.settings import ROOT

ADAPTER = ROOT / "deploy" / "bench" / "adapter.py"
STRONGEST = "streams-alos-derived"
OURS = "ours"


def run(peers: Path) -> int:
    """Run the harness in `peers` on servers of its own and print its table."""
    harness = peers / "bench.py"
    if not harness.exists():
        message = f"PEERS_DIR={peers} has no bench.py: name the folder of the peers."
        raise StackError(message)
    env = _environment()
    sizes, crowd = ",".join(map(str, asked.sizes())), asked.crowd()
    options = ["--sizes", sizes, "--rounds", str(asked.rounds())]
    options += ["--crowded", str(crowd)] if crowd > 1 else []
    names = os.environ.get("BENCH_CANDIDATES", f"{STRONGEST},{OURS}")
    results = Path(env["FLIP_STATE"]) / "results.json"
    results.unlink(missing_ok=True)
    options += ["--json", str(results)]
    # Fast enough for a p99, slow enough that flips do not wait for each other.
    options += ["--per-second", os.environ.get("BENCH_PER_SECOND", "50")]
    if _call([str(peers / "stack.py"), "up"], env):
        message = f"The peers' servers did not start: see {env['FLIP_STATE']}."
        raise StackError(message)
    try:
        command = [str(harness), "--adapter", str(ADAPTER), "--candidates", names]
        status = _call([*command, *options], env)
    finally:
        _call([str(peers / "stack.py"), "down"], env)
    if results.exists():
        _judge(json.loads(results.read_text()), names.split(","))
    return status


def _judge(measured: dict[str, Any], names: list[str]) -> None:
    """Print ratios and goals, where the strongest peer and we were measured."""
    if STRONGEST in names and OURS in names:
        turns, mib = measured["candidates"], measured["memory_mib"][OURS]
        say(goals.table(turns[STRONGEST], turns[OURS], measured["sizes"], mib))


def _call(command: list[str], env: dict[str, str]) -> int:
    # The person who named PEERS_DIR asked for these programs to run.
    return subprocess.run(command, env=env, check=False).returncode  # noqa: S603


def _environment() -> dict[str, str]:
    tools = Path(sys.executable).parent  # the harness starts with uv
    state = os.environ.get("FLIP_STATE", str(ROOT / ".dev" / "peers"))
    Path(state).mkdir(parents=True, exist_ok=True)
    return {
        **os.environ,
        "PATH": f"{tools}:{os.environ.get('PATH', '')}",
        "FLIP_STATE": state,
        "BENCH_PYTHON": sys.executable,
        "UV_PYTHON": sys.executable,  # its reader, too, is only as quick as its Python
    }
