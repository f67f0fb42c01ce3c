"""Forwarding in the test's own process, with a real switch, Kafka and PostgreSQL."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from starlette.applications import Starlette

from chassis.clock import Clock, SystemClock
from chassis.outbox import headers_of
from chassis.postgres import Connection, transaction
from contracts.event import Event, new_id
from forwarding.app import create_app
from forwarding.auditing import Findings
from forwarding.recheck import Recheck
from forwarding.reconciler import Reconciler
from forwarding.requests import Requests
from forwarding.rule_store import RuleStore
from forwarding.settings import Settings
from forwarding.switches.nodes import Node
from forwarding.switches.simulated import HttpSwitch
from support.forwarding_facts import CUSTOMER, NOON, Facts
from support.stack import Database
from support.switch_lab import SwitchLab
from support.waiting import eventually, until_it_listens

OUTPUT = ("ForwardingApplied", "ForwardingConfigured", "ForwardingFailed")
BUSY = """
    SELECT (SELECT count(*) FROM flip WHERE told_at IS NULL)
         + (SELECT count(*) FROM arming WHERE live_seq IS NULL AND attempts = 0)
         + (SELECT count(*) FROM cause WHERE NOT live)
         + (SELECT count(*) FROM held WHERE at_number IS NOT NULL)
         + (SELECT count(*) FROM outbox)
