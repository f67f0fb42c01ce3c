"""What a source tells beside the state of a place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

RemarkKind = Literal[
    "maintenance_began",
    "maintenance_ended",
    "acknowledged",
    "unacknowledged",
    "flapping_began",
    "flapping_ended",
    "incomplete",
    "restarted",
]
"""
`incomplete`: more is down than was told, so the source must be asked now.
`restarted`: an agent lost what it knew, so what it said before is in doubt; the key of
all its alarms begins with `alarm_id`.
"""


@dataclass(frozen=True, slots=True)
class Remark:
    """It starts and ends no outage; a place or alarm may be missing: all of them."""

    source: str
    kind: RemarkKind
    alarm_id: str | None = None
    element: str | None = None
    lines: tuple[str, ...] = ()
    at: datetime | None = None
    until: datetime | None = None
    """When a maintenance is to end."""
    note: str | None = None
    work: str | None = None
    """The source's own key of a maintenance: there may be several at one place."""
