"""Each way to misbehave."""

import asyncio
from time import perf_counter

import httpx
import pytest

from simulated_switch.nasty import Manners, draw
from unit.simulated_switch.asking import (
    apply,
    held,
    journal,
    misbehave,
    problem,
    results,
)
from unit.simulated_switch.story import (
    BLOCK,
    FIRST,
    OFFICE,
    SPARE,
    cause,
    flag,
    rule,
)

UNAVAILABLE = (503, "unavailable")
LATE = 30
"""Seconds: less than any of these delays, were it taken for seconds."""
OLD, NEW = flag("an-1", version=1), flag("an-1", raised=False, version=2)


class TestManners:
    async def test_can_be_set_shown_and_unset(self, client: httpx.AsyncClient) -> None:
        good = (await client.get("/v1/nasty")).json()
        await misbehave(client, down=True, seed=7)

        shown = (await client.get("/v1/nasty")).json()
        unset = (await client.delete("/v1/nasty")).json()

        assert shown == good | {"down": True, "seed": 7}
        assert unset == good
        assert await results(client, OLD) == ["ok"]

    @pytest.mark.parametrize(
        "manners",
        [
            {"lose": 1.1},
            {"lose": -0.1},
            {"lose": True},
            {"lose": "0.5"},
            {"seed": 1.5},
            {"delay_ms": [1]},
            {"delay_ms": [2, 1]},
            {"delay_ms": [0, 60_001]},
            {"refuse": ["0211"]},
            {"down": 1},
            {"rude": 1},
            [],
        ],
    )
    async def test_must_be_understood(
        self, client: httpx.AsyncClient, manners: object
    ) -> None:
        answer = await client.post("/v1/nasty", json=manners)

        assert problem(answer) == (422, "bad_request")

    async def test_outlive_a_restart(self, client: httpx.AsyncClient) -> None:
        await misbehave(client, down=True)
        await client.post("/v1/restart")

        assert problem(await apply(client, OLD)) == UNAVAILABLE


class TestSeed:
    async def test_repeats_a_run(self, client: httpx.AsyncClient) -> None:
        runs = [await self.run(client, seed=seed) for seed in (1, 1, 2)]

        assert runs[0] == runs[1]
        assert runs[0] != runs[2]

    async def run(self, client: httpx.AsyncClient, seed: int) -> list[object]:
        await client.post("/v1/restart")
        await misbehave(client, seed=seed, fail_before=0.3, fail_after=0.3, lose=0.3)
        answers = [
            (await apply(client, *[flag(f"an-{n}-{m}") for m in range(3)])).status_code
            for n in range(20)
        ]
        return [answers, await held(client)]

    def test_one_chance_moves_no_other(self) -> None:
        few = [draw(Manners(fail_after=0.5), turn).fail_after for turn in range(50)]
        more = Manners(fail_after=0.5, fail_before=0.5, delay_ms=[1, 9], reorder=1)

        assert [draw(more, turn).fail_after for turn in range(50)] == few

    @pytest.mark.parametrize(
        "name", ["fail_before", "fail_after", "reset_after", "reorder"]
    )
    def test_chances_come_as_often_as_asked(self, name: str) -> None:
        manners = Manners.model_validate({name: 0.25})

        times = sum(getattr(draw(manners, turn), name) for turn in range(4_000))

        assert 900 < times < 1_100


class TestDelay:
    async def test_comes_before_the_operation(self, client: httpx.AsyncClient) -> None:
        await misbehave(client, delay_ms=[500, 520])

        begin = perf_counter()
        waiting = asyncio.create_task(apply(client, OLD))
        await asyncio.sleep(0.02)

        assert await held(client) == {}
        await waiting
        assert 0.5 <= perf_counter() - begin < LATE
        assert await held(client) == {"flag/fault/an-1": 1}


class TestFailing:
    async def test_before_does_nothing(self, client: httpx.AsyncClient) -> None:
        await misbehave(client, fail_before=1)

        assert problem(await apply(client, OLD)) == UNAVAILABLE
        assert await held(client) == {}
        assert await journal(client) == []

    async def test_after_has_done_it(self, client: httpx.AsyncClient) -> None:
        await misbehave(client, fail_after=1)

        assert problem(await apply(client, OLD)) == UNAVAILABLE
        assert await held(client) == {"flag/fault/an-1": 1}

    async def test_by_breaking_the_connection_has_done_it(
        self, client: httpx.AsyncClient
    ) -> None:
        await misbehave(client, reset_after=1)

        with pytest.raises(ConnectionResetError):
            await apply(client, OLD)

        assert await held(client) == {"flag/fault/an-1": 1}


