"""Rules, blocks and owners change in the middle of outages; nobody is left behind."""

from datetime import timedelta

import pytest

from contracts.event import new_id
from contracts.forwardings import ForwardingRequested
from support.forwarding_facts import CUSTOMER, MOBILE, SECOND, STRANGER
from support.forwarding_lab import Lab
from support.waiting import eventually

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


async def fails(lab: Lab, place: str) -> str:
    outage = new_id()
    await lab.send(lab.facts.detected(outage, place))
    await lab.quiet()
    return outage


async def ends(lab: Lab, outage: str) -> None:
    await lab.send(lab.facts.cleared(outage))
    await lab.quiet()


def inside(block: Block, at: int) -> str:
    return f"+{int(block[0]) + at}"


def told_to(lab: Lab, customer: str, number: str) -> list[str]:
    told = [t for t in lab.told if t.topic != "ForwardingConfigured"]
    whose = customer, number
    return [
        t.short
        for t in told
        if (t.event["customer_number"], t.event["number"]) == whose
    ]


async def test_a_new_target_during_the_outage_is_followed_at_once(
    lab: Lab, armed: str, line: str
) -> None:
    await fails(lab, line)
    await lab.arm(armed, SECOND)
    assert await lab.rings(armed) == SECOND
    assert lab.story(armed) == [f"on {MOBILE}", f"on {SECOND}"]


async def test_an_edit_that_changes_nothing_for_calls_is_not_told_again(
    lab: Lab, armed: str, line: str
) -> None:
    outage = await fails(lab, line)
    before = lab.newest(armed)
    quietly: list[dict[str, object]] = [
        {"follows_planned_work": False},
        {"fallback_target": SECOND},
    ]
    for more in quietly:
        await lab.arm(armed, MOBILE, rule=more)
    # An element more above the line: the switch is told, and nobody else.
    await lab.send(lab.facts.line_connected(line, [f"node of {line}"]))
    await lab.quiet()
    assert lab.newest(armed) == before

    # What was kept quiet holds: the next change is told, and the end.
    await lab.arm(armed, SECOND)
    await ends(lab, outage)
    assert lab.story(armed) == [f"on {MOBILE}", f"on {SECOND}", "off"]


async def test_another_reason_behind_an_edit_is_told(
    lab: Lab, armed: str, line: str
) -> None:
    await lab.send(lab.facts.detected(new_id(), line, kind="planned"))
    fault = await fails(lab, line)
    await lab.arm(armed, MOBILE, rule={"follows_planned_work": False})
    assert [cause["id"] for cause in lab.newest(armed)["causes"]] == [fault]


async def test_an_edit_after_an_outage_nobody_heard_of_yet_is_told(
    lab: Lab, armed: str, line: str
) -> None:
    await lab.switch.misbehave(down=True)
    await lab.send(lab.facts.detected(new_id(), line))

    async def waits() -> bool:
        untold = "SELECT EXISTS (SELECT FROM flip WHERE told_at IS NULL)"
        return bool(await lab.row(untold))

    await eventually(waits)
    rule = lab.facts.rule(armed, MOBILE, rule={"follows_planned_work": False})
    await lab.answer_to(rule)
    await lab.switch.misbehave()
    await lab.quiet()
    assert lab.story(armed) == [f"on {MOBILE}"]


async def test_an_invalid_target_during_the_outage_leaves_the_old_one(
    lab: Lab, armed: str, line: str
) -> None:
    await fails(lab, line)
    answer = await lab.arm(armed, "+4990012345678")
    assert (answer["outcome"], answer["rule"]["target"]) == ("refused", MOBILE)
    assert await lab.rings(armed) == MOBILE
    assert lab.story(armed) == [f"on {MOBILE}"]


async def test_disarmed_it_stays_home_and_armed_again_it_diverts_at_once(
    lab: Lab, armed: str, line: str
) -> None:
    outage = await fails(lab, line)
    await lab.arm(armed, None)
    assert await lab.rings(armed) == armed
    # Neither an extent nor the same message again brings it back.
    await lab.send(lab.facts.detected(outage, lines=[line, f"{line} b"]))
    await lab.quiet()
    assert await lab.rings(armed) == armed
    await lab.arm(armed, MOBILE)
    assert await lab.rings(armed) == MOBILE
    await ends(lab, outage)
    assert lab.story(armed) == [f"on {MOBILE}", "off", f"on {MOBILE}", "off"]


