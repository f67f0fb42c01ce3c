"""
Changes as they happen, for everybody who waits for them.

PostgreSQL's notifications are hints and no more: what changed is read from the
tables, and whenever a hint may have been lost everybody is told to look again.
"""

import asyncio
import secrets
from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import structlog

from chassis.postgres import TRANSIENT
from portal_gateway.store.hints import Hint, Listening

log = structlog.get_logger()

MOST_CHANGES = 200
"""Beyond so many at once a client reads everything anew."""


@dataclass(slots=True)
class Changes:
    """What changed since the last look."""

    numbers: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=set)
    outages: set[str] = field(default_factory=set)
    traces: set[str] = field(default_factory=set)
    """The traceparents of what changed it."""
    resync: bool = False
    checks: bool = False
    """Sessions of the client's account ended: it may be the client's own."""
    ended: bool = False

    @property
    def is_too_much(self) -> bool:
        """Tell whether reading everything anew is the shorter way."""
        return max(map(len, (self.numbers, self.orders, self.outages))) > MOST_CHANGES


class Subscription:
    """One waiting client: changes gather here, merged, until it takes them."""

    def __init__(self, account: int | None = None) -> None:
        self.account = account
        self._changes = Changes()
        self._wake = asyncio.Event()

    def tell(self, **changes: Any) -> None:
        """Add changes; never blocks and never grows beyond a bound."""
        for name, values in changes.items():
            if isinstance(values, bool):
                setattr(self._changes, name, values)
            else:
                getattr(self._changes, name).update(values)
        if self._changes.is_too_much:
            kept = {name: getattr(self._changes, name) for name in ("checks", "ended")}
            self._changes = Changes(resync=True, **kept)
        self._wake.set()

    async def take(self, *, timeout: float) -> Changes | None:  # noqa: ASYNC109
        """Return what changed as soon as something did; None when time is up."""
        try:
            async with asyncio.timeout(timeout):
                await self._wake.wait()
        except TimeoutError:
            return None
        self._wake.clear()
        taken, self._changes = self._changes, Changes(ended=self._changes.ended)
        return taken


class Hub:
    """Hears the hints of all gateways and passes them to this one's clients."""

    def __init__(self, database_url: str) -> None:
        self._listening = Listening(database_url)
        self._clients: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._lost = asyncio.Event()
        self._ended = False
        self.is_listening = False
        self._told = 0
        self._of_all = 0
        self._of_one: Counter[str] = Counter()
        self._name = secrets.token_hex(4)

    @property
    def mark(self) -> str:
        """Return how far this hub is: equal marks, and nothing was told in between."""
        return f"{self._name}-{self._told}"

    def heard(self, customer: str) -> tuple[int, int]:
        """Return how often something was told of everybody, and of this customer."""
        return self._of_all, self._of_one[customer]

    def look_again(self, customer: str) -> None:
        """Take note of a change that was made here, before its hint comes round."""
        self._of_one[customer] += 1

    @contextmanager
    def subscription(
        self, customer: str, account: int | None = None
    ) -> Iterator[Subscription]:
        """Hear of the customer's changes from now on, and of ends of sessions."""
        subscription = Subscription(account)
        if self._ended:
            subscription.tell(ended=True)
        self._clients[customer].add(subscription)
        try:
            yield subscription
        finally:
            self._clients[customer].discard(subscription)
            if not self._clients[customer]:
                del self._clients[customer]

    async def run(self) -> None:
        """Listen for ever; a lost connection is opened anew and everybody told."""
        while True:
            try:
                await self._listen()
            except (*TRANSIENT, asyncpg.PostgresError) as error:
                log.warning("listen_connection_lost", error=repr(error))
            finally:
                self.is_listening = False
                self._listening.close()
            await asyncio.sleep(0.2)

    def end(self) -> None:
        """Send every client home: the gateway stops."""
        self._ended = True
        self._tell_all(ended=True)

    async def _listen(self) -> None:
        self._lost.clear()
        await self._listening.open(self._hear, self._lost.set)
        self.is_listening = True
        self._tell_all(resync=True)
        while not self._lost.is_set():
            try:
                async with asyncio.timeout(5):
                    await self._lost.wait()
            except TimeoutError:
                if not await self._listening.is_alive():
                    return

    def _hear(self, hint: Hint) -> None:
        traces = {hint["trace"]} if "trace" in hint else set()
        if outage := hint.get("outage"):
            self._tell_all(outages={outage}, traces=traces)
        if account := hint.get("account"):
            self._check(account)
        if order := hint.get("order"):
            self._tell(hint["customer"], orders={order}, traces=traces)
        for customer, numbers in hint.get("numbers", {}).items():
            if numbers is None:
                self._tell(customer, resync=True)
            else:
                self._tell(customer, numbers=set(numbers), traces=traces)

    def _check(self, account: int) -> None:
        for subscriptions in self._clients.values():
            for subscription in subscriptions:
                if subscription.account == account:
                    subscription.tell(checks=True)

    def _tell(self, customer: str, **changes: Any) -> None:
        self._told += 1
        self._of_one[customer] += 1
        for subscription in self._clients.get(customer, ()):
            subscription.tell(**changes)

    def _tell_all(self, **changes: Any) -> None:
        self._told += 1
        self._of_all += 1
        for subscriptions in self._clients.values():
            for subscription in subscriptions:
                subscription.tell(**changes)
