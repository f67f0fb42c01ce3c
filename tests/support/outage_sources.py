"""The sources of random stories: how patient we are with each, and what they tell."""

import random
from datetime import timedelta

from outage_watcher.domain.policy import Holds, Policy
from support.outage_alarm import Alarm

LINES = ("L1", "L2", "L3", "L4", "M1", "M2", "M3")
QUIET_LINE = "L5"
"""It never fails by itself, and is told off with its element."""
UNDER_N, UNDER_M = ("N", "AGG"), ("M", "AGG")
MINUTE = timedelta(minutes=1)
QUIET = timedelta(seconds=800)
BEATS = timedelta(seconds=200)
PAUSES = (1, 5, 29, 30, 31, 60, 90, 119, 120, 121, 180, 240, 300, 400)
ASKED = "am"


def holds(**more: object) -> Holds:
    few_minutes = {"flap_quiet": 4 * MINUTE, "stale_after": 5 * MINUTE}
    few_minutes["heartbeat_timeout"] = 4 * MINUTE
    return Holds(**{**few_minutes, **more})  # type: ignore[arg-type]


def policy_of(dice: random.Random) -> Policy:
    least = dice.choice([50, 50, 50, 4])
    return Policy(
        default=holds(storm_least=least),
        sources={
            "icinga": holds(
                storm_least=least, down=timedelta(0), up=timedelta(seconds=240)
            ),
            ASKED: holds(storm_least=least, asked=True),
        },
    )


def alarms() -> list[Alarm]:
    """Return what sources can tell: of lines, of elements, of lists of lines."""
    some: list[tuple[str, tuple[str, ...], str, bool | None]] = [
        *(("probe", (line,), "fault", None) for line in (*LINES, "X1")),
        *(("icinga", (line,), "fault", None) for line in LINES),
        *(("beating", (line,), "fault", None) for line in ("L1", "M1")),
        *((ASKED, (place,), "fault", None) for place in ("L1", "L4", "M2", "N")),
        ("probe", ("N",), "fault", None),
        ("probe", ("M",), "fault", True),
        ("icinga", ("M",), "degradation", None),
        ("icinga", ("AGG",), "fault", None),
        ("beating", ("N",), "fault", None),
        ("probe", ("L1", "L2"), "fault", None),
        ("icinga", ("L1", "M1"), "fault", None),
        ("probe", ("L3", "L4", "X1"), "fault", None),
        ("beating", ("L2", "L3"), "degradation", None),
        ("probe", ("L2",), "fault", True),
    ]
    return [
        Alarm(source, f"{n} {'+'.join(places)}", frozenset(places), kind, voice)
        for n, (source, places, kind, voice) in enumerate(some)
    ]
