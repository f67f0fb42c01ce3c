"""What the flip must reach beside the strongest peer, and whether it does."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Turn = Mapping[str, Any]
"""What the harness measured in one turn of one candidate."""
Turns = Mapping[str, Sequence[Turn]]
"""The turns of one candidate by what was measured: a size, singles or crowded."""

SMALL_MIB = 100


@dataclass(frozen=True, slots=True)
class Goal:
    """A bound on a ratio, turn by turn: the peer's figure divided by ours."""

    what: str
    kind: str
    figure: Callable[[Turn], float]
    at_least: float


def _cpu(turn: Turn) -> float:
    """Return the seconds of all sides that work, without the harness's own reader."""
    sides = ("candidate", "broker", "postgres")
    return sum(float(turn["cpu"].get(side, 0.0)) for side in sides)


def goals(sizes: Sequence[int]) -> list[Goal]:
    """Return the goals for what was measured."""
    found = []
    for size in (size for size in sizes if size >= 100_000):  # noqa: PLR2004 - a mass
        kind = str(size)
        found += [
            Goal(
                f"{size:,} numbers, last", kind, lambda turn: float(turn["last"]), 1.3
            ),
            Goal(f"{size:,} numbers, CPU of all sides", kind, _cpu, 1 / 0.6),
        ]
    for figure in ("p50", "p99"):
        found.append(Goal(f"single flip, {figure}", "singles", _named(figure), 1.0))
    found.append(Goal("singles in a mass flip, p99", "crowded", _named("p99"), 3.0))
    return found


def _named(name: str) -> Callable[[Turn], float]:
    return lambda turn: float(turn[name])


def table(peer: Turns, ours: Turns, sizes: Sequence[int], mib: float) -> str:
    """Say of each goal by how much less time or CPU we take, and whether it is met."""
    out = [
        "",
        "Ours beside the peer, turn by turn: median (min to max), above 1 we take less",
        "",
        "| | ratio | goal | |",
        "|---|--:|--:|---|",
    ]
    for goal in goals(sizes):
        pairs = zip(peer.get(goal.kind, ()), ours.get(goal.kind, ()), strict=False)
        ratios = [goal.figure(a) / max(goal.figure(b), 1e-9) for a, b in pairs]
        if ratios:
            middle = statistics.median(ratios)
            spread = f"{middle:.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
            met = _verdict(met=middle >= goal.at_least)
            out.append(f"| {goal.what} | {spread} | {goal.at_least:.2f} | {met} |")
    met = _verdict(met=mib < SMALL_MIB)
    out.append(f"| memory of forwarding | {mib:.0f} MiB | < {SMALL_MIB} MiB | {met} |")
    return "\n".join(out)


def _verdict(*, met: bool) -> str:
    return "reached" if met else "NOT reached"
