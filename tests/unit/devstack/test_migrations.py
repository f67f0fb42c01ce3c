"""A migration only adds: the release before goes on running on the new tables."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = sorted(ROOT.glob("*/migrations")) + sorted(ROOT.glob("services/*/migrations"))
LATER = [file for folder in FOLDERS for file in sorted(folder.glob("*.sql"))[1:]]
TAKES_AWAY = re.compile(
    r"\b(DROP\s+(TABLE|COLUMN|FUNCTION|VIEW|TYPE)|RENAME\b|SET\s+NOT\s+NULL"
    r"|ALTER\s+COLUMN\s+\w+\s+(SET\s+DATA\s+)?TYPE)",
    re.IGNORECASE,
)
ADDED = re.compile(r"\bADD\s+COLUMN\s+(?:IF\s+NOT\s+EXISTS\s+)?([^,;]+)", re.IGNORECASE)


def applied(file: Path) -> str:
    """Return the forward part of a migration, without comments."""
    text = file.read_text(encoding="utf-8")
    forward = text.split("-- migrate: apply")[1].split("-- migrate: rollback")[0]
    return re.sub(r"--[^\n]*", "", forward)


@pytest.mark.parametrize(
    "file", LATER, ids=lambda file: f"{file.parts[-3]}/{file.name}"
)
def test_takes_nothing_away_that_the_release_before_uses(file: Path) -> None:
    found = [
        " ".join(each.group().split()) for each in TAKES_AWAY.finditer(applied(file))
    ]

    assert found == []


@pytest.mark.parametrize(
    "file", LATER, ids=lambda file: f"{file.parts[-3]}/{file.name}"
)
def test_a_new_column_needs_nothing_from_who_does_not_know_it(file: Path) -> None:
    for column in ADDED.findall(applied(file)):
        if re.search(r"NOT\s+NULL", column, re.IGNORECASE):
            assert re.search(r"DEFAULT|GENERATED", column, re.IGNORECASE), column
