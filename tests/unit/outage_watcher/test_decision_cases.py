"""The decision cases that were agreed for monitoring, as signals in a table."""

from collections.abc import Callable

import pytest

from support.watching import Network

Story = Callable[[Network], object]


def down(seconds: float, *lines: str, **more: object) -> Story:
    return lambda network: network.hears("down", *lines, occurred=seconds, **more)  # type: ignore[arg-type]  # a row of the table


def up(seconds: float, *lines: str, **more: object) -> Story:
    return lambda network: network.hears("up", *lines, occurred=seconds, **more)  # type: ignore[arg-type]  # a row of the table


def wait(seconds: float) -> Story:
    return lambda network: network.waits(seconds)


def unknown(network: Network) -> None:
    network.hears("unknown", occurred=500)


def lose(network: Network) -> None:
    network.loses("probe")


def find(network: Network) -> None:
    network.finds_all()


def clear(network: Network) -> None:
    network.closes("operator")


DETECTED = "detected 1 L1"
CLEARED = "cleared 2 recovered"
GLITCH = "cleared 1 suppressed"

CASES: dict[str, tuple[list[Story], list[str]]] = {
    "1 firing, resolved": (
        [down(0), wait(200), up(200), wait(120)],
        [DETECTED, CLEARED],
    ),
    "2 the same twice": ([down(0), wait(40), down(0), wait(40)], [DETECTED]),
    "3 still down, new start": ([down(0), wait(40), down(35), wait(40)], [DETECTED]),
    "4 resolved, never seen": ([up(0, alarm="G9"), wait(600)], []),
    "6 repeats": ([down(0), wait(40), *[down(0)] * 9, wait(40)], [DETECTED]),
    "7 false clear, then silence": (
        [down(0), wait(40), up(40), lose, wait(999)],
        [DETECTED],
    ),
    "7 silence, then false clear": (
        [down(0), wait(40), lose, up(40), wait(999)],
        [DETECTED],
    ),
    "10 a second of failure": ([down(0), up(1), wait(600)], [GLITCH]),
    "12 soft, then hard": ([down(0), down(0, confirmed=True)], [DETECTED]),
    "12 hard up, never hard down": ([down(0), wait(9), up(9), wait(600)], [GLITCH]),
    "15 parent up, child down": (
        [
            down(0, alarm="node", element="N", confirmed=True),
            down(0, alarm="child", confirmed=True),
            up(60, alarm="node", element="N"),
            wait(999),
        ],
        ["detected 1 N", DETECTED, CLEARED],
    ),
    "26 down and up in one second": ([down(0), up(0), wait(600)], [GLITCH]),
    "26 up and down in one second": (
        [down(-5), up(0), down(0), wait(600)],
        [GLITCH, DETECTED],
    ),
    "29 no data": ([unknown, wait(600)], []),
    "29 no data in an outage": ([down(0), wait(40), unknown, wait(600)], [DETECTED]),
    "31 late clear of the outage before": (
        [down(100, confirmed=True), up(50), wait(999)],
        [DETECTED],
    ),
    "32 late failure before the clear": ([up(100), down(50), wait(999)], []),
    "34 two sources": (
        [
            down(0, confirmed=True),
            down(1, source="icinga", confirmed=True),
            up(50),
            wait(999),
            up(999, source="icinga"),
            wait(120),
        ],
        [DETECTED, CLEARED],
    ),
    "36 up while the source is lost": (
        [down(0), wait(40), lose, up(60), wait(3600), find, wait(120)],
        [DETECTED, CLEARED],
    ),
    "37 operator, same start": (
        [down(0), wait(40), clear, down(0), wait(99)],
        [DETECTED, "cleared 2 operator"],
    ),
    "37 operator, new start": (
        [down(0), wait(40), clear, down(40), wait(99)],
        [DETECTED, "cleared 2 operator", DETECTED],
    ),
}


@pytest.mark.parametrize(("story", "told"), CASES.values(), ids=CASES)
def test_case(story: list[Story], told: list[str]) -> None:
    network = Network()

    for step in story:
        step(network)

    assert network.told == told
