"""What every switch does behind the port, whatever it is made of."""

import pytest

from forwarding.switch import Answer, Difference, Operation
from support.rigs import LINE, MOBILE, NODE, SECOND, Rig, rule

A, B = "+493023125001", "+493023125002"
BLOCK = "+492214710100-+492214710199"
INSIDE, OUTSIDE = "+492214710123", "+492214710223"
OTHER_BLOCK = "+493023125000"


class TestApply:
    async def test_says_what_became_of_each_operation(self, rig: Rig) -> None:
        first = Operation(f"rule/{A}", 5, rule(A, MOBILE))
        answers = await rig.switch.apply(
            [
                first,
                first,
                Operation(f"rule/{A}", 4, rule(A, SECOND)),
                Operation(f"rule/{A}", 5, rule(A, SECOND)),
                Operation(f"rule/{B}", 3, rule(B, SECOND)),
            ]
        )

        assert list(answers) == [
            Answer(f"rule/{A}", "ok", 5),
            Answer(f"rule/{A}", "ok", 5),
            Answer(f"rule/{A}", "stale", 5),
            Answer(f"rule/{A}", "refused", 5, "version_conflict"),
            Answer(f"rule/{B}", "ok", 3),
        ]

    @pytest.mark.parametrize(
        "key", [f"rule/{A}", f"flag/fault/{NODE}", f"cause/{A}/drill", "hold"]
    )
    async def test_refuses_an_old_write_after_a_removal(
        self, rig: Rig, key: str
    ) -> None:
        values = {
            f"rule/{A}": rule(A, MOBILE),
            f"flag/fault/{NODE}": {"raised": True},
            f"cause/{A}/drill": {"active": True},
            "hold": {"held": True},
        }
        await rig.switch.apply([Operation(key, 1, values[key])])
        await rig.switch.apply([Operation(key, 3, None)])

        answers = await rig.switch.apply([Operation(key, 2, values[key])])

        assert list(answers) == [Answer(key, "stale", 3)]

    async def test_a_newer_write_after_a_removal_counts(self, rig: Rig) -> None:
        await rig.arm(A, MOBILE)
        await rig.put_all({f"rule/{A}": None})
        await rig.arm(A, SECOND)
        await rig.flag(LINE, raised=True)

        assert await rig.rings(A) == SECOND

    async def test_removing_what_was_never_there_is_fine(self, rig: Rig) -> None:
        (answer,) = await rig.put_all({f"rule/{A}": None})

        assert answer.result == "ok"

    @pytest.mark.parametrize(
        ("key", "value", "reason"),
        [
            ("rule/+49", rule(A, MOBILE), "bad_key"),
            ("rule/+493023125009-+493023125000", rule(A, MOBILE), "bad_block"),
            ("flag/fault/two  spaces", {"raised": True}, "bad_key"),
            ("flag/other/place", {"raised": True}, "bad_key"),
            (f"rule/{A}", rule(A, "112"), "bad_value"),
            (f"rule/{A}", rule(A, "+49110"), "bad_value"),
            (f"rule/{A}", rule(A, "mobile|phone"), "bad_value"),
            (f"rule/{A}", rule(A, MOBILE, places=[LINE, "a\nb"]), "bad_value"),
            (f"rule/{A}", rule(A, MOBILE) | {"more": 1}, "bad_value"),
            (f"rule/{A}", rule(B, MOBILE), "key_mismatch"),
            (f"rule/{A}", rule(A, MOBILE, places=[NODE]), "line_not_in_places"),
            (f"rule/{A}", rule(A, None, off=False), "target_missing"),
            (f"rule/{A}", rule(A, A), "target_is_own_number"),
            (f"rule/{BLOCK}", rule(BLOCK, INSIDE), "target_is_own_number"),
            (
                f"rule/{BLOCK}",
                rule(BLOCK, MOBILE, keep_extension=True),
                "target_not_a_block",
            ),
            (f"rule/{BLOCK}", rule(BLOCK, MOBILE, alone=True), "bad_value"),
            (f"flag/fault/{NODE}", {"raised": 1}, "bad_value"),
            ("hold", {"active": True}, "bad_value"),
        ],
    )
    async def test_refuses_a_bad_value_with_its_reason_and_does_the_others(
        self, rig: Rig, key: str, value: dict[str, object], reason: str
    ) -> None:
        answers = await rig.put_all(
            {
                f"rule/{B}": rule(B, MOBILE),
                key: value,
                f"flag/planned/{LINE}": {"raised": True},
            }
        )

        assert [one.result for one in answers] == ["ok", "refused", "ok"]
        assert answers[1].reason == reason
        assert await rig.rings(A) == A
        assert await rig.rings(B) == MOBILE

    async def test_refuses_a_version_that_is_none(self, rig: Rig) -> None:
        (answer,) = await rig.switch.apply([Operation("hold", -1, {"held": True})])

        assert (answer.result, answer.reason) == ("refused", "bad_version")


