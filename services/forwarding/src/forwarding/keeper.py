"""Sends to the switch what it shall hold per number, until it acknowledged all."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import asyncpg
import structlog

from chassis import tracing
from chassis.clock import Clock
from chassis.errors import Unavailable
from chassis.outbox import Relay
from chassis.postgres import TRANSIENT, Connection, Pool, transaction
from forwarding import causes, metrics
from forwarding.acknowledging import acknowledge, tell_end
from forwarding.left_behind import hand_over, left_by
from forwarding.store import FactStore
from forwarding.switch import Answer, Operation, Switch
from forwarding.telling import Scope, tell_failure, tell_refusal

log = structlog.get_logger()

IDLE_POLL = 0.5
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 30.0
TOLD_AGAIN = 8
"""So many vain attempts, a minute, are news again; then twice as many, and so on."""
CAUSE_PAUSE = timedelta(seconds=1)


class Keeper:
    """Level-triggered: looks at what is pending, not at what happened."""

    def __init__(
        self,
        pool: Pool,
        switch: Switch,
        relay: Relay,
        clock: Clock,
        *,
        batch: int,
        told_after: timedelta,
    ) -> None:
        self._pool, self._switch, self._relay = pool, switch, relay
        self._circuit = metrics.CIRCUIT.labels(switch.backend)
        self._clock, self._batch, self._told_after = clock, batch, told_after
        self._wake = asyncio.Event()
        self._away_since: datetime | None = None
        self._waits_for_flips = False

    def wake(self) -> None:
        """Say that something is pending."""
        self._wake.set()

    def flip_told(self) -> None:
        """Say that a flip was told: what waited for it may be acknowledged now."""
        if self._waits_for_flips:
            self.wake()

    async def run(self) -> None:
        """Work until cancelled; a switch or server that is away is waited for."""
        pause = FIRST_PAUSE
        while True:
            self._wake.clear()
            try:
                busy = await self.round()
                pause = FIRST_PAUSE
                if not busy:
                    await self._rest(IDLE_POLL)
            except Unavailable as error:
                with suppress(*TRANSIENT, asyncpg.PostgresError):
                    await self._suffer(str(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)
            except (*TRANSIENT, asyncpg.PostgresError) as error:
                log.warning("keeper_interrupted", error=repr(error))
                await asyncio.sleep(pause)
                pause = min(pause * 2, 5.0)

    async def round(self) -> bool:
        """Send one batch and take in the answers; False when nothing was pending."""
        now = self._clock.now()
        await self._end_drills(now)
        rows = await self._pool.fetch(
            """
            SELECT scope, number, last, customer_number, head, told, seq, value,
                   attempts, failure, words, traceparent
              FROM arming
             WHERE live_seq IS NULL
               -- No pause is a minute long: a clock that was wrong is right again.
               AND (try_at <= $1 OR try_at > $1 + interval '1 minute')
          ORDER BY seq
             LIMIT $2
            """,
            now,
            self._batch,
        )
        pending = await causes.pending(self._pool, now, self._batch)
        if not rows and not pending:
            self._waits_for_flips = False
            if self._away_since:  # another instance did what this one could not
                self._answers_again()
            return False
        # Until it is known better: a flip that is told meanwhile must not be missed.
        self._waits_for_flips = bool(rows)
        operations = [*map(_operation, rows), *(one.operation for one in pending)]
        traces = [row["traceparent"] for row in rows]
        traces += [one.traceparent for one in pending]
        with tracing.span_of_all("arm", traces):
            answers = await self._switch.apply(operations)
        self._answers_again()
        noted = await self._take_in(rows, answers[: len(rows)])
        noted += await self._take_in_causes(pending, answers[len(rows) :])
        self._relay.wake()
        return noted > 0

    async def _end_drills(self, now: datetime) -> None:
        due = "SELECT EXISTS (SELECT FROM cause WHERE active AND ends_at <= $1)"
        if await self._pool.fetchval(due, now):
            async with transaction(self._pool) as connection:
                await FactStore(connection).lock()
                await causes.end_due(connection, now)

    async def _take_in(
        self, rows: Sequence[asyncpg.Record], answers: Sequence[Answer]
    ) -> int:
        good: dict[str, int] = {}
        bad: list[tuple[asyncpg.Record, Answer]] = []
        for row, answer in zip(rows, answers, strict=True):
            if _is_done(row, answer):
                good[row["scope"]] = row["seq"]
            else:
                bad.append((row, answer))
        async with transaction(self._pool) as connection:
            facts = FactStore(connection)
            await facts.lock()
            now = self._clock.now()
            await hand_over(connection, left_by(answers), at=now)
            noted = await acknowledge(connection, good, at=now) if good else 0
            self._waits_for_flips = noted < len(good)
            for row, answer in bad:
                await self._note_failure(facts, connection, row, answer, now)
        return noted + len(bad)

    async def _note_failure(
        self,
        facts: FactStore,
        connection: Connection,
        row: asyncpg.Record,
        answer: Answer,
        now: datetime,
    ) -> None:
        reason = answer.reason or answer.result
        if answer.result == "stale" and answer.version is not None:
            # The switch knows a later state than we do: go past it.
            await facts.advance_seq(answer.version)
        # Once that is so after each restore of our database: no failure, and no wait.
        is_first = answer.result == "stale" and row["failure"] is None
        attempts = row["attempts"] + (not is_first)
        pause = 0.0 if is_first else min(FIRST_PAUSE * 2**attempts, LONGEST_PAUSE)
        is_over = not is_first and await tell_end(connection, row, at=now)
        is_told = not is_first and (is_over or _is_told(attempts))
        kept = await connection.fetchval(
            """
            UPDATE arming
               SET attempts = $3, failure = $4, failure_told = failure_told OR $7,
                   try_at = $5,
                   seq = CASE WHEN $6 THEN nextval('flip_seq') ELSE seq END
             WHERE scope = $1 AND seq = $2 AND live_seq IS NULL
         RETURNING seq
            """,
            row["scope"],
            row["seq"],
            attempts,
            reason,
            now + timedelta(seconds=pause),
            answer.result == "stale" or is_over,  # that it fails is told after the end
            is_told,
        )
        metrics.RETRIES.labels(self._switch.backend, answer.result).inc()
        if kept and is_told:
            await tell_refusal(connection, row, reason, attempts, seq=kept, at=now)

    async def _take_in_causes(
        self, pending: Sequence[causes.Pending], answers: Sequence[Answer]
    ) -> int:
        good = [
            one
            for one, answer in zip(pending, answers, strict=True)
            if answer.result == "ok"
        ]
        bad = [
            (one, answer)
            for one, answer in zip(pending, answers, strict=True)
            if answer.result != "ok"
        ]
        if not pending:
            return 0
        now = self._clock.now()
        async with transaction(self._pool) as connection:
            facts = FactStore(connection)
            await facts.lock()
            for one, answer in bad:
                if answer.version is not None:
                    await facts.advance_seq(answer.version)
                await causes.postpone(connection, one, until=now + CAUSE_PAUSE)
            # Before the cause is told: it leaves these out.
            await hand_over(connection, left_by(answers), at=now)
            return await causes.acknowledge(connection, good, at=now)

    def _answers_again(self) -> None:
        self._away_since = None
        self._circuit.set(0)

    async def _suffer(self, error: str) -> None:
        """Tell customers once when the switch is away for longer than a moment."""
        self._circuit.set(1)
        now = self._clock.now()
        self._away_since = self._away_since or now
        log.warning("switch_away", since=self._away_since.isoformat(), error=error)
        if now - self._away_since < self._told_after:
            return
        async with transaction(self._pool) as connection:
            await FactStore(connection).lock()
            rows = await connection.fetch(
                """
                UPDATE arming SET failure_told = true
                 WHERE scope IN (SELECT scope FROM arming
                                  WHERE live_seq IS NULL AND NOT failure_told
                               ORDER BY seq LIMIT 1000)
             RETURNING number, last, customer_number, head, told, seq
                """
            )
            for row in rows:
                scope, seq = Scope.of(row), row["seq"]
                await tell_failure(connection, scope, "switch_away", 1, seq=seq, at=now)
        self._relay.wake()

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return


def _is_told(attempts: int) -> bool:
    """Tell the first failure, and then more and more rarely that it goes on."""
    is_power_of_two = attempts & (attempts - 1) == 0
    return attempts == 1 or (attempts >= TOLD_AGAIN and is_power_of_two)


def _is_done(row: asyncpg.Record, answer: Answer) -> bool:
    """Return whether the switch has it so; what it never knew it has forgotten."""
    unknown = answer.result == "refused" and answer.version is None
    return answer.result == "ok" or (unknown and row["value"] is None)


def _operation(row: asyncpg.Record) -> Operation:
    value = json.loads(row["value"]) if row["value"] else None
    return Operation(f"rule/{row['scope']}", row["seq"], value)