async def test_without_a_rule_nothing_is_sent_and_nothing_told(
    lab: Lab, number: str, line: str
) -> None:
    await lab.open(number, line)
    await fails(lab, line)
    assert await lab.rings(number) == number
    assert lab.story(number) == []
    assert f"rule/{number}" not in await lab.switch.held()


async def test_an_own_rule_wins_and_an_explicit_off_too(
    lab: Lab, armed_block: Block, line: str
) -> None:
    own, off, plain = (inside(armed_block, n) for n in (3, 4, 5))
    await lab.arm(own, SECOND)
    await lab.arm(off, None)
    outage = await fails(lab, line)
    assert [await lab.rings(n) for n in (own, off, plain)] == [SECOND, off, MOBILE]
    assert (await lab.switch.call(own))["rule"] == f"rule/{own}"
    await ends(lab, outage)
    assert lab.story(own) == [f"on {SECOND}", "off"]
    assert lab.story(off) == []
    assert lab.story(armed_block[0]) == [f"on {MOBILE}", "off"]


async def test_deleting_the_own_rule_during_the_outage_moves_it_in_one_change(
    lab: Lab, armed_block: Block, line: str
) -> None:
    own = inside(armed_block, 3)
    await lab.arm(own, SECOND)
    outage = await fails(lab, line)
    await lab.answer_to(lab.facts.wish(own, action="remove"))
    await lab.quiet()
    assert await lab.rings(own) == MOBILE
    assert lab.story(own) == [f"on {SECOND}", f"on {MOBILE}"]
    assert lab.newest(own)["rule"] == "block"
    await ends(lab, outage)
    assert await lab.rings(own) == own


async def test_an_explicit_off_during_the_outage_releases_one_number_only(
    lab: Lab, armed_block: Block, line: str
) -> None:
    off, plain = inside(armed_block, 4), inside(armed_block, 5)
    await fails(lab, line)
    await lab.arm(off, None)
    assert [await lab.rings(n) for n in (off, plain)] == [off, MOBILE]
    assert lab.story(off) == ["off"]


async def test_a_block_to_a_block_keeps_the_extension(
    lab: Lab, block: Block, line: str
) -> None:
    await lab.open(block[0], line, last=block[1])
    there = "+493023125100"
    answer = await lab.arm(
        block[0], there, last=block[1], rule={"keep_extension": True}
    )
    assert answer["outcome"] == "accepted"
    await fails(lab, line)
    assert await lab.rings(inside(block, 7)) == "+493023125107"
    assert await lab.rings(inside(block, 7) + "4") == "+4930231251074"
    event = lab.newest(block[0])
    assert (event["target"], event["keep_extension"]) == (there, True)


async def test_a_number_ported_out_of_a_block_stays_home_and_comes_back(
    lab: Lab, armed_block: Block, line: str
) -> None:
    gone = inside(armed_block, 6)
    outage = await fails(lab, line)
    lab.facts.versions[f"{gone}-None"] = 5
    await lab.send(lab.facts.disabled(gone))
    await lab.quiet()
    assert await lab.rings(gone) == gone
    assert await lab.rings(f"{gone}7") == f"{gone}7"
    off = lab.newest(gone)
    assert (off["customer_number"], off["line"]) == ("K1000", line)

    await lab.send(lab.facts.enabled(gone, line))
    await lab.quiet()
    assert await lab.rings(gone) == MOBILE
    await ends(lab, outage)
    assert await lab.rings(gone) == gone
    assert lab.story(gone) == ["off", f"on {MOBILE}"]


async def test_a_number_of_another_customer_in_the_block_is_his(
    lab: Lab, armed_block: Block, line: str
) -> None:
    gone = inside(armed_block, 6)
    await lab.send(lab.facts.disabled(gone))
    await lab.send(lab.facts.enabled(gone, line, customer=STRANGER))
    await lab.quiet()
    outage = await fails(lab, line)
    assert await lab.rings(gone) == gone
    wish = {"action": "start", "cause": "manual", "customer_number": STRANGER}
    answer = await lab.answer_to(lab.facts.wish(gone, **wish))
    assert (answer["outcome"], answer["code"]) == ("refused", "not_armed")
    await lab.arm(gone, SECOND, customer_number=STRANGER)
    assert await lab.rings(gone) == SECOND
    assert await lab.rings(f"{gone}7") == f"{gone}7"
    assert lab.newest(gone)["customer_number"] == STRANGER
    await ends(lab, outage)
    assert lab.story(gone)[-2:] == [f"on {SECOND}", "off"]


