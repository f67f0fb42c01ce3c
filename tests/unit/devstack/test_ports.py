"""Ports that are free."""

from devstack.ports import free_port

MANY = 500
"""Of so many the system alone names some twice, ninety-nine times of a hundred."""


def test_who_asks_for_many_ports_gets_different_ones() -> None:
    assert len({free_port() for _ in range(MANY)}) == MANY