"""


@dataclass(frozen=True)
class Told:
    """An event that forwarding told."""

    topic: str
    id: str
    event: dict[str, Any]
    headers: frozenset[str]

    @property
    def short(self) -> str:
        """Say it in a word or two: `on +49…`, `off`, `failed target_down`."""
        if self.topic == "ForwardingFailed":
            return f"failed {self.event['code']}"
        return f"on {self.event['target']}" if self.event["in_effect"] else "off"


@dataclass
class Lab:
    """Tells forwarding facts as other services would, and listens to what it tells."""

    kafka: str
    database: Database
    switch: SwitchLab
    told: list[Told] = field(default_factory=list)
    facts: Facts = field(default_factory=Facts)
    sent: dict[tuple[str, int], int] = field(default_factory=dict)

    # -- telling -----------------------------------------------------------------

    async def send(self, *events: Event, event_id: str | None = None) -> None:
        """Send events in this order, each with an id of its own unless one is named."""
        for event in events:
            await self.send_raw(
                event.topic(),
                event.model_dump_json(by_alias=True).encode(),
                key=event.key,
                headers=headers_of(
                    event.topic(), type(event).source, event_id or new_id(), NOON
                ),
            )

    async def send_raw(
        self,
        topic: str,
        value: bytes,
        *,
        key: str = "",
        headers: dict[str, str] | None = None,
    ) -> None:
        """Send bytes as they are."""
        done = await self.producer.send_and_wait(
            topic,
            value,
            key=key.encode(),
            headers=[(k, v.encode()) for k, v in (headers or {}).items()],
        )
        self.sent[topic, done.partition] = done.offset

    async def open(
        self,
        number: str,
        line: str,
        *elements: str,
        last: str | None = None,
        customer: str = CUSTOMER,
    ) -> None:
        """Connect the line and enable the option, as provisioning does."""
        await self.send(
            self.facts.line_connected(line, elements, customer),
            self.facts.enabled(number, line, last=last, customer=customer),
        )
        await self.quiet()

    async def answer_to(self, wish: Event) -> dict[str, Any]:
        """Send a wish and wait for the answer."""
        await self.send(wish)
        return await self.answered(wish.model_dump()["request_id"])

    async def answered(self, wanted: str) -> dict[str, Any]:
        """Wait for the answer to a wish."""

        async def answer() -> dict[str, Any] | None:
            answers = [t.event for t in self.told if t.topic == "ForwardingConfigured"]
            return next((a for a in answers if a["request_id"] == wanted), None)

        return await eventually(answer, within=15) or {}

    async def arm(self, number: str, target: str | None, **more: Any) -> dict[str, Any]:
        """Set a rule, armed when it has a target, and wait until the switch has it."""
        answer = await self.answer_to(self.facts.rule(number, target, **more))
        await self.quiet()
        return answer

    async def use(self, number: str, action: str, cause: str, **more: Any) -> str:
        """Start or stop »divert now« or a drill; return what came of it."""
        wish = self.facts.wish(number, action=action, cause=cause, **more)
        answer = await self.answer_to(wish)
        await self.quiet()
        return str(answer["outcome"])

    # -- looking -----------------------------------------------------------------

    def story(self, number: str, since: int = 0) -> list[str]:
        """Return what was told of a number (a block: its first), each id once."""
        seen = {
            told.id: told
            for told in self.told[since:]
            if told.topic != "ForwardingConfigured" and told.event["number"] == number
        }
        return [told.short for told in seen.values()]

    def newest(self, number: str) -> dict[str, Any]:
        """Return the truth about a number by what was told."""
        return max(
            (
                t.event
                for t in self.told
                if t.topic == "ForwardingApplied" and t.event["number"] == number
            ),
            key=lambda event: int(event["version"]),
        )

    async def rings(self, number: str) -> str | None:
        """Return where a call rings now."""
        rings: str | None = (await self.switch.call(number))["rings_at"]
        return rings

    async def until_rings(self, number: str, target: str | None) -> None:
        """Wait until a call rings there."""

        async def there() -> bool:
            return await self.rings(number) == target

        await eventually(there, within=15)

    async def row(self, query: str, *facts: object) -> Any:
        """Look into forwarding's own tables."""
        async with self.pool.acquire() as connection:
            return await connection.fetchval(query, *facts)

    async def quiet(self) -> None:
        """Wait until all that was sent is taken in, done and told."""
        await eventually(self._is_taken_in, within=60)

        async def idle() -> bool:
            return bool(await self.row(BUSY) == 0)

        await eventually(idle, within=60)
        await eventually(self._is_heard, within=60)

    async def _is_taken_in(self) -> bool:
        for topic in {topic for topic, _ in self.sent}:
            group = f"forwarding.{topic}"
            taken = await self.admin.list_consumer_group_offsets(group)
            offsets = {place.partition: at.offset for place, at in taken.items()}
            for (of, partition), offset in self.sent.items():
                if of == topic and offsets.get(partition, -1) <= offset:
                    return False
        self.sent.clear()
        return True

    async def _is_heard(self) -> bool:
        places = self.consumer.assignment()
        # Asked apart: behind a fetch it would wait for news.
        ends = await self.ends.end_offsets(places)
        heard = [await self.consumer.position(place) for place in places]
        return all(at >= ends[p] for at, p in zip(heard, places, strict=True))

    # -- what only the clock would do --------------------------------------------

    async def give_up(self) -> None:
        """Refuse the wishes that waited too long."""
        async with transaction(self.pool) as db:
            await Requests(SystemClock()).give_up(db)

    async def recheck(self) -> int:
        """Look at all targets, as every night; return how many were flagged."""
        return await Recheck(self, Requests(SystemClock())).look()  # type: ignore[arg-type]  # a Lab has what it uses of a Service

    async def audit(self, *, force: bool = False) -> Findings:
        """Compare switch and facts, as a service does that has just started."""
        switch = HttpSwitch(self.switch.url, timeout=timedelta(seconds=5))
        try:
            return await Reconciler(
                self.pool, Node(switch), SystemClock(), every=60, limit=0.1, batch=500
            ).reconcile(force=force)
        finally:
            await switch.close()

    clock: Clock = field(default_factory=SystemClock)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Open a transaction, as a Service does."""
        async with transaction(self.pool) as connection:
            yield connection

    async def pages_of_one(self, number: str) -> list[str]:
        """Return the ends of the rules from a number on, read one a page."""
        found, after = [], (number, "")
        async with transaction(self.pool) as connection:
            while rows := await RuleStore(connection).rules_after(*after, 1):
                after = rows[0]["number"], rows[0]["last"]
                if after[0] != number:
                    break
                found.append(after[1])
        return found

    # -- its life ----------------------------------------------------------------

    def settings(self, **settings: Any) -> Settings:
        """Return what forwarding is told on this database, Kafka and switch."""
        return Settings.model_validate(
            {
                "database_url": self.database.url("forwarding"),
                "kafka_bootstrap_servers": self.kafka,
                "switch_url": self.switch.url,
            }
            | settings
        )

    def app(self, clock: Clock | None = None, **settings: Any) -> Starlette:
        """Return such a forwarding."""
        return create_app(self.settings(**settings), clock)

    @asynccontextmanager
    async def serving(
        self, clock: Clock | None = None, **settings: Any
    ) -> AsyncIterator[None]:
        """Run forwarding, and let it listen first."""
        app = self.app(clock or SystemClock(), **settings)

        async with app.router.lifespan_context(app):
            await until_it_listens(app.state.service)
            yield

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Lab"]:
        """Connect to Kafka and the database and hear all that is told."""
        servers = {"bootstrap_servers": self.kafka}
        self.consumer = AIOKafkaConsumer(*OUTPUT, **servers)
        self.ends = AIOKafkaConsumer(**servers)
        self.admin = AIOKafkaAdminClient(**servers)
        url = self.database.url("forwarding")
        await self.admin.start()
        try:
            async with (
                AIOKafkaProducer(**servers) as self.producer,
                asyncpg.create_pool(url, min_size=1, max_size=2) as self.pool,
                self.consumer,
                self.ends,
            ):
                await self.consumer.seek_to_end()
                for place in self.consumer.assignment():
                    await self.consumer.position(place)
                ears = asyncio.create_task(self._listen())
                yield self
                ears.cancel()
                await asyncio.gather(ears, return_exceptions=True)
        finally:
            await self.admin.close()

    async def _listen(self) -> None:
        async for message in self.consumer:
            headers = {name: value.decode() for name, value in message.headers}
            event = json.loads(message.value)
            self.told.append(
                Told(message.topic, headers["ce_id"], event, frozenset(headers))
            )