async def test_a_new_owner_of_a_number_hears_nothing_of_its_block_and_keeps_his_rule(
    lab: Lab, armed_block: Block, line: str
) -> None:
    gone = inside(armed_block, 7)
    await lab.arm(gone, SECOND)
    await lab.use(gone, "start", "manual")
    late = lab.facts.disabled(gone)
    await lab.send(lab.facts.enabled(gone, line, customer=STRANGER))
    await lab.quiet()
    assert await lab.rings(gone) == gone
    assert await lab.row("SELECT count(*) FROM rule WHERE number = $1", gone) == 0

    await lab.arm(gone, MOBILE, customer_number=STRANGER)
    await lab.send(late)
    await fails(lab, line)
    assert await lab.rings(gone) == MOBILE


async def test_the_late_end_of_an_option_ends_what_its_customer_set(
    lab: Lab, armed: str, line: str
) -> None:
    late = lab.facts.disabled(armed)
    await lab.send(lab.facts.enabled(armed, line, customer=STRANGER))
    await lab.quiet()
    # As an earlier release left it: the former owner's rule outlived the change.
    async with lab.pool.acquire() as db:
        await db.execute(
            """
            INSERT INTO rule
                 VALUES ($1, $1, 'K1', true, $2, false, NULL, true, '{DE}')
            """,
            armed,
            MOBILE,
        )
    await lab.send(late)
    await fails(lab, line)
    assert await lab.rings(armed) == armed
    assert await lab.row("SELECT count(*) FROM rule WHERE number = $1", armed) == 0


async def test_an_option_ends_with_a_rule_of_which_nobody_knows_when_it_was_set(
    lab: Lab, armed: str, line: str
) -> None:
    async with lab.pool.acquire() as db:
        await db.execute(
            """
            UPDATE rule SET wished_at = 'infinity', option_version = NULL
             WHERE number = $1
            """,
            armed,
        )
    await fails(lab, line)

    await lab.send(lab.facts.disabled(armed, reason="cancelled"))
    await lab.quiet()

    assert await lab.rings(armed) == armed
    assert await lab.row("SELECT count(*) FROM rule WHERE number = $1", armed) == 0


async def test_a_cancelled_option_ends_the_forwarding_and_a_later_clear_does_nothing(
    lab: Lab, armed: str, line: str
) -> None:
    outage = await fails(lab, line)
    await lab.send(lab.facts.disabled(armed, reason="cancelled"))
    await lab.quiet()
    assert await lab.rings(armed) == armed
    assert f"rule/{armed}" not in await lab.switch.held()
    await ends(lab, outage)
    assert lab.story(armed) == [f"on {MOBILE}", "off"]
    kept = "SELECT array_agg(reason ORDER BY id) FROM rule_history WHERE number = $1"
    assert await lab.row(kept, armed) == ["set", "cancelled"]


async def test_a_later_owner_sees_nothing_of_the_former(
    lab: Lab, armed: str, line: str
) -> None:
    await lab.use(armed, "start", "manual")
    await lab.send(lab.facts.enabled(armed, f"{line} b", customer=STRANGER))
    await lab.quiet()
    assert await lab.rings(armed) == armed
    since = len(lab.told)
    await fails(lab, f"{line} b")
    assert await lab.rings(armed) == armed
    assert lab.story(armed, since) == []
    assert await lab.row("SELECT count(*) FROM cause WHERE number = $1", armed) == 0


@pytest.mark.parametrize("moved_to", ["", " b"], ids=["same line", "another line"])
@pytest.mark.parametrize("why", ["outage", "manual"])
async def test_a_later_owner_is_not_told_that_the_former_forwarding_is_off(
    lab: Lab, armed: str, line: str, why: str, moved_to: str
) -> None:
    if why == "outage":
        await fails(lab, line)
    else:
        await lab.use(armed, "start", "manual")
    late = lab.facts.disabled(armed)
    await lab.send(lab.facts.enabled(armed, f"{line}{moved_to}", customer=STRANGER))
    await lab.quiet()
    await lab.send(late)
    await lab.quiet()
    assert await lab.rings(armed) == armed
    assert told_to(lab, STRANGER, armed) == []
    assert told_to(lab, CUSTOMER, armed) == [f"on {MOBILE}", "off"]


