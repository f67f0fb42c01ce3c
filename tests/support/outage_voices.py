"""What a story says, told to the real code and to the model alike."""

import random
from contextlib import suppress
from datetime import datetime, timedelta

from aiokafka import ConsumerRecord

from contracts.numbers import LineConnected
from support.outage_alarm import Alarm, Said
from support.outage_model import Model
from support.outage_sources import ASKED, alarms, policy_of
from support.outage_world import Crash, World


class Voices:
    """Tells world and model the same; late, twice, and after a crash, by the dice."""

    def __init__(self, seed: int, *, one_by_one: bool = False) -> None:
        self.random = random.Random(seed)  # noqa: S311 - a story, no secret
        self.policy = policy_of(self.random)
        self.model = Model(self.policy)
        self.alarms = alarms()
        self.one_by_one = one_by_one
        self.log: list[str] = []
        self.truth: dict[tuple[str, str], datetime] = {}
        """Since when each alarm that can be asked for fails."""
        self.past: list[tuple[Said, ConsumerRecord]] = []
        self.versions: dict[str, int] = {}
        self.silent: set[str] = set()
        self._ticks = 0
        self._taken: set[int] = set()

    def note(self, now: datetime, what: str) -> None:
        self.log.append(f"{now:%H:%M:%S.%f} {what}")

    def moment(self, now: datetime) -> datetime | None:
        self._ticks += 1
        own = timedelta(microseconds=self._ticks)
        late = self.random.choice([0, 0, 0, 0, 1, 20, 45, 90, -20, None])
        if late is None:
            return None
        return now - timedelta(seconds=late) - own

    def signal(self, alarm: Alarm, *, down: bool, now: datetime) -> Said:
        at = self.moment(now)
        if alarm.source == ASKED:
            at = now + timedelta(microseconds=self._ticks)
            if down:
                at = self.truth.setdefault(alarm.key, at)
            else:
                self.truth.pop(alarm.key, None)
        return Said(
            alarm,
            down,
            at,
            confirmed=down and self.random.random() < 0.4,
            edge=self.random.random() < 0.15,
        )

    async def tell(self, world: World, said: list[Said]) -> None:
        sent = [
            (each, world.record(each))
            for each in said
            if each.alarm.source != ASKED or self.random.random() < 0.7
        ]
        if self.past and self.random.random() < 0.2:
            sent.insert(0, self.again(world, *self.random.choice(self.past)))
        self.past += sent
        batches = [[each] for each in sent] if self.one_by_one else [sent]
        for batch in batches:
            await self.bring(world, batch)

    def again(
        self, world: World, said: Said, old: ConsumerRecord
    ) -> tuple[Said, ConsumerRecord]:
        """Return it told once more: the same message, or a new one that says it."""
        alarm = self.model.alarms.get(said.alarm.key, said.alarm)
        is_clear = alarm.down_at != alarm.up_at and said.at
        if is_clear and said.alarm.source != ASKED and self.random.random() < 0.5:
            return said, world.record(said)
        return said, old

    async def bring(
        self, world: World, sent: list[tuple[Said, ConsumerRecord]]
    ) -> None:
        world.tick()
        records = [each for _, each in sent]
        for said, _ in sent:
            what = "down" if said.down else "up"
            more = " confirmed" * said.confirmed + " edge" * said.edge
            self.note(world.now, f"{said.alarm.key} {what} at {said.at}{more}")
        if self.random.random() < 0.1:
            await crash(world, records)
        await world.hear(records)
        fresh = {id(each): said for said, each in sent if not self._is_old(each)}
        self._taken |= {each.offset for each in records}
        self.model.hear(fresh.values(), world.now)
        await self.settled(world)
        if self.random.random() < 0.1:
            await self.repeated(world, records)

    def _is_old(self, each: ConsumerRecord) -> bool:
        return each.offset in self._taken

    async def repeated(self, world: World, records: list[ConsumerRecord]) -> None:
        await world.fire()
        await self.settled(world)
        before = await world.everything()
        await world.hear(records)
        assert await world.everything() == before, "a repeat changed something"

    async def settled(self, world: World) -> None:
        self.model.look(world.now)
        self.model.settle(await world.homes(), world.now)

    async def pass_time(self, world: World, time: timedelta, *, exact: bool) -> None:
        end = world.now + time
        while True:
            due_at = await world.fire()
            await self.settled(world)
            if world.now >= end:
                return
            world.move_to(min(end, due_at) if due_at and exact else end)

    async def connect(
        self, world: World, line: str, above: tuple[str, ...] | None
    ) -> None:
        self.note(world.now, f"{line} hangs on {above}")
        version = self.versions[line] = self.versions.get(line, 0) + 1
        event = LineConnected(
            line=line,
            customer_number="K1",
            elements=above or (),
            version=version,
            gone=above is None,
        )
        await world.connect([event])
        self.model.connect(line, above)
        await self.settled(world)

    async def beat(self, world: World, source: str, *, up: bool, eye: str = "") -> None:
        if not eye:
            self.silent = self.silent - {source} if up else self.silent | {source}
        self.note(world.now, f"{source} {eye} beats {up}")
        name = f"heartbeat/{eye}" if eye else "heartbeat"
        body = {"source": source, "alarm_id": name, "state": "up" if up else "down"}
        world.tick()
        await world.hear([world.message(body)])
        stamp = world.now.microsecond // 1000 * 1000
        at = world.now.replace(microsecond=stamp)
        self.model.beat(source, up=up, at=at, eye=eye)
        await self.settled(world)

    async def ask(self, world: World) -> None:
        self.note(world.now, "ask")
        listed = [
            Said(alarm, down=True, at=self.truth[alarm.key])
            for alarm in self.alarms
            if alarm.key in self.truth
        ]
        await world.ask(ASKED, listed)
        now = world.now
        for said in listed:
            known = self.model.alarms.get(said.alarm.key)
            if known and known.is_taken_back_by(said, now):
                self.model.back(known, now)
            else:
                self.model.hear([said], now)
        keys = {said.alarm.key: now for said in listed}
        self.model.asked(ASKED, keys, now)
        await self.settled(world)


async def crash(world: World, records: list[ConsumerRecord]) -> None:
    before = await world.everything()
    world.crashes = True
    with suppress(Crash):
        await world.hear(records)
    world.crashes = False
    assert await world.everything() == before
