"""Facts from provisioning: which numbers may be forwarded, and where lines hang."""

from chassis.clock import Clock
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.number_range import NumberRange
from contracts.numbers import LineConnected
from contracts.options import OptionDisabled, OptionEnabled, OptionEvent
from forwarding import causes
from forwarding.arming import rearm, rearm_all
from forwarding.domain import Option, option_in_force
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
        """
        Take the forwarding off and close the rule; its history stays.

        Read after the fact that opens the number again, it closes what is older.
        """
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
        if isinstance(event, OptionDisabled):
            customer, at = event.customer_number, event.disabled_at
            await facts.note_end(numbers, customer, at=at)
        before = await facts.option_here(numbers)
        option = Option(numbers, event.customer_number, line, enabled)
        newer = await facts.keep_option(
            numbers, option, order_id=event.order_id, version=event.version
        )
        ends = not enabled or (
            before is not None and before.customer_number != event.customer_number
        )
        # A late one, too, tells that what its customer set is over.
        if (
            not await self._close_rules(
                facts, connection, numbers, event, all_of_it=newer and ends
            )
            and not newer
        ):
            return
        await self._rearm_with_followers(connection, [numbers])
        await self._requests.resume(connection, numbers)

    async def _close_rules(
        self,
        facts: FactStore,
        connection: Connection,
        numbers: NumberRange,
        event: OptionEvent,
        *,
        all_of_it: bool,
    ) -> bool:
        """
        End what a customer set: the next owner of a number sees none of it.

        Of numbers that a fact of their own still enables, only what somebody else than
        their owner set; so of all without `all_of_it`, and what is older than an end.
        Returns whether any ended.
        """
        rules, over = RuleStore(connection), []
        inner = [] if numbers.is_single else await facts.inside(numbers)
        for one in (numbers, *inner):
            option = await facts.option(one)
            is_own = one != numbers and option is not None and option.enabled
            is_over = all_of_it or await _is_older(rules, one, event)
            if (is_own or not is_over) and not await _is_a_strangers(facts, rules, one):
                continue
            over.append(one)
        ended = await rules.remove_rules(over)
        await rules.remember(
            ended,
            event.customer_number,
            None,
            reason=getattr(event, "reason", "new_owner"),
            by="provisioning",
            at=self._clock.now(),
        )
        # Rearmed once, after all of it: a block may have a thousand such numbers.
        return await causes.stop_all(connection, over) or bool(ended)

    async def _rearm_with_followers(
        self, connection: Connection, scopes: list[NumberRange]
    ) -> None:
        """Bring scopes up to the facts, and rules whose target they are."""
        for numbers in scopes:
            await rearm(connection, numbers)
            await rearm_all(connection, await RuleStore(connection).rules_to(numbers))


async def _is_older(rules: RuleStore, one: NumberRange, event: OptionEvent) -> bool:
    """Return whether what a customer set is from before this end of his option."""
    return isinstance(event, OptionDisabled) and await rules.is_older(
        one, event.customer_number, than=event.disabled_at
    )


async def _is_a_strangers(
    facts: FactStore, rules: RuleStore, numbers: NumberRange
) -> bool:
    """Return whether a rule is somebody's who does not have these numbers any more."""
    whose = await rules.owner(numbers)
    if whose is None:
        return False
    around = await facts.block_around(numbers)
    option = option_in_force(await facts.option(numbers), around) or around
    return option is not None and option.customer_number != whose