@pytest.mark.parametrize("target", [SECOND, None], ids=["own rule", "block's rule"])
async def test_a_later_owner_in_a_block_is_not_told_it_though_the_switch_was_away(
    lab: Lab, armed_block: Block, line: str, target: str | None
) -> None:
    gone = inside(armed_block, 6)
    if target:
        await lab.arm(gone, target)
    await fails(lab, line)
    await lab.switch.misbehave(down=True)
    await lab.send(lab.facts.disabled(gone))
    await lab.send(lab.facts.enabled(gone, f"{line} b", customer=STRANGER))

    async def moved() -> bool:
        whose = "SELECT customer_number FROM option WHERE number = $1 AND last = $1"
        return bool(await lab.row(whose, gone) == STRANGER)

    await eventually(moved)
    await lab.switch.misbehave()
    await lab.quiet()
    assert await lab.rings(gone) == gone
    assert told_to(lab, STRANGER, gone) == []
    assert told_to(lab, CUSTOMER, gone)[-1] == "off"


async def test_a_number_that_comes_back_to_its_block_is_no_news_to_who_had_it(
    lab: Lab, armed_block: Block, line: str
) -> None:
    back = inside(armed_block, 6)
    await lab.send(lab.facts.enabled(back, f"{line} b", customer=STRANGER))
    await lab.quiet()
    await lab.arm(back, SECOND, customer_number=STRANGER)
    await fails(lab, line)
    await lab.send(lab.facts.enabled(back, line))
    await lab.quiet()
    assert await lab.rings(back) == MOBILE
    assert told_to(lab, STRANGER, back) == []
    assert told_to(lab, CUSTOMER, back) == [f"on {MOBILE}"]


async def test_nobody_is_told_the_rule_of_another_customer(
    lab: Lab, armed: str
) -> None:
    wish = lab.facts.rule(armed, SECOND, customer_number=STRANGER)
    await lab.send(wish)
    await lab.quiet()
    async with lab.pool.acquire() as db:
        await db.execute("UPDATE early_wish SET received_at = '2000-01-01'")
    await lab.give_up()
    answer = await lab.answered(wish.request_id)
    assert (answer["code"], answer["rule"]) == ("number_unknown", None)


async def test_a_line_that_moves_to_a_failed_element_diverts_and_back(
    lab: Lab, armed: str, line: str
) -> None:
    outage = await fails(lab, f"far {line}")
    assert await lab.rings(armed) == armed
    await lab.send(lab.facts.line_connected(line, [f"far {line}"]))
    await lab.quiet()
    assert await lab.rings(armed) == MOBILE
    await lab.send(lab.facts.line_connected(line, []))
    await lab.quiet()
    assert await lab.rings(armed) == armed
    await ends(lab, outage)
    assert lab.story(armed) == [f"on {MOBILE}", "off"]


async def test_a_number_that_moves_off_the_failed_line_comes_home(
    lab: Lab, armed: str, line: str
) -> None:
    outage = await fails(lab, line)
    await lab.send(lab.facts.enabled(armed, f"{line} b"))
    await lab.quiet()
    assert await lab.rings(armed) == armed
    await ends(lab, outage)
    assert lab.story(armed) == [f"on {MOBILE}", "off"]


@pytest.mark.parametrize("is_late", [False, True])
async def test_the_same_owner_begins_anew_after_an_end_whenever_it_is_read(
    lab: Lab, armed: str, line: str, *, is_late: bool
) -> None:
    await lab.use(armed, "start", "manual")
    ends = lab.facts.disabled(armed, reason="cancelled")
    begins = lab.facts.enabled(armed, line)
    for fact in (begins, ends) if is_late else (ends, begins):
        await lab.send(fact)
        await lab.quiet()
    assert await lab.rings(armed) == armed
    await fails(lab, line)
    assert await lab.rings(armed) == armed
    kept = "SELECT array_agg(reason ORDER BY id) FROM rule_history WHERE number = $1"
    assert await lab.row(kept, armed) == ["set", "cancelled"]
    await lab.arm(armed, SECOND)
    assert [one["type"] for one in lab.newest(armed)["causes"]] == ["outage"]
    assert lab.story(armed) == [f"on {MOBILE}", "off", f"on {SECOND}"]


