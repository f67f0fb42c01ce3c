"""A database that is gone, and no back-up: the topics give the state back."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from chassis import replaying
from chassis.replaying import NotPossible, replay, rewind
from contracts.event import new_id
from forwarding.handlers import REPLAYED
from support.forwarding_facts import MOBILE, SECOND
from support.forwarding_lab import Lab
from support.stack import Database, Stack, fresh_database
from support.switch_lab import SwitchLab, running_switch

PAST, OPEN, GONE, BACK = (f"+49302312502{n}" for n in range(4))
LINES = {PAST: "L past", OPEN: "L open", GONE: "L gone", BACK: "L back"}
TOPICS = [event.topic() for event in REPLAYED]
FACTS = {
    "rule": "SELECT number, last, enabled, target FROM rule ORDER BY number",
    "option": "SELECT number, line, version FROM option WHERE enabled ORDER BY 1",
    "line": "SELECT line, places, version FROM line ORDER BY line",
    "coverage": "SELECT place, outage_id FROM coverage ORDER BY place",
    "cause": "SELECT number, type FROM cause WHERE active ORDER BY number",
    "outage": "SELECT outage_id, cleared_at IS NULL AS open FROM outage ORDER BY 1",
}


@pytest.fixture
async def switch() -> AsyncIterator[SwitchLab]:
    async with running_switch() as running:
        yield running


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


async def rebuild(lab: Lab) -> dict[str, int]:
    """Do what `python -m forwarding replay` does."""
    return await replay(lab.app().state.service, TOPICS)


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
        assert counts["OutageDetected"] == 2
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
