"""Tells the story step by step: coloured in a terminal, plain lines elsewhere."""

import statistics
import time
from types import TracebackType
from typing import Final, Self

from rich.console import Console
from rich.table import Table
from rich.text import Text

from devstack.journey.seeing import NotSeen

SECOND: Final = 1.0


def duration(seconds: float) -> str:
    """Write how long something took, as precisely as it matters."""
    if seconds >= SECOND:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.0f} ms"


class Step:
    """One step: counts as seen when its block ends without an error."""

    def __init__(self, teller: "Teller", number: int, title: str) -> None:
        self._teller = teller
        self._number = number
        self._title = title
        self._saw = ""
        self._took: float | None = None
        self._began = 0.0

    def __enter__(self) -> Self:
        self._teller.begin(self._number, self._title)
        self._began = time.monotonic()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        took = time.monotonic() - self._began if self._took is None else self._took
        if error is None:
            self._teller.seen(self._number, self._title, self._saw, took)
        else:
            self._teller.failed(self._number, self._title, error)

    def saw(self, what: str) -> None:
        """Say what was there."""
        self._saw = what

    def took(self, seconds: float) -> None:
        """Give the latency that matters, where the step did more beside it."""
        self._took = seconds


class Teller:
    """Prints the steps and remembers how fast calls were diverted."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)
        self._pretty = self._console.is_terminal
        self.steps = 0
        self.diverted: list[float] = []
        """Seconds from each confirmed signal until the call rang at the target."""

    def step(self, title: str) -> Step:
        """Begin the next step."""
        self.steps += 1
        return Step(self, self.steps, title)

    def chapter(self, title: str) -> None:
        """Begin the next chapter."""
        self._console.print(Text(f"\n{title}", style="bold cyan"))

    def begin(self, number: int, title: str) -> None:
        """Show what is being waited for; gone again when it was seen."""
        if self._pretty:
            self._console.print(f" … {number:>2}  {title}", end="\r", markup=False)

    def seen(self, number: int, title: str, saw: str, took: float) -> None:
        """Print a step that was seen."""
        if not self._pretty:
            told = f"{title}: {saw}" if saw else title
            self._console.print(
                f"ok {number:>2}  {told} ({duration(took)})", markup=False
            )
            return
        words = Text(title)
        words.append(f"\n{saw}" if saw else "", style="dim")
        line = Table.grid(padding=(0, 1), expand=True)
        line.add_column(width=2, justify="right")
        line.add_column(width=2, justify="right")
        line.add_column(ratio=1)
        line.add_column(width=8, justify="right")
        line.add_row(
            Text("✓", style="bold green"),
            Text(str(number), style="dim"),
            words,
            Text(duration(took), style="green"),
        )
        self._console.print(line, soft_wrap=False)

    def failed(self, number: int, title: str, error: BaseException) -> None:
        """Print the step that was not seen, and what was there instead."""
        lines = [f"FAILED at step {number}: {title}"]
        if isinstance(error, NotSeen):
            lines += [f"  expected: {error.expected}", f"  seen: {error.instead}"]
        else:
            lines += [f"  seen: {type(error).__name__}: {error}"]
        self._console.print(Text("\n".join(lines), style="bold red"))

    def end(self, seconds: float) -> None:
        """Print the summary."""
        half, worst = statistics.median(self.diverted), max(self.diverted)
        self._console.print(
            Text(f"\nAll {self.steps} steps seen in {seconds:.1f} s.", "bold green")
        )
        self.say(
            f"From the signal until a call rings at the target: p50 {duration(half)}, "
            f"worst {duration(worst)} ({len(self.diverted)} outages)."
        )

    def say(self, words: str) -> None:
        """Print a line beside the steps."""
        self._console.print(words, markup=False)
