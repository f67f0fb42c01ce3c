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
STORY: tuple[Event, ...] = (
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
        DELETE FROM diversion; DELETE FROM failed; DELETE FROM outage;
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
    }
