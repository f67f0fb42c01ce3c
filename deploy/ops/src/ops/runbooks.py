"""The runbooks as pages: docs/runbooks/*.md, which read well on a forge as they are."""

import re
from typing import Final

from markdown_it import MarkdownIt

from ops.paths import RUNBOOKS

NAME: Final = re.compile(r"[A-Za-z]+")

_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
_LINK = re.compile(r'href="(\w+)\.md"')
_ELSEWHERE = re.compile(r'<a href="\.\./[^"]*">(.*?)</a>')
"""To a page that is not served here: its words name the file."""


def names() -> list[str]:
    """Return the alerts that have a page."""
    return sorted(path.stem for path in RUNBOOKS.glob("*.md") if path.stem != "README")


def page(name: str) -> str | None:
    """Return a runbook as HTML, or None where there is no such page."""
    if not NAME.fullmatch(name) or name not in names():
        return None
    text = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    html = _ELSEWHERE.sub(r"<code>\1</code>", _markdown.render(text))
    return _LINK.sub(r'href="/runbooks/\1"', html)
