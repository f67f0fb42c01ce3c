"""What every use case of the gateway may lean on."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime

from chassis.postgres import Connection
from chassis.service import Service
from portal_gateway.domain.message import Sender
from portal_gateway.settings import Settings
from portal_gateway.usecases.live import Hub
from portal_gateway.usecases.passwords import Passwords


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

    def now(self) -> datetime:
        """Return the time."""
        return self.service.clock.now()

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """Open a transaction; its events leave right after the commit."""
        return self.service.transaction()
