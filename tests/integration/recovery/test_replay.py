"""A database that is gone, and no back-up: the topics give the state back."""

import asyncpg
import pytest
from aiokafka.errors import UnknownTopicOrPartitionError

from chassis import replaying
from chassis.replaying import NotPossible, Replayed, replay, rewind
from contracts.event import new_id
from contracts.listeners import LISTENERS
from devstack.topics import empty_topics, read_topics
from forwarding.handlers import REPLAYED
from forwarding.hold import set_hold
from forwarding.versions import go_past_told
from support.forwarding_facts import MOBILE, NOON, SECOND, THIRD
from support.forwarding_lab import Lab
from support.stack import Database, Stack, fresh_database
from support.switch_lab import SwitchLab
from support.waiting import eventually

PAST, OPEN, GONE, BACK = (f"+49302312502{n}" for n in range(4))
LINES = {PAST: "L past", OPEN: "L open", GONE: "L gone", BACK: "L back"}
HELD, HIS, FREE, LIFTED = (f"+49302312503{n}" for n in range(4))
ORDER = [[event.topic() for event in together] for together in REPLAYED]
FACTS = {
    "rule": "SELECT number, last, enabled, target FROM rule ORDER BY number",
    "option": "SELECT number, line, version FROM option WHERE enabled ORDER BY 1",
    "line": "SELECT line, places, version FROM line ORDER BY line",
    "coverage": "SELECT place, outage_id FROM coverage ORDER BY place",
    "cause": "SELECT number, type FROM cause WHERE active ORDER BY number",
    "held": "SELECT subject, number, held, version, at_number FROM held ORDER BY 1",
    "outage": "SELECT outage_id, cleared_at IS NULL AS open FROM outage ORDER BY 1",
}


async def facts(database: Database) -> dict[str, list[tuple[object, ...]]]:
    """Return what forwarding believes, without what only says when it did so."""
    connection = await asyncpg.connect(database.url("forwarding"))
    try:
        return {
            name: [tuple(row) for row in await connection.fetch(query)]
            for name, query in FACTS.items()
        }
    finally:
        await connection.close()


async def rebuild(lab: Lab) -> Replayed:
    """Do what `python -m forwarding replay` does."""
    await go_past_told(lab.settings())
    return await replay(lab.app().state.service, ORDER)


async def forget(kafka: str, name: str) -> None:
    """Delete what a topic holds, as Kafka does when its time is over."""
    await empty_topics(kafka, [one for one in read_topics() if one.name == name])


def test_nothing_that_it_hears_is_forgotten() -> None:
    read = [event for together in REPLAYED for event in together]

    assert set(read) == set(LISTENERS["forwarding"])
    assert len(read) == len(set(read))


async def test_a_topic_that_is_not_there_does_not_look_empty(
    stack: Stack, empty_kafka: str, switch: SwitchLab
) -> None:
    async with fresh_database(stack) as database:
        settings = Lab(empty_kafka, database, switch).settings()
        with pytest.raises(UnknownTopicOrPartitionError):
            await rewind(settings, "forwarding", ["NobodyMadeIt"], None)


