"""What a person at the terminal gets to see; the programs' own words go to logs."""

import re
from typing import Any, Final

from rich.console import Console, RenderableType

_console = Console(highlight=False, soft_wrap=True)
_errors = Console(stderr=True, highlight=False, soft_wrap=True)
_STOPPED: Final = re.compile(r"(\S+) stopped \(rc=(-?\d+)\)")


def say(words: str) -> None:
    """Tell of a step."""
    _console.print(words, markup=False)


def complain(words: str) -> None:
    """Tell what went wrong."""
    _errors.print(words, style="red", markup=False)


def show(what: RenderableType) -> None:
    """Draw a table or the like, in colour where a person looks at it."""
    _console.print(what, soft_wrap=False)


class Printer:
    """Prints what the supervisor's children say, without its own book-keeping."""

    width = 0

    def __init__(self, quiet: str) -> None:
        self._plain = quiet
        self.first_stopped: tuple[str, int] | None = None
        """Who ended before all others, and with which code."""

    def write(self, message: Any) -> None:
        """Print one message of honcho."""
        text = message.data
        words = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
        if message.name == "system":
            if "received" in words:
                say("Stopping the services, then their servers")
            elif (found := _STOPPED.match(words)) and not self.first_stopped:
                self.first_stopped = found[1], int(found[2])
        elif message.name == self._plain:
            say(words.rstrip())
        else:
            _console.print(
                f"{message.name}: {words.rstrip()}", style="yellow", markup=False
            )
