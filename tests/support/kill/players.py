"""Tells the facts of a story to the services, and notes what was acknowledged."""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, Self, cast

import httpx
from aiokafka import AIOKafkaProducer

from chassis.outbox import headers_of
from contracts.event import Event, derived_id
from contracts.number_range import NumberRange
from contracts.numbers import NumberPorted, NumberProvisioned
from contracts.signals import NetworkSignal
from support.kill.client import PATIENCE, Client
from support.kill.stage import Stage
from support.kill.story import (
    Cancelled,
    Moved,
    Ordered,
    Poisoned,
    Signalled,
    Step,
    Story,
    Wished,
    Withdrawn,
)

DUPLICATED, REPLAYED = 0.05, 0.03
NUMBER_DAY = date(2026, 11, 1)


@dataclass(slots=True)
class Notes:
    """What the players know in the end."""

    taken: set[int] = field(default_factory=set)
    """Steps that were acknowledged."""
    refused: dict[int, str] = field(default_factory=dict)
    messages: dict[tuple[str, str], int] = field(default_factory=dict)
    """Topic and ce_id of each message that Kafka acknowledged, with its step."""
    poison: list[tuple[str, int, int]] = field(default_factory=list)
    """Topic, partition and offset."""
    counts: Counter[str] = field(default_factory=Counter)
    orders: dict[str, str] = field(default_factory=dict)
    """Customer to the order that he placed first."""


