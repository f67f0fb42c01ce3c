"""What the last rehearsal of a number showed, read from its history."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Happened:
    """Something that the history has of a number: a person's act, or a flip."""

    at: datetime
    what: str
    """`drill_started`, …, or why the network changed: `drill`, `outage`, …."""
    in_effect: bool | None = None
    """For a flip: whether calls go elsewhere since."""
    target: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """The last one: when, by whom, how quickly calls went over, and until when."""

    started_at: datetime
    by: str
    diverted_after: timedelta | None = None
    """None: calls did not go over, or went elsewhere already."""
    target: str | None = None
    ended_at: datetime | None = None

    @property
    def worked(self) -> bool:
        """Tell whether calls went over."""
        return self.diverted_after is not None


def last_rehearsal(history: Iterable[Happened]) -> Rehearsal | None:
    """Return the last rehearsal in a history, whatever its order."""
    told = sorted(history, key=lambda one: one.at)
    started = [one for one in told if one.what == "drill_started"]
    if not started:
        return None
    begin = started[-1]
    flips = [one for one in told if one.at >= begin.at and one.in_effect is not None]
    over = next((one for one in flips if one.what == "drill" and one.in_effect), None)
    if over is None:
        return Rehearsal(begin.at, begin.by or "")
    home = next((one for one in flips if one.at > over.at and not one.in_effect), None)
    return Rehearsal(
        begin.at,
        begin.by or "",
        diverted_after=over.at - begin.at,
        target=over.target,
        ended_at=home.at if home else None,
    )
