"""A story as a person reads it: coloured in a terminal, plain lines elsewhere."""

from collections.abc import Sequence
from datetime import datetime

from rich import box
from rich.table import Table
from rich.text import Text

from chassis.clock import BERLIN
from contracts.phone_number import group, mask
from devstack.console import say
from devstack.console import show as draw
from devstack.story.plot import Line
from devstack.story.sentences import Mood
from devstack.story.subject import Subject

_STYLES: dict[Mood, str] = {
    "plain": "",
    "bad": "bold red",
    "good": "green",
    "quiet": "dim",
}
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def show(about: Subject, lines: Sequence[Line], *, hide: bool) -> None:
    """Print the story, or that there is none."""
    number = mask if hide else group
    name = number(about.id) if about.kind == "number" else about.id
    if not lines:
        say(f"Nothing is known of {about.kind} {name} in the topics and logs here.")
        return
    first = lines[0].at.astimezone(BERLIN)
    table = Table(
        title=f"{about.kind.capitalize()} {name}, {first:%d.%m.%Y}",
        title_justify="left",
        title_style="bold",
        caption="Times of Berlin. Dim lines are from the logs."
        + (" Numbers are masked." if hide else " Numbers are shown: keep it to you."),
        caption_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    table.add_column("When", no_wrap=True)
    table.add_column("After", justify="right", no_wrap=True, style="cyan")
    table.add_column("Who", no_wrap=True, style="blue")
    table.add_column("What", ratio=3)
    table.add_column("Why", ratio=2)
    before: datetime | None = None
    for line in lines:
        at = line.at.astimezone(BERLIN)
        style = _STYLES[line.mood]
        table.add_row(
            f"{at:%H:%M:%S}.{at.microsecond // 1000:03}",
            _after(before, line.at),
            line.who,
            Text(line.what, style),
            Text(line.why, "dim" if line.mood == "quiet" else ""),
        )
        before = line.at
    draw(table)


def _after(before: datetime | None, at: datetime) -> str:
    if before is None:
        return ""
    seconds = (at - before).total_seconds()
    if seconds < 1:
        return f"+{seconds * 1000:.0f} ms"
    if seconds < _MINUTE:
        return f"+{seconds:.2f} s"
    if seconds < _HOUR:
        return f"+{seconds / _MINUTE:.0f} min"
    return f"+{seconds / _HOUR:.0f} h" if seconds < _DAY else f"+{seconds / _DAY:.0f} d"
