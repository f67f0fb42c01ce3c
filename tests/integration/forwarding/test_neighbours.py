"""What a line carries beside a target: found without reading all of the line."""

import random
from contextlib import suppress

import asyncpg
import pytest

from chassis.postgres import transaction
from contracts.number_range import BadRange, NumberRange
from forwarding.domain import Option
from forwarding.store import FactStore
from support.stack import Stack, fresh_database

LINE, OTHER = "L1", "L2"


def some_numbers(dice: random.Random) -> NumberRange:
    """Return a number or block of few digits, so that many of them meet."""
    digits = dice.randint(1, 4)
    first = f"+49302312{dice.randrange(10**digits):0{digits}}"
    with suppress(BadRange):
        return NumberRange.starting(first, size=dice.choice([1, 1, 10, 100]))
    return NumberRange.single(first)


@pytest.mark.parametrize("seed", range(5))
async def test_are_all_that_overlap_it_and_no_others(stack: Stack, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - repeatable
    known = {some_numbers(dice): dice.random() for _ in range(120)}
    async with (
        fresh_database(stack) as database,
        asyncpg.create_pool(database.url("forwarding"), min_size=1) as pool,
        transaction(pool) as connection,
    ):
        facts = FactStore(connection)
        for numbers, draw in known.items():
            line, is_on = (OTHER if draw < 0.2 else LINE), draw < 0.9
            option = Option(numbers, "C", line, enabled=is_on, version=1)
            await facts.keep_option(option, order_id="o")
        beside = [numbers for numbers, draw in known.items() if 0.2 <= draw < 0.9]
        met = 0
        for _ in range(150):
            target = some_numbers(dice)

            found = await facts.neighbours(LINE, target)

            wanted = {numbers for numbers in beside if numbers.overlaps(target)}
            assert set(found) == wanted
            assert len(found) == len(wanted)
            met += len(found)
    assert met > 150
