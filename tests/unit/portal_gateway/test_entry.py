"""The state of an entry, from facts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_gateway.domain.ends import End
from portal_gateway.domain.entry import PARTIAL, entries, find
from portal_gateway.domain.facts import (
    Applied,
    Cause,
    Failed,
    Option,
    Outage,
    Picture,
    Planned,
    Range,
    Setting,
    Started,
    Wish,
    find_block,
    same_extension,
)
from portal_gateway.domain.ranges import size

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
MOBILE, OFFICE = "+4915228817386", "+493023125042"
SINGLE: Range = ("+4921122223333", "+4921122223333")
BLOCK: Range = ("+492214710000", "+492214710999")
INSIDE: Range = ("+492214710123", "+492214710123")
ARMED = Setting(enabled=True, target=MOBILE)


def option(span: Range, *, on: bool = True) -> Option:
    return Option(
        span,
        "C",
        "order",
        enabled=on,
        product="sip-trunk-2.0",
        line="L1",
        extension=None,
        opened_on=TODAY,
    )


def wish(span: Range, rule: Setting | None, *, settled: bool = True) -> Wish:
    return Wish(
        span,
        version=2,
        wished=rule,
        asked_at=NOON,
        asked_by="me",
        settled_version=2 if settled else 1,
        settled_at=NOON,
        in_force=rule if settled else None,
    )


def effect(span: Range, version: int = 1, *, on: bool = True) -> Applied:
    return Applied(
        span, on, MOBILE, keep_extension=False, causes=(), version=version, at=NOON
    )


def picture(**facts: object) -> Picture:
    options = {span: option(span) for span in (SINGLE, BLOCK)}
    return Picture(NOON, TODAY, options, **facts)  # type: ignore[arg-type]  # by name


def state(known: Picture, span: Range) -> str:
    entry = find(known, span[0], single=span[0] == span[1])
    assert entry is not None
    return entry.state


class TestState:
    def test_inactive_without_rule(self) -> None:
        assert state(picture(), SINGLE) == "inactive"

    def test_inactive_when_switched_off(self) -> None:
        off = Setting(enabled=False, target=MOBILE)

        assert state(picture(wishes={SINGLE: wish(SINGLE, off)}), SINGLE) == "inactive"

    def test_ready_when_armed(self) -> None:
        assert state(picture(wishes={SINGLE: wish(SINGLE, ARMED)}), SINGLE) == "ready"

    def test_pending_beats_ready(self) -> None:
        asked = wish(SINGLE, ARMED, settled=False)

        assert state(picture(wishes={SINGLE: asked}), SINGLE) == "pending"

    def test_diverted_hides_no_change_that_waits(self) -> None:
        known = picture(
            wishes={SINGLE: wish(SINGLE, ARMED, settled=False)},
            applied={SINGLE: effect(SINGLE)},
        )

        entry = find(known, SINGLE[0])

        assert entry is not None
        assert entry.states == ("diverted", "pending")

    @pytest.mark.parametrize(
        ("code", "version", "seen"),
        [
            ("target_down", 2, ("failed", "target_down", None)),
            ("target_down", 1, ("diverted", None, MOBILE)),
            ("switch_refused", 2, ("diverted", None, MOBILE)),
        ],
        ids=["fails too", "works again", "is still called"],
    )
    def test_diverted_to_a_target_that(
        self, code: str, version: int, seen: tuple[str, str | None, str | None]
    ) -> None:
        known = picture(
            wishes={SINGLE: wish(SINGLE, ARMED)},
            applied={SINGLE: effect(SINGLE, 1)},
            failed={SINGLE: Failed(SINGLE, code, 1, version, NOON)},
        )

        entry = find(known, SINGLE[0])

        assert entry is not None
        assert (entry.state, entry.code, entry.target_in_effect) == seen

    def test_failed_beats_pending(self) -> None:
        known = picture(
            wishes={SINGLE: wish(SINGLE, ARMED, settled=False)},
            applied={SINGLE: effect(SINGLE, 1, on=False)},
            failed={SINGLE: Failed(SINGLE, "timeout", 1, 2, NOON)},
        )

        assert state(known, SINGLE) == "failed"

    def test_an_older_failure_is_forgotten(self) -> None:
        known = picture(
            wishes={SINGLE: wish(SINGLE, ARMED)},
            applied={SINGLE: effect(SINGLE, 3, on=False)},
            failed={SINGLE: Failed(SINGLE, "timeout", 1, 2, NOON)},
        )

        assert state(known, SINGLE) == "ready"

    def test_diverted_beats_all(self) -> None:
        known = picture(
            applied={SINGLE: effect(SINGLE)},
            failed={SINGLE: Failed(SINGLE, "timeout", 1, 2, NOON)},
        )

        assert state(known, SINGLE) == "diverted"

    def test_diverted_says_so_when_a_part_of_the_network_follows(self) -> None:
        known = picture(applied={SINGLE: replace(effect(SINGLE), partial=True)})

        found = find(known, SINGLE[0])

        assert found
        assert (found.state, found.code) == ("diverted", PARTIAL)


class TestInside:
    @pytest.mark.parametrize(
        ("own", "block", "in_effect"), [(1, 2, True), (2, 1, False)]
    )
    def test_takes_the_newest_of_own_and_block(
        self, own: int, block: int, *, in_effect: bool
    ) -> None:
        known = picture(
            wishes={BLOCK: wish(BLOCK, ARMED)},
            applied={
                INSIDE: effect(INSIDE, own, on=False),
                BLOCK: effect(BLOCK, block),
            },
        )

        assert (state(known, INSIDE) == "diverted") is in_effect

    def test_an_own_rule_does_not_hear_of_the_block(self) -> None:
        known = picture(
            wishes={INSIDE: wish(INSIDE, ARMED)}, applied={BLOCK: effect(BLOCK)}
        )

        assert state(known, INSIDE) == "ready"

    def test_neither_does_one_that_hangs_on_another_line(self) -> None:
        wishes = {BLOCK: wish(BLOCK, ARMED)}
        told = {"applied": {BLOCK: effect(BLOCK)}}
        failed = {"failed": {BLOCK: Failed(BLOCK, "switch_away", 1, 2, NOON)}}
        for facts in (told, failed):
            known = picture(wishes=wishes, **facts)
            known.options[INSIDE] = replace(option(INSIDE), line="L2")

            assert state(known, BLOCK) == ("diverted" if facts is told else "failed")
            assert state(known, INSIDE) == "ready"

    def test_only_numbers_with_something_of_their_own_are_listed(self) -> None:
        known = picture(wishes={INSIDE: wish(INSIDE, Setting())})

        assert [entry.span for entry in entries(known)] == [SINGLE, BLOCK, INSIDE]
        assert [entry.span for entry in entries(picture())] == [SINGLE, BLOCK]

    def test_an_own_rule_counts_from_when_it_is_in_force(self) -> None:
        known = picture(
            wishes={
                BLOCK: wish(BLOCK, ARMED),
                INSIDE: wish(INSIDE, Setting(), settled=False),
            },
            applied={BLOCK: effect(BLOCK)},
        )

        entry = find(known, INSIDE[0], single=True)

        assert entry is not None
        assert entry.states == ("diverted", "pending")
        assert entry.target_in_effect == MOBILE

    def test_an_own_rule_counts_until_it_is_gone(self) -> None:
        going = replace(wish(INSIDE, None, settled=False), in_force=ARMED)
        known = picture(
            wishes={BLOCK: wish(BLOCK, ARMED), INSIDE: going},
            applied={
                INSIDE: replace(effect(INSIDE), target=OFFICE),
                BLOCK: effect(BLOCK, 2),
            },
        )

        entry = find(known, INSIDE[0], single=True)

        assert entry is not None
        assert entry.target_in_effect == OFFICE

    def test_the_block_s_rule_keeps_the_extension_for_it(self) -> None:
        whole = Setting(enabled=True, target="+493023125000", keep_extension=True)

        entry = find(picture(wishes={BLOCK: wish(BLOCK, whole)}), INSIDE[0])

        assert entry is not None
        assert entry.rule == Setting(enabled=True, target="+493023125123")

    def test_is_nobodys_outside_all_blocks(self) -> None:
        assert find(picture(), "+492214711000") is None
        assert find(picture(), "+4922147100001") is None


class TestCauses:
    def test_are_outages_of_its_places_and_what_people_started(self) -> None:
        manual = Cause("manual", "m", NOON)
        outages = [
            Outage(
                "O1",
                "fault",
                NOON,
                None,
                voice_reachable=False,
                places=frozenset({"region"}),
            ),
            Outage(
                "O2",
                "degradation",
                NOON,
                None,
                voice_reachable=True,
                places=frozenset({"L1"}),
            ),
            Outage(
                "O3",
                "fault",
                NOON,
                None,
                voice_reachable=False,
                places=frozenset({"L2"}),
            ),
        ]
        known = picture(
            lines={"L1": frozenset({"region"})},
            outages=outages,
            started={SINGLE: [Started(SINGLE, manual, None)]},
        )

        entry = find(known, SINGLE[0])

        assert entry is not None
        assert {cause.id for cause in entry.causes} == {"O1", "m"}
        assert entry.outage is outages[0]

    def test_a_drill_that_is_over_is_none(self) -> None:
        drill = Started(SINGLE, Cause("drill", "d", NOON), NOON - timedelta(minutes=1))

        entry = find(picture(started={SINGLE: [drill]}), SINGLE[0])

        assert entry is not None
        assert entry.causes == ()

    @pytest.mark.parametrize(
        ("span", "ended"), [(SINGLE, SINGLE), (BLOCK, BLOCK), (INSIDE, BLOCK)]
    )
    @pytest.mark.parametrize("hours", [-1, 1])
    def test_a_rule_ends_with_the_option_whatever_the_clocks_say(
        self, span: Range, ended: Range, hours: int
    ) -> None:
        at = NOON + timedelta(hours=hours)

        def has_rule(known: int, end: int) -> bool:
            own = replace(wish(span, ARMED), option_version=known)
            facts = picture(wishes={span: own}, ended={ended: End(at, end)})
            entry = find(facts, span[0], single=span[0] == span[1])
            assert entry is not None
            return entry.source == "own"

        assert not has_rule(known=1, end=2)
        assert has_rule(known=2, end=2)
        assert has_rule(known=3, end=2)

    def test_a_number_with_an_option_of_its_own_outlives_its_block_s(self) -> None:
        wishes = {INSIDE: wish(INSIDE, ARMED)}
        ended = {BLOCK: End(NOON + timedelta(minutes=1))}
        alone = picture(wishes=wishes, ended=ended)
        options = alone.options | {INSIDE: option(INSIDE)}

        without = find(alone, INSIDE[0], single=True)
        own = find(replace(alone, options=options), INSIDE[0], single=True)

        assert without
        assert own
        assert (without.source, own.source) == ("none", "own")

    @pytest.mark.parametrize(
        ("opened_on", "version", "source"),
        [
            (TODAY - timedelta(days=1), 9, "own"),
            (TODAY, 4, "own"),
            (TODAY, 6, "none"),
            (TODAY + timedelta(days=1), 1, "none"),
        ],
    )
    def test_a_rule_of_the_time_in_a_block_went_with_it_though_the_number_is_back(
        self, opened_on: date, version: int, source: str
    ) -> None:
        own = replace(wish(INSIDE, ARMED), option_version=3)
        known = picture(wishes={INSIDE: own}, ended={BLOCK: End(NOON, 5)})
        back = replace(option(INSIDE), opened_on=opened_on, version=version)

        entry = find(
            replace(known, options=known.options | {INSIDE: back}),
            INSIDE[0],
            single=True,
        )

        assert entry is not None
        assert entry.source == source

    @pytest.mark.parametrize(
        ("kind", "voice_reachable", "follows", "is_cause"),
        [
            ("planned", False, True, True),
            ("planned", False, False, False),
            ("fault", False, False, True),
            ("fault", True, True, False),
        ],
    )
    @pytest.mark.parametrize("is_told", [True, False])
    def test_an_outage_that_diverts_nothing_is_no_cause(
        self,
        kind: str,
        is_told: bool,  # noqa: FBT001 - a parameter of the test
        voice_reachable: bool,  # noqa: FBT001
        follows: bool,  # noqa: FBT001
        is_cause: bool,  # noqa: FBT001
    ) -> None:
        outage = Outage(
            "O1",
            kind,
            NOON,
            None,
            voice_reachable=voice_reachable,
            places=frozenset({"L1"}),
        )
        manual = Cause("manual", "m", NOON)
        told = (manual, Cause("outage", "O1", NOON)) if is_told else (manual,)
        known = picture(
            wishes={SINGLE: wish(SINGLE, replace(ARMED, follows_planned_work=follows))},
            applied={SINGLE: replace(effect(SINGLE), causes=told)},
            outages=[outage],
        )

        entry = find(known, SINGLE[0])

        assert entry is not None
        names = {cause.type for cause in entry.causes}
        assert names == ({"manual", "outage"} if is_cause else {"manual"})

    @pytest.mark.parametrize("kind", ["manual", "drill"])
    @pytest.mark.parametrize(
        ("span", "ended"), [(SINGLE, SINGLE), (BLOCK, BLOCK), (INSIDE, BLOCK)]
    )
    def test_what_a_person_started_ends_with_the_option(
        self, kind: str, span: Range, ended: Range
    ) -> None:
        cause = Cause(kind, "m", NOON)
        begun = {span: [Started(span, cause, NOON + timedelta(minutes=9))]}

        def causes(end: datetime) -> tuple[Cause, ...]:
            known = picture(
                wishes={BLOCK: wish(BLOCK, ARMED)},
                started=begun,
                ended={ended: End(end)},
            )
            entry = find(known, span[0], single=span[0] == span[1])
            assert entry is not None
            return entry.causes

        assert causes(NOON) == causes(NOON + timedelta(minutes=1)) == ()
        assert causes(NOON - timedelta(seconds=1)) == (cause,)

    def test_an_outage_that_is_over_is_none_while_another_lasts(self) -> None:
        told = (Cause("outage", "O1", NOON), Cause("outage", "O2", NOON))
        known = picture(
            applied={SINGLE: replace(effect(SINGLE), causes=told)},
            closed=frozenset({"O1"}),
        )

        entry = find(known, SINGLE[0])

        assert entry is not None
        assert [cause.id for cause in entry.causes] == ["O2"]

    def test_an_outage_that_shrank_is_none_of_a_line_it_gave_back(self) -> None:
        told = (Cause("outage", "O1", NOON), Cause("outage", "O2", NOON))
        at_the_other_line = Outage(
            "O1",
            "fault",
            NOON,
            None,
            voice_reachable=False,
            places=frozenset({"L2"}),
        )
        known = picture(
            applied={SINGLE: replace(effect(SINGLE), causes=told)},
            outages=[at_the_other_line],
        )

        entry = find(known, SINGLE[0])

        assert entry is not None
        assert [cause.id for cause in entry.causes] == ["O2"]

    def test_the_last_one_stays_until_the_network_stopped(self) -> None:
        told = (Cause("outage", "O1", NOON),)
        known = picture(
            applied={SINGLE: replace(effect(SINGLE), causes=told)},
            closed=frozenset({"O1"}),
        )

        entry = find(known, SINGLE[0])

        assert entry is not None
        assert (entry.state, entry.causes) == ("diverted", told)


class TestComing:
    def test_is_listed_with_its_day(self) -> None:
        span: Range = ("+4930231250", "+4930231250")
        planned = Planned(span, "L1", None, TODAY + timedelta(days=1))
        known = picture(planned={span: [planned]})

        assert entries(known)[-1].opens_on == TODAY + timedelta(days=1)

    def test_that_left_in_the_first_hour_of_its_day_is_gone(self) -> None:
        half_past_midnight = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
        gone = Picture(
            half_past_midnight,
            TODAY,
            {SINGLE: option(SINGLE, on=False)},
            planned={SINGLE: [Planned(SINGLE, "L1", None, TODAY)]},
            ended={SINGLE: End(half_past_midnight)},
        )

        assert entries(gone) == []

    def test_is_not_listed_once_it_is_enabled_or_gone_again(self) -> None:
        planned = Planned(SINGLE, "L1", None, TODAY)

        assert find(picture(planned={SINGLE: [planned]}), SINGLE[0]).opens_on is None  # type: ignore[union-attr]  # it is there
        gone = Picture(
            NOON,
            TODAY,
            {SINGLE: option(SINGLE, on=False)},
            planned={SINGLE: [planned]},
            ended={SINGLE: End(NOON)},
        )
        assert entries(gone) == []


@given(st.integers(0, 999), st.integers(0, 5))
def test_find_block_finds_the_block_around(offset: int, which: int) -> None:
    starts = [492214710000 + 1000 * n for n in range(6)]
    blocks = [(f"+{start}", f"+{start + 999}") for start in starts]
    number = f"+{starts[which] + offset}"

    assert find_block(blocks, number) == blocks[which]
    assert find_block(blocks, number + "7") is None


def test_size_and_extension() -> None:
    assert size(BLOCK) == 1000
    assert same_extension(BLOCK, INSIDE[0], "+493023125000") == "+493023125123"
