"""
Keeps one program running: `python -m devstack.keeper NAME … -- command`.

The supervisor ends everything as soon as one of its children ends, so its children
are keepers. A keeper starts its program again after a pause that grows, writes its
output to a log file, and goes with its program when the supervisor is gone, even
when that was killed.
"""

import argparse
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from devstack import processes

POLL = 0.1
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
HEALTHY_AFTER = 60.0
STOP_PATIENCE = 15.0
MOST_WORDS = 300


@dataclass(slots=True)
class Keeper:
    """What to run, and around it what to wait for."""

    name: str
    command: list[str]
    logs: Path
    run: Path
    owner: str
    user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    gate: Path | None = None
    outlive: tuple[str, ...] = ()
    stopping: threading.Event = field(default_factory=threading.Event)

    def keep(self) -> None:
        """Run the program again and again until told to stop."""
        pause = FIRST_PAUSE
        while self._may_start():
            started, before = time.monotonic(), self._length()
            code = self._run_once()
            if self._is_over():
                break
            if time.monotonic() - started > HEALTHY_AFTER:
                pause = FIRST_PAUSE
            words = self._last_words(before) if code > 0 else ""
            again = f"starts again in {pause:g} s; see {self._log}"
            _say(f"ended with {code}{words}, {again}")
            self.stopping.wait(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    @property
    def _log(self) -> Path:
        return self.logs / f"{self.name}.log"

    def _length(self) -> int:
        return self._log.stat().st_size if self._log.exists() else 0

    def _last_words(self, before: int) -> str:
        """Return what it printed to people, such as which setting is wrong."""
        with self._log.open("rb") as log:
            log.seek(max(before, self._length() - 4 * MOST_WORDS))
            lines = log.read().decode("utf-8", "replace").splitlines()
        told = "; ".join(line.strip() for line in lines if not line.startswith("{"))
        cut = "…" if len(told) > MOST_WORDS else ""
        return f" ({cut}{told[-MOST_WORDS:]})" if told else ""

    def _may_start(self) -> bool:
        while self.gate and not self.gate.exists():
            if self._is_over():
                return False
            self.stopping.wait(POLL)
        return not self._is_over()

    def _is_over(self) -> bool:
        if self.owner and processes.find(self.owner) is None:
            self.stopping.set()
        return self.stopping.is_set()

    def _run_once(self) -> int:
        with self._log.open("ab") as log:
            # In a session of its own, a Ctrl-C reaches the program through us only.
            child = subprocess.Popen(  # noqa: S603 - the supervisor's own command
                self.command,
                cwd="/" if self.user else None,  # that user may not enter ours
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.user,
                group=_group(self.user),
                extra_groups=[] if self.user else None,
            )
            file = self.run / f"{self.name}.pid"
            processes.record(file, child.pid)
            while child.poll() is None and not self._is_over():
                self.stopping.wait(POLL)
            self._stop(child)
            processes.forget(file, child.pid)
        return child.returncode

    def _stop(self, child: subprocess.Popen[bytes]) -> None:
        if child.poll() is None:
            self._let_others_finish()
            child.send_signal(self.stop_signal)
        try:
            child.wait(STOP_PATIENCE)
        except subprocess.TimeoutExpired:
            _say(f"does not stop within {STOP_PATIENCE:g} s and is killed")
            child.kill()
            child.wait()

    def _let_others_finish(self) -> None:
        deadline = time.monotonic() + STOP_PATIENCE
        files = [self.run / f"{name}.pid" for name in self.outlive]
        while any(map(processes.recorded, files)) and time.monotonic() < deadline:
            time.sleep(POLL)


def _group(user: str | None) -> int | None:
    if user is None:
        return None
    import pwd  # noqa: PLC0415 - exists on Unix only

    return pwd.getpwnam(user).pw_gid


def _say(words: str) -> None:
    print(words, flush=True)


def main(arguments: list[str]) -> None:
    """Read the supervisor's wishes and keep the program."""
    parser = argparse.ArgumentParser(prog="python -m devstack.keeper")
    parser.add_argument("name")
    parser.add_argument("--logs", type=Path, required=True)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--owner", default="")
    parser.add_argument("--user")
    parser.add_argument("--stop", default="SIGTERM", type=lambda s: signal.Signals[s])
    parser.add_argument("--gate", type=Path)
    parser.add_argument("--outlive", nargs="*", default=[])
    split = arguments.index("--")
    options = parser.parse_args(arguments[:split])
    keeper = Keeper(
        name=options.name,
        command=arguments[split + 1 :],
        logs=options.logs,
        run=options.run,
        owner=options.owner,
        user=options.user,
        stop_signal=options.stop,
        gate=options.gate,
        outlive=tuple(options.outlive),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: keeper.stopping.set())
    keeper.keep()


if __name__ == "__main__":
    main(sys.argv[1:])
