"""The table of ASVS names tests and decisions that there are."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "security" / "asvs.md"
ROW = re.compile(r"\| (\d+\.\d+\.\d+) \| ([123]) \| (.+) \| (.*) \| (.+) \|")
ROWS = [ROW.fullmatch(line) for line in PAGE.read_text(encoding="utf-8").splitlines()]
PROOFS = [(found[1], found[5]) for found in ROWS if found]


@cache
def names_in(path: Path) -> set[str]:
    """Return the names of the tests of a file, those in classes too."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


def test_has_each_id_once_and_counts_them() -> None:
    ids = [one for one, _ in PROOFS]

    assert len(ids) == len(set(ids)) >= 80
    assert ids == sorted(ids, key=lambda one: [int(part) for part in one.split(".")])
    assert f"{len(ids)} rows:" in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(("id_", "proof"), PROOFS, ids=[one for one, _ in PROOFS])
def test_names_a_test_or_a_decision_that_there_is(id_: str, proof: str) -> None:
    if found := re.fullmatch(r"`([\w/.]+\.py)(?:::(\w+))?`", proof):
        path = ROOT / "tests" / found[1]
        assert path.is_file(), (id_, proof)
        assert found[2] is None or found[2] in names_in(path), (id_, proof)
    else:
        decision = re.fullmatch(r"\[\d{4}\]\(\.\./(decisions/[\w-]+\.md)\)", proof)
        assert decision, (id_, proof)
        assert (ROOT / "docs" / decision[1]).is_file(), (id_, proof)
