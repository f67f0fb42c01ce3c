"""What `make up` says when all is filled in, whatever an earlier run left behind."""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from typing_extensions import override

from contracts import canary
from devstack.demo_data.customers import CENTREX, OFFICE_FLAT
from devstack.demo_data.filling import Filled
from devstack.demo_data.handing_out import show_calls, show_outages
from devstack.journey.calling import Trace
from devstack.journey.network import Monitoring, SwitchView
from devstack.logins import Login

PORTAL = "http://portal"
CUSTOMERS = [
    Filled(customer, Login("somebody", "secret"), "O-1", [])
    for customer in (OFFICE_FLAT, CENTREX)
]


class Switch(SwitchView):
    """Calls ring at their line, or nowhere."""

    @override
    async def call(self, number: str) -> dict[str, Any]:
        raise NotImplementedError

    @override
    async def whole_call(self, number: str) -> Trace | None:
        if number.startswith("+49211"):
            return Trace(number, "nowhere", "", why="target not reachable")
        return Trace(number, "line", f"sip:{number}@home.example")


async def test_a_call_that_rings_nowhere_is_told_like_any_other(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await show_calls(Switch(), CUSTOMERS)

    assert capsys.readouterr().out.splitlines() == [
        "A call to +4921122223333 rang nowhere: target not reachable",
        "A call to +496990009501 rang at its line",
    ]


def outage(**said: Any) -> Mapping[str, Any]:
    plain: dict[str, Any] = {
        "state": "down",
        "reported_by": "probe",
        "element": None,
        "lines": [],
    }
    return plain | {"occurred_at": "2026-11-30T11:14:00+00:00"} | said


async def shown(outages: list[Mapping[str, Any]]) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        assert request.headers["authorization"] == "Bearer o-secret"
        assert request.url.path == "/v1/outages"
        return httpx.Response(200, json={"outages": outages})

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        watched = Monitoring(http, "http://watcher", {"operator": "o-secret"})
        await show_outages(watched, PORTAL)


async def test_outages_that_were_left_open_are_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    await shown(
        [
            outage(element="AN-KOELN-1"),
            outage(lines=["L-1", "L-2"], state="recovering"),
            outage(lines=["L-3"], state="suspect"),
            outage(lines=["L-4"], reported_by=canary.SOURCE),
        ]
    )

    assert capsys.readouterr().out.splitlines() == [
        "Outages are open, as they were left: AN-KOELN-1 · L-1, L-2.",
        "  Until they end, calls divert, and a target there cannot be reached.",
        f"  Network operations end them: {PORTAL}/netzbetrieb",
    ]


async def test_of_no_outage_nothing_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    await shown([])

    assert capsys.readouterr().out == ""
