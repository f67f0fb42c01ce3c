"""»Divert now«, drills and the kill switch, beside outages and alone."""

import json
from datetime import timedelta

import asyncpg
import pytest

from contracts.event import new_id
from contracts.number_range import NumberRange
from forwarding.hold import set_hold
from forwarding.telling import in_effect_now
from support.forwarding_facts import MOBILE, NOON, SECOND, STRANGER
from support.forwarding_lab import Lab
from support.stack import Stack, fresh_database

Block = tuple[str, str]


@pytest.fixture
async def armed(lab: Lab, number: str, line: str) -> str:
    await lab.open(number, line)
    await lab.arm(number, MOBILE)
    return number


@pytest.fixture
async def armed_block(lab: Lab, block: Block, line: str) -> Block:
    await lab.open(block[0], line, last=block[1])
    await lab.arm(block[0], MOBILE, last=block[1])
    return block


async def detect(lab: Lab, place: str) -> str:
    outage = new_id()
    await lab.send(lab.facts.detected(outage, place))
    await lab.quiet()
    return outage


async def clear(lab: Lab, outage: str) -> None:
    await lab.send(lab.facts.cleared(outage))
    await lab.quiet()


async def hold(lab: Lab, *, held: bool) -> None:
    await set_hold(lab.pool, held=held, at=NOON)
    await lab.quiet()


async def test_manual_outlives_the_outage(lab: Lab, armed: str, line: str) -> None:
    await lab.use(armed, "start", "manual")
    outage = await detect(lab, line)
    await clear(lab, outage)
    assert await lab.rings(armed) == MOBILE
    await lab.use(armed, "stop", "manual")
    assert await lab.rings(armed) == armed
    assert lab.story(armed) == [f"on {MOBILE}", "off"]


async def test_the_outage_outlives_manual(lab: Lab, armed: str, line: str) -> None:
    await lab.use(armed, "start", "manual")
    outage = await detect(lab, line)
    await lab.use(armed, "stop", "manual")
    assert await lab.rings(armed) == MOBILE
    assert [c["type"] for c in lab.newest(armed)["causes"]] == ["outage"]
    await clear(lab, outage)
    assert lab.story(armed) == [f"on {MOBILE}", f"on {MOBILE}", "off"]


async def test_starting_again_moves_the_end_and_is_not_told(
    lab: Lab, armed: str
) -> None:
    await lab.use(armed, "start", "drill", ends_at=NOON + timedelta(days=3650))
    before = await lab.row("SELECT id FROM cause WHERE number = $1", armed)
    await lab.use(armed, "start", "drill", ends_at=NOON + timedelta(days=3650))
    assert await lab.row("SELECT id FROM cause WHERE number = $1", armed) == before
    assert lab.story(armed) == [f"on {MOBILE}"]


async def test_only_what_is_armed_can_be_used(lab: Lab, number: str, line: str) -> None:
    await lab.open(number, line)
    assert await lab.use(number, "start", "manual") == "refused"
    assert await lab.rings(number) == number


async def test_one_number_of_a_block_is_diverted_alone_and_follows_it_again(
    lab: Lab, armed_block: Block, line: str
) -> None:
    one, two = (f"+{int(armed_block[0]) + n}" for n in (1, 2))
    await lab.use(one, "start", "manual")
    assert [await lab.rings(n) for n in (one, two)] == [MOBILE, two]
    await lab.arm(armed_block[0], SECOND, last=armed_block[1])
    assert [await lab.rings(n) for n in (one, two)] == [SECOND, two]
    await lab.use(one, "stop", "manual")
    assert await lab.rings(one) == one
    assert f"rule/{one}" not in await lab.switch.held()
    assert lab.story(one) == [f"on {MOBILE}", f"on {SECOND}", "off"]
    await detect(lab, line)
    assert [await lab.rings(n) for n in (one, two)] == [SECOND, SECOND]


async def test_a_whole_block_is_diverted_with_the_numbers_in_it(
    lab: Lab, armed_block: Block
) -> None:
    own, off = (f"+{int(armed_block[0]) + n}" for n in (1, 2))
    await lab.arm(own, SECOND)
    await lab.arm(off, None)
    await lab.use(armed_block[0], "start", "manual", last=armed_block[1])
    assert [await lab.rings(n) for n in (own, off)] == [SECOND, off]
    await lab.use(armed_block[0], "stop", "manual", last=armed_block[1])
    assert lab.story(armed_block[0]) == [f"on {MOBILE}", "off"]
    assert lab.story(own) == [f"on {SECOND}", "off"]
    assert lab.story(off) == []


