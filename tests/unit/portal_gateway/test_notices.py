"""What notices say, to whom, and how often it is tried."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal_gateway.domain import notices as rules
from portal_gateway.domain.facts import Outage
from portal_gateway.domain.notices import Contact, Kind
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.report import (
    Flip,
    during,
    intervals,
    longest_wait,
    without,
)
from portal_gateway.texts import notices as texts
from portal_gateway.texts.notices import NOTES, WORDINGS, Facts
from portal_gateway.texts.pages import WORDS
from portal_gateway.texts.said import Language

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
LINK = "https://portal.example/konfigurator"
EVERYTHING: dict[str, Any] = dict.fromkeys(
    (
        *("lines", "since", "end", "cleared", "numbers", "unprotected", "back"),
        *("failed", "why", "by", "at", "number", "target", "code"),
        *("minutes", "what", "change", "short_change", "down"),
    ),
    "x",
)


def contact(**changes: Any) -> Contact:
    fields: dict[str, Any] = {
        "id": 1,
        "customer_number": "C",
        "channel": "sms",
        "address": "+492214710123",
        "label": "",
        "language": "de",
        "kinds": (),
        "is_on": True,
        "confirmed_at": NOON,
        "refused_at": None,
        "created_by": "me",
        "created_at": NOON,
    }
    return Contact(**fields | changes)


class TestTexts:
    @pytest.mark.parametrize("language", ["de", "en"])
    def test_every_kind_is_said_in_every_form(self, language: Language) -> None:
        for kind in (*get_args(Kind), *rules.SERVICE_KINDS):
            facts = Facts(EVERYTHING, ("a → b",), tuple(NOTES))
            subject, text = texts.mail(
                kind, language, facts, link=LINK, about=LINK, settings_link=LINK
            )
            brief = texts.short(kind, language, facts, link=LINK)

            assert subject.startswith("ecotel @once: ")
            assert not re.search(r"[{}\n]", subject + brief)
            assert (LINK in brief) is (kind != "confirm")
            assert "a → b" in text
            assert f"contacts.kind.{kind}" in WORDS

    def test_a_withdrawn_outage_was_never_fixed(self) -> None:
        said = " ".join(WORDINGS["outage_withdrawn"]["de"])

        assert "zurückgezogen" in said
        assert "behoben" not in said
        assert WORDINGS.keys() == {*get_args(Kind), *rules.SERVICE_KINDS}


class TestContact:
    @pytest.mark.parametrize(
        ("changes", "state"),
        [
            ({}, "on"),
            ({"is_on": False}, "off"),
            ({"confirmed_at": None}, "unconfirmed"),
            ({"refused_at": NOON}, "refused"),
        ],
    )
    def test_says_whether_anything_reaches_it(
        self, changes: dict[str, Any], state: str
    ) -> None:
        assert contact(**changes).state == state

    def test_hangs_on_the_line_of_its_own_number(self) -> None:
        lines: dict[tuple[str, str], str | None] = {
            ("+492214710000", "+492214710999"): "L1"
        }

        assert rules.hangs_on(contact(), lines) == "L1"
        assert rules.hangs_on(contact(address="+4915228817386"), lines) is None
        assert rules.hangs_on(contact(channel="email"), lines) is None

    @given(st.text(max_size=60))
    def test_no_address_brings_a_header_along(self, text: str) -> None:
        try:
            address = rules.check_email(text)
        except Refused:
            return
        assert not re.search(r"[\s<>,;:\"()\\]", address)
        assert address.count("@") == 1

    def test_an_unknown_kind_is_refused(self) -> None:
        with pytest.raises(Refused):
            rules.check_kinds(["outage_began", "weather"])


def test_pauses_grow_up_to_an_hour() -> None:
    pauses = [rules.pause_after(attempt) for attempt in range(1, 40)]

    assert pauses == sorted(pauses)
    assert (pauses[0], pauses[-1]) == (20 * SECOND, timedelta(hours=1))


class TestReport:
    SPAN = ("+4921122223333", "+4921122223333")

    def flip(self, version: int, **changes: Any) -> Flip:
        fields: dict[str, Any] = {
            "span": self.SPAN,
            "version": version,
            "in_effect": True,
            "target": "+4915228817386",
            "keeps_extension": False,
            "rule": "own",
            "outage_id": "O1",
            "reason": "outage",
            "at": NOON + version * SECOND,
        }
        return Flip(**fields | changes)

    def test_a_flip_that_tells_the_same_again_ends_nothing(self) -> None:
        off = self.flip(9, in_effect=False)

        [one] = intervals([off, self.flip(3), self.flip(1)])

        assert (one.began, one.ended) == (NOON + SECOND, NOON + 9 * SECOND)

    @given(st.permutations(range(1, 7)))
    def test_the_order_in_which_flips_come_is_no_matter(self, order: list[int]) -> None:
        flips = [self.flip(n, in_effect=n % 2 == 1) for n in order]

        assert [one.began for one in intervals(flips)] == [
            NOON + n * SECOND for n in (1, 3, 5)
        ]

    def test_a_number_that_follows_its_block_again_ends_with_it(self) -> None:
        block = ("+4921122223330", "+4921122223339")
        found = intervals(
            [
                self.flip(1, span=block),
                self.flip(2),
                self.flip(3, rule="block"),
                self.flip(5, span=block, target="+493023125042"),
                self.flip(9, span=block, in_effect=False),
            ]
        )

        told = [
            (
                one.span,
                one.numbers,
                (one.began - NOON).seconds,
                one.lasted(NOON).seconds,
            )
            for one in without(found, frozenset())
        ]
        assert told == [
            (block, 9, 1, 4),
            (self.SPAN, 1, 2, 3),
            (block, 10, 5, 4),
        ]

    def test_a_block_that_is_told_again_leaves_a_rule_of_its_own_alone(self) -> None:
        block = ("+4921122223330", "+4921122223339")

        [own] = intervals([self.flip(2), self.flip(9, span=block, in_effect=False)])

        assert own.ended is None

    def test_what_was_set_up_later_did_not_wait(self) -> None:
        outage = Outage("O1", "fault", NOON, None, False, frozenset({"L1"}))  # noqa: FBT003 - as stored
        flips = [
            self.flip(1),
            self.flip(60, span=("+4921122223334",) * 2, reason="rule"),
        ]
        found = during(intervals(flips), outage, NOON + timedelta(hours=1))

        assert len(found) == 2
        assert longest_wait(found, outage, NOON) == SECOND


@pytest.mark.parametrize("kind", WORDINGS)
@pytest.mark.parametrize(
    ("language", "one"), [("de", "1 Rufnummer"), ("en", "1 number")]
)
def test_one_number_is_one(kind: str, language: Language, one: str) -> None:
    fields = EVERYTHING | dict.fromkeys(
        ("numbers", "unprotected", "failed", "down"), one
    )
    facts = Facts(fields, notes=tuple(NOTES))

    _, said = texts.mail(
        kind, language, facts, link=LINK, about=None, settings_link=LINK
    )

    plural = r"(klingeln|sind|waren|are|were) 1 |1 number (are|were|now ring)|sind sie"
    assert not re.search(plural, said), said
