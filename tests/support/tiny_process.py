"""The smallest service that stands on the chassis; also a process to be killed."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, ClassVar

from pydantic_settings import SettingsConfigDict
from typing_extensions import override

from chassis import commands
from chassis.errors import Rejected
from chassis.inbox import Received
from chassis.postgres import Connection
from chassis.service import Service
from chassis.settings import ServiceSettings, read
from contracts.event import Event

UseCase = Callable[[Received[Any], Connection], Awaitable[None]]


class Note(Event):
    """Something with a number, put into a box."""

    source: ClassVar[str] = "tests"

    box: str
    number: int
    text: str = ""

    @property
    @override
    def key(self) -> str:
        return self.box


class Settings(ServiceSettings):
    """Read from TINY_* variables."""

    model_config = SettingsConfigDict(env_prefix="TINY_")


def note_type(topic: str) -> type[Note]:
    """Return an event of its own topic, so that tests do not meet."""
    return type(topic, (Note,), {"__module__": __name__, "__doc__": Note.__doc__})


async def keep(received: Received[Note], connection: Connection) -> None:
    """Keep a note; refuse one that says so."""
    if received.event.text == "refuse":
        raise Rejected("refused", "The note asks for it.")
    await connection.execute(
        "INSERT INTO effect (box, number) VALUES ($1, $2)",
        received.event.box,
        received.event.number,
    )


async def keep_slowly(received: Received[Note], connection: Connection) -> None:
    """Keep a note and take some time about it."""
    await keep(received, connection)
    await asyncio.sleep(0.01)  # work that a kill may hit


def make_service(
    settings: ServiceSettings,
    event: type[Note],
    *,
    use_case: UseCase = keep,
    batch: bool = False,
    many: bool = False,
    once: bool = False,
    company: bool = False,
) -> Service:
    """
    Return a service with one subscription: one by one, or in one of the batches.

    `once`: a batch in which no message comes again; `company`: one in which none shares
    another's fate either.
    """
    service = Service(os.environ.get("TINY_NAME", f"tiny-{event.__name__}"), settings)

    async def keep_all(
        received: Sequence[Received[Note]], connection: Connection
    ) -> None:
        for each in received:
            await use_case(each, connection)

    if company:
        service.on_many(event, keep_all, at_most=4)
    elif batch or once:
        service.gather(event, keep_all, once=once)
    elif many:

        async def watch_all(received: Sequence[Received[Note]]) -> None:
            async with service.transaction() as connection:
                for each in received:
                    await use_case(each, connection)

        service.watch_many(event, watch_all)
    else:
        service.on(event, use_case)
    return service


def main() -> None:
    """Run as a process that may be killed."""
    settings = read(Settings)
    event = note_type(os.environ["TINY_TOPIC"])
    service = make_service(settings, event, use_case=keep_slowly)
    commands.main("tiny", settings, service.app)


if __name__ == "__main__":
    main()
