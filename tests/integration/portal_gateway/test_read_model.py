"""The read model depends on the set of events and on nothing else."""

import random
from datetime import timedelta
from typing import Any

import httpx
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.event import Event
from contracts.forwardings import (
    ForwardingApplied,
    ForwardingConfigured,
    ForwardingFailed,
    RuleSetting,
)
from contracts.numbers import LineConnected
from contracts.operations import MaintenanceAnnounced
from contracts.orders import OrderConfirmed, OrderContent
from contracts.outages import RecoveryNoticed
from support.portal import (
    BLOCK,
    BLOCK_END,
    INSIDE,
    LINE,
    MOBILE,
    NODE,
    NOON,
    OFFICE,
    OTHER_LINE,
    SINGLE,
    Portal,
    applied,
    cleared,
    connected,
    disabled,
    enabled,
    outage,
)


def configured(
    number: str, last: str | None = None, **more: Any
) -> ForwardingConfigured:
    fields: dict[str, Any] = {
        "request_id": None,
        "customer_number": "C-1001",
        "number": number,
        "last": last,
        "action": "set",
        "outcome": "accepted",
        "rule": RuleSetting(enabled=True, target=MOBILE),
        "version": 1,
        "requested_by": "somebody",
        "configured_at": NOON - timedelta(minutes=10),
    }
    return ForwardingConfigured(**fields | more)


def failed(number: str, **more: Any) -> ForwardingFailed:
    fields: dict[str, Any] = {
        "number": number,
        "customer_number": "C-1001",
        "code": "switch_timeout",
        "attempts": 3,
        "version": 4,
        "failed_at": NOON + timedelta(seconds=5),
    }
    return ForwardingFailed(**fields | more)


def off(told: ForwardingApplied, version: int) -> ForwardingApplied:
    return told.model_copy(
        update={
            "in_effect": False,
            "causes": (),
            "reason": "cleared",
            "version": version,
            "applied_at": told.applied_at + timedelta(minutes=version),
        }
    )


RETURNED = "+4921122223335"
ON_BLOCK = applied(BLOCK, BLOCK_END, rule="block", version=3)
GONE, USED = "+4921122223336", "+4921122223337"
"""One that left again, and one that another customer had before."""
LINE_LEFT, LINE_MOVED, LINE_OF_OTHERS = "L7", "L8", "L9"


def of_order(outcome: str, minutes: int, **more: Any) -> OrderConfirmed:
    fields: dict[str, Any] = {
        "order_id": "order-2",
        "customer_number": "C-1001",
        "outcome": outcome,
        "confirmed_at": NOON + timedelta(minutes=minutes),
        "content": OrderContent(
            product="sip-trunk-2.0",
            option=True,
            channel="phone",
            placed_by="hotline",
            placed_at=NOON,
        ),
    }
    return OrderConfirmed(**fields | more)


def planned(version: int, **more: Any) -> MaintenanceAnnounced:
    fields: dict[str, Any] = {
        "window_id": "W1",
        "version": version,
        "state": "planned",
        "lines": (LINE,),
        "starts_at": NOON + timedelta(days=1),
        "ends_at": NOON + timedelta(days=1, hours=version),
        "takes_service": True,
        "announced_at": NOON,
    }
    return MaintenanceAnnounced(**fields | more)


STORY: tuple[Event, ...] = (
    of_order("accepted", 1),
    of_order("cancelled", 2, cancelled_at=NOON),
    planned(1),
    planned(2),
    RecoveryNoticed(
        outage_id="O2",
        clears_at=NOON + timedelta(hours=5),
        noticed_at=NOON + timedelta(hours=4),
    ),
    RecoveryNoticed(
        outage_id="O2", clears_at=None, noticed_at=NOON + timedelta(hours=5)
    ),
    enabled(GONE, line=LINE_MOVED),
    enabled(GONE, line=LINE_LEFT, version=2),
    disabled(GONE, version=3),
    failed(GONE),
    outage("O7", lines=(LINE_LEFT,)),
    cleared("O7", lines=(LINE_LEFT,)),
    outage("O8", lines=(LINE_MOVED,)),
    enabled(USED, customer="C-2002", line=LINE_OF_OTHERS),
    disabled(USED, customer="C-2002"),
    enabled(USED, line=LINE_LEFT, version=3),
    disabled(USED, version=4),
    outage("O9", lines=(LINE_OF_OTHERS,)),
    cleared("O9", lines=(LINE_OF_OTHERS,)),
    connected(LINE),
    connected(OTHER_LINE),
    LineConnected(
        line=LINE, customer_number="C-1001", elements=(NODE, "region-2"), version=2
    ),
    enabled(SINGLE),
    enabled(SINGLE, version=3, line=OTHER_LINE),
    enabled(BLOCK, BLOCK_END, version=2),
    disabled(INSIDE, version=4),
    enabled("+4921122223334"),
    disabled("+4921122223334", version=5),
    enabled(RETURNED),
    disabled(RETURNED, version=2),
    enabled(RETURNED, version=3),
    configured(RETURNED, configured_at=NOON + timedelta(hours=2)),
    configured(
        RETURNED,
        version=2,
        action="start",
        cause="manual",
        configured_at=NOON + timedelta(hours=2, minutes=1),
    ),
    disabled(RETURNED, version=4, disabled_at=NOON + timedelta(hours=3)),
    enabled(RETURNED, version=5),
    configured(SINGLE),
    configured(SINGLE, version=2, rule=RuleSetting(enabled=True, target=OFFICE)),
    configured(
        SINGLE, version=2, outcome="flagged", code="target_premium", configured_at=NOON
    ),
    configured(BLOCK, BLOCK_END),
    configured("+492214710124", rule=RuleSetting(enabled=False)),
    configured("+492214710125"),
    configured("+492214710125", version=2, action="remove", rule=None),
    outage("O1"),
    outage("O1", version=2, lines=(LINE, OTHER_LINE)),
    cleared("O1", version=3, reason="withdrawn"),
    cleared("O1", version=2),
    outage("O2", element="region-2", lines=()),
    outage("O3", element="region-2", lines=(), version=4),
    cleared("O3", version=2),
    applied(SINGLE, version=2),
    off(applied(SINGLE), version=5),
    failed(SINGLE, version=6),
    failed(SINGLE, version=6, attempts=4),
    ON_BLOCK,
    applied("+492214710125", version=7),
)


