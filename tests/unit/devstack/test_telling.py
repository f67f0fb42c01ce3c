"""How the story looks where nobody sits at a terminal, and how it breaks off."""

import io

import pytest
from rich.console import Console

from devstack.demo.telling import Teller, duration
from devstack.journey.seeing import NotSeen, must, seen


@pytest.fixture
def paper() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def tell(paper: io.StringIO) -> Teller:
    return Teller(Console(file=paper, soft_wrap=True, highlight=False))


def test_a_step_is_one_plain_line(tell: Teller, paper: io.StringIO) -> None:
    with tell.step("The line fails") as step:
        step.saw("diverted [at once]")
        step.took(0.084)

    assert paper.getvalue() == "ok  1  The line fails: diverted [at once] (84 ms)\n"


def test_a_step_that_is_not_seen_says_what_was(
    tell: Teller, paper: io.StringIO
) -> None:
    with pytest.raises(NotSeen), tell.step("The line fails"):
        must("a diverted call", False, {"rings_at": "home"})  # noqa: FBT003 - a truth

    assert paper.getvalue().splitlines() == [
        "FAILED at step 1: The line fails",
        "  expected: a diverted call",
        "  seen: {'rings_at': 'home'}",
    ]


def test_another_error_is_named_with_its_step(tell: Teller, paper: io.StringIO) -> None:
    with pytest.raises(ValueError, match="broken"), tell.step("The line fails"):
        raise ValueError("broken")

    assert "FAILED at step 1: The line fails" in paper.getvalue()
    assert "seen: ValueError: broken" in paper.getvalue()


def test_the_summary_has_median_and_worst(tell: Teller, paper: io.StringIO) -> None:
    tell.diverted += [0.05, 0.07, 1.5]

    tell.end(12.34)

    assert "All 0 steps seen in 12.3 s." in paper.getvalue()
    assert "p50 70 ms, worst 1.50 s (3 outages)" in paper.getvalue()


@pytest.mark.parametrize(
    ("seconds", "written"), [(0.0004, "0 ms"), (0.999, "999 ms"), (1.0, "1.00 s")]
)
def test_durations_are_as_exact_as_matters(seconds: float, written: str) -> None:
    assert duration(seconds) == written


class TestSeen:
    async def test_looks_again_until_it_is_there(self) -> None:
        looks = iter([0, 0, 3])

        async def look() -> int:
            return next(looks)

        assert await seen("three", look) == 3

    async def test_gives_up_with_what_it_saw_last(self) -> None:
        async def look() -> str:
            return "nothing new"

        with pytest.raises(NotSeen, match=r"a miracle within 0 s.*nothing new"):
            await seen("a miracle", look, lambda _: False, within=0)
