"""The account of a run, as a table."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median

from support.kill.processes import Kept
from support.kill.story import Step, Story


@dataclass(slots=True)
class Account:
    """What came of a run."""

    story: Story
    command: str
    sent: int = 0
    acknowledged: int = 0
    duplicates: int = 0
    subjects: int = 0
    diverted: int = 0
    seconds: dict[str, float] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    wrong: dict[str, list[str]] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)
    uncaused: list[str] = field(default_factory=list)
    """Diversions for which there is no reason, and targets that nobody chose."""
    flips: int = 0
    """Changes that the switch took."""
    different: list[str] = field(default_factory=list)
    refused: Mapping[int, str] = field(default_factory=dict)

    @property
    def is_good(self) -> bool:
        """Tell whether the promise was kept."""
        bad = (self.lost, self.wrong, self.stale, self.uncaused, self.different)
        return not any(bad)

    def table(self, services: Iterable[Kept]) -> str:
        """Return everything that a reader wants to know."""
        rows = ["service          kills restarts by itself  median     max"]
        for kept in services:
            times = kept.recoveries or [0.0]
            rows.append(
                f"{kept.name:<16} {kept.kills:5} {kept.restarts:8} "
                f"{kept.ended_by_itself:9} {median(times):6.2f}s {max(times):6.2f}s"
            )
        rows += [
            self._fates(),
            f"numbers looked at {self.subjects}, of which diverted {self.diverted}",
            ", ".join(f"{name} {n}" for name, n in sorted(self.counts.items())),
            ", ".join(f"{name} {s:.0f} s" for name, s in self.seconds.items()),
            *(
                f"refused: {count} x {why}"
                for why, count in Counter(self.refused.values()).most_common(5)
            ),
            f"seed {self.story.seed}; again: {self.command}",
        ]
        return "\n".join(rows)

    def _fates(self) -> str:
        fates = {
            "events": self.sent,
            "acknowledged": self.acknowledged,
            "refused": len(self.refused),
            "lost": len(self.lost),
            "wrong": len(self.wrong),
            "stale": len(self.stale),
            "without a cause": len(self.uncaused),
            "changes at the switch": self.flips,
            "repeats that differ": len(self.different),
            "duplicates of ForwardingApplied": self.duplicates,
        }
        return ", ".join(f"{name} {count}" for name, count in fates.items())

    def complaint(self, history: Callable[[str], Iterable[Step]]) -> str:
        """Return what is not as it should be, with the history of wrong numbers."""
        lines = [f"lost: {one}" for one in self.lost[:20]]
        lines += [f"stale: {one}" for one in self.stale[:10]]
        lines += [f"without a cause: {one}" for one in self.uncaused[:10]]
        lines += [f"differs: {one}" for one in self.different[:10]]
        for number, said in list(self.wrong.items())[:8]:
            lines += ["", number, *(f"  {one}" for one in said), "  its history:"]
            lines += [f"    {one}" for one in history(number)]
        return "\n".join(lines)
