"""Phone numbers as staff see them until they have a reason to see more."""

from typing import Final

SHOWN_END: Final = 2
SHOWN_BEGIN: Final = 6


def masked(number: str) -> str:
    """Return begin and end of a number; whose it is cannot be told from them."""
    hidden = max(len(number) - SHOWN_BEGIN - SHOWN_END, 0)
    if not hidden:
        return "•" * len(number)
    return number[:SHOWN_BEGIN] + "•" * hidden + number[-SHOWN_END:]
