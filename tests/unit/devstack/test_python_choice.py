"""Which Python `make setup` takes where several are on the PATH."""

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "deploy" / "python.sh"
REAL = shlex.quote(sys.executable)


def choose(*folders: Path) -> str:
    """Return what the script names when only these folders are on the PATH."""
    done = subprocess.run(
        [shutil.which("bash") or "bash", str(SCRIPT)],
        env={"PATH": ":".join(map(str, folders))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.strip()


def put(folder: Path, name: str, does: str) -> str:
    """Put a program there that stands for a Python; return where it is."""
    program = folder / name
    folder.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    return str(program)


def taking(microseconds: int) -> str:
    """Return what a Python says that takes so long."""
    return f"echo {microseconds}"


@pytest.mark.parametrize("older", [1000, 760])
def test_the_newest_unless_another_is_much_quicker(tmp_path: Path, older: int) -> None:
    newest = put(tmp_path, "python3.13", taking(1000))
    put(tmp_path, "python3.11", taking(older))

    assert choose(tmp_path) == newest


def test_an_older_one_that_is_much_quicker(tmp_path: Path) -> None:
    put(tmp_path, "python3.13", taking(1000))
    quick = put(tmp_path, "python3.11", taking(620))

    assert choose(tmp_path) == quick


def test_one_that_is_hidden_behind_another_of_its_name(tmp_path: Path) -> None:
    slow, quick = tmp_path / "a", tmp_path / "b"
    put(slow, "python3.11", taking(720))
    expected = put(quick, "python3.11", taking(440))

    assert choose(slow, quick) == expected


def test_one_that_is_too_old_or_broken_is_none(tmp_path: Path) -> None:
    put(tmp_path, "python3.13", "exit 1")
    good = put(tmp_path, "python3", taking(1000))

    assert choose(tmp_path) == good


def test_nothing_where_there_is_none(tmp_path: Path) -> None:
    put(tmp_path, "python3", "exit 1")

    assert choose(tmp_path) == ""


def test_one_without_venv_only_where_there_is_no_other(tmp_path: Path) -> None:
    bare, whole = tmp_path / "bare", tmp_path / "whole"
    without = put(bare, "python3.13", f'PYTHONPATH="{bare}" exec {REAL} "$@"')
    (bare / "ensurepip.py").write_text("raise ImportError\n")
    other = put(whole, "python3", taking(900_000))

    assert choose(bare) == without
    assert choose(bare, whole) == other


def test_a_real_one_is_measured(tmp_path: Path) -> None:
    real = put(tmp_path, "python3", f'exec {REAL} "$@"')

    assert choose(tmp_path) == real
