"""How much is measured, as the environment asks for it."""

import os
from collections.abc import Sequence

from devstack.errors import StackError

CROWD = 100_000
"""The largest flip among which single ones are measured."""
FLIPS = "flips"
BENCHES = (FLIPS, "sip", "portal", "capacity")


def bench() -> str:
    """Return BENCH: which bench is to run. Raises StackError."""
    said = os.environ.get("BENCH") or FLIPS
    if said not in BENCHES:
        names = ", ".join(BENCHES)
        raise StackError(f"BENCH: there is no bench {said!r}. There are {names}.")
    return said


def sizes() -> list[int]:
    """Return BENCH_SIZES: how many numbers flip. Raises StackError."""
    return numbers("BENCH_SIZES", "1,1000,100000")


def rounds() -> int:
    """Return BENCH_ROUNDS: how often each is measured. Raises StackError."""
    return number("BENCH_ROUNDS", 5)


def crowd() -> int:
    """Return the largest flip asked for that leaves single ones room; 1: none."""
    return max((size for size in sizes() if size <= CROWD), default=1)


def numbers(name: str, usual: str) -> list[int]:
    """Return the numbers of a variable, parted by commas. Raises StackError."""
    said = os.environ.get(name, usual)
    return [_number(name, each, like=usual) for each in said.split(",")]


def number(name: str, usual: int) -> int:
    """Return the number of a variable. Raises StackError."""
    return _number(name, os.environ.get(name, str(usual)), like=str(usual))


def parts(said: list[str], known: Sequence[str]) -> list[str]:
    """Return which parts of a bench are wanted; none named: all. Raises StackError."""
    if unknown := [each for each in said if each not in known]:
        message = f"No such part: {' '.join(unknown)}. There are {', '.join(known)}."
        raise StackError(message)
    return said or list(known)


def _number(name: str, said: str, *, like: str) -> int:
    if not said.strip().isdecimal() or int(said) < 1:
        message = f"{name}: {said!r} is no number above 0. Write it like {name}={like}."
        raise StackError(message)
    return int(said)
