"""docs/monitoring-cases.md names every case, and only tests and outcomes that are."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from support.sample_outcomes import OUTCOMES

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "monitoring-cases.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", TEXT, re.MULTILINE)
SAMPLES = re.findall(r"^\| `([\w.-]+/[\w.-]+)` \| (.*) \|$", TEXT, re.MULTILINE)
NAMED = sorted({test for _, _, tests in ROWS for test in re.findall(r"`(.+?)`", tests)})
STORIES = {
    "test_case": "CASES",
    "test_case_of_a_source_that_can_be_asked": "WITH_ANSWERS",
}
"""Which table holds the stories of a test."""


@cache
def body_of(file: str) -> list[ast.stmt]:
    """Return what stands in a file of tests, which is named by its tier."""
    tier, _, rest = file.partition("/")
    path = ROOT / "tests" / tier / "outage_watcher" / rest
    return ast.parse(path.read_text(encoding="utf-8")).body


@cache
def stories_in(table: str) -> frozenset[str]:
    """Return the names of the stories in a table of the decision cases."""
    return frozenset(
        key.value
        for node in body_of("unit/test_decision_cases.py")
        if isinstance(node, ast.AnnAssign)
        and isinstance(node.target, ast.Name)
        and node.target.id == table
        and isinstance(node.value, ast.Dict)
        for key in node.value.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    )


@cache
def names_in(file: str) -> frozenset[str]:
    """Return the tests of a file, those of a class behind its name."""
    found = set()
    for node in body_of(file):
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        of = f"{node.name}::" if isinstance(node, ast.ClassDef) else ""
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        found |= {of + each.name for each in inner if isinstance(each, functions)}
    return frozenset(found)


def test_every_case_is_on_it_once() -> None:
    assert [int(number) for number, _, _ in ROWS] == list(range(1, 39))


@pytest.mark.parametrize("named", NAMED)
def test_what_it_names_is_a_test(named: str) -> None:
    file, _, name = named.partition("::")
    name, _, story = name.rstrip("]").partition("[")

    assert name in names_in(file)
    assert not story or story in stories_in(STORIES[name])


def test_every_story_of_a_case_belongs_to_a_row() -> None:
    cases = {number for number, _, _ in ROWS}
    stories = [name for table in STORIES.values() for name in stories_in(table)]

    assert len(stories) > 30
    assert [name for name in stories if name.partition(" ")[0] not in cases] == []


def test_every_sample_is_on_it_with_what_it_is_read_as() -> None:
    assert dict(SAMPLES) == {name: ", ".join(read) for name, read in OUTCOMES.items()}
