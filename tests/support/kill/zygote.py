"""
Forks a service whose modules are loaded already, so that a restart costs no import.

    python zygote.py forwarding

Each line on stdin is JSON `{"env": {...}, "log": "..."}`; the answer is the child's
pid. The children share nothing with each other but their code, and end with us.
"""

import importlib
import json
import os
import runpy
import signal
import sys
from contextlib import suppress
from datetime import timedelta

from chassis.clock import SystemClock


def main(package: str) -> None:
    importlib.import_module(f"{package}.app")
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the system reaps what ended
    born: list[int] = []
    print("ready", flush=True)  # noqa: T201 - our side of the pipe
    for line in sys.stdin:
        order = json.loads(line)
        if not (pid := os.fork()):
            _become(package, order["env"], order["log"])
        born.append(pid)
        print(pid, flush=True)  # noqa: T201 - our side of the pipe
    for pid in born[-2:]:
        with suppress(OSError):
            os.kill(pid, signal.SIGKILL)


def _become(package: str, env: dict[str, str], log: str) -> None:
    code = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.setsid()
        out = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        for here, there in ((os.open(os.devnull, os.O_RDONLY), 0), (out, 1), (out, 2)):
            os.dup2(here, there)
        os.environ.clear()
        os.environ.update(env)
        _skew(float(env.get("CLOCK_AHEAD_SECONDS", "0")))
        sys.argv = [package]
        runpy.run_module(package, run_name="__main__", alter_sys=True)
        code = 0
    finally:
        os._exit(code)


def _skew(seconds: float) -> None:
    """Let the service's one clock go wrong, as the machine's own may."""
    if seconds:
        right, ahead = SystemClock.now, timedelta(seconds=seconds)
        SystemClock.now = lambda self: right(self) + ahead  # type: ignore[method-assign]


if __name__ == "__main__":
    main(sys.argv[1])
