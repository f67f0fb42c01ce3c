"""What every use case of the gateway may lean on."""

from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from weakref import WeakValueDictionary

from chassis.postgres import Connection, Door
from chassis.service import Service
from portal_gateway.domain.message import Sender
from portal_gateway.settings import Settings
from portal_gateway.store import wishes
from portal_gateway.usecases.live import Hub
from portal_gateway.usecases.passwords import Passwords

CHANGES_OF_ONE = 2
"""So many changes of one customer have a connection; further ones wait for theirs."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """The parts of the running gateway."""

    settings: Settings
    service: Service
    hub: Hub
    passwords: Passwords
    at_work: dict[tuple[int, bytes], bytes] = field(default_factory=dict)
    """Account and key of the calls that this process is answering."""
    channels: Mapping[str, Sender] = field(default_factory=dict)
    """How notices leave: `email` and `sms`, as far as an operator set them up."""
    doors: MutableMapping[str, Door] = field(default_factory=WeakValueDictionary)
    """By customer, for as long as somebody changes something of his."""

    def now(self) -> datetime:
        """Return the time."""
        return self.service.clock.now()

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """Open a transaction; its events leave right after the commit."""
        return self.service.transaction()

    @asynccontextmanager
    async def changing(self, customer: str) -> AsyncIterator[Connection]:
        """Open a transaction in which nobody else changes his forwardings."""
        door = self.doors.setdefault(customer, Door(CHANGES_OF_ONE))
        async with door.entered(), self.transaction() as connection:
            await wishes.lock_customer(connection, customer)
            yield connection
