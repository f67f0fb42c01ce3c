"""
What many flips want of the switch goes in few requests.

A storm is thousands of outages within a second, each with a flag of its own. Asked for
one by one they wait for a connection until each has waited too long, and then all ask
again: such a storm never ends. So whoever comes while some requests are under way waits
with all others that do, and the next request is theirs together.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from chassis import tracing
from chassis.errors import Unavailable
from forwarding.switch import Answer, Operation, Switch

AT_ONCE = 4
"""So many requests: a slow answer keeps a later flip waiting only behind three more."""


class Waiting:
    """What somebody wants, and where the answers go."""

    def __init__(self, operations: Sequence[Operation]) -> None:
        self.operations = operations
        self.answers: asyncio.Future[Sequence[Answer]] = (
            asyncio.get_running_loop().create_future()
        )
        self.traceparent = tracing.here()


class Gathering:
    """A switch that is asked by many at once; raises what the switch raises."""

    def __init__(self, switch: Switch, *, most: int) -> None:
        self._switch, self._most = switch, most
        self._free = AT_ONCE
        self._waiting: deque[Waiting] = deque()
        self._tasks = set[asyncio.Task[None]]()

    @property
    def backend(self) -> str:
        """What kind of switch it is, for metrics."""
        return self._switch.backend

    @property
    def partial(self) -> bool:
        """Whether some part of it may not have every change."""
        return self._switch.partial

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        """Do the operations, with those of others if others wait."""
        if self._free:  # nobody waits, so there is no task that a single flip waits for
            self._free -= 1
            try:
                return await self._switch.apply(operations)
            finally:
                self._is_free()
        mine = Waiting(operations)
        self._waiting.append(mine)
        return await mine.answers

    async def close(self) -> None:
        """Give up what is under way; who waits for it is cancelled."""
        while self._waiting:
            self._waiting.popleft().answers.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _is_free(self) -> None:
        self._free += 1
        if some := self._next():
            self._free -= 1
            task = asyncio.create_task(self._send(some))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def _next(self) -> list[Waiting]:
        """Take as many of those who wait as go into one request, one at least."""
        some: list[Waiting] = []
        size = 0
        while self._waiting and (
            not some or size + len(self._waiting[0].operations) <= self._most
        ):
            one = self._waiting.popleft()
            if not one.answers.done():  # else whoever asked is gone
                some.append(one)
                size += len(one.operations)
        return some

    async def _send(self, some: Sequence[Waiting]) -> None:
        try:
            with tracing.span_of_all("flags", (one.traceparent for one in some)):
                wanted = [each for one in some for each in one.operations]
                said = iter(await self._switch.apply(wanted))
        except BaseException as error:  # whatever it is, it is theirs
            for one in some:
                _fail(one, error)
            if isinstance(error, asyncio.CancelledError):
                raise
        else:
            for one in some:
                answers = [next(said) for _ in one.operations]
                if not one.answers.done():
                    one.answers.set_result(answers)
        finally:
            self._is_free()


def _fail(one: Waiting, error: BaseException) -> None:
    if one.answers.done():
        return
    if isinstance(error, asyncio.CancelledError):
        one.answers.cancel()
    elif isinstance(error, Unavailable):
        # One of its own for each: who raises it leaves a trace in it.
        one.answers.set_exception(Unavailable(str(error)))
    else:
        one.answers.set_exception(error)