async def test_a_late_end_of_a_block_leaves_numbers_that_are_open_by_themselves(
    lab: Lab, armed_block: Block, line: str
) -> None:
    own, plain, used = (inside(armed_block, n) for n in (3, 5, 6))
    await lab.send(lab.facts.enabled(own, f"{line} b"))
    await lab.quiet()
    await lab.arm(own, SECOND)
    await lab.use(used, "start", "manual")
    ends = lab.facts.disabled(armed_block[0], last=armed_block[1])
    ends = ends.model_copy(update={"disabled_at": lab.clock.now()})
    await lab.send(lab.facts.enabled(armed_block[0], line, last=armed_block[1]))
    await lab.quiet()
    await lab.send(ends)
    await lab.quiet()
    assert await lab.row("SELECT count(*) FROM cause WHERE number = $1", used) == 0
    await fails(lab, line)
    await fails(lab, f"{line} b")
    assert [await lab.rings(n) for n in (own, plain)] == [SECOND, plain]


async def test_a_late_end_leaves_what_was_set_after_it(
    lab: Lab, armed: str, line: str
) -> None:
    ends = lab.facts.disabled(armed)
    await lab.send(lab.facts.enabled(armed, line))
    await lab.quiet()
    await lab.arm(armed, SECOND)
    await lab.send(ends)
    await lab.quiet()
    await fails(lab, line)
    assert await lab.rings(armed) == SECOND


@pytest.mark.parametrize("is_back", [False, True])
async def test_a_wish_from_before_an_end_that_was_read_is_refused(
    lab: Lab, armed: str, line: str, *, is_back: bool
) -> None:
    wish = lab.facts.rule(armed, SECOND)
    await lab.send(lab.facts.disabled(armed))
    await lab.quiet()
    if is_back:
        await lab.send(lab.facts.enabled(armed, line))
        await lab.quiet()
    answer = await lab.answer_to(wish)
    assert (answer["outcome"], answer["code"]) == ("refused", "number_unknown")
    assert await lab.row("SELECT count(*) FROM rule WHERE number = $1", armed) == 0


async def test_a_wish_that_overtakes_the_return_of_its_number_waits_for_it(
    lab: Lab, armed: str, line: str
) -> None:
    await lab.send(lab.facts.disabled(armed))
    await lab.quiet()
    wish = lab.facts.rule(armed, SECOND)
    await lab.send(wish)
    await lab.quiet()
    assert await lab.row("SELECT count(*) FROM early_wish WHERE number = $1", armed)
    await lab.send(lab.facts.enabled(armed, line))
    assert (await lab.answered(wish.request_id))["outcome"] == "accepted"
    await lab.quiet()
    await fails(lab, line)
    assert await lab.rings(armed) == SECOND


async def test_wishes_that_wait_for_a_block_keep_their_order(
    lab: Lab, armed_block: Block, line: str
) -> None:
    first, last = armed_block
    await lab.send(lab.facts.disabled(first, last=last))
    await lab.quiet()
    rule = lab.facts.rule(first, SECOND, last=last)
    use = lab.facts.wish(inside(armed_block, 4), action="start", cause="manual")
    assert use.version < rule.version
    await lab.send(rule)
    await lab.send(use)
    await lab.quiet()
    async with lab.pool.acquire() as db:  # as by a clock that was put right meanwhile
        await db.execute(
            "UPDATE early_wish SET received_at = received_at - interval '1 minute'"
            " WHERE request_id = $1",
            use.request_id,
        )
    await lab.send(lab.facts.enabled(first, line, last=last))
    assert (await lab.answered(use.request_id))["outcome"] == "accepted"
    await lab.quiet()
    assert await lab.rings(inside(armed_block, 4)) == SECOND


