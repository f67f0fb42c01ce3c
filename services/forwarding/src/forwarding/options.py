"""Facts from provisioning: which numbers may be forwarded, and where lines hang."""

from chassis.clock import Clock
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.number_range import NumberRange
from contracts.numbers import LineConnected
from contracts.options import OptionDisabled, OptionEnabled, OptionEvent
from forwarding import causes
from forwarding.arming import rearm, rearm_all
from forwarding.domain import Option
from forwarding.requests import Requests, numbers_of
from forwarding.rule_store import RuleStore
from forwarding.store import FactStore


class Options:
    """Keeps the facts and brings the switch up to them."""

    def __init__(self, clock: Clock, requests: Requests) -> None:
        self._clock = clock
        self._requests = requests

    async def on_enabled(
        self, received: Received[OptionEnabled], connection: Connection
    ) -> None:
        """Let the customer forward this number from now on, on this line."""
        event = received.event
        await self._keep(event, connection, line=event.line, enabled=True)

    async def on_disabled(
        self, received: Received[OptionDisabled], connection: Connection
    ) -> None:
        """Take the forwarding off and close the rule; its history stays."""
        await self._keep(received.event, connection, line="", enabled=False)

    async def on_line(
        self, received: Received[LineConnected], connection: Connection
    ) -> None:
        """Follow a line to other network elements."""
        event, facts = received.event, FactStore(connection)
        await facts.lock()
        places = list(dict.fromkeys((event.line, *event.elements)))
        if await facts.connect_line(
            event.line, event.customer_number, places, event.version
        ):
            await self._rearm_with_followers(
                connection, await facts.on_line(event.line)
            )

    async def _keep(
        self, event: OptionEvent, connection: Connection, *, line: str, enabled: bool
    ) -> None:
        facts, numbers = FactStore(connection), numbers_of(event.number, event.last)
        await facts.lock()
        before = await facts.option(numbers)
        option = Option(numbers, event.customer_number, line, enabled)
        newer = await facts.keep_option(
            numbers, option, order_id=event.order_id, version=event.version
        )
        if not newer:
            return
        if not enabled or (before and before.customer_number != event.customer_number):
            await self._close_rules(facts, connection, numbers, event)
        await self._rearm_with_followers(connection, [numbers])
        await self._requests.resume(connection, numbers)

    async def _close_rules(
        self,
        facts: FactStore,
        connection: Connection,
        numbers: NumberRange,
        event: OptionEvent,
    ) -> None:
        """End what the customer set: the next owner of a number sees none of it."""
        rules = RuleStore(connection)
        inner = [] if numbers.is_single else await facts.inside(numbers)
        for one in (numbers, *inner):
            option = await facts.option(one)
            if one != numbers and option and option.enabled:
                continue  # enabled by a fact of its own
            await causes.stop(connection, one)
            if await rules.remove_rule(one):
                await rules.remember(
                    one,
                    event.customer_number,
                    None,
                    reason=getattr(event, "reason", "new_owner"),
                    by="provisioning",
                    at=self._clock.now(),
                )

    async def _rearm_with_followers(
        self, connection: Connection, scopes: list[NumberRange]
    ) -> None:
        """Bring scopes up to the facts, and rules whose target they are."""
        for numbers in scopes:
            await rearm(connection, numbers)
            await rearm_all(connection, await RuleStore(connection).rules_to(numbers))
