"""Targets that hang on our own lines, circles, and the nightly second look."""

import asyncio

import asyncpg
import pytest

from contracts.event import new_id
from contracts.number_range import NumberRange
from forwarding import specials
from forwarding.flip_store import FlipStore, Recorded, detected
from forwarding.rule_store import RuleStore
from forwarding.store import FactStore
from support.forwarding_facts import MOBILE, NOON, SECOND, STRANGER, Facts
from support.forwarding_lab import Lab
from support.stack import Stack, fresh_database

Block = tuple[str, str]


@pytest.fixture
async def target(lab: Lab, other: str, line: str) -> str:
    """A number of another customer that hangs on a line of its own."""
    await lab.open(other, f"far {line}", customer=STRANGER)
    return other


@pytest.fixture
async def source(lab: Lab, number: str, line: str) -> str:
    await lab.open(number, line)
    return number


async def detect(lab: Lab, place: str) -> str:
    outage = new_id()
    await lab.send(lab.facts.detected(outage, place))
    await lab.quiet()
    return outage


async def clear(lab: Lab, outage: str) -> None:
    await lab.send(lab.facts.cleared(outage))
    await lab.quiet()


async def refused(lab: Lab, number: str, target: str, **more: object) -> str:
    answer = await lab.answer_to(lab.facts.rule(number, target, **more))
    assert answer["outcome"] == "refused", answer
    return str(answer["code"])


async def test_while_the_target_is_down_the_fallback_is_used(
    lab: Lab, source: str, target: str, line: str
) -> None:
    await lab.arm(source, target, rule={"fallback_target": MOBILE})
    first = await detect(lab, line)
    assert await lab.rings(source) == target
    second = await detect(lab, f"far {line}")
    assert await lab.rings(source) == MOBILE
    await clear(lab, second)
    assert await lab.rings(source) == target
    await clear(lab, first)
    assert await lab.rings(source) == source
    on = [f"on {target}", f"on {MOBILE}", f"on {target}", "off"]
    assert lab.story(source) == on


async def test_without_a_fallback_the_customer_is_told_that_his_target_is_down(
    lab: Lab, source: str, target: str, line: str
) -> None:
    await lab.arm(source, target)
    second = await detect(lab, f"far {line}")
    assert lab.story(source) == []  # nothing of his is diverted yet
    first = await detect(lab, line)
    assert await lab.rings(source) is None
    await clear(lab, second)
    assert await lab.rings(source) == target
    await clear(lab, first)
    assert lab.story(source) == ["failed target_down", f"on {target}", "off"]


async def test_one_outage_that_takes_line_and_target_is_told_once(
    lab: Lab, source: str, target: str, line: str
) -> None:
    await lab.arm(source, target, rule={"fallback_target": MOBILE})
    outage = new_id()
    await lab.send(lab.facts.detected(outage, lines=[line, f"far {line}"]))
    await lab.quiet()
    assert await lab.rings(source) == MOBILE
    await clear(lab, outage)
    assert lab.story(source) == [f"on {MOBILE}", "off"]


async def test_overlapping_outages_say_nothing_twice_of_such_a_number(
    lab: Lab, source: str, target: str, line: str
) -> None:
    await lab.arm(source, target)
    first, second = await detect(lab, line), await detect(lab, line)
    await clear(lab, first)
    await clear(lab, second)
    assert lab.story(source) == [f"on {target}", "off"]


