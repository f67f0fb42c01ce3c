"""Of every kind of switch, the gauge of its circuit says which kind it is."""

from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from chassis.clock import SystemClock
from forwarding import metrics
from forwarding.flips import Flipper
from forwarding.gathering import Gathering
from forwarding.keeper import Keeper
from forwarding.settings import Settings
from forwarding.switches.making import make_switch

KINDS = {
    "http://a.example": "http",
    "http://a.example,http://b.example": "http",
    "kamailio://a.example:5061,kamailio://b.example:5061": "kamailio",
    "xcaps://us@a.example/root": "xcap",
    "ngcp://us@a.example": "ngcp",
    "none": "none",
}


@pytest.mark.parametrize(("url", "kind"), KINDS.items())
async def test_a_switch_is_known_by_its_kind(url: str, kind: str) -> None:
    metrics.CIRCUIT.clear()
    nothing: Any = None
    settings = Settings(switch_url=url, database_url="postgresql://unused.example")
    switch = make_switch(settings, slots=lambda _: nothing)
    flags = Gathering(switch, most=10)

    Keeper(
        nothing,
        switch,
        nothing,
        SystemClock(),
        batch=10,
        told_after=timedelta(seconds=5),
    )
    by_keeper = [s.labels for m in metrics.CIRCUIT.collect() for s in m.samples]
    metrics.CIRCUIT.clear()
    Flipper(
        nothing,
        flags,
        nothing,
        SystemClock(),
        transaction=nothing,
        first=10,
        crowded=set(),
        when_told=lambda: None,
    )
    by_flipper = [s.labels for m in metrics.CIRCUIT.collect() for s in m.samples]

    assert by_keeper == by_flipper == [{"backend": kind}]
    name = "forwarding_circuit_open"
    assert REGISTRY.get_sample_value(name, {"backend": kind}) == 0
    await switch.close()