async def seen(client: httpx.AsyncClient) -> list[object]:
    paths = (
        "/forwardings",
        "/forwardings/+492214710126",
        "/outages",
        "/outages/O7/report",
        "/outages/O9",
        "/orders",
        "/maintenance",
        "/coverage",
        "/history",
    )
    answers = [(await client.get(path)).json() for path in paths]
    answers[-1]["history"] = [
        one for one in answers[-1]["history"] if one["type"] == "forwarding"
    ]
    return answers


async def emptied(portal: Portal) -> None:
    await portal.gateway.service.pool.execute(
        """
        DELETE FROM number_option; DELETE FROM option_end; DELETE FROM wish;
        DELETE FROM started_cause; DELETE FROM line; DELETE FROM applied;
        DELETE FROM diversion; DELETE FROM failed; DELETE FROM failure;
        DELETE FROM outage; DELETE FROM maintenance; DELETE FROM product_order;
        """
    )


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    seed=st.integers(0, 10**9),
    repeats=st.integers(0, 6),
    together=st.integers(1, len(STORY)),
)
async def test_any_order_and_repetition_shows_the_same(
    portal: Portal, seed: int, repeats: int, together: int
) -> None:
    customer = await portal.customer()
    await emptied(portal)
    await portal.tell(*STORY)
    expected = await seen(customer)
    await emptied(portal)
    chance = random.Random(seed)  # noqa: S311 - shuffles a test
    told = [*STORY, *chance.sample(STORY, repeats)]
    chance.shuffle(told)

    for first in range(0, len(told), together):
        await portal.tell_together(*told[first : first + together])

    assert await seen(customer) == expected


async def test_a_number_brings_no_outage_of_whom_it_belonged_to(
    portal: Portal,
) -> None:
    customer = await portal.customer()

    await portal.tell(
        outage("O9", lines=(LINE_OF_OTHERS,)),
        cleared("O9", lines=(LINE_OF_OTHERS,)),
        enabled(USED, customer="C-2002", line=LINE_OF_OTHERS),
        disabled(USED, version=4),
        enabled(USED, version=3, line=LINE_LEFT),
    )

    assert (await customer.get("/outages/O9")).status_code == 404


async def test_the_story_in_order(portal: Portal) -> None:
    customer = await portal.customer()
    await portal.tell(*STORY)

    listed = (await customer.get("/forwardings")).json()["forwardings"]

    states = {(e["number"], e["kind"]): (e["state"], e["ported_out"]) for e in listed}
    assert states == {
        (SINGLE, "number"): ("failed", False),
        (RETURNED, "number"): ("inactive", False),
        (BLOCK, "block"): ("diverted", False),
        (INSIDE, "number"): ("inactive", True),
        ("+492214710124", "number"): ("inactive", False),
    }
    [returned] = [e for e in listed if e["number"] == RETURNED]
    assert "manual" not in {cause["type"] for cause in returned["causes"]}
    [single] = [e for e in listed if e["number"] == SINGLE]
    assert single["rule"]["target"] == MOBILE
    assert single["code"] == "switch_timeout"
    outages = (await customer.get("/outages")).json()["outages"]
    assert {one["id"]: one["state"] for one in outages} == {
        "O1": "closed",
        "O2": "open",
        "O3": "open",
        "O7": "closed",
    }
    report = (await customer.get("/outages/O7/report")).json()
    assert [one["number"] for one in report["failures"]] == [GONE]
