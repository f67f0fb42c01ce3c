"""An outage from end to end, and the history that one can filter."""

import csv
import io
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pypdf import PdfReader

from contracts.forwardings import ForwardingFailed
from portal_gateway.pages.formats import phone
from support.portal import (
    BLOCK,
    BLOCK_END,
    INSIDE,
    LINE,
    MOBILE,
    NOON,
    OFFICE,
    OTHER_SINGLE,
    SINGLE,
    Portal,
    applied,
    cleared,
    connected,
    disabled,
    enabled,
    outage,
)

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


@pytest.fixture
async def owner(portal: Portal) -> httpx.AsyncClient:
    """Two numbers on a line, one diverted through an outage, one not."""
    client = await portal.customer()
    await portal.tell(
        connected(LINE),
        enabled(SINGLE),
        enabled(OTHER_SINGLE),
        outage(estimated_end=NOON + 60 * MINUTE),
        ForwardingFailed(
            number=SINGLE,
            customer_number="C-1001",
            code="switch_away",
            attempts=1,
            version=1,
            failed_at=NOON + SECOND,
        ),
        applied(SINGLE, version=2, applied_at=NOON + 4 * SECOND),
        applied(
            SINGLE,
            version=3,
            target=OFFICE,
            reason="rule",
            applied_at=NOON + 2 * MINUTE,
        ),
        cleared(),
        applied(
            SINGLE,
            version=4,
            in_effect=False,
            causes=(),
            reason="cleared",
            applied_at=NOON + 6 * MINUTE,
        ),
    )
    return client


