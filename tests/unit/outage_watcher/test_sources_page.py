"""docs/monitoring-sources.md shows what really happens."""

import re
import tomllib
from pathlib import Path

import pytest

from outage_watcher.dry_run import people
from outage_watcher.sources.formats import FORMATS, Inbounds
from support.readings import NOW, source

PAGE = Path(__file__).parents[3] / "docs" / "monitoring-sources.md"
TEXT = PAGE.read_text(encoding="utf-8")
EXAMPLE = re.compile(
    r"^## (\S+)\n.*?```json\n(.*?)```\n\n```text\n(.*?)```", re.MULTILINE | re.DOTALL
)
EXAMPLES = {name: (body, shown) for name, body, shown in EXAMPLE.findall(TEXT)}


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_read_as_the_page_says(name: str) -> None:
    body, shown = EXAMPLES[name]

    said = source(name).read(body.encode(), now=NOW)

    assert people(said) == shown.rstrip("\n")


def test_every_format_is_on_the_page() -> None:
    assert [
        name for name in FORMATS if f"`{name}`" not in TEXT and name not in EXAMPLES
    ] == []
    assert len(EXAMPLES) >= 13


@pytest.mark.parametrize("block", re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL))
def test_an_example_of_a_names_file_can_be_used(block: str) -> None:
    Inbounds(tomllib.loads(block))