@pytest.mark.parametrize("breaks_at", [None, 3])
async def test_many_such_numbers_are_told_some_at_a_time(
    lab: Lab, block: Block, target: str, line: str,
    monkeypatch: pytest.MonkeyPatch, breaks_at: int | None,
) -> None:  # fmt: skip
    numbers = [f"{block[0][:-1]}{digit}" for digit in range(7)]
    for number in numbers:
        await lab.open(number, line)
        await lab.arm(number, target, rule={"fallback_target": MOBILE})
    monkeypatch.setattr(specials, "AT_ONCE", 2)
    lock, turns = FactStore.lock, [0]

    async def counted(facts: FactStore) -> None:
        await lock(facts)
        turns[0] += 1
        if turns[0] == breaks_at:
            raise asyncpg.CannotConnectNowError("the server restarts")

    monkeypatch.setattr(FactStore, "lock", counted)
    outage = await detect(lab, line)
    monkeypatch.setattr(FactStore, "lock", lock)
    second = await detect(lab, f"far {line}")
    await clear(lab, second)
    await clear(lab, outage)

    story = [f"on {target}", f"on {MOBILE}", f"on {target}", "off"]
    assert [lab.story(number) for number in numbers] == [story] * 7
    ends = [
        told.event["outage_id"]
        for told in lab.told
        if told.topic == "ForwardingApplied"
        and told.event["number"] in numbers
        and not told.event["in_effect"]
    ]
    assert ends == [outage] * 7
    assert turns[0] >= 4


async def test_to_see_whether_a_flip_touches_such_a_number_no_table_is_read(
    stack: Stack,
) -> None:
    """With many of them and one flip elsewhere: planned for a first hit, it would."""
    async with (
        fresh_database(stack) as database,
        asyncpg.create_pool(database.url("forwarding"), min_size=1, max_size=1) as pool,
    ):
        await pool.execute(
            """
            INSERT INTO arming (scope, number, last, customer_number, places, value,
                                off, planned, target_places, head, hash, seq, live_seq)
                 SELECT n, n, n, 'K', ARRAY['line ' || n, 'node'], '{}', false, true,
                        ARRAY['far'], '{', 1, 1, 2
                   FROM (SELECT '+49' || i FROM generate_series(100000, 104999) i) t (n)
            """
        )
        admin = await asyncpg.connect(database.admin_url)
        await admin.execute("ANALYZE forwarding.arming")
        await admin.close()
        before = await reads_of(pool, "arming")
        here = await recorded(pool, "elsewhere")
        after = await reads_of(pool, "arming")
        there = await recorded(pool, "far")

    assert (here.special, there.special) == (False, True)
    assert after == before


async def recorded(pool: asyncpg.Pool, place: str) -> Recorded:
    """Record an outage, and give back the connection."""
    store = FlipStore(pool)
    facts = detected(Facts().detected(new_id(), place))
    [found] = await store.record([facts], at=NOON, first=10)
    await store.close()
    return found


async def reads_of(pool: asyncpg.Pool, table: str) -> int:
    """Count how often all of a table was read."""
    await pool.execute("SELECT pg_stat_force_next_flush()")
    await pool.execute("SELECT pg_stat_clear_snapshot()")
    reads: int = await pool.fetchval(
        "SELECT seq_scan FROM pg_stat_user_tables WHERE relname = $1", table
    )
    return reads


async def test_where_calls_go_on_is_seen_without_reading_all_rules(
    stack: Stack,
) -> None:
    """Each save asks it, and outages wait for saves: with blocks in it, it did."""
    number = NumberRange.single("+49302000077")
    block = NumberRange("+4930200000", "+4930200099")
    async with (
        fresh_database(stack) as database,
        asyncpg.create_pool(database.url("forwarding"), min_size=1, max_size=1) as pool,
    ):
        await pool.execute(
            """
            INSERT INTO rule (number, last, customer_number, enabled, target,
                              keep_extension, follows_planned_work, allowed_countries)
                 SELECT n, m, 'K', true, '+4915228817386', false, true, '{DE}'
                   FROM (SELECT '+4930' || i, '+4930' || i
                           FROM generate_series(2000000, 2019999) AS i
                      UNION ALL
                         SELECT '+4930' || i || '00', '+4930' || i || '99'
                           FROM generate_series(2000, 2002) AS i) AS t (n, m)
            """
        )
        admin = await asyncpg.connect(database.admin_url)
        await admin.execute("ANALYZE forwarding.rule")
        await admin.close()
        before = await reads_of(pool, "rule")
        async with pool.acquire() as connection:
            store = RuleStore(connection)
            longer = await store.rules_touching(number)
            whole = await store.rules_touching(block)
        after = await reads_of(pool, "rule")

    assert {row["number"] for row in longer} == {number.first, block.first}
    assert [row["number"] for row in whole] == [block.first]
    assert after == before


