"""What must be true of outages after each step of a story, and at rest."""

from collections.abc import Collection

from contracts.outages import OutageCleared, OutageDetected, RecoveryNoticed
from outage_watcher.domain.report import WORST_FIRST
from support.outage_alarm import EVER, PERSON, TREE, WORK, Key
from support.outage_model import Model
from support.outage_world import Told, World


class Checks:
    """Looks at what readers were told, and at what operators see."""

    def __init__(self, world: World, model: Model) -> None:
        self.world = world
        self.model = model
        self.members: dict[str, set[Key]] = {}
        """Every alarm that ever belonged to an outage."""
        self.notices: dict[str, RecoveryNoticed] = {}

    async def step(self) -> None:
        world, model = self.world, self.model
        # What is due now may wait for the timer.
        await world.fire()
        model.look(world.now)
        homes = await world.homes()
        model.settle(homes, world.now)
        for key, home in homes.items():
            self.members.setdefault(home, set()).add(key)
        for each in await world.news():
            self._hear(each)
        await self._each_has_a_cause(homes)
        await self._same_levels(homes)
        lost = model.due(homes) - self.told_off()
        assert not lost, f"not diverted: {sorted(lost)}"
        faults = self.told_off(kinds=("fault", "degradation"))
        lost = model.due(homes, faults=True) - faults
        assert not lost, f"told as planned: {sorted(lost)}"
        self._notices_are_true()
        self._doubt(homes)

    async def rest(self) -> None:
        await self.step()
        homes = await self.world.homes()
        must = self.model.cut_off(homes)
        doubtful = {
            outage.outage_id
            for outage in self.world.open()
            if any(
                self.model.is_lost(source, self.world.now)
                for source, _ in self.members[outage.outage_id]
            )
        }
        sure = self.told_off(without=doubtful)
        may = must | self.model.by_elements(homes)
        assert sure <= may, f"diverted at rest: {sorted(sure - may)}"
        told = self.told_off()
        if not any(self.model.blind.values()) and not doubtful:
            assert must <= told, f"not diverted at rest: {sorted(must - told)}"

    async def end(self) -> None:
        await self.step()
        assert not self.world.open(), f"open at end {self.world.open()}"
        homes = await self.world.homes()
        assert not homes, homes

    def told_off(
        self, without: Collection[str] = (), kinds: Collection[str] = WORST_FIRST
    ) -> frozenset[str]:
        """Return the lines without calls, as readers know it."""
        return self.model.below(
            place
            for outage in self.world.open()
            if outage.takes_voice
            and outage.kind in kinds
            and outage.outage_id not in without
            for place in outage.places
        )

    def _hear(self, told: Told) -> None:
        if isinstance(told, RecoveryNoticed):
            self.notices[told.outage_id] = told
            return
        story = [
            each
            for each in self.world.told
            if each.outage_id == told.outage_id
            and not isinstance(each, RecoveryNoticed)
        ]
        assert [each.version for each in story] == [*range(1, len(story) + 1)], (
            f"versions {story}"
        )
        assert not any(isinstance(each, OutageCleared) for each in story[:-1]), (
            f"after clear {story}"
        )
        if isinstance(told, OutageCleared) and told.reason == "recovered":
            flapped = isinstance(story[-2], OutageDetected) and story[-2].flapping
            self._is_proved(told, flapped=flapped)
            promised = self.notices[told.outage_id].clears_at
            assert promised, f"nobody heard that it recovers: {told}"
            assert promised <= told.cleared_at, f"over before {promised}: {told}"

    def _is_proved(self, told: OutageCleared, *, flapped: bool) -> None:
        for key in self.members.get(told.outage_id, ()):
            if key[0] == TREE:
                continue
            alarm = self.model.alarms[key]
            holds = self.model.policy.of(key[0])
            hold = max(holds.up, holds.quiet) if flapped else holds.up
            before = [turn for turn in alarm.turns if turn[0] < told.cleared_at]
            at, was_down = before[-1] if before else (EVER, False)
            if alarm.by_person:
                continue
            assert not was_down, f"{key} is down, and it is told as recovered"
            if key[0] not in (WORK, PERSON):
                assert at + hold <= told.cleared_at, f"{key} was not held"
            lost = self.model.last_lost.get(key[0], EVER)
            assert lost + hold <= told.cleared_at, f"{key} was lost"
            assert not holds.asked or alarm.confirmed, f"{key} is not proved"

    async def _each_has_a_cause(self, homes: dict[Key, str]) -> None:
        rows = await self.world.pool.fetch("SELECT * FROM outage WHERE state <> 'over'")
        bare = {row["id"] for row in rows} - {*homes.values()}
        assert not bare, (
            f"rests on nothing: {[dict(r) for r in rows if r['id'] in bare]}"
        )

    async def _same_levels(self, homes: dict[Key, str]) -> None:
        rows = await self.world.pool.fetch("SELECT * FROM evidence")
        found = {(r["source"], r["alarm_id"]): r["is_down"] for r in rows}
        for key, alarm in self.model.alarms.items():
            down = found.get(key, False)
            if key[0] == PERSON and alarm.places <= self.model.gone:
                continue
            if key[0] == TREE:
                continue  # of several elements that explain it, any may be told
            assert down == alarm.is_down, f"{key} is down={down}"
            if alarm.is_down and key not in homes:
                assert alarm.places <= self.model.gone, f"{key} is in no outage"

    def _notices_are_true(self) -> None:
        for outage in self.world.open():
            notice = self.notices.get(outage.outage_id)
            if notice and notice.clears_at:
                assert notice.clears_at > self.world.now, f"should be over {outage}"

    def _doubt(self, homes: dict[Key, str]) -> None:
        for outage in self.world.open():
            keys = [k for k, home in homes.items() if home == outage.outage_id]
            lost = any(self.model.is_lost(key[0], self.world.now) for key in keys)
            if not any(self.model.policy.of(key[0]).asked for key in keys):
                assert outage.uncertain == lost, f"uncertain {outage}"
