"""Somebody looks at dead letters and sends them again."""

import asyncio
import json
import sys
from collections.abc import Callable

import pytest
from starlette.applications import Starlette

from chassis import commands, dead_letters
from chassis.inbox import Received
from chassis.postgres import Connection
from support.tiny_process import Note, keep
from support.tiny_service import NOON, Bench
from support.waiting import eventually

Command = Callable[..., "asyncio.Future[str]"]


@pytest.fixture
def run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., object]:
    """Run `python -m tiny dead-letters …` and return what it says."""

    def command(*arguments: str) -> object:
        capsys.readouterr()

        def in_a_thread() -> str:
            commands.main("tiny", bench.settings(), Starlette)
            return capsys.readouterr().out

        monkeypatch.setattr(sys, "argv", ["tiny", "dead-letters", *arguments])
        return asyncio.to_thread(in_a_thread)

    return command


async def park(bench: Bench, *values: bytes) -> list[int]:
    """Let the service park these, and return the ids of the letters."""
    for value in values:
        await bench.send_raw(value, headers=[("x-note", b"kept")])
    async with bench.running():
        letters = await bench.until_letters(len(values))
        await bench.until_outbox_empty()
    return [letter["id"] for letter in letters]


async def test_list_names_what_was_parked_and_why(bench: Bench, run: Command) -> None:
    first, second = await park(bench, b"{", b'{"box": "a"}')

    said = (await run("list")).splitlines()

    assert said[0].startswith(f"id={second} topic={bench.topic} partition=0 offset=1 ")
    assert "code=invalid reason=number: Field required" in said[0]
    assert said[1].startswith(f"id={first} ")
    assert "size=1" in said[1]


async def test_show_gives_one_whole_without_numbers_in_the_clear(
    bench: Bench, run: Command
) -> None:
    [letter] = await park(bench, b'{"box": "+493023125042"}')

    shown = json.loads(await run("show", str(letter)))

    assert shown["code"] == "invalid"
    assert shown["value"] == '{"box": "+4930231*****"}'
    assert "x-note" in shown["headers"]


async def test_show_of_nothing_says_so(run: Command) -> None:
    assert await run("show", "4711") == "There is no dead letter 4711.\n"


async def test_a_message_sent_again_takes_effect(bench: Bench, run: Command) -> None:
    async def old_code(received: Received[Note], connection: Connection) -> None:
        refused = received.event.model_copy(update={"text": "refuse"})
        await keep(Received(refused, received.id, received.time), connection)

    await bench.send(1, 2)
    async with bench.running(old_code):
        letters = await bench.until_letters(2)
    assert await bench.numbers() == []

    said = await run("resend", *(str(letter["id"]) for letter in letters))
    assert said == "2 queued; the service's relay sends them.\n"
    async with bench.running():
        await bench.until_numbers(1, 2)
        await bench.until_outbox_empty()

    assert all(letter["resent_at"] for letter in await bench.letters())
    again = (await bench.messages(bench.topic))[2:]
    before = [json.loads(letter["headers"]) for letter in letters]
    assert [sorted(message.headers) for message in again] == [
        sorted((name, value.encode()) for name, value in headers) for headers in before
    ]


async def test_sent_again_twice_it_has_one_effect(bench: Bench, run: Command) -> None:
    [letter] = await park(bench, b'{"box": "a", "number": 1, "text": "refuse"}')
    await run("resend", str(letter), str(letter))
    await run("resend", str(letter))

    async def new_code(received: Received[Note], connection: Connection) -> None:
        mended = received.event.model_copy(update={"text": ""})
        await keep(Received(mended, received.id, received.time), connection)

    await bench.send(2)
    async with bench.running(new_code):
        await bench.until_outbox_empty()
        await bench.send(3)
        await bench.until_numbers(2, 1, 3)


async def test_what_is_still_bad_is_parked_again(bench: Bench, run: Command) -> None:
    [letter] = await park(bench, b"{")
    await run("resend", str(letter))

    async with bench.running():
        letters = await bench.until_letters(2)

    assert [each["code"] for each in letters] == ["unreadable", "unreadable"]


async def test_resend_of_nothing_queues_nothing(bench: Bench, run: Command) -> None:
    assert (await run("resend", "4711")).startswith("0 queued")
    assert await bench.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_resend_is_all_or_nothing(bench: Bench) -> None:
    letters = await park(bench, b"{", b"[")
    await bench.pool.execute(
        "UPDATE dead_letter SET headers = '7' WHERE id = $1", letters[1]
    )

    with pytest.raises(TypeError):
        async with bench.pool.acquire() as connection:
            await dead_letters.resend(connection, letters, at=NOON)

    assert await bench.pool.fetchval("SELECT count(*) FROM outbox") == 0
    assert not any(letter["resent_at"] for letter in await bench.letters())


async def test_a_command_that_is_none_is_refused(run: Command) -> None:
    with pytest.raises(SystemExit):
        await run("burn")


async def test_old_letters_and_ids_are_forgotten(bench: Bench) -> None:
    await park(bench, b"{")
    await bench.send(1)
    async with bench.running():
        await bench.until_numbers(1)
    for table, column in (("dead_letter", "parked_at"), ("inbox", "received_at")):
        await bench.pool.execute(
            f"UPDATE {table} SET {column} = now() - interval '89 days'"  # noqa: S608
        )
    await bench.send_raw(b"[")

    async with bench.running():
        await until_left(bench, "dead_letter", [b"["])
    assert await bench.pool.fetchval("SELECT count(*) FROM inbox") == 1

    await bench.pool.execute(
        "UPDATE inbox SET received_at = now() - interval '91 days'"
    )
    async with bench.running():
        await until_left(bench, "inbox", [])


async def until_left(bench: Bench, table: str, values: list[bytes]) -> None:
    """Wait until only these rows are left; the inbox has no values."""

    async def left() -> bool:
        rows = await bench.pool.fetch(f"SELECT * FROM {table}")  # noqa: S608
        return [row.get("value") for row in rows] == values

    await eventually(left)