class Players:
    """Everybody who tells something."""

    def __init__(
        self,
        story: Story,
        producer: AIOKafkaProducer,
        client: Callable[[str], Client],
        answered: Callable[[NumberRange], Awaitable[None]],
        began: datetime,
        seconds: float,
    ) -> None:
        self.notes = Notes()
        self._story, self._producer, self._client = story, producer, client
        self._answered = answered
        self._base, self._seconds = began - timedelta(hours=2), seconds
        self._rng = Random(story.seed + 1)  # noqa: S311 - a story, no secret
        self._replays: set[asyncio.Task[None]] = set()
        self._newest: dict[tuple[str, str], datetime] = {}
        self._handed_over = {
            (step.customer, step.numbers): asyncio.Event()
            for actor, steps in story.actors.items()
            for step in steps
            if isinstance(step, Moved) and not step.out and actor != step.customer
        }
        self._ways: Mapping[type[Step], Callable[[Any], Awaitable[None]]] = {
            Ordered: self._order,
            Cancelled: self._cancel,
            Moved: self._move,
            Wished: self._wish,
            Signalled: self._signal,
            Withdrawn: self._withdraw,
            Poisoned: self._poison,
        }

    @classmethod
    def on(cls, stage: Stage, story: Story, seconds: float) -> Self:
        """Return those who tell a story on a stage, from now on."""
        began = datetime.now(UTC)  # noqa: TID251 - a test's own clock
        return cls(story, stage.producer, stage.client, stage.answered, began, seconds)

    async def play(self) -> None:
        """Tell everything; who waits for an answer holds up nobody else."""
        self._started = time.monotonic()
        async with asyncio.TaskGroup() as all_of_them:
            for steps in self._story.actors.values():
                all_of_them.create_task(self._act(steps))
        await asyncio.gather(*self._replays)

    async def _act(self, steps: list[Step]) -> None:
        for step in steps:
            early = self._started + step.at * self._seconds - time.monotonic()
            await asyncio.sleep(max(0.0, early))  # the pace of the load
            await self._ways[type(step)](step)

    def when(self, step: Step) -> datetime:
        """Return when a fact happened: newer facts later, and all in the past."""
        return self._base + timedelta(milliseconds=10 * step.n)

    # -- Kafka ----------------------------------------------------------------------

    async def _move(self, step: Moved) -> None:
        if step.handover:
            await self._answered(step.numbers)
        known: dict[str, Any] = {
            "number": step.numbers.first,
            "last": None if step.numbers.is_single else step.numbers.last,
            "customer_number": step.customer,
            "line": step.line,
            "elements": step.elements,
            "effective_on": NUMBER_DAY,
        }
        if step.out or step.ported:
            way = "out" if step.out else "in"
            await self._send(step, NumberPorted(**known, direction=way))
        else:
            await self._send(step, NumberProvisioned(**known))
        if handed_over := self._handed_over.get((step.customer, step.numbers)):
            handed_over.set()

    async def _signal(self, step: Signalled) -> None:
        self._newest[step.source, step.alarm] = self.when(step)
        signal = NetworkSignal(
            source=step.source,
            alarm_id=step.alarm,
            element=step.element,
            lines=step.lines,
            state="down" if step.down else "up",
            occurred_at=self.when(step),
            confirmed=True,
            kind=step.kind,
        )
        if not step.by_http:
            await self._send(step, signal)
            return
        said = signal.model_dump(mode="json", by_alias=True)
        answer = await self._client(step.source).call("POST", "/v1/signals", said)
        self._note(step, answer)

    async def _send(self, step: Step, event: Event) -> None:
        event_id = derived_id("kill", self._story.seed, step.n)
        headers = headers_of(event.topic(), event.source, event_id, self.when(step))
        message = {
            "topic": event.topic(),
            "value": event.model_dump_json(by_alias=True).encode(),
            "key": event.key.encode(),
            "headers": [(name, value.encode()) for name, value in headers.items()],
        }
        await self._producer.send_and_wait(**message)
        self.notes.messages[event.topic(), event_id] = step.n
        self.notes.taken.add(step.n)
        self.notes.counts["Kafka messages"] += 1
        chance = self._rng.random()
        if chance < DUPLICATED + REPLAYED:
            late = 0.0 if chance < DUPLICATED else self._rng.uniform(1, 10)
            self._replays.add(asyncio.create_task(self._again(message, late)))

    async def _again(self, message: dict[str, Any], late: float) -> None:
        await asyncio.sleep(late)  # the lateness of a late replay
        await self._producer.send_and_wait(**message)
        self.notes.counts["duplicates and replays sent"] += 1

    async def _poison(self, step: Poisoned) -> None:
        sent = await self._producer.send_and_wait(
            step.topic, step.value, key=b"bad", headers=list(step.headers)
        )
        self.notes.counts[f"poison: {step.kind}"] += 1
        self.notes.poison.append((step.topic, sent.partition, sent.offset))
        self.notes.taken.add(step.n)

    # -- HTTP -----------------------------------------------------------------------

    async def _order(self, step: Ordered) -> None:
        customer = self._client(step.customer)
        body: dict[str, object] = {"option": step.option}
        if step.extends:
            body["extends_order_id"] = self.notes.orders[step.customer]
        else:
            body |= {
                "product": "sip-trunk-2.0",
                "channel": "product_order",
                "customer_number": step.customer,
            }
            customer = self._client("agent")
        answer = await customer.call(
            "POST", "/api/v1/orders", body, key=self._key(step)
        )
        if self._note(step, answer):
            self.notes.orders.setdefault(step.customer, answer.json()["order_id"])

    async def _cancel(self, step: Cancelled) -> None:
        path = f"/api/v1/orders/{self.notes.orders[step.customer]}"
        customer = self._client(step.customer)
        self._note(step, await customer.call("DELETE", path, key=self._key(step)))

    async def _wish(self, step: Wished) -> None:
        customer = self._client(step.customer)
        path = customer.path(step.numbers)
        if handed_over := self._handed_over.get((step.customer, step.numbers)):
            await handed_over.wait()  # who had it may be far behind with his story
        await customer.sees(path)
        method, path = {
            "set": ("PUT", path),
            "remove": ("DELETE", path),
            "start": ("POST", path.replace("?", "/manual?")),
            "stop": ("DELETE", path.replace("?", "/manual?")),
        }[step.verb]
        body = step.rule.body if step.rule else None
        answer = await customer.call(method, path, body, key=self._key(step))
        self._note(step, answer)

    async def _withdraw(self, step: Withdrawn) -> None:
        operator = self._client("operator")

        async def holder() -> list[str]:
            shown = (await operator.call("GET", "/v1/outages")).json()["outages"]
            failure = (step.source, step.alarm, self._newest[step.source, step.alarm])
            return [one["id"] for one in shown if _holds(one, failure)]

        deadline = time.monotonic() + PATIENCE
        while not (ids := await holder()):
            assert time.monotonic() < deadline, f"no outage of {step}"
            await asyncio.sleep(0.1)  # the operator looks again
        path, why = f"/v1/outages/{ids[0]}/withdraw", {"because": "Fehlalarm"}
        answer = await operator.call("POST", path, why)
        ended_before = answer.status_code == httpx.codes.CONFLICT
        self._note(step, answer, good=ended_before)

    def _key(self, step: Step) -> str:
        return derived_id("key", self._story.seed, step.n)

    def _note(self, step: Step, answer: httpx.Response, *, good: bool = False) -> bool:
        self.notes.counts["HTTP calls"] += 1
        if answer.is_success or good:
            self.notes.taken.add(step.n)
            return True
        self.notes.refused[step.n] = f"{answer.status_code} {answer.text[:300]}"
        return False


def _holds(outage: dict[str, Any], failure: tuple[str, str, datetime]) -> bool:
    evidence = cast("list[dict[str, Any]]", outage["evidence"])
    return any(
        (one["source"], one["alarm_id"], datetime.fromisoformat(one["down_at"]))
        == failure
        for one in evidence
        if one["state"] == "down"
    )
