"""
What each release is made of, as CycloneDX: `python -m devstack.sbom FOLDER`.

One file for each image, from its lock file with the hashes that are checked when it is
installed, and one for the environment of development, with licences and what needs
what. A file that does not name everything that is pinned ends the command with 1.
"""

import argparse
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from devstack.licences import LOCKS, plain_name
from devstack.settings import ROOT

PINNED = re.compile(r"(?m)^([\w.-]+)==([^\s;]+)([^\n]*)")
TOOL = ("-m", "cyclonedx_py")
FORM = ("--of", "JSON", "--output-reproducible", "--no-validate", "-o")


def pinned(lock: str) -> dict[str, str]:
    """Return the version of each package that a lock pins whatever the machine is."""
    return {
        plain_name(name): version
        for name, version, rest in PINNED.findall(lock)
        if ";" not in rest
    }


def missing(lock: str, sbom: str) -> list[str]:
    """Return what a lock pins and a bill of materials does not name, with version."""
    named = {
        plain_name(part["name"]): part.get("version", "")
        for part in json.loads(sbom)["components"]
    }
    return [
        f"{name}=={version}"
        for name, version in sorted(pinned(lock).items())
        if named.get(name) != version
    ]


def without_hashes(sbom: str) -> list[str]:
    """Return the parts of an image's bill that name no hash."""
    return [
        part["name"]
        for part in json.loads(sbom)["components"]
        if not any(each.get("hashes") for each in part.get("externalReferences", ()))
    ]


def of_lock(lock: Path, file: Path) -> None:
    """Write the bill of materials of one image."""
    _run("requirements", str(lock), *FORM, str(file))


def of_environment(file: Path) -> None:
    """Write the bill of materials of the environment that runs this."""
    _run("environment", sys.prefix, *FORM, str(file))


def _run(*arguments: str) -> None:
    command = [sys.executable, *TOOL, *arguments]
    subprocess.run(  # noqa: S603 - our own tool, no input of anybody
        command, check=True, capture_output=True
    )


def write(folder: Path) -> Iterator[str]:
    """Write every file and return a sentence for each gap."""
    folder.mkdir(parents=True, exist_ok=True)
    everything = folder / "development.cdx.json"
    of_environment(everything)
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    yield from _gaps(everything, lock)
    for image in sorted(LOCKS.glob("*.lock")):
        file = folder / f"{image.stem}.cdx.json"
        of_lock(image, file)
        yield from _gaps(file, image.read_text(encoding="utf-8"))
        for name in without_hashes(file.read_text(encoding="utf-8")):
            yield f"{file.name}: {name} has no hash"


def _gaps(file: Path, lock: str) -> Iterator[str]:
    for gap in missing(lock, file.read_text(encoding="utf-8")):
        yield f"{file.name}: {gap} is missing"


def main(arguments: list[str]) -> int:
    """Write all bills of materials; 1 when something is missing in one."""
    parser = argparse.ArgumentParser(prog="python -m devstack.sbom")
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "dist" / "sbom")
    folder = parser.parse_args(arguments).folder
    problems = list(write(folder))
    for problem in problems:
        print(problem)
    if not problems:
        count = len(list(folder.glob("*.cdx.json")))
        print(f"{count} bills of materials in {folder}")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
