"""Holds: on a target, on a customer, on everything; and what no way leads to."""

import json
from typing import Any

import pytest

from contracts.event import new_id
from forwarding.flip_store import FlipStore, detected
from forwarding.hold import set_hold
from support.forwarding_facts import MOBILE, NOON, SECOND, STRANGER, THIRD
from support.forwarding_facts import Facts as Story
from support.forwarding_lab import Lab
from support.forwarding_world import HOME, World

Block = tuple[str, str]


@pytest.fixture
async def source(lab: Lab, number: str, line: str) -> str:
    await lab.open(number, line)
    return number


async def hold(lab: Lab, subject: str, name: str | None = None, **more: Any) -> None:
    await lab.send(lab.facts.held(subject, name, **more))
    await lab.quiet()


async def outage(lab: Lab, place: str) -> None:
    await lab.send(lab.facts.detected(new_id(), place))
    await lab.quiet()


def answers(lab: Lab, number: str) -> list[tuple[str, str | None]]:
    return [
        (told.event["outcome"], told.event["code"])
        for told in lab.told
        if told.topic == "ForwardingConfigured" and told.event["number"] == number
    ]


class TestTarget:
    async def test_calls_stop_at_once_and_stay_away(
        self, lab: Lab, source: str, line: str
    ) -> None:
        await lab.arm(source, THIRD)
        await outage(lab, line)
        assert await lab.rings(source) == THIRD

        await hold(lab, "target", THIRD)
        assert await lab.rings(source) == source
        assert lab.story(source) == [f"on {THIRD}", "off"]
        await outage(lab, line)
        assert await lab.rings(source) == source
        assert answers(lab, source) == [("accepted", None), ("flagged", "target_held")]

        await hold(lab, "target", THIRD, held=False)
        assert await lab.rings(source) == THIRD
        assert answers(lab, source)[-1] == ("accepted", None)

    async def test_nobody_may_choose_it(
        self, lab: Lab, source: str, other: str, line: str
    ) -> None:
        await lab.open(other, f"far {line}", customer=STRANGER)
        await hold(lab, "target", THIRD)

        mine = await lab.answer_to(lab.facts.rule(source, THIRD))
        theirs = await lab.answer_to(
            lab.facts.rule(other, f"{THIRD}7", customer_number=STRANGER)
        )
        fallback = await lab.answer_to(
            lab.facts.rule(source, MOBILE, rule={"fallback_target": THIRD})
        )

        codes = [answer["code"] for answer in (mine, theirs, fallback)]
        assert codes == ["target_held"] * 3
        await hold(lab, "target", THIRD, held=False)

    async def test_another_target_works_meanwhile(
        self, lab: Lab, source: str, line: str
    ) -> None:
        await lab.arm(source, THIRD)
        await hold(lab, "target", THIRD)
        await outage(lab, line)

        await lab.arm(source, MOBILE)
        assert await lab.rings(source) == MOBILE
        await hold(lab, "target", THIRD, held=False)
        assert await lab.rings(source) == MOBILE

    async def test_the_rule_can_be_switched_off_and_not_on_again(
        self, lab: Lab, source: str
    ) -> None:
        await lab.arm(source, THIRD)
        await hold(lab, "target", THIRD)

        off = {"enabled": False}
        outcomes = [
            (await lab.answer_to(lab.facts.rule(source, THIRD, rule=rule)))["outcome"]
            for rule in (off, {})
        ]

        assert outcomes == ["accepted", "refused"]
        await hold(lab, "target", THIRD, held=False)

    async def test_a_number_in_a_block_does_not_fall_back_to_the_block(
        self, lab: Lab, block: Block, line: str
    ) -> None:
        await lab.open(block[0], line, last=block[1])
        inner = f"+{int(block[0]) + 4}"
        await lab.arm(block[0], MOBILE, last=block[1])
        await lab.arm(inner, THIRD)
        await hold(lab, "target", THIRD)
        await outage(lab, line)

        assert await lab.rings(inner) == inner
        assert await lab.rings(block[1]) == MOBILE
        await hold(lab, "target", THIRD, held=False)
        assert await lab.rings(inner) == THIRD

    async def test_a_block_that_keeps_its_extensions_stops_whole(
        self, lab: Lab, block: Block, line: str
    ) -> None:
        first = "+494066969990"
        await lab.open(block[0], line, last=block[1])
        await lab.arm(block[0], first, last=block[1], rule={"keep_extension": True})
        await hold(lab, "target", "+494066969993")
        await outage(lab, line)

        assert await lab.rings(block[1]) == block[1]
        await hold(lab, "target", "+494066969993", held=False)
        assert await lab.rings(block[1]) == "+494066969999"

    async def test_repeats_and_late_ones_change_nothing(
        self, lab: Lab, source: str
    ) -> None:
        await lab.arm(source, THIRD)
        there = lab.facts.held("target", THIRD)
        lifted = lab.facts.held("target", THIRD, held=False)
        await lab.send(lifted, there, there)
        await lab.quiet()

        assert answers(lab, source) == [("accepted", None)]

    async def test_more_rules_than_a_page_follow(
        self, lab: Lab, line: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("forwarding.holding.RULES_AT_ONCE", 2)
        numbers = [f"+4969900095{n:02}" for n in range(5)]
        for number in numbers:
            await lab.open(number, line)
            await lab.arm(number, SECOND)
        await outage(lab, line)

        await hold(lab, "target", SECOND)
        assert [await lab.rings(number) for number in numbers] == numbers
        await hold(lab, "target", SECOND, held=False)
        assert {await lab.rings(number) for number in numbers} == {SECOND}


class TestCustomer:
    NAME = "K-held"

    async def test_all_of_his_stop_and_nobody_elses(
        self, lab: Lab, source: str, other: str, line: str
    ) -> None:
        mine = {"customer_number": self.NAME}
        await lab.open(other, f"far {line}", customer=self.NAME)
        await lab.arm(other, MOBILE, **mine)
        await lab.arm(source, MOBILE)
        await outage(lab, line)
        await outage(lab, f"far {line}")

        await hold(lab, "customer", self.NAME)
        assert await lab.rings(other) == other
        assert await lab.rings(source) == MOBILE
        answer = await lab.answer_to(lab.facts.rule(other, SECOND, **mine))
        assert answer["code"] == "customer_held"
        assert await lab.use(other, "start", "manual", **mine) == "refused"

        await hold(lab, "customer", self.NAME, held=False)
        assert await lab.rings(other) == MOBILE


class TestAll:
    async def test_everything_stops_until_it_is_lifted(
        self, lab: Lab, source: str, line: str
    ) -> None:
        await lab.arm(source, MOBILE)
        await outage(lab, line)

        await hold(lab, "all")
        assert await lab.rings(source) == source
        await hold(lab, "all", held=False)
        assert await lab.rings(source) == MOBILE


class TestAllInAStorm:
    MANY = 40

    @pytest.fixture
    async def storm(self, world: World) -> Story:
        """Forty outages that have nothing to do with each other, told by now."""
        story, store = Story(), FlipStore(world.pool)
        facts = [story.detected(f"o{at}", f"line {at}") for at in range(self.MANY)]
        await store.record(
            [detected(one) for one in facts], at=world.clock.now(), first=2
        )
        await store.close()
        await world.pool.execute("UPDATE flip SET told_at = made_at")
        return story

    @pytest.mark.usefixtures("storm")
    @pytest.mark.parametrize("held", [True, False])
    async def test_no_flip_carries_outages_that_do_not_bear_on_it(
        self, world: World, *, held: bool
    ) -> None:
        now = world.clock.now()
        await set_hold(world.pool, held=True, at=now)
        if not held:
            await world.pool.execute("DELETE FROM flip")
            await set_hold(world.pool, held=False, at=now)

        flips = await world.pool.fetch("SELECT * FROM flip WHERE told_at IS NULL")
        assert [len(flip["others"]) for flip in flips] == [0] * (self.MANY + 1)

    async def test_a_number_under_several_of_them_is_told_once(
        self, world: World, storm: Story
    ) -> None:
        number, now = "+498999998900", world.clock.now()
        await world.hear(storm.line_connected("A", ["node", "region"]))
        await world.hear(storm.enabled(number, "A"))
        await world.hear(storm.rule(number, MOBILE))
        await world.quiet()
        for place, kind in (("A", "fault"), ("node", "planned"), ("region", "fault")):
            await world.hear(storm.detected(new_id(), place, kind=kind))
        await world.quiet()

        for held in (True, False):
            await set_hold(world.pool, held=held, at=now)
            await world.quiet()

        assert [word.rings for word in world.said[number]] == [MOBILE, HOME, MOBILE]


BAD: list[dict[str, Any]] = [
    {"subject": "target"},
    {"subject": "target", "customer_number": "K1000"},
    {"subject": "target", "number": THIRD, "last": SECOND},
    {"subject": "target", "number": THIRD, "last": f"{THIRD}0"},
    {"subject": "target", "number": "+493023125990", "last": "+493023125994"},
    {"subject": "target", "number": "+493023120000", "last": "+493023125990"},
    {"subject": "customer"},
    {"subject": "customer", "customer_number": "", "number": THIRD},
]


class TestNamesNothing:
    @pytest.mark.parametrize("named", BAD, ids=str)
    async def test_it_is_parked_and_the_next_is_heard(
        self, lab: Lab, source: str, named: dict[str, Any]
    ) -> None:
        await lab.arm(source, THIRD)
        bad = {"held": True, "version": 1, "held_by": "x", "held_at": str(NOON)}
        before = await parked(lab)
        await lab.send_raw("ForwardingsHeld", json.dumps(bad | named).encode())
        await hold(lab, "target", THIRD)
        assert await parked(lab) == before + 1

        assert answers(lab, source)[-1] == ("flagged", "target_held")
        await hold(lab, "target", THIRD, held=False)
        assert answers(lab, source)[-1] == ("accepted", None)

    async def test_what_else_it_names_makes_no_second_hold_of_it(
        self, lab: Lab, source: str
    ) -> None:
        await lab.arm(source, MOBILE)
        held = lab.facts.held("customer", "K1000", number=THIRD)
        await lab.send(held)
        await lab.quiet()
        assert answers(lab, source)[-1] == ("flagged", "customer_held")

        await hold(lab, "customer", "K1000", held=False)
        assert answers(lab, source)[-1] == ("accepted", None)


async def parked(lab: Lab) -> int:
    topic = "SELECT count(*) FROM dead_letter WHERE topic = 'ForwardingsHeld'"
    return int(await lab.row(topic))


class TestGate:
    async def test_a_row_that_nobody_checked_does_not_reach_the_switch(
        self, lab: Lab, source: str, line: str
    ) -> None:
        await lab.arm(source, MOBILE)
        value = json.loads(
            await lab.row("SELECT value::text FROM arming WHERE scope = $1", source)
        )
        value["target"] = "+499001234567"
        async with lab.transaction() as connection:
            await connection.execute(
                """
                UPDATE arming SET value = $2, live_seq = NULL, attempts = 0,
                       seq = nextval('flip_seq')
                 WHERE scope = $1
                """,
                source,
                json.dumps(value),
            )
        await lab.quiet()
        await outage(lab, line)

        assert await lab.rings(source) == MOBILE
        failure = "SELECT failure FROM arming WHERE scope = $1"
        assert await lab.row(failure, source) == "target_barred"
        await lab.arm(source, SECOND)
        assert await lab.rings(source) == SECOND

    async def test_a_rule_that_became_barred_is_taken_off_at_night(
        self, lab: Lab, source: str, line: str
    ) -> None:
        await lab.arm(source, MOBILE)
        async with lab.transaction() as connection:
            await connection.execute(
                "UPDATE rule SET target = '+499001234567' WHERE number = $1", source
            )
        assert await lab.recheck() == 1
        await lab.quiet()
        await outage(lab, line)

        assert await lab.rings(source) == source
        assert answers(lab, source)[-1] == ("flagged", "target_premium")
