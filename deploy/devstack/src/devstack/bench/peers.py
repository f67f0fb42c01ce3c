"""Side by side with the peers: their harness, our service through an adapter."""

import os
import subprocess
import sys
from pathlib import Path

from devstack.errors import StackError
from devstack.settings import ROOT

ADAPTER = ROOT / "deploy" / "bench" / "adapter.py"
STRONGEST = "streams-alos-derived"


def run(peers: Path) -> int:
    """Run the harness in `peers` on servers of its own and print its table."""
    harness = peers / "bench.py"
    if not harness.exists():
        message = f"PEERS_DIR={peers} has no bench.py: name the folder of the peers."
        raise StackError(message)
    env = _environment()
    sizes = os.environ.get("BENCH_SIZES", "1,1000,100000")
    crowd = max(int(size) for size in sizes.split(",") if int(size) <= 100_000)  # noqa: PLR2004
    options = ["--sizes", sizes, "--rounds", os.environ.get("BENCH_ROUNDS", "5")]
    options += ["--crowded", str(crowd)] if crowd > 1 else []
    names = os.environ.get("BENCH_CANDIDATES", f"{STRONGEST},ours")
    _call([str(peers / "stack.py"), "up"], env)
    try:
        command = [str(harness), "--adapter", str(ADAPTER), "--candidates", names]
        return _call([*command, *options], env)
    finally:
        _call([str(peers / "stack.py"), "down"], env)


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
    }
