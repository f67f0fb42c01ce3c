"""What wishes that are looked at together share: read, armed and told once for all."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self

from chassis import outbox, tracing
from chassis.postgres import Connection
from contracts.event import derived_id
from contracts.forwardings import ForwardingConfigured
from contracts.number_range import NumberRange
from forwarding.arming import rearm, rearm_all
from forwarding.domain import Option
from forwarding.end_store import EndStore
from forwarding.hold_store import HoldStore
from forwarding.rule_store import RuleStore
from forwarding.store import FactStore
from forwarding.wish_store import WishStore


class Hearing:
    """
    A transaction in which wishes are looked at in their order; only while locked.

    Options do not change meanwhile. Rules do, so each wish meets those of the wishes
    before it; the switch's entries of single numbers follow at the end.
    """

    def __init__(
        self,
        connection: Connection,
        own: dict[NumberRange, Option],
        around: dict[NumberRange, Option],
    ) -> None:
        self.connection = connection
        self.facts, self.rules = FactStore(connection), RuleStore(connection)
        self.holds, self.ends = HoldStore(connection), EndStore(connection)
        self.wishes = WishStore(connection)
        self._own, self._around = own, around
        self._to_arm: dict[NumberRange, str | None] = {}
        self._answers: dict[str, ForwardingConfigured] = {}
        self._traces: dict[str, str] = {}

    @classmethod
    async def of(cls, connection: Connection, scopes: Sequence[NumberRange]) -> Self:
        """Read the options of all of them."""
        facts = FactStore(connection)
        return cls(
            connection, await facts.options(scopes), await facts.blocks_around(scopes)
        )

    def own_option(self, numbers: NumberRange) -> Option | None:
        """Return the option of exactly these numbers."""
        return self._own.get(numbers)

    def block_around(self, numbers: NumberRange) -> Option | None:
        """Return the option of the block in which a single number lies."""
        return self._around.get(numbers)

    def option_here(self, numbers: NumberRange) -> Option | None:
        """Return the option of these numbers, else that of the block around one."""
        return self._own.get(numbers) or self._around.get(numbers)

    async def arm(self, numbers: NumberRange) -> None:
        """Have the switch follow: at the end, or now where others hang on it."""
        if numbers.is_single:
            self._to_arm[numbers] = tracing.current.get()
            return
        await self.catch_up()
        await rearm(self.connection, numbers)

    async def catch_up(self) -> None:
        """Bring what waits up to the facts: what comes now depends on it."""
        traces, self._to_arm = self._to_arm, {}
        if traces:
            await rearm_all(self.connection, traces, traces=traces)

    def answer(self, event: ForwardingConfigured) -> None:
        """Tell the customer, at the end."""
        answer_id = derived_id("configured", event.request_id)
        self._answers[answer_id] = event
        self._traces[answer_id] = tracing.here()

    async def end(self, *, at: datetime) -> None:
        """Bring the switch's entries up to the facts, and tell the answers."""
        await self.catch_up()
        await outbox.add_all(self.connection, self._answers, at=at, traces=self._traces)
