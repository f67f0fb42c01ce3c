"""»Warum?«: the short story of a number, also while facts are on their way."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Applied, Cause, Outage, Picture, Setting
from portal_gateway.pages.rows import row
from portal_gateway.pages.why import story
from portal_gateway.texts.pages import words

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OUTAGE = Outage("O1", "fault", NOON, None, voice_reachable=False, places=frozenset("N"))
DIVERTED = Entry(
    span=("+494066969001", "+494066969001"),
    block=None,
    line="L1",
    extension=None,
    rule=Setting(enabled=True, target="+4915228817386"),
    source="own",
    state="diverted",
    since=NOON,
    target_in_effect="+4915228817386",
    causes=(Cause("outage", "O1", NOON),),
    outage=None,
    version=1,
)


def told(entry: Entry, **more: Any) -> dict[str, dict[str, Any]]:
    picture = Picture(NOON, NOON.date(), {}, **more)
    return dict(story(picture, entry, None, None))


def test_an_outage_that_is_known_is_told_with_its_place() -> None:
    facts = told(DIVERTED, outages=(OUTAGE,))["why.because_outage"]

    assert facts["places"] == {"N"}


def test_of_an_outage_of_many_lines_a_number_names_its_own() -> None:
    many = replace(OUTAGE, places=frozenset({"L1", "L2", "L3", "N"}))
    facts = told(DIVERTED, outages=(many,), lines={"L1": frozenset("N")})

    assert facts["why.because_outage"]["places"] == ["L1"]


class TestWhileTheLineIsDownAndNothingIsDivertedYet:
    """All is not well then, and no page may say so."""

    READY = replace(DIVERTED, state="ready", causes=(), outage=OUTAGE)

    def said(self, entry: Entry) -> set[str]:
        picture = Picture(NOON, NOON.date(), {}, outages=[OUTAGE])
        return {key for key, _ in row(picture, entry).notes} | set(told(entry))

    def test_the_diversion_starts(self) -> None:
        assert {"row.not_diverted_soon", "why.soon"} <= self.said(self.READY)
        assert "why.ready" not in self.said(self.READY)

    def test_planned_work_starts_none_that_the_customer_does_not_want(self) -> None:
        work = replace(OUTAGE, kind="planned")
        rule = replace(DIVERTED.rule, follows_planned_work=False)
        entry = replace(self.READY, outage=work, rule=rule)

        assert {"row.not_diverted_planned", "why.stays"} <= self.said(entry)
        assert not {"row.not_diverted_soon", "why.soon", "why.ready"} & self.said(entry)

    def test_where_calls_get_through_all_is_well(self) -> None:
        entry = replace(self.READY, outage=replace(OUTAGE, voice_reachable=True))

        assert {"row.not_diverted_voice", "why.ready"} <= self.said(entry)


def test_two_outages_of_which_no_more_is_known_are_one_note() -> None:
    causes = tuple(Cause("outage", name, NOON) for name in ("O1", "O2"))
    outages = [OUTAGE, replace(OUTAGE, id="O2")]
    picture = Picture(NOON, NOON.date(), {}, outages=outages)

    notes = row(picture, replace(DIVERTED, causes=causes)).notes

    assert [key for key, _ in notes] == ["row.because_fault"]


@pytest.mark.parametrize("cause", ["outage", "manual", "drill"])
def test_a_cause_of_which_no_more_is_known_is_told_by_its_time(cause: str) -> None:
    entry = replace(DIVERTED, causes=(Cause(cause, "O1", NOON),))

    [(key, facts)] = [
        (key, facts) for key, facts in told(entry).items() if "because" in key
    ]

    assert facts == {"at": NOON}
    assert "12:00" in words(key, "de", at="12:00")


@pytest.mark.parametrize("state", ["ready", "diverted"])
def test_a_block_that_keeps_its_extensions_goes_to_a_block(state: str) -> None:
    span, target = ("+494066969000", "+494066969099"), "+493023125100"
    rule = Setting(enabled=True, target=target, keep_extension=True)
    now = target if state == "diverted" else None
    applied = Applied(
        span,
        in_effect=True,
        target=target,
        keep_extension=True,
        causes=(),
        version=3,
        at=NOON,
    )
    block = replace(DIVERTED, span=span, rule=rule, state=state, target_in_effect=now)

    facts = told(block, applied={span: applied} if now else {})[f"why.{state}"]

    assert (facts["target"], facts["last"]) == (target, "+493023125199")