class TestCalls:
    async def test_ring_at_home_before_and_after_and_at_the_target_in_between(
        self, rig: Rig
    ) -> None:
        await rig.arm(A, MOBILE)
        await rig.arm(B, MOBILE, places=[LINE])
        before = await rig.rings(A)
        await rig.flag(NODE, raised=True)
        during, neighbour = await rig.rings(A), await rig.rings(B)
        await rig.flag(NODE, raised=False)

        assert (before, during, neighbour) == (A, MOBILE, B)
        assert await rig.rings(A) == A

    async def test_keep_being_diverted_until_the_last_flag_is_lowered(
        self, rig: Rig
    ) -> None:
        await rig.arm(A, MOBILE)
        await rig.flag(NODE, raised=True)
        await rig.flag(LINE, raised=True)
        await rig.flag(NODE, raised=False)
        assert await rig.rings(A) == MOBILE
        await rig.flag(LINE, raised=False)
        assert await rig.rings(A) == A

    async def test_follow_planned_work_only_where_the_rule_says_so(
        self, rig: Rig
    ) -> None:
        await rig.arm(A, MOBILE, planned=False)
        await rig.arm(B, MOBILE, planned=True)
        await rig.flag(NODE, raised=True, kind="planned")

        assert await rig.rings(A) == A
        assert await rig.rings(B) == MOBILE

    async def test_of_an_unknown_number_go_home(self, rig: Rig) -> None:
        await rig.flag(LINE, raised=True)

        assert await rig.rings(A) == A

    async def test_are_held_off_by_the_kill_switch(self, rig: Rig) -> None:
        await rig.arm(A, MOBILE)
        await rig.cause(A, active=True)
        await rig.put(hold={"held": True})
        assert await rig.rings(A) == A
        await rig.put(hold={"held": False})
        assert await rig.rings(A) == MOBILE

    @pytest.mark.parametrize("kind", ["manual", "drill"])
    async def test_are_diverted_by_hand_per_number(self, rig: Rig, kind: str) -> None:
        await rig.arm(A, MOBILE)
        await rig.arm(B, MOBILE)
        await rig.cause(A, active=True, kind=kind)

        assert (await rig.rings(A), await rig.rings(B)) == (MOBILE, B)
        await rig.cause(A, active=False, kind=kind)
        assert await rig.rings(A) == A

    async def test_go_to_the_fallback_while_the_target_is_down(self, rig: Rig) -> None:
        more = {"target_places": ["line 2", "an-2"]}
        await rig.arm(A, B, fallback=SECOND, **more)
        await rig.flag(LINE, raised=True)
        assert await rig.rings(A) == B
        await rig.flag("an-2", raised=True, kind="planned")
        assert await rig.rings(A) == SECOND

    async def test_ring_nowhere_when_the_target_is_down_and_has_no_fallback(
        self, rig: Rig
    ) -> None:
        await rig.arm(A, B, target_places=["line 2"])
        await rig.flag(LINE, raised=True)
        await rig.flag("line 2", raised=True)

        # A switch without flags has no word for nowhere: the line is as good.
        nowhere = None if rig.switch.capabilities.flags else A
        assert await rig.rings(A) == nowhere

    async def test_of_a_number_that_is_off_go_home_though_its_block_diverts(
        self, rig: Rig
    ) -> None:
        await rig.arm(BLOCK, MOBILE)
        await rig.arm(INSIDE, None)
        await rig.flag(LINE, raised=True)

        assert await rig.rings(INSIDE) == INSIDE
        assert await rig.rings("+492214710124") == MOBILE