class TestByVersions:
    """The same while clocks are an hour apart: what the portal knew is what counts."""

    HOUR = timedelta(hours=1)

    def wish(
        self, lab: Lab, number: str, *, known: int, ahead: timedelta
    ) -> ForwardingRequested:
        wish = lab.facts.rule(number, SECOND)
        at = wish.requested_at + ahead
        return wish.model_copy(update={"option_version": known, "requested_at": at})

    @pytest.mark.parametrize("later", ["nothing", "back", "another's"])
    async def test_a_wish_from_before_an_end_that_was_read_is_refused(
        self, lab: Lab, armed: str, line: str, later: str
    ) -> None:
        wish = self.wish(lab, armed, known=1, ahead=self.HOUR)
        ends = lab.facts.disabled(armed)
        if later != "another's":
            await lab.send(ends)
            await lab.quiet()
        if later != "nothing":
            owner = CUSTOMER if later == "back" else STRANGER
            await lab.send(lab.facts.enabled(armed, line, customer=owner))
            await lab.quiet()
        answer = await lab.answer_to(wish)
        assert (answer["outcome"], answer["code"]) == ("refused", "number_unknown")
        assert answer["rule"] is None

    async def test_a_late_end_leaves_what_was_set_after_it(
        self, lab: Lab, armed: str, line: str
    ) -> None:
        ends = lab.facts.disabled(armed)
        await lab.send(lab.facts.enabled(armed, line))
        await lab.quiet()
        await lab.send(self.wish(lab, armed, known=3, ahead=-self.HOUR))
        await lab.quiet()
        await lab.send(ends)
        await lab.quiet()
        await fails(lab, line)
        assert await lab.rings(armed) == SECOND

    async def test_a_late_end_takes_what_was_set_before_it(
        self, lab: Lab, armed: str, line: str
    ) -> None:
        await lab.send(self.wish(lab, armed, known=1, ahead=self.HOUR))
        await lab.quiet()
        ends = lab.facts.disabled(armed)
        await lab.send(lab.facts.enabled(armed, line))
        await lab.quiet()
        await lab.send(ends)
        await lab.quiet()
        await fails(lab, line)
        assert await lab.rings(armed) == armed

    async def test_a_wish_that_overtakes_the_return_of_its_number_waits_for_it(
        self, lab: Lab, armed: str, line: str
    ) -> None:
        await lab.send(lab.facts.disabled(armed))
        await lab.quiet()
        wish = self.wish(lab, armed, known=3, ahead=-self.HOUR)
        await lab.send(wish)
        await lab.quiet()
        await lab.send(lab.facts.enabled(armed, line))
        assert (await lab.answered(wish.request_id))["outcome"] == "accepted"
        await lab.quiet()
        await fails(lab, line)
        assert await lab.rings(armed) == SECOND

    @pytest.mark.parametrize("is_used", [False, True])
    async def test_a_wish_that_overtakes_the_end_and_the_return_outlives_both(
        self, lab: Lab, armed: str, line: str, *, is_used: bool
    ) -> None:
        if is_used:
            await lab.use(armed, "start", "manual")
        ends = lab.facts.disabled(armed)
        ends = ends.model_copy(update={"disabled_at": lab.clock.now()})
        begins = lab.facts.enabled(armed, line)
        answer = await lab.answer_to(self.wish(lab, armed, known=3, ahead=self.HOUR))
        assert answer["outcome"] == "accepted"
        for fact in (ends, begins):
            await lab.send(fact)
            await lab.quiet()
        assert await lab.rings(armed) == armed
        await fails(lab, line)
        assert await lab.rings(armed) == SECOND

    async def test_an_end_of_its_block_is_one_of_the_number(
        self, lab: Lab, armed_block: Block
    ) -> None:
        first, last = armed_block
        wish = self.wish(lab, inside(armed_block, 4), known=1, ahead=self.HOUR)
        await lab.send(lab.facts.disabled(first, last=last))
        await lab.quiet()
        answer = await lab.answer_to(wish)
        assert (answer["outcome"], answer["code"]) == ("refused", "number_unknown")


async def test_a_wish_for_a_number_that_stays_closed_is_refused_in_the_end(
    lab: Lab, armed: str
) -> None:
    await lab.send(lab.facts.disabled(armed))
    await lab.quiet()
    wish = lab.facts.rule(armed, SECOND)
    await lab.send(wish)
    await lab.quiet()
    async with lab.pool.acquire() as db:
        await db.execute("UPDATE early_wish SET received_at = '2000-01-01'")
    await lab.give_up()
    answer = await lab.answered(wish.request_id)
    assert (answer["code"], answer["rule"]) == ("number_unknown", None)


