"""What a bench is asked for by the environment."""

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


@pytest.mark.parametrize("said", ["", "viele", "1,,2", "-1", "0", "1.5"])
def test_what_is_no_number_is_told_with_what_to_write(
    monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    monkeypatch.setenv("BENCH_SIZES", said)

    with pytest.raises(StackError, match="BENCH_SIZES=1,1000,100000"):
        asked.sizes()
