"""
Write what follows from the events: `python -m contracts.generate`.

`--check` writes nothing and names what is stale; `--release v2` keeps the schemas as
those of a release, against which later changes are judged.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from contracts.asyncapi import document
from contracts.catalogue import EVENTS
from contracts.schema import schema_of

FOLDER = Path(__file__).resolve().parents[2]
"""The folder of the package in the repository."""


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m contracts.generate", description="Write schemas and AsyncAPI."
    )
    parser.add_argument("--check", action="store_true", help="only name what is stale")
    parser.add_argument("--release", metavar="V", help="keep the schemas as release V")
    arguments = parser.parse_args()
    if arguments.check:
        if old := stale(FOLDER):
            sys.exit(f"stale: {', '.join(old)}; run python -m contracts.generate")
        return
    if arguments.release:
        release(FOLDER, arguments.release)
    write(FOLDER, generated(FOLDER))


def generated(folder: Path) -> dict[str, str]:
    """Return the text of every generated file by its path in the folder."""
    files = {f"schemas/{event.__name__}.json": schema_of(event) for event in EVENTS}
    files["asyncapi.json"] = document(
        latest_examples(folder / "examples"), version=version("contracts")
    )
    return {path: as_text(content) for path, content in files.items()}


def stale(folder: Path) -> list[str]:
    """Return the paths that are missing, differ, or belong to no event any more."""
    wanted = generated(folder)
    there = {f"schemas/{file.name}" for file in (folder / "schemas").glob("*")}
    different = {
        path
        for path, text in wanted.items()
        if not (folder / path).is_file()
        or (folder / path).read_text(encoding="utf-8") != text
    }
    return sorted(different | (there - wanted.keys()))


def write(folder: Path, files: Mapping[str, str]) -> None:
    """Write the files and remove schemas of events that are gone."""
    for file in (folder / "schemas").glob("*"):
        file.unlink()
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


def release(folder: Path, name: str) -> None:
    """Keep today's schemas as those of a release; a release is never written twice."""
    kept = folder / "released" / name
    kept.mkdir(parents=True)
    for event in EVENTS:
        text = as_text(schema_of(event))
        (kept / f"{event.__name__}.json").write_text(text, encoding="utf-8")


def golden_examples(folder: Path) -> dict[str, Any]:
    """Return the examples of a version: values by name, by event."""
    return {
        file.stem: json.loads(file.read_text(encoding="utf-8"))
        for file in sorted(folder.glob("*.json"))
    }


def latest_examples(folder: Path) -> dict[str, Any]:
    """Return each event's examples of the last version that has any of it."""
    latest: dict[str, Any] = {}
    for version_ in sorted(folder.iterdir(), key=_number):
        latest |= golden_examples(version_)
    return latest


def newest(folder: Path) -> Path:
    """Return the folder of the last version: v10 comes after v9."""
    versions = [each for each in folder.iterdir() if each.name[1:].isdecimal()]
    return max(versions, key=_number)


def _number(version_: Path) -> int:
    return int(version_.name[1:])


def as_text(content: object) -> str:
    """Return JSON as it is kept in git."""
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    main()
