"""Many ask the switch at once: few requests, and everybody has his own answers."""

import asyncio
from collections.abc import Sequence

import pytest

from chassis.errors import Unavailable
from forwarding.gathering import AT_ONCE, Gathering
from forwarding.switch import Answer, Operation


class Slow:
    """Answers when it is let, and keeps what it was asked."""

    backend = "slow"
    partial = False

    def __init__(self) -> None:
        self.asked: list[list[str]] = []
        self.error: BaseException | None = None
        self.let = asyncio.Event()

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        self.asked.append([one.key for one in operations])
        await self.let.wait()
        if self.error:
            raise self.error
        return [Answer(one.key, "ok", one.version) for one in operations]

    async def close(self) -> None:
        """There is nothing to close."""


def named(*keys: str) -> list[Operation]:
    return [Operation(key, 1, {}) for key in keys]


async def all_wait() -> None:
    """Let every task go as far as it gets."""
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.fixture
def switch() -> Slow:
    return Slow()


@pytest.fixture
def gathering(switch: Slow) -> Gathering:
    return Gathering(switch, most=10)


@pytest.fixture
async def busy(gathering: Gathering) -> list["asyncio.Task[Sequence[Answer]]"]:
    """As many requests as go at once are under way."""
    tasks = [
        asyncio.create_task(gathering.apply(named(f"first {at}")))
        for at in range(AT_ONCE)
    ]
    await all_wait()
    return tasks


@pytest.mark.usefixtures("busy")
class TestWhileRequestsAreUnderWay:
    async def test_those_who_come_go_together_and_each_has_his_answers(
        self, switch: Slow, gathering: Gathering
    ) -> None:
        wishes = [named("a"), named("b", "c"), named("d")]
        tasks = [asyncio.create_task(gathering.apply(each)) for each in wishes]
        await all_wait()
        assert len(switch.asked) == AT_ONCE

        switch.let.set()

        said = [[one.key for one in await task] for task in tasks]
        assert said == [["a"], ["b", "c"], ["d"]]
        assert switch.asked[AT_ONCE:] == [["a", "b", "c", "d"]]

    async def test_no_request_is_longer_than_allowed_unless_one_asks_for_more(
        self, switch: Slow, gathering: Gathering
    ) -> None:
        keys = [str(at) for at in range(12)]
        wishes = [named(*keys[:6]), named(*keys[6:10]), named("x"), named(*keys)]
        tasks = [asyncio.create_task(gathering.apply(each)) for each in wishes]
        await all_wait()

        switch.let.set()
        await asyncio.gather(*tasks)

        assert sorted(map(len, switch.asked[AT_ONCE:])) == [1, 10, 12]

    async def test_who_does_not_wait_any_more_is_not_asked_for(
        self, switch: Slow, gathering: Gathering
    ) -> None:
        gone, stays = (
            asyncio.create_task(gathering.apply(named(key)))
            for key in ("gone", "stays")
        )
        await all_wait()
        gone.cancel()
        await all_wait()

        switch.let.set()

        assert [one.key for one in await stays] == ["stays"]
        assert switch.asked[AT_ONCE:] == [["stays"]]

    @pytest.mark.parametrize("error", [Unavailable("away"), LookupError("a bug")])
    async def test_what_the_switch_raises_hears_everybody_and_then_it_goes_on(
        self, switch: Slow, gathering: Gathering, error: Exception
    ) -> None:
        tasks = [asyncio.create_task(gathering.apply(named(key))) for key in "ab"]
        await all_wait()
        switch.error = error
        switch.let.set()

        for task in tasks:
            with pytest.raises(type(error), match=str(error)):
                await task
        switch.error = None
        assert await gathering.apply(named("later"))

    async def test_at_the_end_nobody_waits_for_ever(
        self, switch: Slow, gathering: Gathering
    ) -> None:
        task = asyncio.create_task(gathering.apply(named("a")))
        await all_wait()

        await gathering.close()

        with pytest.raises(asyncio.CancelledError):
            await task
        assert len(switch.asked) == AT_ONCE


async def test_a_request_under_way_for_many_is_given_up_at_the_end(
    switch: Slow,
    gathering: Gathering,
    busy: list["asyncio.Task[Sequence[Answer]]"],
) -> None:
    tasks = [asyncio.create_task(gathering.apply(named(key))) for key in "ab"]
    await all_wait()
    busy[0].cancel()
    await all_wait()
    assert switch.asked[AT_ONCE:] == [["a", "b"]]

    await gathering.close()

    for task in tasks:
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_nobody_else_asks_so_it_goes_at_once(
    switch: Slow, gathering: Gathering
) -> None:
    switch.let.set()
    for at in range(3 * AT_ONCE):
        assert await gathering.apply(named(str(at)))
    assert switch.asked == [[str(at)] for at in range(3 * AT_ONCE)]
