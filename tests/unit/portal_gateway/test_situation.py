"""What a page tells at a glance, and what it finds."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from portal_gateway.domain.entry import Entry, entries
from portal_gateway.domain.facts import (
    Cause,
    Option,
    Outage,
    Picture,
    Range,
    Setting,
    Wish,
)
from portal_gateway.domain.listing import (
    PAGE,
    View,
    counts,
    cut,
    matching,
    number_in,
)
from portal_gateway.domain.rehearsal import Happened, last_rehearsal
from portal_gateway.domain.situation import own_counts, situation
from portal_gateway.domain.together import fail_together, target_outage

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
MOBILE, OWN = "+4915228817386", "+494066969001"
BLOCK: Range = ("+492214710000", "+492214710999")
ARMED, BARE = Setting(enabled=True, target=MOBILE), Setting()
OUTAGE = Outage("O1", "fault", NOON, None, voice_reachable=False, places=frozenset("N"))


def single(number: str) -> Range:
    return (number, number)


def entry(span: Range, rule: Setting = BARE, **more: object) -> Entry:
    plain = Entry(
        span=span,
        block=None,
        line="L1",
        extension=None,
        rule=rule,
        source="own" if rule.target else "none",
        state="ready" if rule.is_armed else "inactive",
        since=None,
        target_in_effect=None,
        causes=(),
        outage=None,
        version=1,
    )
    return replace(plain, **more)  # type: ignore[arg-type]  # fields, by name


def picture(
    rules: dict[Range, Setting], at: dict[Range, str], **more: object
) -> Picture:
    options = {
        span: Option(
            span,
            "C",
            "order",
            enabled=True,
            product=None,
            line=line,
            extension=None,
            opened_on=None,
        )
        for span, line in at.items()
    }
    wishes = {
        span: Wish(span, 1, rule, NOON, "me", 1, NOON, rule)
        for span, rule in rules.items()
    }
    return Picture(NOON, NOON.date(), options, wishes=wishes, **more)  # type: ignore[arg-type]  # fields, by name


class TestSituation:
    def test_a_block_counts_all_its_numbers_but_those_told_apart(self) -> None:
        listed = [entry(BLOCK, ARMED), entry(single("+492214710123"))]

        assert own_counts(listed) == [999, 1]
        told = situation(listed, [])
        assert (told.protected, told.unprotected, told.numbers) == (999, 1, 1000)

    def test_what_is_to_come_or_gone_is_not_unprotected(self) -> None:
        listed = [
            entry(single("+494066969001"), opens_on=date(2026, 12, 1)),
            entry(single("+494066969002"), ported_out=True),
        ]

        told = situation(listed, [])

        assert (told.numbers, told.coming) == (0, 1)

    def test_tells_outages_from_what_people_divert(self) -> None:
        by_outage = {"state": "diverted", "causes": (Cause("outage", "O1", NOON),)}
        by_hand = {"state": "diverted", "causes": (Cause("manual", "m", NOON),)}
        listed = [
            entry(single("+494066969001"), ARMED, **by_outage),
            entry(single("+494066969002"), ARMED, **by_hand),
        ]

        told = situation(listed, [OUTAGE])

        assert (told.diverted, told.by_hand) == (2, 1)

    def test_what_waits_for_the_customer_is_not_said_to_be_tried_again(self) -> None:
        listed = [
            entry(single("+494066969001"), ARMED, state="failed", is_barred=True),
            entry(single("+494066969002"), ARMED, state="failed"),
            entry(single("+494066969004"), ARMED, state="failed", code="target_down"),
        ]

        told = situation(listed, [], is_held=True)

        assert (told.barred, told.failed, told.down, told.unprotected) == (1, 1, 1, 1)
        assert told.is_held

    @pytest.mark.parametrize(("voice", "lost"), [(False, 1), (True, 0)])
    def test_calls_are_lost_only_where_voice_is_taken(
        self,
        voice: bool,  # noqa: FBT001 - a parameter of the test
        lost: int,
    ) -> None:
        now = replace(OUTAGE, voice_reachable=voice)

        assert situation([entry(single(OWN), outage=now)], [now]).lost == lost


class TestListing:
    @pytest.mark.parametrize(
        "query", ["040 66969001", "+49 40 66969001", "004940669690", "66969001"]
    )
    def test_a_number_is_found_however_it_is_written(self, query: str) -> None:
        listed = [entry(single(OWN)), entry(single("+493023125042"))]

        assert [e.span[0] for e in matching(listed, View(query=query))] == [OWN]

    def test_targets_and_lines_are_found_too(self) -> None:
        listed = [entry(single(OWN), ARMED), entry(single("+493023125042"), line="L-7")]

        assert len(matching(listed, View(query="0152 288"))) == 1
        assert len(matching(listed, View(query="L-7"))) == 1

    @pytest.mark.parametrize("query", ["köln", "L-KÖLN_7", "köln 7"])
    def test_a_line_is_found_however_it_is_written(self, query: str) -> None:
        listed = [entry(single(OWN), line="L-Köln_7"), entry(single("+493023125042"))]

        assert [e.span[0] for e in matching(listed, View(query=query))] == [OWN]

    @pytest.mark.parametrize("query", ["%", "_", "**", "-", "€", "'"])
    def test_what_is_in_no_number_finds_none(self, query: str) -> None:
        assert matching([entry(single(OWN), ARMED)], View(query=query)) == []

    @pytest.mark.parametrize("query", ["", " ", "+", "0"])
    def test_what_all_have_finds_all(self, query: str) -> None:
        assert len(matching([entry(single(OWN))], View(query=query))) == 1

    def test_a_filter_that_does_not_exist_shows_all(self) -> None:
        assert len(matching([entry(single(OWN))], View(only="nonsense"))) == 1

    def test_filters_count_what_they_show(self) -> None:
        listed = [entry(single(OWN), ARMED), entry(single("+493023125042"))]

        told = counts(listed)

        assert (told["alle"], told["offen"], told["bereit"]) == (2, 1, 1)

    def test_a_page_beyond_the_end_is_the_last(self) -> None:
        listed = [entry(single(f"+49406696900{n}")) for n in range(3)] * PAGE

        page = cut(listed, 99)

        assert (page.number, page.pages, page.first, page.last) == (3, 3, 101, 150)
        assert cut([], 1).first == 0

    @pytest.mark.parametrize(
        ("query", "number"),
        [
            ("040 66969355", "+494066969355"),
            ("+49 40 66969355", "+494066969355"),
            ("004940 66969355", "+494066969355"),
            ("355", None),
            ("L-200050", None),
        ],
    )
    def test_a_whole_number_in_a_query_is_seen(
        self, query: str, number: str | None
    ) -> None:
        assert number_in(query) == number


class TestTogether:
    def test_a_target_under_the_same_element_would_fail_too(self) -> None:
        known = picture(
            {single(OWN): Setting(enabled=True, target="+494066969002")},
            {single(OWN): "L1", single("+494066969002"): "L2"},
            lines={"L1": frozenset({"N", "A"}), "L2": frozenset({"N", "B"})},
        )

        [shared] = fail_together(known, entries(known))

        assert (shared.target, shared.places) == ("+494066969002", ("N",))

    def test_a_mobile_does_not(self) -> None:
        known = picture({single(OWN): ARMED}, {single(OWN): "L1"})

        assert fail_together(known, entries(known)) == []

    def test_an_outage_at_the_target_is_seen(self) -> None:
        known = picture(
            {single(OWN): Setting(enabled=True, target="+492214710123")},
            {single(OWN): "L1", BLOCK: "L2"},
            lines={"L2": frozenset("N")},
            outages=[OUTAGE],
        )
        [mine] = [one for one in entries(known) if one.span == single(OWN)]

        assert target_outage(known, mine) == OUTAGE


class TestRehearsal:
    def after(self, seconds: float) -> datetime:
        return NOON + timedelta(seconds=seconds)

    def test_tells_how_quickly_calls_went_over_and_when_they_came_back(self) -> None:
        told = [
            Happened(self.after(120), "drill", in_effect=False),
            Happened(self.after(0.8), "drill", in_effect=True, target=MOBILE),
            Happened(NOON, "drill_started", by="me"),
            Happened(self.after(-900), "drill_started", by="somebody"),
        ]

        last = last_rehearsal(told)

        assert last
        assert (last.by, last.target, last.worked) == ("me", MOBILE, True)
        assert last.diverted_after == timedelta(seconds=0.8)
        assert last.ended_at == self.after(120)

    def test_what_was_diverted_already_proves_nothing(self) -> None:
        last = last_rehearsal([Happened(NOON, "drill_started", by="me")])

        assert last
        assert not last.worked

    def test_without_one_there_is_none(self) -> None:
        flip = Happened(NOON, "outage", in_effect=True, target=MOBILE)

        assert last_rehearsal([flip]) is None
