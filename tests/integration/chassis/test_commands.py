"""Somebody looks at dead letters and sends them again."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from starlette.applications import Starlette

from chassis import commands
from chassis.inbox import Received
from chassis.postgres import Connection
from support.tiny_process import Note, keep
from support.tiny_service import Bench
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
    assert said[0].endswith(" service=tiny")
    assert said[1].startswith(f"id={first} ")
    assert "size=1" in said[1]


async def test_show_gives_one_whole_without_numbers_in_the_clear(
    bench: Bench, run: Command
) -> None:
    [letter] = await park(bench, b'{"box": "+493023125042"}')

    shown = json.loads(await run("show", str(letter)))

    assert (shown["code"], shown["service"]) == ("invalid", "tiny")
    assert shown["value"] == '{"box": "+4930231*****"}'
    assert "x-note" in shown["headers"]


async def test_show_of_nothing_says_so_and_fails(run: Command) -> None:
    with pytest.raises(SystemExit) as ended:
        await run("show", "4711")
    assert ended.value.code == "There is no dead letter 4711."


async def old_code(received: Received[Note], connection: Connection) -> None:
    refused = received.event.model_copy(update={"text": "refuse"})
    await keep(Received(refused, received.id, received.time), connection)


async def new_code(received: Received[Note], connection: Connection) -> None:
    mended = received.event.model_copy(update={"text": ""})
    await keep(Received(mended, received.id, received.time), connection)


async def until_taken(bench: Bench, count: int) -> None:
    async def taken() -> bool:
        letters = await bench.letters()
        return sum(letter["resent_at"] is not None for letter in letters) == count

    await eventually(taken)


@pytest.mark.parametrize("kind", [{}, {"batch": True}, {"many": True}], ids=str)
async def test_a_message_sent_again_takes_effect(
    bench: Bench, run: Command, kind: dict[str, Any]
) -> None:
    await park(
        bench,
        b'{"box": "a", "number": "two"}',
        b'{"box": "a", "number": "three"}',
    )
    mend = "UPDATE dead_letter SET value = convert_to($2, 'utf8') WHERE value = $1"
    for wrong, right in (("two", 2), ("three", 3)):
        bad, good = (
            f'{{"box": "a", "number": "{wrong}"}}',
            {"box": "a", "number": right},
        )
        await bench.pool.execute(mend, bad.encode(), json.dumps(good))
    letters = await bench.letters()

    said = await run("resend", *(str(letter["id"]) for letter in letters))
    assert said == "2 asked for again; the running service takes them.\n"
    async with bench.running(**kind):
        await bench.until_numbers(2, 3)
        await until_taken(bench, 2)

    assert await bench.pool.fetchval("SELECT count(*) FROM outbox") == 0


async def test_a_message_sent_again_goes_to_this_service_alone(
    bench: Bench, run: Command
) -> None:
    await bench.send(1, 2)
    async with bench.running(old_code):
        letters = await bench.until_letters(2)
    assert await bench.numbers() == []

    await run("resend", *(str(letter["id"]) for letter in letters))
    async with bench.running():
        await bench.until_numbers(1, 2)
        await until_taken(bench, 2)

    assert len(await bench.messages(bench.topic)) == 2


async def test_sent_again_twice_it_has_one_effect(bench: Bench, run: Command) -> None:
    [letter] = await park(bench, b'{"box": "a", "number": 1, "text": "refuse"}')
    await run("resend", str(letter), str(letter))

    async with bench.running(new_code):
        await until_taken(bench, 1)
        await run("resend", str(letter))
        await until_taken(bench, 1)
        await bench.send(3)
        await bench.until_numbers(1, 3)


async def test_what_is_still_bad_is_parked_again(bench: Bench, run: Command) -> None:
    [letter] = await park(bench, b"{")
    await bench.pool.execute("UPDATE dead_letter SET code = 'old', reason = 'old'")
    await run("resend", str(letter))

    async with bench.running():

        async def parked() -> bool:
            [found] = await bench.letters()
            return bool(found["code"] == "unreadable")

        await eventually(parked)
        await bench.until_outbox_empty()

    [found] = await bench.letters()
    assert (found["asked_at"], found["resent_at"]) == (None, None)
    assert len(await bench.messages(f"{bench.topic}.dlq")) == 2


async def test_what_fails_is_taken_later_and_holds_up_nothing(
    bench: Bench, run: Command
) -> None:
    letters = await park(
        bench,
        b'{"box": "a", "number": 1, "text": "refuse"}',
        b'{"box": "a", "number": 2, "text": "refuse"}',
    )
    tries = 0

    async def fails_at_first(received: Received[Note], connection: Connection) -> None:
        nonlocal tries
        if received.event.number == 1:
            tries += 1
            if tries == 1:
                raise ZeroDivisionError
        await new_code(received, connection)

    await run("resend", *map(str, letters))
    async with bench.running(fails_at_first):
        await bench.until_numbers(2, 1)
        await until_taken(bench, 2)


async def test_a_stopped_consumer_stays_stopped_when_a_letter_is_taken(
    bench: Bench, run: Command
) -> None:
    [letter] = await park(bench, b'{"box": "a", "number": 1, "text": "refuse"}')
    await bench.send_raw(b"{")
    await bench.send_raw(b"[")

    async with bench.running(new_code, dead_letters_in_a_row=1) as service:

        async def stopped() -> bool:
            return service.stuck_topics == [bench.topic]

        await eventually(stopped)
        await run("resend", str(letter))
        await bench.until_numbers(1)
        await until_taken(bench, 1)
        assert service.stuck_topics == [bench.topic]


async def test_resend_of_what_is_not_there_names_it_and_fails(
    bench: Bench, run: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    [letter] = await park(bench, b"{")

    with pytest.raises(SystemExit) as ended:
        await run("resend", "4711", str(letter), "4712")

    assert ended.value.code == "There is no dead letter 4711, 4712."
    # One that was deleted meanwhile holds up none of the others.
    assert capsys.readouterr().out.startswith("1 asked for again")
    [found] = await bench.letters()
    assert found["asked_at"]


async def test_resend_of_nothing_asks_for_nothing(
    run: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        await run("resend", "4711")
    assert ended.value.code == "There is no dead letter 4711."
    assert capsys.readouterr().out == ""


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
        "UPDATE inbox SET received_at = now() - interval '101 days'"
    )
    async with bench.running():
        await until_left(bench, "inbox", [])


async def until_left(bench: Bench, table: str, values: list[bytes]) -> None:
    """Wait until only these rows are left; the inbox has no values."""

    async def left() -> bool:
        rows = await bench.pool.fetch(f"SELECT * FROM {table}")  # noqa: S608
        return [row.get("value") for row in rows] == values

    await eventually(left)
