"""The account of all rounds: what was done, what came of it, how long it took."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from statistics import median
from typing import Any

from support.kill.report import Account

VERDICTS = ("lost", "stale", "wrong", "uncaused", "different")


@dataclass(slots=True)
class Book:
    """Sums over rounds; may be kept in a file between calls."""

    seeds: list[int] = field(default_factory=list)
    commits: list[str] = field(default_factory=list)
    times: Counter[str] = field(default_factory=Counter)
    """By fault."""
    recoveries: dict[str, list[float]] = field(default_factory=dict)
    """Seconds by fault, from its end until what it hit was ready again."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Faults that could not be made here, with the reason."""
    sums: Counter[str] = field(default_factory=Counter)
    verdicts: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    def note(self, fault: str, recovery: float | None = None) -> None:
        """Note that a fault happened."""
        self.times[fault] += 1
        if recovery is not None:
            self.recoveries.setdefault(fault, []).append(round(recovery, 3))

    def take(self, account: Account) -> None:
        """Add what a round left behind."""
        self.sums += Counter(
            {
                "events": account.sent,
                "acknowledged": account.acknowledged,
                "refused": len(account.refused),
                "numbers compared": account.subjects,
                "of these diverted": account.diverted,
                "changes at the switch": account.flips,
                "repeats of ForwardingApplied": account.duplicates,
            }
        )
        self.sums += account.counts
        for name in VERDICTS:
            self.verdicts[name] += len(getattr(account, name))

    def add(self, other: "Book") -> None:
        """Add another book."""
        self.seeds += other.seeds
        self.commits = list(dict.fromkeys([*self.commits, *other.commits]))
        self.times += other.times
        for fault, found in other.recoveries.items():
            self.recoveries.setdefault(fault, []).extend(found)
        self.skipped |= other.skipped
        self.sums += other.sums
        for name, count in other.verdicts.items():
            self.verdicts[name] += count
        self.seconds += other.seconds

    @classmethod
    def read(cls, file: Path) -> "Book":
        """Return the book of a file; an empty one where there is none."""
        if not file.exists():
            return cls()
        known: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        for name in ("times", "sums", "verdicts"):
            known[name] = Counter(known[name])
        return cls(**known)

    def write(self, file: Path) -> None:
        """Keep it."""
        known = {each.name: getattr(self, each.name) for each in fields(self)}
        file.write_text(json.dumps(known, indent=1), encoding="utf-8")

    def table(self) -> str:
        """Return all of it for a reader."""
        return "\n".join([*self._faults(), "", *self._outcome()])

    def _faults(self) -> Iterator[str]:
        yield f"{'fault':<44}{'times':>7}{'median':>9}{'max':>9}"
        for fault in sorted(self.times):
            found = self.recoveries.get(fault)
            took = (
                f"{median(found):>7.2f} s{max(found):>7.2f} s"
                if found
                else f"{'-':>9}{'-':>9}"
            )
            yield f"{fault:<44}{self.times[fault]:>7}{took}"
        for fault, why in sorted(self.skipped.items()):
            yield f"{fault:<44}skipped: {why}"

    def _outcome(self) -> Iterator[str]:
        fates = ", ".join(f"{name} {self.verdicts[name]}" for name in VERDICTS)
        yield f"of all of it together: {fates}"
        yield _listed(
            (name, count) for name, count in self.sums.items() if ":" not in name
        )
        poison = sum(n for name, n in self.sums.items() if name.startswith("poison:"))
        kinds = sum(name.startswith("poison:") for name in self.sums)
        yield f"poison {poison} of {kinds} kinds"
        yield f"rounds {len(self.seeds)}, {self.seconds / 60:.0f} minutes of faults"
        yield f"seeds {' '.join(map(str, self.seeds))}"
        yield f"commits {' '.join(self.commits)}"


def _listed(pairs: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(pairs))