async def test_a_target_that_moves_to_a_failed_line_is_looked_at_again(
    lab: Lab, source: str, target: str, line: str
) -> None:
    await lab.arm(source, target, rule={"fallback_target": MOBILE})
    await detect(lab, line)
    await detect(lab, f"third {line}")
    await lab.send(lab.facts.enabled(target, f"third {line}", customer=STRANGER))
    await lab.quiet()
    assert await lab.rings(source) == MOBILE


async def test_a_target_behind_a_number_of_a_block_hangs_on_the_blocks_line(
    lab: Lab, source: str, block: Block, line: str
) -> None:
    first, last = block
    await lab.open(first, f"far {line}", last=last, customer=STRANGER)
    target = f"{last}7"
    await lab.arm(source, target, rule={"fallback_target": MOBILE})
    await detect(lab, line)
    assert await lab.rings(source) == target
    far = await detect(lab, f"far {line}")
    assert await lab.rings(source) == MOBILE

    moved = lab.facts.enabled(first, f"third {line}", last=last, customer=STRANGER)
    await lab.send(moved)
    await lab.quiet()
    assert await lab.rings(source) == target
    await clear(lab, far)


async def test_one_number_of_a_target_block_moves_to_a_failed_line(
    lab: Lab, block: Block, second_block: Block, line: str
) -> None:
    (first, last), (there, end) = block, second_block
    inner, target = f"{first[:-1]}2", f"{there[:-1]}2"
    await lab.open(first, line, last=last)
    await lab.open(inner, f"own {line}")
    await lab.open(there, f"far {line}", last=end, customer=STRANGER)
    keeps = {"keep_extension": True, "fallback_target": MOBILE}
    await lab.arm(first, there, last=last, rule=keeps)
    await detect(lab, f"own {line}")
    assert await lab.rings(inner) == target

    await lab.open(target, f"third {line}", customer=STRANGER)
    await detect(lab, f"third {line}")
    assert await lab.rings(inner) == MOBILE


async def test_a_target_that_left_us_no_longer_hangs_on_our_line(
    lab: Lab, source: str, target: str, line: str
) -> None:
    await lab.arm(source, target, rule={"fallback_target": MOBILE})
    await lab.send(lab.facts.disabled(target, customer=STRANGER))
    await lab.quiet()
    await detect(lab, line)
    await detect(lab, f"far {line}")
    assert await lab.rings(source) == target


async def test_targets_that_fail_with_the_number_are_refused(
    lab: Lab, source: str, other: str, block: Block, line: str
) -> None:
    assert await refused(lab, source, source) == "target_own_number"
    await lab.open(other, line)
    assert await refused(lab, source, other) == "target_same_line"
    await lab.open(block[0], f"{line} b", last=block[1])
    inner = f"+{int(block[0]) + 4}"
    assert await refused(lab, block[0], inner, last=block[1]) == "target_own_block"
    assert await refused(lab, inner, f"+{int(block[0]) + 5}") == "target_own_block"
    bad = {"fallback_target": other}
    assert await refused(lab, source, MOBILE, rule=bad) == "target_same_line"


