"""The verdict on a measurement beside the peers."""

from typing import Any

from devstack.bench import goals

SIZES = [1, 1000, 100_000]


def turns(*, last: float, p99: float, own: float, postgres: float = 0.0) -> Any:
    flip = {"last": last, "cpu": {"candidate": own, "postgres": postgres, "bench": 9}}
    latency = {"p50": 0.003, "p99": p99}
    return {"100000": [flip] * 5, "singles": [latency] * 5, "crowded": [latency] * 5}


def verdicts(peer: Any, ours: Any, mib: float) -> list[tuple[str, str]]:
    cells = [
        [cell.strip() for cell in row.split("|")]
        for row in goals.table(peer, ours, SIZES, mib).splitlines()
        if row.startswith("|")
    ]
    return [(row[1], row[4]) for row in cells[2:]]


def test_each_goal_is_judged_by_the_ratio_turn_by_turn() -> None:
    peer = turns(last=0.39, p99=0.030, own=0.30)
    ours = turns(last=0.29, p99=0.011, own=0.10, postgres=0.07)

    assert verdicts(peer, ours, 81) == [
        ("100,000 numbers, last", "reached"),
        ("100,000 numbers, CPU of all sides", "reached"),
        ("single flip, p50", "reached"),
        ("single flip, p99", "reached"),
        ("singles in a mass flip, p99", "NOT reached"),
        ("memory of forwarding", "reached"),
    ]


def test_what_is_slower_is_said_to_be_so() -> None:
    peer = turns(last=0.30, p99=0.010, own=0.20)
    ours = turns(last=0.30, p99=0.011, own=0.13)

    found = dict(verdicts(peer, ours, 101))
    assert set(found.values()) - {"reached"} == {"NOT reached"}
    assert found["single flip, p50"] == "reached"
    assert found["single flip, p99"] == "NOT reached"
    assert found["memory of forwarding"] == "NOT reached"


def test_what_was_not_measured_is_not_judged() -> None:
    assert verdicts({}, {}, 50) == [("memory of forwarding", "reached")]
