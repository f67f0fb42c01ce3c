"""How much is measured, as the environment asks for it."""

import os

from devstack.errors import StackError

CROWD = 100_000
"""The largest flip among which single ones are measured."""


def sizes() -> list[int]:
    """Return BENCH_SIZES: how many numbers flip. Raises StackError."""
    said = os.environ.get("BENCH_SIZES", "1,1000,100000")
    return [
        _number("BENCH_SIZES", each, like="1,1000,100000") for each in said.split(",")
    ]


def rounds() -> int:
    """Return BENCH_ROUNDS: how often each is measured. Raises StackError."""
    return _number("BENCH_ROUNDS", os.environ.get("BENCH_ROUNDS", "5"), like="5")


def crowd() -> int:
    """Return the largest flip asked for that leaves single ones room; 1: none."""
    return max((size for size in sizes() if size <= CROWD), default=1)


def _number(name: str, said: str, *, like: str) -> int:
    if not said.strip().isdecimal() or int(said) < 1:
        message = f"{name}: {said!r} is no number above 0. Write it like {name}={like}."
        raise StackError(message)
    return int(said)