async def test_the_state_comes_back_and_no_call_goes_astray(
    stack: Stack,
    empty_kafka: str,
    switch: SwitchLab,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with fresh_database(stack) as lost, fresh_database(stack) as new:
        lab = Lab(empty_kafka, lost, switch)
        over, still = new_id(), new_id()
        async with lab.listening(), lab.serving():
            for number, line in LINES.items():
                await lab.open(number, line)
                await lab.arm(number, MOBILE)
            await lab.arm(OPEN, SECOND)
            await lab.send(lab.facts.detected(over, "L past"))
            await lab.quiet()
            await lab.send(lab.facts.cleared(over), lab.facts.disabled(GONE))
            await lab.send(lab.facts.detected(still, "L open"))
            await lab.send(lab.facts.disabled(BACK))
            await lab.quiet()
            await lab.send(lab.facts.enabled(BACK, LINES[BACK]))
            await lab.use(PAST, "start", "drill")
            await lab.use(PAST, "stop", "drill")
            await lab.quiet()
            monkeypatch.setattr(replaying, "PATIENCE", 1.0)
            with pytest.raises(NotPossible, match="still has members"):
                await rewind(lab.settings(), "forwarding", ["OptionEnabled"], None)
            monkeypatch.undo()
        before, told = await facts(lost), len(lab.told)
        past = await switch.writes("flag/fault/L past")

        after = Lab(empty_kafka, new, switch, lab.told, lab.facts)
        counts = await rebuild(after)
        assert counts.read["OutageDetected"] == 2
        assert await facts(new) == before
        with pytest.raises(NotPossible, match="not new"):
            await rebuild(after)

        async with after.listening(), after.serving(reconcile_every="PT1S"):
            await after.quiet()
            assert await after.rings(OPEN) == SECOND
            assert await after.rings(PAST) == PAST
            assert await switch.writes("flag/fault/L past") == past
            await after.send(after.facts.detected(new_id(), "L past"))
            await after.until_rings(PAST, MOBILE)
            await after.quiet()

    # That it rings at home may be told again, which is no news.
    assert [words for words in lab.story(PAST, told) if words != "off"] == [
        f"on {MOBILE}"
    ]
    assert lab.story(PAST)[-1] == f"on {MOBILE}"
    assert "off" not in lab.story(OPEN, told)
    await switch.check_journal()


async def tell_holds(lab: Lab) -> None:
    """Arm numbers, and have what they lead to or whose they are held off."""
    his = {"customer_number": "K-held"}
    await lab.open(HIS, "L", customer="K-held")
    await lab.arm(HIS, MOBILE, **his)
    for number, target in ((HELD, THIRD), (FREE, MOBILE), (LIFTED, SECOND)):
        await lab.open(number, "L")
        await lab.arm(number, target)
    for subject, name in (("target", THIRD), ("target", SECOND)):
        await lab.send(lab.facts.held(subject, name))
    await lab.send(lab.facts.held("customer", "K-held"))
    await lab.quiet()
    # Refused, so that what was armed before stands.
    answer = await lab.answer_to(lab.facts.rule(FREE, THIRD))
    assert answer["code"] == "target_held"
    await lab.send(lab.facts.held("target", SECOND, held=False))
    await lab.send(lab.facts.detected(new_id(), "L"))
    await lab.quiet()


async def rings(lab: Lab) -> list[str | None]:
    return [await lab.rings(number) for number in (HELD, HIS, FREE, LIFTED)]


async def test_what_is_held_off_stays_off(
    stack: Stack, empty_kafka: str, switch: SwitchLab
) -> None:
    async with fresh_database(stack) as lost, fresh_database(stack) as new:
        lab = Lab(empty_kafka, lost, switch)
        async with lab.listening(), lab.serving():
            await tell_holds(lab)
            there = await rings(lab)
            assert there == [HELD, HIS, MOBILE, SECOND]
        before = await facts(lost)
        armed = await switch.writes(f"rule/{HELD}")

        after = Lab(empty_kafka, new, switch, lab.told, lab.facts)
        await rebuild(after)
        assert await facts(new) == before

        async with after.listening(), after.serving(reconcile_every="PT1S"):
            await after.quiet()
            assert await rings(after) == there
            assert [one for one in await switch.writes(f"rule/{HELD}") if one] == [
                one for one in armed if one
            ]
            await after.send(after.facts.held("target", THIRD, held=False))
            await after.until_rings(HELD, THIRD)
    await switch.check_journal()


@pytest.mark.parametrize("told", [True, False], ids=["told long ago", "by command"])
async def test_the_kill_switch_does_not_come_off_by_itself(
    stack: Stack, empty_kafka: str, switch: SwitchLab, *, told: bool
) -> None:
    async with fresh_database(stack) as lost, fresh_database(stack) as new:
        lab = Lab(empty_kafka, lost, switch)
        async with lab.listening(), lab.serving():
            await lab.open(OPEN, "L")
            await lab.arm(OPEN, MOBILE)
            await lab.send(lab.facts.held("all"))
            if not told:
                await lab.send(lab.facts.held("all", held=False))
                await lab.quiet()
                await set_hold(lab.pool, held=True, at=NOON)
            await lab.quiet()
            if told:
                await forget(empty_kafka, "ForwardingsHeld")

        after = Lab(empty_kafka, new, switch, lab.told, lab.facts)
        done = await rebuild(after)
        assert done.read["ForwardingsHeld"] == (0 if told else 2)
        assert done.gone["ForwardingsHeld"] >= told
        written = await switch.writes("hold")
        async with after.listening(), after.serving(reconcile_every="PT0.5S"):
            await after.send(after.facts.detected(new_id(), "L"))
            await after.quiet()
            await eventually(lambda: after.row("SELECT held FROM hold"), within=10)
            await after.quiet()
            assert await after.rings(OPEN) == OPEN
            since = (await switch.writes("hold"))[len(written) :]
            assert all(value == {"held": True} for value in since)

            await set_hold(after.pool, held=False, at=NOON)
            await after.until_rings(OPEN, MOBILE)
            await after.quiet()
    await switch.check_journal()
