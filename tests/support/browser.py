"""A real Chromium for pages: it notes what a person would not see."""

import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
    expect,
)

from support.programs import program

ROOT = Path(__file__).parents[2]
ARTEFACTS = ROOT / ".artefacts" / "portal"
AXE = Path(__file__).parent / "axe" / "axe.min.js"
OPTIONS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
PATIENCE = 30_000
"""Milliseconds until what should be there counts as missing."""
expect.set_options(timeout=PATIENCE)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COME_TO_REST = """() => Promise.all(document.getAnimations()
  .filter((one) => one.playState === "running")
  .filter((one) => one.effect.getComputedTiming().endTime <= 1000)
  .map((one) => one.finished.catch(() => {})))"""
"""Colours that fade are judged as they end; what takes longer stays as it is."""
SHADES = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""What axe can find anew when nothing but the colours changes."""
STICKING_OUT = """() => {
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (words.nextNode()) {
    const near = words.currentNode.parentElement;
    const box = near.closest("td, th, li, .card, .button, main");
    if (!box || near.closest(".visually-hidden, option, thead, script")) continue;
    const range = document.createRange();
    range.selectNodeContents(words.currentNode);
    const text = range.getBoundingClientRect(), around = box.getBoundingClientRect();
    if (text.width && (text.right > around.right + 1 || text.left < around.left - 1))
      found.push(words.currentNode.textContent.trim());
  }
  return found;
}"""
"""Text wider than the cell, row or card it stands in: cut off, or over others."""


@cache
def _axe() -> str:
    return AXE.read_text(encoding="utf-8")


@contextlib.asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run one browser for the whole session."""
    # The shell is the same engine with no windows to draw: half the processor time.
    path = program("chromium-headless-shell", "chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=OPTIONS)
        yield browser
        await browser.close()


@dataclass
class Tab:
    """A page with all that went wrong on it; `look` proves how it is now."""

    page: Page
    portal: str
    label: str
    wrong: list[str] = field(default_factory=list)
    expected: tuple[str, ...] = ()

    def listen(self) -> None:
        """Note console errors, failed scripts and requests to other hosts."""
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.wrong.append(f"error: {error}"))
        self.page.on("request", self._on_request)

    async def go(self, path: str) -> None:
        """Open a page of the portal."""
        await self.page.goto(f"{self.portal}{path}")

    async def look(self, name: str, *, rules: object = RULES) -> None:
        """Keep a picture, and fail for anything that axe or the console objects to."""
        await self.see(name)
        found = await self.violations(rules)
        assert not found, found

    async def see(self, name: str) -> None:
        """Keep a picture; fail for a page too wide, and what the console says."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        file = ARTEFACTS / f"{name}-{self.label}.png"
        # A hidden caret would leave styles on fields, which the policy forbids to copy.
        await self.page.screenshot(path=file, full_page=True, caret="initial")
        assert await self.is_as_wide_as_the_screen(), f"{name} scrolls sideways"
        self.nothing_wrong()

    async def look_around(self, name: str) -> None:
        """
        Look as it is, in the dark, and on a phone, without loading it again.

        Each is as good as a look at a page of its own: what differs is styles alone.
        """
        label, size = self.label, self.page.viewport_size
        await self.look(name)
        await self.page.emulate_media(color_scheme="dark")
        self.label = f"{label}-dark"
        await self.look(name, rules=SHADES)
        await self.page.emulate_media(color_scheme="light")
        await self.page.set_viewport_size(PHONE)  # type: ignore[arg-type]  # a ViewportSize
        self.label = label.replace("desktop", "phone")
        await self.look(name)
        if size:
            await self.page.set_viewport_size(size)
        self.label = label

    async def violations(self, rules: object = RULES) -> list[str]:
        """Return what axe objects to."""
        if not await self.page.evaluate("typeof axe === 'object'"):
            await self.page.evaluate(_axe())  # no script tag: the policy forbids them
        await self.page.evaluate(COME_TO_REST)
        options = json.dumps(
            # Without preload: what it would fetch serves experimental rules alone.
            {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
        )
        found: list[dict[str, Any]] = await self.page.evaluate(
            f"axe.run(document, {options}).then((told) => told.violations)"
        )
        return [
            f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
            for one in found
            for node in one["nodes"]
        ]

    async def is_as_wide_as_the_screen(self) -> bool:
        """Tell whether nothing hangs out at the side."""
        script = (
            "document.documentElement.scrollWidth"
            " <= document.documentElement.clientWidth"
        )
        return bool(await self.page.evaluate(script))

    async def sticking_out(self) -> list[str]:
        """Return the texts that are cut off, or stand over others."""
        return list(await self.page.evaluate(STICKING_OUT))

    def nothing_wrong(self) -> None:
        """Fail for what was noted, but for what the test expects."""
        left = [w for w in self.wrong if not any(e in w for e in self.expected)]
        assert left == []

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.wrong.append(f"console: {message.text}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((self.portal, "data:", "blob:")):
            self.wrong.append(f"another host: {request.url}")


@dataclass
class Tabs:
    """Opens tabs; each is a browser of its own, and none may end with a fault."""

    browser: Browser
    portal: str
    _open: list[tuple[BrowserContext, Tab]] = field(default_factory=list)

    async def open(
        self,
        *,
        phone: bool = False,
        dark: bool = False,
        language: str = "de",
        scripts: bool = True,
        cookies: list[Any] | None = None,
    ) -> Tab:
        """Open a tab: desktop or phone, German or English, with scripts or not."""
        context = await self.browser.new_context(
            viewport=PHONE if phone else DESKTOP,  # type: ignore[arg-type]  # a ViewportSize
            color_scheme="dark" if dark else "light",
            locale="de-DE" if language == "de" else "en-GB",
            java_script_enabled=scripts,
            has_touch=phone,
            device_scale_factor=1,
        )
        context.set_default_timeout(PATIENCE)
        if cookies:
            await context.add_cookies(cookies)
        words = [
            "phone" if phone else "desktop",
            language,
            *(["dark"] if dark else []),
            *([] if scripts else ["noscript"]),
        ]
        tab = Tab(await context.new_page(), self.portal, "-".join(words))
        tab.listen()
        self._open.append((context, tab))
        return tab

    async def close(self) -> None:
        """Close all; fails for what went wrong unseen."""
        for context, _ in self._open:
            await context.close()
        for _, tab in self._open:
            tab.nothing_wrong()
