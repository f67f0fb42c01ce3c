"""
Writes docs/licences.md, the licence of every package we stand on.

`deploy/licences.toml` says which may be. A package that says nothing, or something
else, ends the command with 1 and is named.
"""

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devstack.settings import ROOT

POLICY = ROOT / "deploy" / "licences.toml"
PAGE = ROOT / "docs" / "licences.md"
LOCKS = ROOT / "deploy" / "locks"
HEAD = """\
# Licences of the packages we stand on

Written by `make licences` from what the packages of `requirements.lock` say of
themselves; do not edit. Which licences may be is in `deploy/licences.toml`, and a test
fails on any other. What is vendored has its licence beside it.

"In images" are the packages that `deploy/locks` puts into an image; the others are for
development and tests, and leave this repository with nobody.

| package | licence | in images | why it may be |
|---|---|---|---|
"""


@dataclass(frozen=True, slots=True)
class Exceptional:
    """A licence that one package may have, and why."""

    licence: str
    reason: str


@dataclass(frozen=True, slots=True)
class Policy:
    """Which licences may be, and how packages call them."""

    allowed: frozenset[str]
    exceptions: Mapping[str, Exceptional] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, file: Path = POLICY) -> "Policy":
        """Read the file."""
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        exceptions = {
            name: Exceptional(**one) for name, one in said["exceptions"].items()
        }
        return cls(frozenset(said["allowed"]), exceptions, said["names"])

    def plain(self, said: str) -> str:
        """Return a licence as SPDX calls it, each part of an expression."""
        parts = re.split(r"(\s+(?:AND|OR)\s+|\s*;\s*)", said)
        named = (self.names.get(part, part) for part in parts)
        whole = "".join(" AND " if part.strip() == ";" else part for part in named)
        return " AND ".join(dict.fromkeys(whole.split(" AND ")))

    def may_be(self, package: str, licence: str) -> bool:
        """Tell whether a package may have this licence, by its SPDX name."""
        if package in self.exceptions:
            return self.exceptions[package].licence == licence
        return all(
            any(one in self.allowed for one in part.split(" OR "))
            for part in licence.split(" AND ")
        )


def locked(lock: str) -> set[str]:
    """Return the names of the packages that a lock file pins, in their plain form."""
    return {plain_name(name) for name in re.findall(r"(?m)^([\w.-]+)==", lock)}


def plain_name(name: str) -> str:
    """Return a package's name as registries compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def installed(wanted: Iterable[str]) -> dict[str, str]:
    """Return what the installed packages say of their licence, by plain name."""
    command = [sys.executable, "-m", "piplicenses", "--format=json", "--from=mixed"]
    command.append("--with-system")  # itself and what it stands on, too
    told = subprocess.run(  # noqa: S603 - our own tool, no input of anybody
        command, check=True, capture_output=True, text=True
    ).stdout
    names = set(wanted)
    found = {plain_name(one["Name"]): one["License"] for one in json.loads(told)}
    return {name: licence for name, licence in found.items() if name in names}


def refused(policy: Policy, packages: Mapping[str, str]) -> list[str]:
    """Return a sentence for each package that may not be."""
    return [
        f"{name}: {policy.plain(licence)} is not in {POLICY.name}"
        for name, licence in sorted(packages.items())
        if not policy.may_be(name, policy.plain(licence))
    ]


def page(policy: Policy, packages: Mapping[str, str]) -> str:
    """Return the page of all packages."""
    in_images: set[str] = set()
    for lock in LOCKS.glob("*.lock"):
        in_images |= locked(lock.read_text(encoding="utf-8"))
    rows = [HEAD]
    for name, licence in sorted(packages.items()):
        shipped = "yes" if name in in_images else ""
        exception = policy.exceptions.get(name)
        why = exception.reason if exception else ""
        rows.append(f"| {name} | {policy.plain(licence)} | {shipped} | {why} |\n")
    return "".join(rows)


def main() -> int:
    """Write the page; 1 when a package may not be."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    policy, packages = Policy.read(), installed(locked(lock))
    PAGE.write_text(page(policy, packages), encoding="utf-8")
    problems = refused(policy, packages)
    for problem in problems:
        print(problem)
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())
