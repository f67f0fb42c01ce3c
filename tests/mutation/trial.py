"""Runs tests against one mutant, in a process that has loaded all libraries already."""

import ast
import gc
import importlib.abc
import importlib.machinery
import os
import resource
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, Phase, settings
from typing_extensions import override

PLUGINS = ("pytest_asyncio.plugin", "pytest_timeout", "_hypothesis_pytestplugin")
OPTIONS = (
    *("-x", "-q", "--noconftest", "-W", "ignore"),
    # Each of these costs more than the tests: what is left over goes with the process.
    *("-p", "no:cacheprovider", "-p", "no:unraisableexception"),
    *(option for plugin in PLUGINS for option in ("-p", plugin)),
)
SURVIVED, KILLED = 0, 1
PATIENCE, MOST_WORK = 1800.0, 120
"""Seconds by the clock, and of work: a mutant that never ends is noticed by these."""
POLL = 0.01
FEW = {"MACHINE_EXAMPLES": "4", "SELFCARE_GENERATED": "100", "SELFCARE_STRINGS": "500"}
"""Fewer examples than in every run of the tests: what these notice, those do, too."""


class _Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives out a mutant in the place of one module."""

    def __init__(self, name: str, file: Path, tree: ast.Module) -> None:
        self._name, self._file = name, file
        self._code = compile(tree, str(file), "exec")

    @override
    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return ours for the module's name, and leave all others."""
        del path, target
        if fullname != self._name:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=str(self._file))

    @override
    def exec_module(self, module: ModuleType) -> None:
        """Run the mutant."""
        module.__file__ = str(self._file)
        exec(self._code, module.__dict__)  # noqa: S102 - our own code, with a mistake


def survives(name: str, file: Path, tree: ast.Module, tests: Sequence[str]) -> bool:
    """Tell whether all tests pass against the mutant."""
    if not (pid := os.fork()):
        _become(name, file, tree, tests)
    deadline = time.monotonic() + PATIENCE
    while True:
        done, status = os.waitpid(pid, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status) == SURVIVED
        if time.monotonic() > deadline:  # it never ends: that is noticed, too
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            return False
        time.sleep(POLL)


def _become(name: str, file: Path, tree: ast.Module, tests: Sequence[str]) -> None:
    code = KILLED
    gc.disable()
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_WORK, MOST_WORK + 5))
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        # That an example fails is enough; the smallest one is for people.
        # And that a busy machine is slow is no mistake.
        quick = settings(
            database=None,
            deadline=None,
            phases=(Phase.explicit, Phase.generate),
            suppress_health_check=list(HealthCheck),
        )
        settings.register_profile("mutants", quick)
        settings.load_profile("mutants")
        os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **FEW}
        sys.meta_path.insert(0, _Finder(name, file, tree))
        code = SURVIVED if pytest.main([*OPTIONS, *tests]) == 0 else KILLED
    finally:
        os._exit(code)