@pytest.mark.parametrize("cause", ["manual", "drill"])
async def test_a_whole_block_is_diverted_without_anothers_number_in_it(
    lab: Lab, armed_block: Block, line: str, cause: str
) -> None:
    his = f"+{int(armed_block[0]) + 3}"
    await lab.send(lab.facts.enabled(his, f"{line} b", customer=STRANGER))
    await lab.quiet()
    await lab.arm(his, SECOND, customer_number=STRANGER)
    await lab.use(armed_block[0], "start", cause, last=armed_block[1])
    assert await lab.rings(his) == his
    await hold(lab, held=True)
    await hold(lab, held=False)
    assert lab.story(his) == []

    await lab.use(his, "start", cause, customer_number=STRANGER)
    assert await lab.rings(his) == SECOND
    assert len(lab.newest(his)["causes"]) == 1
    await lab.use(his, "stop", cause, customer_number=STRANGER)
    assert await lab.rings(his) == his

    outage = await detect(lab, f"{line} b")
    assert [one["id"] for one in lab.newest(his)["causes"]] == [outage]
    await clear(lab, outage)
    assert lab.story(his) == [f"on {SECOND}", "off"] * 2


async def test_manual_and_drill_of_one_number_are_two_events(
    lab: Lab, armed: str
) -> None:
    await lab.use(armed, "start", "manual")
    await lab.use(armed, "start", "drill")
    await lab.use(armed, "stop", "manual")
    assert await lab.rings(armed) == MOBILE
    await lab.use(armed, "stop", "drill")
    assert await lab.rings(armed) == armed
    assert lab.story(armed) == [f"on {MOBILE}"] * 3 + ["off"]


async def test_held_nothing_is_diverted_and_lifted_everything_is_as_before(
    lab: Lab, armed: str, other: str, line: str
) -> None:
    await lab.open(other, f"{line} b")
    await lab.arm(other, SECOND)
    await lab.use(other, "start", "manual")
    first = await detect(lab, line)
    second = await detect(lab, line)
    await hold(lab, held=True)
    assert [await lab.rings(n) for n in (armed, other)] == [armed, other]
    await clear(lab, first)
    third = await detect(lab, f"{line} b")
    assert [await lab.rings(n) for n in (armed, other)] == [armed, other]
    await hold(lab, held=False)
    assert [await lab.rings(n) for n in (armed, other)] == [MOBILE, SECOND]
    await clear(lab, second)
    await clear(lab, third)
    await lab.use(other, "stop", "manual")
    assert lab.story(armed) == [f"on {MOBILE}", "off", f"on {MOBILE}", "off"]
    assert lab.story(other) == [f"on {SECOND}", "off", f"on {SECOND}", "off"]


async def test_the_kill_switch_works_without_any_outage(lab: Lab, armed: str) -> None:
    await lab.use(armed, "start", "manual")
    await hold(lab, held=True)
    assert (await lab.switch.call(armed))["held"]
    assert await lab.rings(armed) == armed
    await hold(lab, held=False)
    assert await lab.rings(armed) == MOBILE
    assert lab.story(armed) == [f"on {MOBILE}", "off", f"on {MOBILE}"]


async def test_a_drill_while_held_says_nothing(lab: Lab, armed: str) -> None:
    await hold(lab, held=True)
    await lab.use(armed, "start", "drill")
    await lab.use(armed, "stop", "drill")
    await lab.use(armed, "start", "manual")
    assert lab.story(armed) == []

    await hold(lab, held=False)
    assert await lab.rings(armed) == MOBILE
    assert lab.story(armed) == [f"on {MOBILE}"]


async def test_an_edit_while_held_is_in_force_afterwards(
    lab: Lab, armed: str, line: str
) -> None:
    await detect(lab, line)
    await hold(lab, held=True)
    await lab.arm(armed, SECOND)
    assert await lab.rings(armed) == armed
    await hold(lab, held=False)
    assert await lab.rings(armed) == SECOND
    assert lab.story(armed) == [f"on {MOBILE}", "off", f"on {SECOND}"]


async def test_a_cause_of_one_number_counts_where_the_switch_knows_its_block_alone(
    stack: Stack, block: Block
) -> None:
    first, last = block
    inside = NumberRange.single(f"{first[:-1]}5")
    value = {
        "first": first,
        "last": last,
        "places": ["line"],
        "target": MOBILE,
        "keep_extension": False,
        "fallback": None,
        "planned": True,
        "target_places": list[str](),
    }
    async with (
        fresh_database(stack) as database,
        asyncpg.create_pool(database.url("forwarding"), min_size=1, max_size=1) as pool,
    ):
        await pool.execute(
            """
            INSERT INTO arming (scope, number, last, customer_number, places, value,
                                off, planned, head, hash, seq, live_seq)
                 VALUES ($1, $2, $3, 'K', '{line}', $4, false, true, '{', 1, 1, 2)
            """,
            f"{first}-{last}",
            first,
            last,
            json.dumps(value),
        )
        await pool.execute(
            """
            INSERT INTO cause (scope, number, last, type, id, since, active, seq, live,
                               shown, started_by)
                 VALUES ($1, $1, $1, 'manual', 'C', $2, true, 3, true, true, 'me')
            """,
            inside.first,
            NOON,
        )
        async with pool.acquire() as connection:
            number = await in_effect_now(connection, inside)
            whole = await in_effect_now(connection, NumberRange(first, last))

    assert number is not None
    assert [cause.id for cause in number[1].causes] == ["C"]
    assert whole is None