class TestReport:
    async def test_tells_intervals_failures_and_what_was_not_diverted(
        self, owner: httpx.AsyncClient
    ) -> None:
        told = (await owner.get("/outages/O1/report")).json()

        assert [
            (one["target"], one["from"], one["until"]) for one in told["intervals"]
        ] == [
            (MOBILE, "2026-11-23T12:00:04Z", "2026-11-23T12:02:00Z"),
            (OFFICE, "2026-11-23T12:02:00Z", "2026-11-23T12:06:00Z"),
        ]
        assert told["longest_wait_seconds"] == 4.0
        assert (told["numbers_forwarded"], told["numbers_unprotected"]) == (1, 1)
        assert [one["code"] for one in told["failures"]] == ["switch_away"]
        assert [one["number"] for one in told["unprotected"]] == [OTHER_SINGLE]
        assert [step["what"] for step in told["steps"]] == [
            "noticed",
            "occurred",
            "forwarded",
            "cleared",
            "back",
            "expected",
        ]

    async def test_an_outage_that_diverted_nothing_itself_tells_what_stood(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(outage("O2", occurred_at=NOON + MINUTE), cleared("O2"))
        told = (await owner.get("/outages/O2/report")).json()

        assert [one["outage_id"] for one in told["intervals"]] == ["O1", "O1"]
        assert told["longest_wait_seconds"] is None

    @pytest.mark.parametrize(
        ("code", "words"),
        [
            ("target_down", "Ziel ebenfalls gestört"),
            ("switch_away", "Vermittlungsstelle antwortete nicht"),
        ],
    )
    async def test_a_number_that_failed_is_not_said_to_be_set_up_since(
        self, portal: Portal, owner: httpx.AsyncClient, code: str, words: str
    ) -> None:
        path = f"/forwardings/{OTHER_SINGLE}"
        await owner.put(path, json={"target": MOBILE, "enabled": True})
        await portal.answer()
        failed = ForwardingFailed(
            number=OTHER_SINGLE,
            customer_number="C-1001",
            code=code,
            attempts=1,
            version=2,
            failed_at=NOON + SECOND,
        )
        await portal.tell(failed)

        [bare] = (await owner.get("/outages/O1/report")).json()["unprotected"]
        page = (await owner.get("http://portal.test/stoerungen/O1")).text
        sheet = (await owner.get("/outages/O1/report.csv")).text

        assert (bare["reason"], bare["detail"]) == (code, words)
        assert "inzwischen eingerichtet" not in page + sheet
        assert f"{words};;{code}" in sheet

    async def test_work_that_a_rule_does_not_follow_is_the_reason(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        rule = {"target": MOBILE, "enabled": True, "follows_planned_work": False}
        await owner.put(f"/forwardings/{OTHER_SINGLE}", json=rule)
        await portal.answer()
        at = NOON + 60 * MINUTE
        await portal.tell(
            outage("O3", kind="planned", occurred_at=at),
            cleared("O3", cleared_at=at + MINUTE),
        )

        told = (await owner.get("/outages/O3/report")).json()["unprotected"]

        said = {one["number"]: (one["reason"], one["detail"]) for one in told}
        words = "bei geplanten Arbeiten nicht umgeleitet, wie eingestellt"
        assert said[OTHER_SINGLE] == ("not_planned", words)

    async def test_an_end_that_was_expected_is_none_once_it_is_over(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        at = NOON + MINUTE
        end = {"occurred_at": at, "estimated_end": NOON + 90 * MINUTE}
        await portal.tell(outage("O2", **end))
        [running, over] = [
            (await owner.get(f"http://portal.test/stoerungen/{one}")).text
            for one in ("O2", "O1")
        ]

        assert "<b>Voraussichtliches Ende</b>" in running
        assert "<b>Ursprünglich erwartet</b>" in over
        assert "Voraussichtliches Ende" not in over

    async def test_what_was_diverted_before_the_outage_began_is_said_to_be(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(outage("O2", occurred_at=NOON + MINUTE), cleared("O2"))

        async def names(outage_id: str) -> list[str]:
            page = await owner.get(f"http://portal.test/stoerungen/{outage_id}")
            pdf = await owner.get(f"/outages/{outage_id}/report.pdf")
            text = PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
            said = re.findall(r'<li class="forwarded[^"]*"><b>([^<]*)</b>', page.text)
            return [name for name in said if name in text]

        assert await names("O1") == ["Umgeleitet"]
        assert await names("O2") == ["Schon umgeleitet"]

    @pytest.mark.parametrize(
        ("language", "title"), [("de", "Störungsbericht"), ("en", "Outage report")]
    )
    async def test_is_a_paper_in_both_languages(
        self, owner: httpx.AsyncClient, language: str, title: str
    ) -> None:
        headers = {"Accept-Language": language}
        pdf = await owner.get("/outages/O1/report.pdf", headers=headers)
        sheet = await owner.get("/outages/O1/report.csv", headers=headers)
        text = PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()

        assert title in text
        assert "+49 211 22223333" in text
        rows = sheet.content.decode("utf-8-sig").splitlines()
        assert len(rows) == 5
        assert "2026-11-23T13:00:04.000+01:00" in rows[1]
        assert "13:00:04" in text
        assert not [row for row in rows if row.startswith(("=", "+", "-", "@"))]

    @pytest.mark.parametrize(
        ("language", "separator", "head", "words"),
        [
            (
                "de",
                ";",
                "Grund",
                [
                    "wegen einer Störung",
                    "Regel geändert",
                    "Vermittlungsstelle antwortete nicht",
                    "keine Zielnummer",
                ],
            ),
            (
                "en",
                ",",
                "Reason",
                [
                    "because of an outage",
                    "rule changed",
                    "the switch did not answer",
                    "no target number",
                ],
            ),
        ],
    )
    async def test_says_why_in_words_and_keeps_the_codes_beside_them(
        self,
        owner: httpx.AsyncClient,
        language: str,
        separator: str,
        head: str,
        words: list[str],
    ) -> None:
        answer = await owner.get(
            "/outages/O1/report.csv", headers={"Accept-Language": language}
        )
        lines = answer.content.decode("utf-8-sig").splitlines()
        rows = list(csv.DictReader(lines, delimiter=separator))

        assert [row[head] for row in rows] == words
        assert [row["Code"] for row in rows] == [
            "outage",
            "rule",
            "switch_away",
            "no_target",
        ]

    async def test_is_named_after_the_day_in_germany(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        midnight = NOON + timedelta(hours=11, minutes=30)
        await portal.tell(outage("O3", occurred_at=midnight, detected_at=midnight))

        answer = await owner.get("/outages/O3/report.csv")

        assert "2026-11-24.csv" in answer.headers["content-disposition"]

    async def test_is_nobody_elses(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        stranger = await portal.customer("C-2002")
        paths = [f"/outages/O1/report{form}" for form in ("", ".pdf", ".csv")]
        answers = [await stranger.get(path) for path in paths]

        assert {answer.status_code for answer in answers} == {404}
        assert (await owner.get(paths[0])).status_code == 200


class TestABlockWhoseNumbersWentElsewhere:
    """It counts without those of its numbers that stood apart while it was diverted."""

    GONE, MOVED, LATER = (f"{BLOCK[:-3]}{end}" for end in (200, 300, 400))
    DOWN = NOON + 10 * MINUTE

    @pytest.fixture
    async def owner(self, portal: Portal) -> httpx.AsyncClient:
        """Of 1,000 one has its own rule, which is off, one is ported, one moved."""
        client = await portal.customer()
        await portal.tell(connected(LINE), enabled(BLOCK, BLOCK_END))
        rule = {"target": MOBILE, "enabled": True}
        await client.put(f"/forwardings/{BLOCK}?kind=block", json=rule)
        await portal.answer()
        await client.put(f"/forwardings/{INSIDE}", json={"enabled": False})
        await portal.answer()
        await portal.tell(
            disabled(self.GONE, disabled_at=NOON),
            enabled(self.MOVED, line="L8", version=2),
        )
        portal.clock.move(11 * MINUTE)
        await portal.tell(
            outage(occurred_at=self.DOWN, detected_at=self.DOWN),
            applied(BLOCK, BLOCK_END, applied_at=self.DOWN),
        )
        return client

    async def test_in_the_report_and_the_list_and_on_the_pages(
        self, owner: httpx.AsyncClient
    ) -> None:
        report = (await owner.get("/outages/O1/report")).json()
        listed = (await owner.get("/outages/O1")).json()
        pdf = await owner.get("/outages/O1/report.pdf")
        sheet = await owner.get("/outages/O1/report.csv")
        page = (await owner.get("http://portal.test/stoerungen/O1")).text
        above = (await owner.get("http://portal.test/lage")).text

        [block] = report["intervals"]
        assert (report["numbers_forwarded"], block["numbers"]) == (997, 997)
        assert listed["numbers_forwarded"] == 997
        assert "<dd>997</dd>" in page
        assert "997" in above
        text = PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
        assert "997" in text
        assert "1.000" not in text
        row = sheet.content.decode("utf-8-sig").splitlines()[1].split(";")
        assert row[3] == "997"

    async def test_before_network_operations(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        operator = await portal.operator()

        async def diverted() -> int:
            [seen] = (await operator.get("/operations")).json()["outages"]
            return int(seen["diverted"])

        before = await diverted()
        own = {"target": OFFICE, "enabled": True}
        await owner.put(f"/forwardings/{self.LATER}", json=own)
        await portal.answer()
        without_it = await diverted()
        await portal.tell(applied(self.LATER, target=OFFICE, applied_at=self.DOWN))

        assert (before, without_it, await diverted()) == (997, 996, 997)

    async def test_what_leaves_it_later_was_diverted(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        at = portal.clock.now()
        await owner.put(f"/forwardings/{self.LATER}", json={"enabled": False})
        await portal.answer()
        off: dict[str, Any] = {"in_effect": False, "causes": (), "applied_at": at}
        told: dict[str, Any] = {"version": 2, "reason": "rule", "outage_id": None}
        await portal.tell(applied(self.LATER, **off, **told))
        await portal.tell(cleared(cleared_at=at + MINUTE))
        portal.clock.move(9 * MINUTE)
        after = f"{BLOCK[:-3]}500"
        await owner.put(f"/forwardings/{after}", json={"enabled": False})
        await portal.answer()
        await owner.delete(f"/forwardings/{INSIDE}")
        await portal.answer()
        await portal.tell(disabled(f"{BLOCK[:-3]}600", disabled_at=portal.clock.now()))

        report = (await owner.get("/outages/O1/report")).json()
        listed = (await owner.get("/outages/O1")).json()

        assert report["numbers_forwarded"] == 997
        assert listed["numbers_forwarded"] == 997

    async def test_what_rang_at_a_target_of_its_own_is_counted_there(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        own = {"target": OFFICE, "enabled": True}
        await owner.put(f"/forwardings/{self.LATER}", json=own)
        await portal.answer()
        await portal.tell(applied(self.LATER, target=OFFICE, applied_at=self.DOWN))

        report = (await owner.get("/outages/O1/report")).json()

        assert report["numbers_forwarded"] == 997
        assert [one["numbers"] for one in report["intervals"]] == [996, 1]


class TestABlockThatRangAtABlock:
    """Both ends of the target are shown, as everywhere: each extension rang there."""

    ENDS = "+49 30 23125 000\N{EN DASH}999"

    @pytest.fixture
    async def owner(self, portal: Portal) -> httpx.AsyncClient:
        client = await portal.customer()
        await portal.tell(
            connected(LINE),
            enabled(BLOCK, BLOCK_END),
            outage(),
            applied(BLOCK, BLOCK_END, target="+493023125000", keep_extension=True),
        )
        return client

    async def test_in_the_report(self, owner: httpx.AsyncClient) -> None:
        pdf = await owner.get("/outages/O1/report.pdf")
        page = await owner.get("http://portal.test/stoerungen/O1")

        assert self.ENDS in PdfReader(io.BytesIO(pdf.content)).pages[0].extract_text()
        assert phone("+493023125000", "+493023125999") in page.text

    async def test_in_its_files_for_programs(self, owner: httpx.AsyncClient) -> None:
        [one] = (await owner.get("/outages/O1/report")).json()["intervals"]
        sheet = await owner.get("/outages/O1/report.csv")
        head, row = sheet.content.decode("utf-8-sig").splitlines()

        assert (one["target"], one["target_last"]) == ("+493023125000", "+493023125999")
        told = dict(zip(head.split(";"), row.split(";"), strict=True))
        assert told["Zielnummer"] == "030 23125000"
        assert told["Letzte Zielnummer"] == "030 23125999"
        assert head.split(";")[:8][-1] == "Grund"

    async def test_in_what_happened_and_why(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        rule = {"target": "+493023125000", "enabled": True, "keep_extension": True}
        happened = (await owner.get("/history?type=forwarding")).json()["history"]
        diverted = (await owner.get(f"/forwardings/{BLOCK}/why")).json()["sentences"]
        await portal.tell(applied(BLOCK, BLOCK_END, version=2, in_effect=False))
        await owner.put(f"/forwardings/{BLOCK}?kind=block", json=rule)
        await portal.answer()
        ready = (await owner.get(f"/forwardings/{BLOCK}/why")).json()["sentences"]

        assert happened[0]["target_last"] == "+493023125999"
        assert self.ENDS in diverted[0]
        assert self.ENDS in ready[0]

    async def test_in_the_history(self, owner: httpx.AsyncClient) -> None:
        rule = {"target": "+493023125000", "enabled": True, "keep_extension": True}
        await owner.put(f"/forwardings/{BLOCK}?kind=block", json=rule)

        page = (await owner.get("http://portal.test/verlauf")).text

        assert phone("+493023125000", "+493023125999") in page
        ends = self.ENDS.replace(" ", "\N{NO-BREAK SPACE}")
        assert f"<ins>{ends}</ins>" in page
        assert "Durchwahl behalten: <del>Nein</del> → <ins>Ja</ins>" in page

    async def test_and_is_another_than_its_first_number_alone(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        later = NOON + MINUTE
        told: dict[str, Any] = {"target": "+493023125000", "version": 2}
        await portal.tell(applied(BLOCK, BLOCK_END, applied_at=later, **told))

        report = (await owner.get("/outages/O1/report")).json()

        assert len(report["intervals"]) == 2


class TestHistory:
    async def test_can_be_filtered_by_kind_and_days(
        self, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(f"/forwardings/{SINGLE}", json={"target": MOBILE})
        counts = []
        for query in (
            "",
            "?type=change",
            "?type=forwarding",
            f"?type=change&number={OTHER_SINGLE}",
            "?since=2026-11-24",
            "?until=2026-11-22",
            "?since=2026-11-23&until=2026-11-23",
            "?since=0001-01-01&until=9999-12-31",
        ):
            told = (await owner.get(f"/history{query}")).json()["history"]
            counts.append(len(told))

        assert counts == [4, 1, 3, 0, 0, 0, 4, 4]

    @pytest.mark.parametrize("day", ["0", "1764500000", "today"])
    async def test_a_day_that_is_none_is_refused(
        self, owner: httpx.AsyncClient, day: str
    ) -> None:
        answer = await owner.get("/history", params={"until": day})

        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")