class TestBlocks:
    async def test_divert_their_numbers_and_no_others(self, rig: Rig) -> None:
        await rig.arm("+492214710020-+492214710049", MOBILE)
        await rig.flag(LINE, raised=True)

        found = {n: await rig.rings(f"+4922147100{n}") for n in (19, 20, 35, 49, 50)}

        assert [found[n] == MOBILE for n in found] == [False, True, True, True, False]

    async def test_keep_the_extension(self, rig: Rig) -> None:
        await rig.arm(BLOCK, OTHER_BLOCK, keep_extension=True)
        await rig.flag(LINE, raised=True)

        assert await rig.rings(INSIDE) == "+493023125023"
        assert await rig.rings(OUTSIDE) == OUTSIDE

    async def test_hold_lengthened_numbers_too(self, rig: Rig) -> None:
        if rig.switch.capabilities.blocks != "native":
            pytest.skip("this switch knows whole numbers only")
        await rig.arm(BLOCK, OTHER_BLOCK, keep_extension=True)
        await rig.arm(INSIDE, MOBILE)
        await rig.flag(LINE, raised=True)

        assert await rig.rings("+49221471012377") == "+49302312502377"
        assert await rig.rings(INSIDE) == MOBILE  # which itself is matched whole
        assert await rig.rings(INSIDE[:-1]) == INSIDE[:-1]  # too short

    async def test_give_way_to_a_smaller_block_inside(self, rig: Rig) -> None:
        await rig.arm(BLOCK, MOBILE)
        await rig.arm("+492214710120-+492214710129", SECOND)
        await rig.arm("+492214710140-+492214710179", SECOND)
        await rig.flag(LINE, raised=True)

        found = [await rig.rings(f"+492214710{n:03}") for n in (119, 123, 130, 150)]

        assert found == [MOBILE, SECOND, MOBILE, SECOND]
        await rig.put_all({"rule/+492214710140-+492214710179": None})
        assert await rig.rings("+492214710150") == MOBILE

    async def test_with_the_same_beginning_do_not_mix(self, rig: Rig) -> None:
        await rig.arm("+492214710100-+492214710149", MOBILE)
        await rig.arm("+492214710150-+492214710199", SECOND)
        await rig.flag(LINE, raised=True)
        assert await rig.rings("+492214710149") == MOBILE
        assert await rig.rings("+492214710150") == SECOND
        await rig.put_all({"rule/+492214710100-+492214710149": None})
        assert await rig.rings("+492214710149") == "+492214710149"
        assert await rig.rings("+492214710199") == SECOND

    async def test_are_diverted_by_hand_with_every_number_that_has_a_rule(
        self, rig: Rig
    ) -> None:
        await rig.arm(BLOCK, MOBILE)
        await rig.arm(INSIDE, SECOND)
        await rig.cause(BLOCK, active=True, kind="drill")
        assert await rig.rings("+492214710177") == MOBILE
        assert await rig.rings(INSIDE) == SECOND
        await rig.cause(BLOCK, active=False, kind="drill")
        assert await rig.rings(INSIDE) == INSIDE

    @pytest.mark.parametrize("kind", ["manual", "drill"])
    async def test_diverted_by_hand_leave_a_number_of_somebody_else_alone(
        self, rig: Rig, kind: str
    ) -> None:
        await rig.arm(BLOCK, MOBILE)
        await rig.arm(INSIDE, SECOND, alone=True)
        await rig.cause(BLOCK, active=True, kind=kind)
        assert await rig.rings("+492214710177") == MOBILE
        assert await rig.rings(INSIDE) == INSIDE
        await rig.cause(INSIDE, active=True, kind=kind)
        assert await rig.rings(INSIDE) == SECOND
        await rig.cause(INSIDE, active=False, kind=kind)
        await rig.flag(LINE, raised=True)
        assert await rig.rings(INSIDE) == SECOND

    @pytest.mark.parametrize("target", [SECOND, None])
    async def test_divert_nothing_that_lengthens_a_number_of_somebody_else(
        self, rig: Rig, target: str | None
    ) -> None:
        if rig.switch.capabilities.blocks != "native":
            pytest.skip("this switch knows whole numbers only")
        await rig.arm(BLOCK, MOBILE)
        await rig.arm(INSIDE, target, off=target is None)
        await rig.flag(LINE, raised=True)
        assert await rig.rings(f"{INSIDE}7") == MOBILE
        await rig.arm(INSIDE, target, off=target is None, alone=True)
        assert await rig.rings(f"{INSIDE}7") == f"{INSIDE}7"
        assert await rig.rings("+4922147101247") == MOBILE
        await rig.put_all({f"rule/{INSIDE}": None})
        assert await rig.rings(f"{INSIDE}7") == MOBILE


