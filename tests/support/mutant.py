"""
A pytest plugin that loads one module with a change in it: `-p support.mutant`.

MUTANT is JSON: `{"module": "chassis.outbox", "old": "…", "new": "…"}`. No file changes.
"""

import importlib.abc
import importlib.machinery
import importlib.util
import json
import os
import sys
from pathlib import Path
from types import ModuleType

from typing_extensions import override


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Gives out the changed module, and leaves all others alone."""

    def __init__(self, module: str, old: str, new: str) -> None:
        found = importlib.util.find_spec(module)
        assert found, module
        assert found.origin, module
        self._module, self._file = module, found.origin
        text = Path(self._file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{module}: not once {old!r}"
        self._code = compile(text.replace(old, new), self._file, "exec")

    @override
    def find_spec(
        self, fullname: str, path: object = None, target: object = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return ours for the module's name."""
        del path, target
        if fullname != self._module:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=self._file)

    @override
    def exec_module(self, module: ModuleType) -> None:
        """Run the changed code."""
        module.__file__ = self._file
        exec(self._code, module.__dict__)  # noqa: S102 - our own code, changed by a test


if told := os.environ.get("MUTANT"):
    sys.meta_path.insert(0, Finder(**json.loads(told)))
