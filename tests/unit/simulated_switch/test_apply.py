"""What becomes of one operation."""

from typing import Any

import pytest

from simulated_switch.domain import Switch
from unit.simulated_switch.story import (
    BLOCK,
    FIRST,
    INSIDE,
    MOBILE,
    OFFICE,
    TARGET_BLOCK,
    cause,
    flag,
    hold,
    operation,
    rule,
    switch,
    told,
)


class TestVersions:
    def test_a_newer_version_takes_effect(self) -> None:
        told_twice = switch(flag("an-1"), flag("an-1", raised=False, version=2))

        [(_, entry)] = entries(told_twice)
        assert (entry.version, entry.value) == (2, {"raised": False})

    def test_an_older_version_changes_nothing_and_learns_what_is_held(self) -> None:
        newer = switch(flag("an-1", version=5))

        result = newer.apply(flag("an-1", raised=False, version=4))

        assert told(result) == ("stale", 5, None)
        assert entries(newer)[0][1].value == {"raised": True}

    def test_a_repetition_is_fine(self) -> None:
        once = switch(flag("an-1", version=5))

        assert told(once.apply(flag("an-1", version=5))) == ("ok", 5, None)

    def test_the_same_version_cannot_mean_two_things(self) -> None:
        once = switch(flag("an-1", version=5))

        result = once.apply(flag("an-1", raised=False, version=5))

        assert told(result) == ("refused", 5, "version_conflict")
        assert entries(once)[0][1].value == {"raised": True}

    def test_what_was_removed_does_not_come_back_by_an_older_write(self) -> None:
        removed = switch(rule(), operation(f"rule/{OFFICE}", 3, None))

        assert told(removed.apply(rule(version=2))) == ("stale", 3, None)
        assert removed.state.call(OFFICE).rule is None

    def test_what_was_removed_comes_back_by_a_newer_write(self) -> None:
        removed = switch(rule(), operation(f"rule/{OFFICE}", 3, None))

        assert removed.apply(rule(version=4)).result == "ok"
        assert removed.state.call(OFFICE).rule == f"rule/{OFFICE}"

    def test_a_removal_that_came_first_is_remembered(self) -> None:
        removed = switch(operation("flag/fault/an-1", 9, None))

        assert told(removed.apply(flag("an-1", version=8))) == ("stale", 9, None)


class TestRefusals:
    @pytest.mark.parametrize(
        ("raw", "reason"),
        [
            (None, "bad_operation"),
            ([], "bad_operation"),
            ({"key": "hold", "version": 1}, "bad_operation"),
            (operation("hold", 1, None) | {"extra": 1}, "bad_operation"),
            (operation("hold", 1, None) | {"key": 7}, "bad_key"),
            (operation("hold/", 1, None), "bad_key"),
            (operation("nonsense", 1, None), "bad_key"),
            (operation("rule/0211222333", 1, None), "bad_key"),
            (operation("rule/+4921122223336\n", 1, None), "bad_key"),
            (
                operation("rule/+4921122223336".replace("6", "\uff16"), 1, None),
                "bad_key",
            ),
            (operation(f"cause/{OFFICE}", 1, None), "bad_key"),
            (operation(f"cause/{OFFICE}/whim", 1, None), "bad_key"),
            (operation("flag/whim/an-1", 1, None), "bad_key"),
            (operation("flag/fault/", 1, None), "bad_key"),
            (operation("flag/fault/ an-1", 1, None), "bad_key"),
            (operation("flag/fault/\ud800", 1, None), "bad_key"),
            (operation("flag/fault/" + "x" * 201, 1, None), "bad_key"),
            (operation("rule/+492214710999-+492214710000", 1, None), "bad_block"),
            (operation(f"rule/{FIRST}-{FIRST}", 1, None), "bad_block"),
            (operation(f"rule/{FIRST}-+4922147109999", 1, None), "bad_block"),
            (operation("rule/+492214700000-+492214710000", 1, None), "bad_block"),
            (operation("hold", -1, None), "bad_version"),
            (operation("hold", 2**63, None), "bad_version"),
            (operation("hold", 1, None) | {"version": True}, "bad_version"),
            (operation("hold", 1, None) | {"version": "1"}, "bad_version"),
            (operation("hold", 1, None) | {"version": 1.0}, "bad_version"),
            (operation("hold", 1, {"held": 1}), "bad_value"),
            (operation("hold", 1, {}), "bad_value"),
            (operation("hold", 1, []), "bad_value"),
            (operation("flag/fault/an-1", 1, {"raised": "true"}), "bad_value"),
            (operation(f"cause/{OFFICE}/drill", 1, {"raised": True}), "bad_value"),
            (rule(target="017717712345"), "bad_value"),
            (rule(target="+49110"), "bad_value"),
            (rule(places="an-1"), "bad_value"),
            (rule(places=["\ud800"], line=None), "bad_value"),
            (rule(off=None), "bad_value"),
            (rule(reason="whim"), "bad_value"),
            (rule(surprise=1), "bad_value"),
            (rule(first=MOBILE), "key_mismatch"),
            (rule(last=MOBILE), "key_mismatch"),
            (rule(line="elsewhere"), "line_not_in_places"),
            (rule(target=None), "target_missing"),
            (rule(target=OFFICE), "target_is_own_number"),
            (rule(fallback=OFFICE), "target_is_own_number"),
            (rule(BLOCK, target=INSIDE), "target_is_own_number"),
            (rule(keep_extension=True), "target_not_a_block"),
            (rule(BLOCK, target="+493023125", keep_extension=True), None),
            (rule(BLOCK, target=MOBILE, keep_extension=True), "target_not_a_block"),
        ],
    )
    def test_says_why(self, raw: object, reason: str | None) -> None:
        result = Switch("boot-1").apply(raw)

        expected = reason or "target_not_a_block"
        assert told(result) == ("refused", None, expected)

    def test_says_which_part_of_a_value_is_bad(self) -> None:
        result = Switch("boot-1").apply(rule(places=["ok", 7], line=None))

        assert result.detail == "places.1: Input should be a valid string"

    def test_keeps_what_was_held(self) -> None:
        armed = switch(rule(version=3))

        assert told(armed.apply(rule(version=4, target="x"))) == (
            "refused",
            3,
            "bad_value",
        )
        assert entries(armed)[0][1].version == 3

    @pytest.mark.parametrize(
        "raw",
        [
            hold(held=True),
            flag("aggregation/köln süd"),
            cause(BLOCK, kind="drill"),
            rule(off=True, target=None),
            rule(line=None, places=[]),
            rule(BLOCK, target=TARGET_BLOCK, keep_extension=True),
            operation(
                f"rule/{OFFICE}",
                0,
                {"first": OFFICE, "line": None, "places": [], "target": MOBILE},
            ),
        ],
    )
    def test_takes_what_is_good(self, raw: object) -> None:
        assert Switch("boot-1").apply(raw).result == "ok"


