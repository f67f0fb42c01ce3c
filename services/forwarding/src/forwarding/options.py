"""Facts from provisioning: which numbers may be forwarded, and where lines hang."""

from chassis.clock import Clock
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.number_range import NumberRange
from contracts.numbers import LineConnected
from contracts.options import OptionDisabled, OptionEnabled, OptionEvent
from forwarding import causes
from forwarding.arming import rearm_all
from forwarding.belongings import Belongings
from forwarding.domain import Option
from forwarding.end_store import EndStore
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
            await EndStore(connection).note(
                numbers,
                event.customer_number,
                version=event.version,
                at=event.disabled_at,
            )
        before = await facts.option_here(numbers)
        option = Option(numbers, event.customer_number, line, enabled, event.version)
        newer = await facts.keep_option(option, order_id=event.order_id)
        ends = not enabled or (
            before is not None and before.customer_number != event.customer_number
        )
        # A late one, too, tells that what its customer set is over.
        if (
            not await self._close_rules(
                connection, numbers, event, all_of_it=newer and ends
            )
            and not newer
        ):
            return
        await self._rearm_with_followers(connection, [numbers])
        await self._requests.resume(connection, numbers)

    async def _close_rules(
        self,
        connection: Connection,
        numbers: NumberRange,
        event: OptionEvent,
        *,
        all_of_it: bool,
    ) -> bool:
        """End what customers set and may not keep; return whether there was any."""
        found = await _belongings(connection, numbers)
        over = found.over(event, all_of_it=all_of_it)
        rules = RuleStore(connection)
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
        begun = dict.fromkeys((*over, *found.begun_before(event)))
        return await causes.stop_all(connection, list(begun)) or bool(ended)

    async def _rearm_with_followers(
        self, connection: Connection, scopes: list[NumberRange]
    ) -> None:
        """Bring scopes up to the facts, and rules whose target they are."""
        await rearm_all(connection, scopes)
        # Once each: a block may lead to a thousand numbers of one line.
        leading = await RuleStore(connection).rules_to(scopes)
        await rearm_all(connection, sorted(leading))


async def _belongings(connection: Connection, numbers: NumberRange) -> Belongings:
    """Read at once what customers set for numbers and inside. Only while locked."""
    facts = FactStore(connection)
    return Belongings(
        numbers,
        [] if numbers.is_single else await facts.inside([numbers]),
        {one.numbers: one for one in await facts.options_touching(numbers)},
        await RuleStore(connection).kept_in(numbers),
        await causes.newest_starts(connection, numbers),
    )
