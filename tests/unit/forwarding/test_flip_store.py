"""Many flips are noted as told in few statements, and none is forgotten."""

import asyncio
from datetime import UTC, datetime

import pytest

from forwarding.flip_store import FlipStore

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Database:
    """Notes what it is asked; its first statement takes a while, or fails."""

    def __init__(self, *, fails: bool = False) -> None:
        self.noted: list[list[int]] = []
        self._fails = fails

    async def execute(self, _query: str, seqs: list[int], _at: datetime) -> None:
        await asyncio.sleep(0)
        if self._fails:
            self._fails = False
            raise TimeoutError
        self.noted.append(seqs)


def store_of(database: Database) -> FlipStore:
    return FlipStore(database)  # type: ignore[arg-type]  # all that it is asked


async def test_who_waits_is_noted_with_all_others_that_do() -> None:
    database = Database()
    store = store_of(database)

    await asyncio.gather(*(store.mark_told(seq, at=NOON) for seq in range(5)))

    assert database.noted == [[0], [1, 2, 3, 4]]


async def test_a_statement_that_failed_is_tried_by_who_waits() -> None:
    database = Database(fails=True)
    store = store_of(database)

    first, *others = await asyncio.gather(
        *(store.mark_told(seq, at=NOON) for seq in range(3)), return_exceptions=True
    )

    assert isinstance(first, TimeoutError)
    assert others == [None, None]
    assert database.noted == [[0, 1, 2]]


async def test_who_failed_is_noted_when_he_comes_again() -> None:
    database = Database(fails=True)
    store = store_of(database)
    with pytest.raises(TimeoutError):
        await store.mark_told(7, at=NOON)

    await store.mark_told(7, at=NOON)

    assert all(7 in noted for noted in database.noted)
    assert database.noted