class TestAudit:
    def test_pages_through_the_keys_in_order(self) -> None:
        three = switch(flag("c"), flag("a"), flag("b"))

        page = three.state.entries(after="flag/fault/a", limit=1, tombstones=False)

        assert [key for key, _ in page] == ["flag/fault/b"]

    def test_leaves_removed_entries_out_unless_asked(self) -> None:
        removed = switch(flag("a"), operation("flag/fault/a", 2, None))

        assert not removed.state.entries(after="", limit=9, tombstones=False)
        assert len(entries(removed)) == 1

    def test_finds_a_key_that_came_after_the_first_page_was_read(self) -> None:
        growing = switch(flag("b"))
        assert len(entries(growing)) == 1

        growing.apply(flag("a"))

        assert [key for key, _ in entries(growing)] == ["flag/fault/a", "flag/fault/b"]


class TestJournal:
    def test_tells_what_really_was_done(self) -> None:
        told_much = switch(flag("a", version=2))
        told_much.apply(flag("a"))
        told_much.apply("nonsense")
        told_much.apply(flag("b"), lose=True)

        lines = told_much.journal(after=0, limit=9)

        assert [(line.n, line.result) for line in lines] == [
            (1, "ok"),
            (2, "stale"),
            (3, "refused"),
            (4, "lost"),
        ]

    def test_forgets_its_oldest_lines(self) -> None:
        short = Switch("boot-1", journal_length=2)
        for version in range(5):
            short.apply(flag("a", version=version))

        assert [line.n for line in short.journal(after=0, limit=9)] == [4, 5]
        assert [line.n for line in short.journal(after=4, limit=9)] == [5]
        assert short.journal(after=5, limit=9) == []
        assert short.oldest == 4

    def test_outlives_a_restart(self) -> None:
        restarted = switch(flag("a"))
        restarted.restart("boot-2")
        restarted.apply(flag("a"))

        lines = restarted.journal(after=0, limit=9)

        assert [(line.n, line.boot) for line in lines] == [(1, "boot-1"), (2, "boot-2")]


class TestRestart:
    def test_forgets_everything(self) -> None:
        restarted = switch(rule(version=5), flag("a"), hold(held=True))

        restarted.restart("boot-2")

        assert entries(restarted) == []
        assert restarted.apply(rule(version=1)).result == "ok"
        assert not restarted.state.call(OFFICE).held


class TestLosing:
    def test_says_ok_and_forgets(self) -> None:
        losing = Switch("boot-1")

        assert told(losing.apply(flag("a", version=4), lose=True)) == ("ok", 4, None)
        assert entries(losing) == []

    def test_never_hides_that_something_newer_is_held(self) -> None:
        losing = switch(flag("a", version=4))

        assert losing.apply(flag("a", version=3), lose=True).result == "stale"


def entries(of: Switch) -> list[Any]:
    return of.state.entries(after="", limit=100, tombstones=True)
