"""What a bench is asked for by the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from devstack.bench import asked
from devstack.errors import StackError


@pytest.mark.parametrize(
    ("said", "sizes", "crowd"),
    [
        ("1,1000,100000", [1, 1000, 100_000], 100_000),
        ("1, 1000000", [1, 1_000_000], 1),
        ("1000000", [1_000_000], 1),
    ],
)
def test_sizes_and_the_crowd_among_them(
    monkeypatch: pytest.MonkeyPatch, said: str, sizes: list[int], crowd: int
) -> None:
    monkeypatch.setenv("BENCH_SIZES", said)

    assert (asked.sizes(), asked.crowd()) == (sizes, crowd)


@pytest.mark.parametrize(
    ("said", "bench"), [("", "flips"), ("flips", "flips"), ("capacity", "capacity")]
)
def test_which_bench(monkeypatch: pytest.MonkeyPatch, said: str, bench: str) -> None:
    monkeypatch.setenv("BENCH", said)

    assert asked.bench() == bench


def test_a_bench_that_there_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCH", "nonsense")

    with pytest.raises(StackError, match=r"no bench 'nonsense'.*portal"):
        asked.bench()


@pytest.mark.parametrize("said", ["", "viele", "1,,2", "-1", "0", "1.5"])
def test_what_is_no_number_is_told_with_what_to_write(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("BENCH_SIZES", said)

    with pytest.raises(StackError, match="BENCH_SIZES=1,1000,100000"):
        asked.sizes()


@pytest.mark.parametrize(
    ("variable", "said", "part", "complaint"),
    [
        ("BENCH_SIZES", "viele", "flips", "Write it like BENCH_SIZES=1,1000,100000"),
        ("BENCH_ROUNDS", "0", "flips", "Write it like BENCH_ROUNDS=100"),
        ("BENCH_RATES", "500,", "calls", "Write it like BENCH_RATES=500,2000"),
        ("BENCH_RESTARTS", "", "reconcile", "Write it like BENCH_RESTARTS=7"),
        ("BENCH_ROUNDS", "1", "flip", "There are flips, calls, reconcile, load"),
    ],
)
def test_the_bench_of_calls_says_so_without_a_traceback(
    variable: str, said: str, part: str, complaint: str
) -> None:
    script = Path(__file__).parents[3] / "deploy" / "bench" / "sip.py"

    done = subprocess.run(
        [sys.executable, script, part],
        env={**os.environ, variable: said},
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
