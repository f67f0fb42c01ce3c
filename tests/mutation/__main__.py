"""
How many small mistakes in the rules do the tests notice?

    PYTHONPATH=tests .venv/bin/python -m mutation             # all, some 20 minutes
    PYTHONPATH=tests .venv/bin/python -m mutation rules       # one group
    … --part 2/5                                              # every fifth mutant

Only pure modules are changed, in memory; the unit tests of their package must notice.
"""

import argparse
import ast
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from mutation.mutants import mutants_of
from mutation.trial import survives

ROOT = Path(__file__).parents[2]
LIBRARIES = ("asyncpg", "faststream.kafka", "hypothesis", "phonenumbers", "pydantic")
LEAST_SHARE = 0.9


@dataclass(frozen=True, slots=True)
class Group:
    """Modules that belong together, and the tests that watch over them."""

    source: str
    modules: tuple[str, ...]
    tests: tuple[str, ...]


GROUPS = {
    "rules": Group(
        "services/forwarding/src",
        ("forwarding.domain",),
        (
            "tests/unit/forwarding/test_arming.py",
            "tests/unit/forwarding/test_domain.py",
        ),
    ),
    "outages": Group(
        "services/outage-watcher/src",
        tuple(
            f"outage_watcher.domain.{name}"
            for name in (
                *("board", "correlation", "evidence", "life", "outage", "policy"),
                *("report", "snapshot", "telling", "topology", "window"),
            )
        ),
        tuple(
            f"tests/unit/outage_watcher/test_{name}.py"
            for name in ("transitions", "decision_cases", "any_order", "machine")
        ),
    ),
    "options": Group(
        "services/provisioning/src",
        tuple(
            f"provisioning.domain.{name}"
            for name in (
                *("checks", "lines", "numbers", "option_changes", "options", "orders"),
            )
        ),
        ("tests/unit/provisioning",),
    ),
    "numbers": Group(
        "contracts/src",
        tuple(
            f"contracts.{name}"
            for name in (
                *("target_check", "target_circle", "denied_ranges", "numbering_plan"),
                *("number_range", "phone_number", "written_number"),
            )
        ),
        (
            "tests/unit/contracts/test_target_check.py",
            "tests/unit/contracts/test_phone_number.py",
            "tests/unit/contracts/test_number_range.py",
        ),
    ),
}


@dataclass(slots=True)
class Tally:
    """How many mutants were tried, and how many of them were noticed."""

    tried: int = 0
    noticed: int = 0

    @property
    def share(self) -> float:
        """Return the share that was noticed."""
        return self.noticed / self.tried if self.tried else 1.0


def score(group: Group, part: tuple[int, int], tally: Tally) -> None:
    """Try the mutants of a group, and name those that nothing noticed."""
    for module in group.modules:
        file = ROOT / group.source / f"{module.replace('.', '/')}.py"
        right = ast.parse(file.read_text(encoding="utf-8"))
        if module == group.modules[0]:
            assert survives(module, file, right, group.tests), "it fails as it is"
        for number, mutant in enumerate(mutants_of(file)):
            if number % part[1] != part[0] - 1:
                continue
            lives = survives(module, file, mutant.tree, group.tests)
            tally.tried += 1
            tally.noticed += not lives
            if lives:
                place = f"{file.relative_to(ROOT)}:{mutant.line}"
                _say(f"not noticed: {place} {mutant.what}")


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Print the score of each group; 1 when one is below what we promise."""
    parser = argparse.ArgumentParser(prog="python -m mutation")
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []])
    parser.add_argument("--part", default="1/1", help="2/5: the second of five")
    options = parser.parse_args(arguments)
    first, of = map(int, options.part.split("/"))
    for library in LIBRARIES:
        import_module(library)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before all were tried"))
    tallies = {name: Tally() for name in options.groups or GROUPS}
    for name, tally in tallies.items():
        began = time.monotonic()
        try:
            score(GROUPS[name], (first, of), tally)
        finally:
            took = time.monotonic() - began
            of_all = f"{tally.noticed} of {tally.tried} noticed, {tally.share:.1%}"
            _say(f"{name}: {of_all}, {took:.0f} s")
    return int(min(tally.share for tally in tallies.values()) < LEAST_SHARE)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
