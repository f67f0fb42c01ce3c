"""Mutants that change nothing that can be seen, each with the reason why."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from mutation.mutants import Mutant

TABLE = "tests/mutation/equivalent.csv"


@dataclass(frozen=True, slots=True)
class Equivalents:
    """Rows by module, line of code and mistake; lines may move."""

    rows: frozenset[tuple[str, str, str]]

    @classmethod
    def read(cls, root: Path) -> Self:
        """Read the table; a row without a reason is none."""
        with (root / TABLE).open(encoding="utf-8", newline="") as table:
            found = list(csv.DictReader(table, delimiter=";"))
        assert all(len(row["why"]) > len("because it is") for row in found), TABLE
        return cls(frozenset((r["module"], r["code"], r["mistake"]) for r in found))

    def know(self, module: str, mutant: Mutant) -> bool:
        """Tell whether somebody looked at this one and found that nobody can tell."""
        return (module, mutant.code, mutant.what) in self.rows
