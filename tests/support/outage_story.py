"""Random stories of a network: what happens, when, and in which order."""

from datetime import timedelta

from contracts.outages import OutageDetected
from support.outage_alarm import PERSON, TREE, WORK, Alarm, Said, Work
from support.outage_sources import (
    BEATS,
    LINES,
    PAUSES,
    QUIET,
    QUIET_LINE,
    UNDER_M,
    UNDER_N,
)
from support.outage_voices import Voices
from support.outage_world import World


class Story(Voices):
    """Throws steps, and tells world and model of each."""

    async def begin(self, world: World) -> None:
        for line in (*LINES, QUIET_LINE):
            await self.connect(world, line, UNDER_N if line[0] == "L" else UNDER_M)
        await self.beat(world, "beating", up=True)

    async def step(self, world: World) -> None:
        throws = [self.say] * 6 + [self.wait] * 5 + [self.element] * 2
        throws += [self.move, self.ask, self.life, self.person, self.person, self.work]
        micros = -world.now.microsecond % 1000
        world.move_to(world.now + timedelta(microseconds=micros))
        await self.random.choice(throws)(world)

    async def say(self, world: World) -> None:
        many = self.random.choice([1, 1, 1, 2, 3, 5])
        said = []
        for alarm in self.random.sample(self.alarms, many):
            known = self.model.alarms.get(alarm.key, alarm)
            down = self.random.random() < (0.35 if known.is_down else 0.7)
            said.append(self.signal(alarm, down=down, now=world.now))
            if self.random.random() < 0.15:
                said.append(self.signal(alarm, down=not down, now=world.now))
        await self.tell(world, said)

    async def element(self, world: World) -> None:
        """Let most lines of an element fail or recover, as one source sees them."""
        element = self.random.choice(["N", "N", "M", "AGG"])
        source = self.random.choice(["probe", "probe", "icinga"])
        down = self.random.random() < 0.5
        below = [x for x, chain in self.model.above.items() if element in chain]
        said = [
            self.signal(alarm, down=down, now=world.now)
            for alarm in self.alarms
            if alarm.source == source
            and alarm.places <= {*below}
            and self.random.random() < 0.9
        ]
        await self.tell(world, said)

    async def wait(self, world: World) -> None:
        seconds = self.random.choice(PAUSES)
        exact = self.random.random() < 0.8
        self.note(world.now, f"wait {seconds} exact={exact}")
        await self.pass_time(world, timedelta(seconds=seconds), exact=exact)

    async def rest(self, world: World) -> None:
        """Wait until nothing is due any more; who lives goes on living."""
        self.note(world.now, "rest")
        works = [w.ends_at for w in self.model.works.values() if not w.is_over]
        end = max([world.now, *works]) + QUIET
        while world.now < end:
            if "beating" not in self.silent:
                await self.beat(world, "beating", up=True)
            await self.ask(world)
            await self.pass_time(world, BEATS, exact=True)

    async def end_well(self, world: World) -> None:
        """Let everything be up, every source live, and time pass."""
        await self.beat(world, "beating", up=True)
        await self.beat(world, "probe", up=True, eye="exporter")
        self.truth.clear()
        now = world.now
        for alarm in list(self.model.alarms.values()):
            if alarm.source not in (TREE, WORK, PERSON):
                known = [at for at in (now, alarm.down_at, alarm.up_at) if at]
                at = max(known) + timedelta(microseconds=1)
                said = Said(alarm, down=False, at=at)
                await self.bring(world, [(said, world.record(said))])
        homes = await world.homes()
        for outage in {homes[k] for k in homes if k[0] == PERSON}:
            answer = await world.command("clear", subject=outage)
            assert answer.outcome == "accepted", answer.reason
            self.model.person_ends([k for k in homes if homes[k] == outage])
            await self.settled(world)
        await self.rest(world)

    async def move(self, world: World) -> None:
        line = self.random.choice(LINES)
        above = self.random.choice([UNDER_N, UNDER_N, UNDER_M, UNDER_M, (), None])
        await self.connect(world, line, above)

    async def life(self, world: World) -> None:
        up = self.random.random() < 0.6
        source, eye = self.random.choice([("beating", ""), ("probe", "exporter")])
        await self.beat(world, source, up=up, eye=eye)

    async def person(self, world: World) -> None:
        throws = [self.declare, self.end, self.end, self.correct]
        await self.random.choice(throws)(world)

    async def declare(self, world: World) -> None:
        place = self.random.choice([*LINES, "N", "M"])
        if place in self.model.gone:
            return
        self.note(world.now, f"declare {place}")
        named = {"element": place} if place in "NM" else {"lines": [place]}
        answer = await world.command("declare", **named)
        assert answer.outcome == "accepted", answer.reason
        alarm = Alarm(PERSON, answer.command_id, frozenset([place]))
        said = Said(alarm, down=True, at=None, confirmed=True)
        self.model.hear([said], world.now)
        await self.settled(world)

    async def one_of(self, world: World) -> OutageDetected | None:
        """Choose an outage that a person may do something about."""
        await world.fire()
        await self.settled(world)
        await world.news()
        found = world.open()
        return self.random.choice(found) if found else None

    async def end(self, world: World) -> None:
        if (outage := await self.one_of(world)) is None:
            return
        action = self.random.choice(["clear", "withdraw"])
        self.note(world.now, f"{action} {outage.places} {outage.outage_id[-6:]}")
        homes = await world.homes()
        answer = await world.command(action, subject=outage.outage_id)
        assert answer.outcome == "accepted", answer.reason
        keys = [key for key, home in homes.items() if home == outage.outage_id]
        self.model.person_ends(keys)
        await self.settled(world)

    async def correct(self, world: World) -> None:
        if (outage := await self.one_of(world)) is None:
            return
        more = self.random.choice(LINES)
        if more in self.model.gone:
            return
        action = self.random.choice(["extend", "reduce", "correct"])
        before = frozenset(outage.places)
        after = {
            "extend": before | {more},
            "reduce": before - {more},
            "correct": frozenset({more}),
        }[action]
        self.note(world.now, f"{action} {before} by {more} {outage.outage_id[-6:]}")
        answer = await world.command(action, subject=outage.outage_id, lines=[more])
        if not after:
            assert answer.code == "nothing_left"
            return
        assert answer.outcome == "accepted", answer.reason
        self.model.corrected[outage.outage_id] = after
        await self.settled(world)

    async def work(self, world: World) -> None:
        place = self.random.choice([*LINES, "N", "M"])
        begins = timedelta(seconds=self.random.choice([0, 10, 60]))
        lasts = timedelta(seconds=self.random.choice([30, 200, 600]))
        starts_at = world.now + begins
        self.note(world.now, f"work at {place} from {starts_at} for {lasts}")
        named = {"element": place} if place in "NM" else {"lines": [place]}
        answer = await world.command(
            "plan", starts_at=starts_at, ends_at=starts_at + lasts, **named
        )
        assert answer.window_id, answer.reason
        places = frozenset([place])
        work = Work(answer.window_id, places, starts_at, starts_at + lasts)
        self.model.works[work.id] = work
        await self.settled(world)
