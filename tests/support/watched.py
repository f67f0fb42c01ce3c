"""A watcher with its clock and database, each verb in its own transaction."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from chassis.clock import SetClock
from chassis.inbox import Received
from chassis.postgres import Pool, Transaction
from contracts.event import new_id
from contracts.numbers import LineConnected
from contracts.operations import OutageCommandAnswered, OutageCommanded
from outage_watcher.domain import reading
from outage_watcher.domain.remark import Remark
from outage_watcher.usecases import Heard, Operations, Watcher
from support.outbox import queued
from support.watching import NOON


def heard(
    state: str = "down", *lines: str, at: datetime | None = NOON, **said: Any
) -> Heard:
    """Return a signal of a probe, one alarm a place."""
    named = said.get("element") or "+".join(lines)
    plain: dict[str, Any] = {"source": "probe", "alarm_id": named, "lines": lines}
    event = reading.read(plain | {"state": state, "occurred_at": at} | said)
    return Received(event, new_id(), at or NOON)


class Watched:
    """What the tests of use cases stand on."""

    def __init__(
        self, watcher: Watcher, clock: SetClock, transaction: Transaction, pool: Pool
    ) -> None:
        self.watcher = watcher
        self.clock = clock
        self.transaction = transaction
        self.pool = pool

    async def hears(self, *signals: Heard) -> None:
        async with self.transaction() as connection:
            await self.watcher.hear(signals, connection)

    async def heeds(self, *remarks: Remark) -> None:
        async with self.transaction() as connection:
            await self.watcher.heed(remarks, connection)

    async def connects(self, *lines: str, to: tuple[str, ...], **more: Any) -> None:
        """Tell that lines hang on these elements."""
        await self.connect([self.connected(line, to=to, **more) for line in lines])

    def connected(
        self, line: str, *, to: tuple[str, ...], **more: Any
    ) -> Received[LineConnected]:
        """Return what provisioning tells of a line."""
        said: dict[str, Any] = {"customer_number": "K1", "elements": to, "version": 1}
        return Received(LineConnected(line=line, **said | more), new_id(), NOON)

    async def connect(self, events: Sequence[Received[LineConnected]]) -> None:
        """Tell what provisioning tells, as one batch."""
        async with self.transaction() as connection:
            await self.watcher.connect(events, connection)

    async def commands(
        self, action: str, subject: str = "?", **said: Any
    ) -> OutageCommandAnswered:
        """Let an operator command something, and return the answer."""
        plain = {
            "command_id": new_id(),
            "action": action,
            "subject": subject,
            "because": "Anruf",
            "commanded_by": "s.meier",
            "commanded_at": NOON,
        }
        command = OutageCommanded.model_validate(plain | said)
        async with self.transaction() as connection:
            return await Operations(self.watcher).execute(command, connection)

    async def waits(self, seconds: float) -> None:
        """Move the clock, and fire what is due then."""
        self.clock.move(timedelta(seconds=seconds))
        async with self.transaction() as connection:
            await self.watcher.fire(connection)

    async def due(self) -> datetime | None:
        """Return when the next deadline of an outage comes."""
        due_at: datetime | None = await self.pool.fetchval(
            "SELECT min(due_at) FROM outage"
        )
        return due_at

    async def told(self) -> list[tuple[str, int]]:
        return [(each["topic"], each["version"]) for each in await self.outages()]

    async def outages(self) -> list[dict[str, Any]]:
        """Return what was told of outages, without answers and announcements."""
        topics = ("OutageDetected", "OutageCleared")
        return [each for each in await queued(self.pool) if each["topic"] in topics]

    async def places(self) -> list[str]:
        """Return each event as `detected N`, `cleared L1`."""
        return [
            f"{event['topic'].removeprefix('Outage').lower()} "
            + " ".join(filter(None, (event["element"], *event["lines"])))
            for event in await self.outages()
        ]