async def test_a_circle_over_three_rules_and_two_customers_is_refused(
    lab: Lab, source: str, target: str, block: Block, line: str
) -> None:
    await lab.open(block[0], f"third {line}", last=block[1])
    inner = f"+{int(block[0]) + 4}"
    await lab.arm(source, target)
    await lab.arm(target, inner, customer_number=STRANGER)
    wish = lab.facts.rule(block[0], source, last=block[1])
    answer = await lab.answer_to(wish)
    assert answer["code"] == "target_circle"
    assert answer["chain"][0] == answer["chain"][-1]
    assert {source, target} < set(answer["chain"])
    # A rule that is switched off counts: switching it on would close the circle.
    await lab.arm(target, None, customer_number=STRANGER, rule={"target": inner})
    assert await refused(lab, block[0], source, last=block[1]) == "target_circle"


async def test_a_circle_does_not_say_where_rules_of_other_customers_lead(
    lab: Lab, source: str, target: str, block: Block, line: str
) -> None:
    third = "K3000"
    await lab.open(block[0], f"third {line}", last=block[1], customer=third)
    await lab.arm(target, f"+{int(block[0]) + 4}", customer_number=STRANGER)
    await lab.arm(block[0], source, last=block[1], customer_number=third)
    answer = await lab.answer_to(lab.facts.rule(source, target))
    assert answer["code"] == "target_circle"
    assert answer["chain"] == [source, target, source]


@pytest.mark.parametrize("is_first", [True, False])
async def test_a_circle_through_a_fallback_is_refused_whichever_is_saved_first(
    lab: Lab, source: str, target: str, *, is_first: bool
) -> None:
    there = lab.facts.rule(source, MOBILE, rule={"fallback_target": target})
    back = lab.facts.rule(target, source, customer_number=STRANGER)
    first, second = (there, back) if is_first else (back, there)
    assert (await lab.answer_to(first))["outcome"] == "accepted"
    answer = await lab.answer_to(second)
    assert (answer["outcome"], answer["code"]) == ("refused", "target_circle")
    assert set(answer["chain"]) == {source, target}
    assert answer["chain"][0] == second.number


async def test_a_circle_through_a_lengthened_number_is_refused(
    lab: Lab, source: str, block: Block, line: str
) -> None:
    await lab.open(block[0], f"third {line}", last=block[1])
    await lab.arm(block[0], source, last=block[1])
    assert await refused(lab, source, f"{block[0]}7") == "target_circle"


async def test_of_two_that_name_each_other_at_once_one_stands(
    lab: Lab, source: str, target: str
) -> None:
    there = lab.facts.rule(source, target)
    back = lab.facts.rule(target, source, customer_number=STRANGER)
    answers = await asyncio.gather(lab.answer_to(there), lab.answer_to(back))
    assert sorted(a["outcome"] for a in answers) == ["accepted", "refused"]


async def test_the_nightly_look_flags_what_would_be_refused_now_and_unflags(
    lab: Lab, source: str, other: str, line: str
) -> None:
    await lab.open(other, f"far {line}")
    await lab.arm(source, other)
    await lab.send(lab.facts.enabled(other, line))  # on one line with it by now
    await lab.quiet()
    since = len(lab.told)
    assert await lab.recheck() >= 1
    assert await lab.recheck() == 0
    await lab.quiet()
    news = [t.event for t in lab.told[since:] if t.event["number"] == source]
    assert [(e["outcome"], e["code"]) for e in news] == [
        ("flagged", "target_same_line")
    ]
    await lab.send(lab.facts.enabled(other, f"far {line}"))
    await lab.quiet()
    await lab.recheck()
    flagged = "SELECT flagged FROM rule WHERE number = $1"
    assert await lab.row(flagged, source) is None


async def test_the_nightly_look_reads_past_a_page_within_one_first_number(
    lab: Lab, block: Block, line: str
) -> None:
    await lab.open(block[0], line, last=block[1])
    await lab.open(block[0], line)
    await lab.arm(block[0], MOBILE, last=block[1])
    await lab.arm(block[0], SECOND)
    assert await lab.pages_of_one(block[0]) == [block[0], block[1]]
