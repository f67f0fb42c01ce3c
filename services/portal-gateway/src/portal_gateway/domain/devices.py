"""What a browser says of itself, in the few words by which its owner knows it."""

import re
from typing import Final

_BROWSERS: Final = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox|FxiOS", "Firefox"),
    ("Chrome|CriOS|Chromium", "Chrome"),
    ("Safari", "Safari"),
    ("curl", "curl"),
    ("python", "Python"),
)
_SYSTEMS: Final = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh|Mac OS", "Mac"),
    ("CrOS", "ChromeOS"),
    ("Linux|X11", "Linux"),
)


def device_of(user_agent: str | None) -> str:
    """Return browser and system, such as `Firefox · Windows`; empty: unknown."""
    told = (user_agent or "")[:500]
    found = (_first(_BROWSERS, told), _first(_SYSTEMS, told))
    return " · ".join(name for name in found if name)


def _first(known: tuple[tuple[str, str], ...], told: str) -> str | None:
    return next((name for sign, name in known if re.search(sign, told)), None)
