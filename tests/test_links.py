"""Every link in every Markdown file leads somewhere."""

import re
import unicodedata
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

from test_architecture import tracked

ROOT = Path(__file__).parents[1]
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
HTML = re.compile(r"<(?:a|img)\b[^>]*?\b(?:href|src)=\"([^\"]+)\"")
HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*$", re.MULTILINE)
PAGES = [file for file in tracked() if file.endswith(".md")]


def links(text: str) -> list[str]:
    """Return every target that a page names, code left out."""
    prose = CODE.sub("", FENCE.sub("", text))
    return LINK.findall(prose) + HTML.findall(prose)


@cache
def anchors(page: Path) -> set[str]:
    """Return what can be named after # on a page, as GitHub makes it."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    found: dict[str, int] = {}
    names = set()
    for heading in HEADING.findall(text):
        name = slug(heading)
        again = found.get(name, 0)
        found[name] = again + 1
        names.add(f"{name}-{again}" if again else name)
    return names


def slug(heading: str) -> str:
    """Return the anchor of a heading."""
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    kept = "".join(
        each
        for each in plain.lower()
        if each in "-_ " or unicodedata.category(each)[0] in "LN"
    )
    return kept.replace(" ", "-")


def broken(page: Path, target: str) -> str | None:
    """Say what is wrong with a link of a page, or nothing."""
    if re.match(r"[a-z][a-z0-9+.-]*:", target):
        return None  # elsewhere: not ours to follow
    path, _, anchor = unquote(target).partition("#")
    there = (page.parent / path).resolve() if path else page
    if not there.is_relative_to(ROOT):
        return f"{target} leads out of the repository"
    if not there.exists():
        return f"{target} is not there"
    if anchor and there.suffix == ".md" and anchor not in anchors(there):
        return f"{target}: no such heading"
    return None


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    file = ROOT / page
    found = [broken(file, target) for target in links(file.read_text(encoding="utf-8"))]

    assert [each for each in found if each] == []


def test_every_page_of_docs_is_reached_from_its_entry() -> None:
    entry = ROOT / "docs" / "README.md"
    waiting, seen = [entry], set[Path]()
    while waiting:
        page = waiting.pop()
        if page in seen or not page.is_file() or page.suffix != ".md":
            continue
        seen.add(page)
        for target in links(page.read_text(encoding="utf-8")):
            if not re.match(r"[a-z][a-z0-9+.-]*:", target):
                path = unquote(target).partition("#")[0]
                waiting.append((page.parent / path).resolve())
    pages = {ROOT / page for page in PAGES if page.startswith("docs/")}

    assert {str(page.relative_to(ROOT)) for page in pages - seen} == set()


def test_a_broken_link_is_found() -> None:
    page = ROOT / "docs" / "README.md"

    assert broken(page, "nowhere.md") == "nowhere.md is not there"
    assert (
        broken(page, "../README.md#no-such") == "../README.md#no-such: no such heading"
    )
    assert broken(page, "../README.md#two-commands") is None
    assert broken(page, "../..") == "../.. leads out of the repository"