class TestAudit:
    async def test_finds_nothing_when_all_is_as_it_should_be(self, rig: Rig) -> None:
        desired = [
            Operation(f"rule/{A}", 1, rule(A, MOBILE)),
            Operation(f"rule/{BLOCK}", 2, rule(BLOCK, MOBILE)),
            Operation(f"rule/{INSIDE}", 2, rule(INSIDE, SECOND, alone=True)),
            Operation(f"flag/fault/{NODE}", 3, {"raised": True}),
            Operation(f"cause/{BLOCK}/drill", 4, {"active": True}),
            Operation("hold", 5, {"held": False}),
        ]
        await rig.switch.apply(desired)

        assert await rig.audit(*desired) == []

    async def test_finds_what_is_missing_older_newer_and_different(
        self, rig: Rig
    ) -> None:
        c, d = "+493023125003", "+493023125004"
        await rig.switch.apply(
            [
                Operation(f"rule/{B}", 5, rule(B, MOBILE)),
                Operation(f"rule/{c}", 5, rule(c, MOBILE)),
                Operation(f"rule/{d}", 5, rule(d, MOBILE)),
                Operation(f"flag/fault/{LINE}", 9, {"raised": True}),
            ]
        )

        found = await rig.audit(
            Operation(f"rule/{A}", 1, rule(A, MOBILE)),
            Operation(f"rule/{B}", 6, rule(B, SECOND)),
            Operation(f"rule/{c}", 4, rule(c, MOBILE)),
            Operation(f"rule/{d}", 5, rule(d, SECOND)),
            Operation(f"flag/fault/{LINE}", 10, {"raised": False}),
        )

        assert {(one.key, one.kind) for one in found} == {
            (f"rule/{A}", "missing"),
            (f"rule/{B}", "missing"),
            (f"rule/{c}", "ahead"),
            (f"rule/{d}", "ahead"),
            (f"flag/fault/{LINE}", "missing"),
        }

    async def test_finds_what_no_fact_stands_behind_unless_it_is_idle(
        self, rig: Rig
    ) -> None:
        await rig.arm(A, MOBILE)
        await rig.arm(BLOCK, MOBILE)
        await rig.flag(NODE, raised=True)
        await rig.flag(LINE, raised=False)
        await rig.cause(BLOCK, active=True)
        await rig.put_all({f"rule/{B}": None})

        found = await rig.audit(Operation(f"rule/{A}", 1, rule(A, MOBILE)))

        assert sorted(found, key=lambda one: one.version) == [
            Difference(f"rule/{BLOCK}", "stuck", 2),
            Difference(f"flag/fault/{NODE}", "stuck", 3),
            Difference(f"cause/{BLOCK}/manual", "stuck", 5),
        ]

    async def test_a_removed_rule_that_should_be_there_is_missing(
        self, rig: Rig
    ) -> None:
        await rig.arm(A, MOBILE)
        await rig.put_all({f"rule/{A}": None})
        await rig.arm(B, MOBILE)

        found = await rig.audit(Operation(f"rule/{A}", 9, rule(A, MOBILE)))

        assert {(one.key, one.kind) for one in found} == {
            (f"rule/{A}", "missing"),
            (f"rule/{B}", "stuck"),
        }


class TestLife:
    async def test_a_restart_is_seen_and_has_forgotten_everything(
        self, rig: Rig
    ) -> None:
        await rig.arm(A, MOBILE)
        await rig.flag(LINE, raised=True)
        before = await rig.switch.incarnation()
        await rig.restart()
        after = await rig.switch.incarnation()

        assert before.boot != after.boot
        assert after.ready is not rig.switch.capabilities.says_ready
        if not rig.switch.capabilities.flags:
            # What calls do is kept elsewhere, and stays until we know better.
            assert await rig.rings(A) == MOBILE
            await rig.switch.ready(after.boot)
        assert await rig.rings(A) == A

    async def test_is_ready_when_it_is_told_so(self, rig: Rig) -> None:
        life = await rig.switch.incarnation()
        await rig.switch.ready(life.boot)

        assert (await rig.switch.incarnation()).ready
