"""Outages as they touch a customer, coverage, what-if, why and history."""

import asyncio
import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.event import Event
from contracts.forwardings import ForwardingFailed
from contracts.operations import MaintenanceAnnounced
from portal_gateway.store import outages
from support.portal import (
    BLOCK,
    BLOCK_END,
    INSIDE,
    MOBILE,
    NODE,
    NOON,
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
from support.waiting import until_one_waits_for_a_row

PATH = f"/forwardings/{SINGLE}"
ARMED = {"target": MOBILE, "enabled": True}


class TestOutages:
    async def test_lists_open_and_past_ones_with_what_they_did(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(
            enabled(BLOCK, BLOCK_END),
            outage("O1", element=NODE, lines=("L1", "L777")),
            applied(SINGLE),
            applied(BLOCK, BLOCK_END),
            cleared("O1", reason="withdrawn"),
            outage("O2", kind="planned", occurred_at=NOON + timedelta(hours=1)),
            outage("O3", lines=("L777",)),
        )

        found = (await owner.get("/outages")).json()["outages"]

        assert [one["id"] for one in found] == ["O2", "O1"]
        assert (found[0]["state"], found[0]["kind"]) == ("open", "planned")
        assert (found[1]["state"], found[1]["reason"]) == ("closed", "withdrawn")
        assert found[1]["places"] == ["L1", NODE]
        assert found[1]["numbers_forwarded"] == 1001
        assert (await owner.get("/outages/O1")).json() == found[1]

    async def test_one_that_finds_a_number_diverted_is_not_said_to_divert_nothing(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()
        await portal.tell(connected(), outage("O1"), applied(SINGLE))
        await portal.tell(outage("O2", element=NODE, lines=()))

        page = (await owner.get("http://portal.test/stoerungen")).text

        assert page.count("1 Rufnummer umgeleitet") == 2
        assert "nichts umgeleitet" not in page

    async def test_one_that_shrank_to_lines_of_others_is_no_cause_any_more(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()
        both = tuple({"type": "outage", "id": i, "since": NOON} for i in ("O1", "O2"))
        await portal.tell(
            connected(), outage("O1"), outage("O2"), applied(SINGLE, causes=both)
        )
        await portal.tell(outage("O1", version=2, lines=("L777",)))

        entry = (await owner.get(PATH)).json()

        assert [cause["id"] for cause in entry["causes"]] == ["O2"]

    async def test_a_past_one_that_found_all_diverted_is_not_said_to_divert_nothing(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        def over(outage_id: str, first: int, last: int, **where: Any) -> list[Event]:
            began, ended = (NOON + timedelta(minutes=at) for at in (first, last))
            return [
                outage(outage_id, occurred_at=began, **where),
                cleared(outage_id, cleared_at=ended, **where),
            ]

        await portal.tell(
            connected(),
            connected("L8"),
            *over("O1", 0, 30),
            applied(SINGLE),
            *over("O2", 5, 10, element=NODE, lines=()),
            *over("O3", 31, 40),
            *over("O4", 5, 10, lines=("L8",)),
        )

        page = (await owner.get("http://portal.test/stoerungen")).text

        said = dict(re.findall(r'/(O\d)".*?"right">([^<]+)', page, re.DOTALL))
        assert said == {
            "O1": "1 Rufnummer umgeleitet",
            "O2": "schon umgeleitet",
            "O3": "dadurch nichts umgeleitet",
            "O4": "dadurch nichts umgeleitet",
        }

    async def test_of_a_line_that_is_gone_are_those_that_are_over(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        gone = connected("L1").model_copy(update={"gone": True, "version": 2})
        planned = MaintenanceAnnounced(
            window_id="W1",
            version=1,
            state="planned",
            elements=(NODE,),
            starts_at=NOON + timedelta(days=1),
            ends_at=NOON + timedelta(days=2),
            announced_at=NOON,
        )
        await portal.tell(outage("O1"), cleared("O1"), disabled(SINGLE), gone)
        await portal.tell(outage("O2", element=NODE), planned)

        found = (await owner.get("/outages")).json()["outages"]
        ahead = (await owner.get("/maintenance")).json()["maintenance"]
        page = (await owner.get("http://portal.test/konfigurator")).text

        assert [one["id"] for one in found] == ["O1"]
        assert (await owner.get("/outages/O1/report")).json()["lines"] == ["L1"]
        assert ahead == []
        assert "Störung an" not in page

    async def test_at_a_line_that_is_gone_is_told_alike_by_list_page_and_report(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        gone = connected("L1").model_copy(update={"gone": True, "version": 2})
        await portal.tell(connected("L8"), enabled(OTHER_SINGLE, line="L8"))
        await portal.tell(disabled(SINGLE), gone, outage("O1", lines=("L1", "L8")))

        async def lines() -> tuple[list[str], str, str]:
            told = (await owner.get("/outages/O1/report")).json()["lines"]
            pages = [
                (await owner.get(f"http://portal.test/stoerungen{one}")).text
                for one in ("", "/O1")
            ]
            found = (re.findall(r"Störung an ([L0-9, ]+)<", one) for one in pages)
            return told, *(names[-1] for names in found)

        assert await lines() == (["L8"], "L8", "L8")
        await portal.tell(cleared("O1", lines=("L1", "L8")))
        assert await lines() == (["L1", "L8"], "L1, L8", "L1, L8")

    async def test_count_a_number_once_that_left_its_block_s_rule(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(
            enabled(BLOCK, BLOCK_END),
            outage("O1"),
            applied(BLOCK, BLOCK_END),
            applied(INSIDE, version=2),
        )

        [one] = (await owner.get("/outages")).json()["outages"]
        report = (await owner.get("/outages/O1/report")).json()

        assert one["numbers_forwarded"] == 1000
        assert report["numbers_forwarded"] == 1000

    @pytest.mark.parametrize(
        ("path", "named"),
        [
            ("/lage", "Störung an L1, L8 seit"),
            ("/konfigurator", "Störung an L1, L8 seit"),
            (f"/konfigurator/nummer/{SINGLE}", "Grund: Störung an L1 seit"),
            (f"/konfigurator/nummer/{OTHER_SINGLE}", "Störung an L8 seit"),
            ("/stoerungen", "Störung an L1, L8</b></a>"),
            ("/stoerungen/O1", "Störung an L1, L8</h1>"),
        ],
    )
    async def test_is_named_by_the_lines_of_the_customer_on_every_page(
        self, portal: Portal, owner: httpx.AsyncClient, path: str, named: str
    ) -> None:
        await portal.customer("C-2002")
        await portal.tell(
            connected("L8"),
            enabled(OTHER_SINGLE, line="L8"),
            connected("L77", "C-2002"),
        )
        await owner.put(PATH, json=ARMED)
        await portal.answer()
        down = ("L1", "L77", "L78")
        await portal.tell(outage(element=NODE, lines=down), applied(SINGLE))

        shown = (await owner.get(f"http://portal.test{path}")).text

        assert named in shown
        assert not re.findall(rf"\bL7[78]\b|{NODE}", shown)

    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("de", "Störung an L1001, L1002, L1003 und 1.197 weiteren seit"),
            ("en", "Outage on L1001, L1002, L1003 and 1,197 more since"),
        ],
    )
    async def test_of_very_many_lines_pages_name_a_few(
        self, portal: Portal, owner: httpx.AsyncClient, language: str, said: str
    ) -> None:
        lines = [f"L{n}" for n in range(1001, 2201)]
        first = 492214710000
        numbers = [enabled(f"+{first + n}", line=line) for n, line in enumerate(lines)]
        await portal.tell_together(*numbers, outage(lines=tuple(lines)))

        headers = {"Accept-Language": language}
        shown = (await owner.get("http://portal.test/lage", headers=headers)).text

        assert said in shown

    async def test_that_was_too_short_to_be_told_shows_how_long_it_was(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        over = NOON + timedelta(seconds=25)
        short = {"reason": "suppressed", "started_at": NOON, "cleared_at": over}
        await portal.tell(connected("L1"), enabled(SINGLE), cleared("O1", **short))

        one = (await owner.get("/outages/O1")).json()
        report = (await owner.get("/outages/O1/report")).json()
        page = (await owner.get("http://portal.test/stoerungen/O1")).text

        began, ended = "2026-11-23T12:00:00Z", "2026-11-23T12:00:25Z"
        assert (one["since"], one["cleared_at"]) == (began, ended)
        assert (one["reason"], one["voice_reachable"]) == ("suppressed", False)
        assert [step["at"] for step in report["steps"]] == [began, ended]
        assert report["numbers_unprotected"] == 0
        assert "bevor sie eine Umleitung wert war" in page
        assert "Ersatzverbindung" not in page

    async def test_a_clear_before_its_outage_leaves_it_closed(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(cleared("O1"), outage("O1"), outage("O1"))

        [one] = (await owner.get("/outages")).json()["outages"]

        assert (one["state"], one["kind"]) == ("closed", "fault")
        assert (await owner.get(PATH)).json()["outage"] is None

    async def test_ends_never_wait_in_a_circle_with_beginnings(
        self, portal: Portal
    ) -> None:
        async with portal.gateway.transaction() as connection:
            await outages.detect(connection, outage("O1"))
            ends = portal.tell_together(
                cleared("O2", version=2), cleared("O1", version=2)
            )
            ending = asyncio.create_task(ends)
            await until_one_waits_for_a_row(portal.gateway.service.pool)
            # Whoever ends them has no lock of O2 while it waits for O1.
            await outages.detect(connection, outage("O2"))
        await ending

    async def test_a_reduced_outage_leaves_the_line_but_not_the_history(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(
            outage("O1", version=2, lines=("L2",)), outage("O1", version=1)
        )

        [one] = (await owner.get("/outages")).json()["outages"]

        assert one["places"] == ["L1"]
        assert (await owner.get(PATH)).json()["causes"] == []


class TestCoverage:
    async def test_counts_who_is_reached_and_names_the_rest(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END), enabled(OTHER_SINGLE))
        for path, body in (
            (f"/forwardings/{BLOCK}", ARMED),
            (f"/forwardings/{INSIDE}", {"enabled": False}),
            (PATH, {"target": MOBILE, "enabled": False}),
        ):
            await owner.put(path, json=body)
            await portal.answer()

        told = (await owner.get("/coverage")).json()

        assert (told["protected"], told["unprotected"]) == (999, 3)
        assert {one["number"]: one["reason"] for one in told["numbers"]} == {
            SINGLE: "switched_off",
            OTHER_SINGLE: "no_target",
            INSIDE: "switched_off",
        }
        assert told["numbers"][0]["detail"] == "Rufumleitung inaktiv"


CONFIGURATOR = "http://portal.test/konfigurator"
WHAT_IF = "http://portal.test/konfigurator/was-waere-wenn"


class TestWhatIf:
    @pytest.mark.parametrize("place", ["L1", NODE])
    async def test_names_where_calls_would_go(
        self, portal: Portal, owner: httpx.AsyncClient, place: str
    ) -> None:
        await portal.tell(
            connected("L2"), enabled(OTHER_SINGLE), enabled(BLOCK, BLOCK_END, line="L9")
        )
        await owner.put(PATH, json=ARMED)
        await portal.answer()

        told = (await owner.post("/what-if", json={"line": place})).json()

        assert [(one["number"], one["target"]) for one in told["numbers"]] == [
            (SINGLE, MOBILE),
            (OTHER_SINGLE, None),
        ]

    @pytest.mark.parametrize(
        ("open_to", "rule", "said"),
        [
            ((SINGLE,), {"enabled": False}, "Die Rufnummer wäre nicht erreichbar"),
            ((SINGLE,), ARMED, "Die Rufnummer bliebe erreichbar"),
            (
                (SINGLE, OTHER_SINGLE),
                {"enabled": False},
                "Keine der 2 Rufnummern bliebe erreichbar",
            ),
            ((SINGLE, OTHER_SINGLE), ARMED, "1 von 2 Rufnummern bliebe erreichbar"),
        ],
    )
    async def test_says_plainly_who_could_be_reached(
        self,
        portal: Portal,
        owner: httpx.AsyncClient,
        open_to: tuple[str, ...],
        rule: dict[str, Any],
        said: str,
    ) -> None:
        await portal.tell(*(enabled(number) for number in open_to))
        await owner.put(PATH, json=rule)
        await portal.answer()

        page = (await owner.get(WHAT_IF)).text

        assert f'<p class="bigstate"><b>{said}</b>' in page

    async def test_takes_lines_with_long_names(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        line = f"Köln Porz / {'x' * 243}"
        await portal.tell(enabled(OTHER_SINGLE, line=line))

        told = await owner.post("/what-if", json={"line": line})
        page = await owner.get(WHAT_IF, params={"leitung": line})
        listed = await owner.get(CONFIGURATOR, params={"leitung": line})

        assert [one["number"] for one in told.json()["numbers"]] == [OTHER_SINGLE]
        assert (page.status_code, listed.status_code) == (200, 200)

    async def test_counts_what_is_the_customer_s_and_on_the_line_alone(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        gone = f"{BLOCK[:-3]}200"
        await portal.tell(
            enabled(BLOCK, BLOCK_END, line="L7"),
            enabled(INSIDE, line="L8", version=2),
            disabled(gone, version=2),
        )
        await owner.put(f"/forwardings/{BLOCK}", json=ARMED)
        await portal.answer()

        told = (await owner.post("/what-if", json={"line": "L7"})).json()
        page = (await owner.get(f"{WHAT_IF}?leitung=L7")).text

        assert [(one["number"], one["numbers"]) for one in told["numbers"]] == [
            (BLOCK, 998)
        ]
        assert "Alle 998 Rufnummern blieben erreichbar" in page

    async def test_a_fallback_that_fails_as_well_reaches_nobody(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        third = "+4921122223335"
        await portal.tell(
            connected("L2"),
            connected("L3"),
            enabled(OTHER_SINGLE, line="L2"),
            enabled(third, line="L3"),
        )
        rule = {"target": OTHER_SINGLE, "fallback_target": third, "enabled": True}
        await owner.put(PATH, json=rule)
        await portal.answer()

        page = (await owner.get(f"{WHAT_IF}?leitung={NODE}")).text

        assert "Keine der 3 Rufnummern bliebe erreichbar" in page

    async def test_a_fallback_of_a_block_that_keeps_extensions_is_one_number(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        other = ("+493023125000", "+493023125999")
        await portal.tell(
            connected("L2"),
            enabled(BLOCK, BLOCK_END),
            enabled(*other, line="L2", version=2),
        )
        rule = {"target": other[0], "keep_extension": True, "fallback_target": MOBILE}
        await owner.put(f"/forwardings/{BLOCK}", json=rule | {"enabled": True})
        await portal.answer()

        page = (await owner.get(f"{WHAT_IF}?leitung={NODE}")).text

        told = page[page.index("Anrufe klingeln unter") :]
        assert "<span>28817386</span></span></th>" in told


class TestWhy:
    async def test_tells_the_story_in_sentences(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()
        await portal.tell(outage(), applied(SINGLE))

        german = (await owner.get(f"{PATH}/why")).json()
        english = (
            await owner.get(f"{PATH}/why", headers={"Accept-Language": "en"})
        ).json()

        assert german["rule"]["set_by"] == "firma C-1001"
        assert [cause["id"] for cause in german["causes"]] == ["O1"]
        assert "umgeleitet" in german["sentences"][0] or "klingeln" in " ".join(
            german["sentences"]
        )
        assert "Störung O1" in german["sentences"][1]
        assert "outage O1" in english["sentences"][1]

    async def test_a_target_that_is_down_too_is_not_called_tried_again(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()
        down = ForwardingFailed(
            number=SINGLE,
            customer_number="C-1001",
            code="target_down",
            attempts=1,
            version=2,
            failed_at=NOON,
        )
        await portal.tell(outage(), down)

        [first, *_] = (await owner.get(f"{PATH}/why")).json()["sentences"]

        assert "+49 152 28817386 ist ebenfalls gestört" in first
        assert "wiederholt" not in first


class TestHistory:
    async def test_pages_through_all_that_happened_newest_first(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        for target in (MOBILE, "+493023125042"):
            await owner.put(PATH, json={"target": target, "enabled": True})
            await portal.answer()
            portal.clock.move(timedelta(minutes=1))
        on = applied(SINGLE, version=5, applied_at=NOON + timedelta(hours=1))
        off = on.model_copy(
            update={
                "version": 6,
                "in_effect": False,
                "causes": (),
                "reason": "cleared",
                "applied_at": NOON + timedelta(hours=2),
            }
        )
        await portal.tell(off, on, off, on)

        everything = (await owner.get("/history")).json()["history"]
        seen: list[dict[str, object]] = []
        cursor: str | None = None
        while True:
            params = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
            page = (await owner.get("/history", params=params)).json()
            seen += page["history"]
            if not (cursor := page["next_cursor"]):
                break

        assert seen == everything
        assert [one.get("reason") or one["action"] for one in everything] == [
            "cleared",
            "outage",
            "rule_set",
            "rule_set",
        ]
        assert everything[1]["target"] == MOBILE
        assert everything[2]["actor"] == "firma C-1001"
        assert everything[2]["detail"]["before"]["target"] == MOBILE

    @pytest.mark.parametrize("cursor", ["x", "====", "MjAyNg==", "bm93fGE="])
    async def test_refuses_a_made_up_cursor(
        self, owner: httpx.AsyncClient, cursor: str
    ) -> None:
        answer = await owner.get("/history", params={"cursor": cursor})

        assert answer.json()["code"] == "invalid_field"