class TestDown:
    async def test_takes_nothing_but_calls_go_on(
        self, client: httpx.AsyncClient
    ) -> None:
        await misbehave(client, down=True)

        assert problem(await apply(client, OLD)) == UNAVAILABLE
        assert await held(client) == {}
        assert (await client.get(f"/v1/calls/{OFFICE}")).status_code == 200

    async def test_is_not_ready_but_live(self, client: httpx.AsyncClient) -> None:
        await misbehave(client, down=True)

        assert problem(await client.get("/health/ready")) == UNAVAILABLE
        assert (await client.get("/health/live")).status_code == 200

    async def test_hits_a_request_that_was_on_its_way(
        self, client: httpx.AsyncClient
    ) -> None:
        await misbehave(client, reorder=1)
        waiting = await on_its_way(client)

        await misbehave(client, down=True)

        assert problem(await waiting) == UNAVAILABLE
        assert await held(client) == {}


class TestReorder:
    async def test_lets_a_later_request_pass(self, client: httpx.AsyncClient) -> None:
        seed = seed_for("reorder", [True, False])
        await misbehave(client, seed=seed, reorder=0.5, reorder_ms=60_000)

        waiting = await on_its_way(client)
        assert await results(client, NEW) == ["ok"]

        async with asyncio.timeout(5):
            late = await waiting
        assert late.json()["results"][0]["result"] == "stale"
        assert await journal(client) == [(2, "ok"), (1, "stale")]

    async def test_holds_nothing_back_for_ever(self, client: httpx.AsyncClient) -> None:
        await misbehave(client, reorder=1, reorder_ms=50)

        begin = perf_counter()
        assert await results(client, OLD) == ["ok"]

        assert 0.05 <= perf_counter() - begin < LATE

    async def test_waits_two_seconds_unless_told(self) -> None:
        assert Manners().reorder_ms == 2_000

    async def test_does_not_outlive_a_restart(self, client: httpx.AsyncClient) -> None:
        await misbehave(client, reorder=1)
        waiting = await on_its_way(client)

        await client.post("/v1/restart")

        assert problem(await waiting) == UNAVAILABLE
        assert await held(client) == {}


class TestLose:
    async def test_says_ok_and_forgets(self, client: httpx.AsyncClient) -> None:
        await misbehave(client, lose=1)

        assert await results(client, OLD) == ["ok"]
        assert await held(client) == {}
        assert await journal(client) == [(1, "lost")]

    async def test_forgets_some_operations_of_a_request(
        self, client: httpx.AsyncClient
    ) -> None:
        await misbehave(client, lose=0.3)

        await apply(client, *[flag(f"an-{n}") for n in range(1_000)])

        outcomes = [result for _, result in await journal(client)]
        assert 250 < outcomes.count("lost") < 350


class TestRefuse:
    async def test_turns_away_the_rules_of_some_numbers(
        self, client: httpx.AsyncClient
    ) -> None:
        await misbehave(client, refuse=[OFFICE, FIRST])

        answer = await apply(
            client, rule(), rule(BLOCK), rule(SPARE), cause(OFFICE), flag("an-1")
        )

        reasons = [result["reason"] for result in answer.json()["results"]]
        assert reasons == ["no_such_subscriber", "no_such_subscriber", None, None, None]

    async def test_turns_away_rubbish_all_the_same(
        self, client: httpx.AsyncClient
    ) -> None:
        await misbehave(client, refuse=[OFFICE])

        answer = await client.post("/v1/apply", json={"operations": [None, {}]})

        reasons = [result["reason"] for result in answer.json()["results"]]
        assert reasons == ["bad_operation", "bad_operation"]


async def on_its_way(client: httpx.AsyncClient) -> asyncio.Task[httpx.Response]:
    """Send the old operation, and return once it is being held back."""
    waiting = asyncio.create_task(apply(client, OLD))
    for _ in range(20):
        await asyncio.sleep(0)
    assert not waiting.done()
    return waiting


def seed_for(name: str, wanted: list[bool]) -> int:
    """Look for a seed that gives the first requests these fates."""
    turns = range(1, len(wanted) + 1)
    return next(
        seed
        for seed in range(1_000)
        if [
            getattr(draw(Manners.model_validate({"seed": seed, name: 0.5}), turn), name)
            for turn in turns
        ]
        == wanted
    )