async def test_a_wish_that_overtakes_its_option_waits_for_it(
    lab: Lab, number: str, line: str
) -> None:
    wish = lab.facts.rule(number, MOBILE)
    await lab.send(wish)
    await lab.quiet()
    assert await lab.row("SELECT count(*) FROM early_wish WHERE number = $1", number)
    await lab.open(number, line)
    assert (await lab.answered(wish.request_id))["outcome"] == "accepted"
    await lab.quiet()
    await fails(lab, line)
    assert await lab.rings(number) == MOBILE


async def test_an_older_wish_that_arrives_later_does_nothing(
    lab: Lab, armed: str
) -> None:
    old = lab.facts.rule(armed, SECOND)
    await lab.arm(armed, MOBILE)
    await lab.send(old)
    await lab.quiet()
    assert await lab.row("SELECT target FROM rule WHERE number = $1", armed) == MOBILE


async def test_the_same_wish_twice_has_one_effect(lab: Lab, armed: str) -> None:
    wish = lab.facts.rule(armed, SECOND)
    await lab.send(wish, wish)
    await lab.quiet()
    answers = [t for t in lab.told if t.event.get("request_id") == wish.request_id]
    assert len(answers) == 1
    count = "SELECT count(*) FROM rule_history WHERE number = $1"
    assert await lab.row(count, armed) == 2


async def test_a_wish_without_a_rule_erases_none(lab: Lab, armed: str) -> None:
    answer = await lab.answer_to(lab.facts.wish(armed, rule=None))
    assert (answer["outcome"], answer["code"]) == ("refused", "target_missing")
    assert answer["rule"]["target"] == MOBILE


@pytest.mark.parametrize(
    ("topic", "value", "code"),
    [
        ("OutageDetected", b"{", "unreadable"),
        ("OptionEnabled", b"", "empty"),
        ("ForwardingRequested", b"\xff\xfe", "unreadable"),
        ("LineConnected", b'{"line": 7}', "invalid"),
    ],
)
async def test_poison_is_parked_and_the_next_message_works(
    lab: Lab, armed: str, line: str, topic: str, value: bytes, code: str
) -> None:
    before = await lab.row("SELECT count(*) FROM dead_letter WHERE code = $1", code)
    await lab.send_raw(topic, value)
    await fails(lab, line)
    assert await lab.rings(armed) == MOBILE
    parked = "SELECT count(*) FROM dead_letter WHERE code = $1"
    assert await lab.row(parked, code) == before + 1


async def test_a_range_that_is_none_is_parked(lab: Lab, armed: str, line: str) -> None:
    await lab.send(lab.facts.enabled(armed, line, last=armed[:-1]))
    await lab.quiet()
    parked = "SELECT count(*) FROM dead_letter WHERE code = 'bad_range'"
    assert await lab.row(parked) == 1


async def test_a_number_that_was_told_apart_is_told_off_when_it_leaves_its_block(
    lab: Lab, armed_block: Block, line: str
) -> None:
    own = inside(armed_block, 3)
    await lab.arm(own, SECOND)
    outage = await fails(lab, line)
    await lab.answer_to(lab.facts.wish(own, action="remove"))
    await lab.quiet()
    await ends(lab, outage)  # told of the block, which it follows
    await lab.arm(own, None)
    assert lab.story(own) == [f"on {SECOND}", f"on {MOBILE}", "off"]


async def test_a_line_that_is_gone_and_back_diverts_as_before(
    lab: Lab, armed: str, line: str
) -> None:
    """Numbers that left are what ends it; a late word that it is gone does nothing."""
    node = f"node-{line}"
    await lab.send(lab.facts.line_connected(line, [node]))
    outage = await fails(lab, node)
    gone = lab.facts.line_connected(line, [node], gone=True)
    await lab.send(gone)
    await lab.send(lab.facts.disabled(armed))
    await lab.quiet()
    assert await lab.rings(armed) == armed

    await lab.send(lab.facts.line_connected(line, [node]))
    await lab.send(gone)
    await lab.send(lab.facts.enabled(armed, line))
    await lab.quiet()  # topics keep no order among each other
    await lab.arm(armed, SECOND)
    await lab.quiet()
    assert await lab.rings(armed) == SECOND

    await lab.send(gone)
    await ends(lab, outage)
    assert lab.story(armed) == [f"on {MOBILE}", "off", f"on {SECOND}", "off"]
