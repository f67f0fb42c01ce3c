"""What was tried before, so that a run goes on where the last one ended."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from mutation.mutants import Mutant


@dataclass(frozen=True, slots=True)
class Tried:
    """A mutant of a module as it is now."""

    module: str
    file: Path
    mutant: Mutant

    @property
    def key(self) -> str:
        """Name it; another text of the module makes another name."""
        digest = hashlib.sha256(self.file.read_bytes()).hexdigest()[:16]
        return f"{self.module} {digest} {self.mutant.number}"


class Account:
    """
    A file with a line for each trial; without a file nothing is kept.

    What was noticed counts while its module is as it was: tests are only added. What
    was not is tried again.
    """

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._noticed: set[str] = set()
        if file and file.exists():
            lines = file.read_text(encoding="utf-8").splitlines()
            self._noticed = {one["key"] for one in map(json.loads, lines) if one["ok"]}

    def noticed(self, tried: Tried) -> bool:
        """Tell whether a test noticed it before."""
        return tried.key in self._noticed

    def note(self, tried: Tried, *, noticed: bool) -> None:
        """Keep what came of it."""
        if self._file:
            line = json.dumps({"key": tried.key, "ok": noticed})
            with self._file.open("a", encoding="utf-8") as out:
                out.write(f"{line}\n")
