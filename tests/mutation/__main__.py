"""
How many small mistakes in the rules do the tests notice?

    PYTHONPATH=tests .venv/bin/python -m mutation             # all, an hour
    PYTHONPATH=tests .venv/bin/python -m mutation rules       # one group
    … --part 2/5                                              # every fifth mutant
    … --account FILE                                          # goes on where it ended

Only pure modules are changed, in memory; the unit tests of their package must notice.
What changes nothing that can be seen is in `equivalent.csv`, with the reason.
"""

import argparse
import ast
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from typing_extensions import override

from mutation.account import Account, Tried
from mutation.equivalent import Equivalents
from mutation.mutants import Mutant, mutants_of
from mutation.trial import survives

ROOT = Path(__file__).parents[2]
LIBRARIES = (
    *("asyncpg", "faststream.kafka", "hypothesis", "phonenumbers.geodata", "pydantic"),
    *("pytest_asyncio.plugin", "pytest_timeout", "_hypothesis_pytestplugin"),
)
OURS = ("chassis.service", "contracts.catalogue")
"""Loaded once, where the group does not change them."""
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
        ("forwarding.domain", "forwarding.belongings"),
        (
            "tests/unit/forwarding/test_arming.py",
            "tests/unit/forwarding/test_belongings.py",
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
            for name in (
                *("board", "correlation", "evidence", "life", "outage", "policy"),
                *("report", "snapshot", "telling", "topology", "window"),
                *("transitions", "decision_cases", "any_order", "machine"),
            )
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
        tuple(
            f"tests/unit/provisioning/test_{name}.py"
            for name in (
                *("checks", "lines", "numbers", "options", "orders", "any_order"),
            )
        ),
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
    """How many mutants were tried, how many noticed, how many nobody could notice."""

    tried: int = 0
    noticed: int = 0
    equivalent: int = 0

    @property
    def share(self) -> float:
        """Return the share that was noticed of those that can be."""
        could = self.tried - self.equivalent
        return self.noticed / could if could else 1.0

    @override
    def __str__(self) -> str:
        """Return it as a line."""
        of_all = f"{self.noticed} of {self.tried} noticed, {self.equivalent} equivalent"
        return f"{of_all}, {self.share:.1%}"


@dataclass(slots=True)
class Run:
    """One run: which part of the mutants, and what is known already."""

    part: tuple[int, int]
    account: Account
    equivalents: Equivalents

    def score(self, group: Group) -> Iterator[tuple[str, Tally]]:
        """Try the mutants of a group, module by module."""
        right = _read(group, group.modules[0])
        assert survives(*right, group.tests), "it fails as it is"
        for module in group.modules:
            tally = Tally()
            for mutant in self._mutants(group, module):
                self._try(group, module, mutant, tally)
            yield module, tally

    def _mutants(self, group: Group, module: str) -> Iterator[Mutant]:
        first, of = self.part
        for mutant in mutants_of(_file(group, module)):
            if mutant.number % of == first - 1:
                yield mutant

    def _try(self, group: Group, module: str, mutant: Mutant, tally: Tally) -> None:
        file = _file(group, module)
        tried = Tried(module, file, mutant)
        if not (noticed := self.account.noticed(tried)):
            tests = _nearest_first(group.tests, module)
            noticed = not survives(module, file, mutant.tree, tests)
            self.account.note(tried, noticed=noticed)
        tally.tried += 1
        tally.noticed += noticed
        if noticed:
            return
        if self.equivalents.know(module, mutant):
            tally.equivalent += 1
            return
        place = f"{file.relative_to(ROOT)}:{mutant.line}"
        _say(f"not noticed: {place} {mutant.what}: {mutant.code}")


def _nearest_first(tests: Sequence[str], module: str) -> list[str]:
    """Return those that bear the module's name before the others: they fail soon."""
    name = module.rpartition(".")[2]
    return sorted(tests, key=lambda test: not test.endswith(f"/test_{name}.py"))


def _file(group: Group, module: str) -> Path:
    return ROOT / group.source / f"{module.replace('.', '/')}.py"


def _read(group: Group, module: str) -> tuple[str, Path, ast.Module]:
    file = _file(group, module)
    return module, file, ast.parse(file.read_text(encoding="utf-8"))


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main(arguments: Sequence[str]) -> int:
    """Print the score of each group; 1 when one is below what we promise."""
    parser = argparse.ArgumentParser(prog="python -m mutation")
    parser.add_argument("groups", nargs="*", choices=[*GROUPS, []])
    parser.add_argument("--part", default="1/1", help="2/5: the second of five")
    parser.add_argument("--account", type=Path, help="a file that keeps what was tried")
    options = parser.parse_args(arguments)
    first, of = map(int, options.part.split("/"))
    names = options.groups or list(GROUPS)
    for library in (*LIBRARIES, *(() if "numbers" in names else OURS)):
        import_module(library)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended before all were tried"))
    run = Run((first, of), Account(options.account), Equivalents.read(ROOT))
    return int(min(_play(run, name) for name in names) < LEAST_SHARE)


def _play(run: Run, name: str) -> float:
    whole, began = Tally(), time.monotonic()
    for module, tally in run.score(GROUPS[name]):
        _say(f"{module}: {tally}")
        whole.tried += tally.tried
        whole.noticed += tally.noticed
        whole.equivalent += tally.equivalent
    _say(f"{name}: {whole}, {time.monotonic() - began:.0f} s")
    return whole.share


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
