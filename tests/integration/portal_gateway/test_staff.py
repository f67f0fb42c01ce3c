"""What agents and operators see and do, and what neither may."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts import canary
from contracts.numbers import NumberPorted
from contracts.operations import MaintenanceAnnounced, OutageCommandAnswered
from portal_gateway.store import accounts
from support.portal import (
    BLOCK,
    BLOCK_END,
    INSIDE,
    LINE,
    MOBILE,
    NODE,
    NOON,
    SINGLE,
    TODAY,
    Portal,
    applied,
    cleared,
    connected,
    enabled,
    outage,
)


@pytest.fixture
async def agent(portal: Portal) -> httpx.AsyncClient:
    return await portal.agent()


@pytest.fixture
async def operator(portal: Portal) -> httpx.AsyncClient:
    return await portal.operator()


async def armed(portal: Portal, client: httpx.AsyncClient) -> None:
    await client.put(f"/forwardings/{SINGLE}", json={"target": MOBILE, "enabled": True})
    await portal.answer()


async def found(agent: httpx.AsyncClient, query: str) -> list[str]:
    answer = await agent.get("/customers", params={"query": query})
    return [one["customer_number"] for one in answer.json()["customers"]]


class TestFinding:
    async def test_by_number_name_and_phone_number(
        self, portal: Portal, agent: httpx.AsyncClient
    ) -> None:
        for number in ("C-1001", "C-2002"):
            await portal.customer(number)
        await portal.tell(enabled(SINGLE), enabled(BLOCK, BLOCK_END, customer="C-2002"))

        assert await found(agent, "c-1001") == ["C-1001"]
        assert await found(agent, "firma c-2") == ["C-2002"]
        assert await found(agent, SINGLE.replace("+49", "0")) == ["C-1001"]
        assert await found(agent, SINGLE.replace("+", "")) == ["C-1001"]
        assert await found(agent, BLOCK[:-3] + "123") == ["C-2002"]
        assert await found(agent, "+4930231250") == []

    async def test_a_customer_number_is_typed_as_it_comes(
        self, portal: Portal, agent: httpx.AsyncClient
    ) -> None:
        await portal.customer("C-1001")
        named = {"customer_number": "c-1001"}
        terms = {"new_targets_a_day": 5}
        hold = {"subject": "customer", "name": "c-1001", "held": True, "because": "x"}

        seen = await agent.get("/customers/c-1001")
        answers = {
            "letters": await agent.post("/customers/c-1001/letters", json={}),
            "show": await agent.get("/customers/c-1001/terms"),
            "terms": await agent.put("/customers/c-1001/terms", json=terms),
            "list": await agent.get("/forwardings", params=named),
            "data": await agent.get("/data", params=named),
            "hold": await agent.post("/holds", json=hold),
            "order": await agent.post(
                "/orders", json={"product": "office-flat-ngn", **named}
            ),
        }
        page = await agent.get("http://portal.test/hotline/kunden/c-1001")

        assert seen.json()["customer_number"] == "C-1001"
        told = {name: one.status_code for name, one in answers.items()}
        assert told == {
            "letters": 202,
            "show": 200,
            "terms": 200,
            "list": 200,
            "data": 200,
            "hold": 200,
            "order": 202,
        }
        assert answers["letters"].json() == {"customer_number": "C-1001"}
        assert answers["data"].json()["customer_number"] == "C-1001"
        assert answers["hold"].json()["name"] == "C-1001"
        assert answers["order"].json()["customer_number"] == "C-1001"
        assert "/hotline/kunden/C-1001/brief" in page.text
        again = (await agent.get("/customers/C-1001")).json()
        assert {"terms_changed", "letter_ordered", "data_exported"} <= {
            deed["action"] for deed in again["audit"]
        }

    async def test_by_a_number_that_moved_only_who_has_it_or_gets_it(
        self, portal: Portal, agent: httpx.AsyncClient
    ) -> None:
        def ported(customer: str, days: int, **more: Any) -> NumberPorted:
            fields: dict[str, Any] = {
                "number": SINGLE,
                "customer_number": customer,
                "line": LINE,
                "effective_on": TODAY + timedelta(days=days),
            }
            return NumberPorted(**fields | more)

        for number in ("C-1001", "C-2002", "C-3003"):
            await portal.customer(number)
        await portal.tell(
            ported("C-1001", -9),
            ported("C-1001", -2, direction="out"),
            ported("C-2002", -2),
            ported("C-2002", 5, direction="out"),
            ported("C-3003", 5),
        )

        assert await found(agent, SINGLE) == ["C-2002", "C-3003"]

    async def test_is_kept_without_what_was_looked_for(
        self, portal: Portal, agent: httpx.AsyncClient
    ) -> None:
        await found(agent, SINGLE)

        rows = await portal.gateway.service.pool.fetch(
            "SELECT to_jsonb(audit)::text AS kept FROM audit"
        )
        assert len(rows) == 1
        assert "customers_searched" in rows[0]["kept"]
        assert SINGLE not in rows[0]["kept"]


class TestLooking:
    async def test_shows_all_with_masked_targets(
        self, portal: Portal, agent: httpx.AsyncClient, owner: httpx.AsyncClient
    ) -> None:
        await armed(portal, owner)

        seen = (await agent.get("/customers/C-1001")).json()

        assert seen["lines"][0]["line"] == LINE
        assert seen["forwardings"][0]["number"] == SINGLE
        assert seen["forwardings"][0]["rule"]["target"].endswith("*****")
        assert MOBILE not in str(seen)

    async def test_is_kept_with_the_agents_name(
        self, portal: Portal, agent: httpx.AsyncClient, owner: httpx.AsyncClient
    ) -> None:
        await agent.get("/customers/C-1001")
        await agent.get("/forwardings", params={"customer_number": "C-1001"})

        rows = await portal.gateway.service.pool.fetch(
            "SELECT actor, customer_number FROM audit WHERE action = 'customer_viewed'"
        )
        assert [tuple(row) for row in rows] == [("hotline", "C-1001")] * 2
        history = (await owner.get("/history")).json()["history"]
        assert "customer_viewed" not in str(history)

    async def test_says_what_is_down_and_until_when(
        self, portal: Portal, agent: httpx.AsyncClient
    ) -> None:
        await portal.customer()
        desk = "http://portal.test/hotline/kunden/C-1001"
        before = (await agent.get(desk)).text
        end = NOON + timedelta(hours=2)
        await portal.tell(connected(LINE), outage(estimated_end=end))
        during = (await agent.get(desk)).text
        await portal.tell(cleared())
        after = (await agent.get(desk)).text

        assert f"Störung an {LINE} seit" in during
        assert "Voraussichtlich bis 15:00" in during.replace("&nbsp;", " ")
        assert "Störung an" not in before + after

    async def test_of_nobody_is_404(self, agent: httpx.AsyncClient) -> None:
        for path in ("/customers/C-9", "/customers/%2e%2e"):
            assert (await agent.get(path)).status_code == 404


class TestLetters:
    async def test_kill_the_older_password_and_have_a_limit(
        self, portal: Portal, agent: httpx.AsyncClient
    ) -> None:
        await portal.customer("C-1001")
        path = "/customers/C-1001/letters"
        said = [await agent.post(path, json={}) for _ in range(4)]

        assert [one.status_code for one in said] == [202, 202, 202, 429]
        assert all("password" not in one.text.lower() for one in said[:3])
        first, *_, last = portal.letters()
        codes = []
        for letter in (first, last):
            body = {"username": "C-1001", "password": letter.password}
            codes.append((await portal.client().post("/login", json=body)).status_code)
        assert codes == [401, 200]
        portal.clock.move(timedelta(days=8))
        agent = await portal.agent()
        assert (await agent.post(path, json={})).status_code == 202

    async def test_are_shown_with_the_days_that_they_say(self, portal: Portal) -> None:
        portal.clock.move(timedelta(hours=11, minutes=30))  # in Berlin, the next day
        agent = await portal.agent()
        new = {"customer_number": "C-1001", "name": "A", "address": "B"}
        await agent.post("/customers", json=new)

        page = (await agent.get("http://portal.test/hotline/kunden/C-1001")).text

        assert "<dd>24.11.2026</dd>" in page
        assert "24.12.2026" in page
        assert "23.1" not in page


class TestOperations:
    async def test_shows_outages_with_evidence_and_who_is_hit(
        self, portal: Portal, operator: httpx.AsyncClient
    ) -> None:
        await portal.tell(
            connected(LINE),
            outage(
                lines=(), element=NODE, reported_by="icinga2", root_cause="r-1",
                uncertain=True,
            ),
        )  # fmt: skip

        [seen] = (await operator.get("/operations")).json()["outages"]

        assert seen["reported_by"] == "icinga2"
        assert (seen["root_cause"], seen["uncertain"]) == ("r-1", True)
        assert (seen["lines"], seen["customers"]) == (1, 1)
        await portal.tell(cleared(element=NODE, lines=()))
        [seen] = (await operator.get("/operations")).json()["outages"]
        assert (seen["is_open"], seen["reason"]) == (False, "recovered")

    async def test_what_was_too_short_to_be_told_has_its_place(
        self, portal: Portal, operator: httpx.AsyncClient
    ) -> None:
        await portal.tell(cleared(reason="suppressed"))

        [seen] = (await operator.get("/operations")).json()["outages"]
        assert (seen["places"], seen["reason"]) == ([LINE], "suppressed")

    async def test_leaves_out_what_the_canary_played_before(
        self, portal: Portal, operator: httpx.AsyncClient
    ) -> None:
        played = outage("O2", reported_by=canary.SOURCE)
        await portal.tell(connected(LINE), outage(), cleared(), played)

        async def seen() -> list[str]:
            told = (await operator.get("/operations")).json()["outages"]
            return [one["outage_id"] for one in told]

        during = await seen()
        await portal.tell(cleared("O2"))

        assert (during, await seen()) == (["O2", "O1"], ["O1"])

    async def test_counts_the_numbers_of_diverted_blocks_each_once(
        self, portal: Portal, operator: httpx.AsyncClient
    ) -> None:
        await portal.tell(
            connected(LINE),
            outage(),
            applied(SINGLE),
            applied(BLOCK, BLOCK_END),
            applied(INSIDE, version=2),
        )

        [seen] = (await operator.get("/operations")).json()["outages"]
        page = (await operator.get("http://portal.test/netzbetrieb")).text

        assert seen["diverted"] == 1001
        assert "Umleitungen in Kraft: 1.001" in page

    async def test_a_command_is_told_once_and_answered(
        self, portal: Portal, operator: httpx.AsyncClient
    ) -> None:
        body = {
            "action": "declare",
            "places": [NODE],
            "because": "Bautrupp",
            "command_id": "command-1",
            "estimated_end": "2026-11-23T15:00:00+01:00",
        }
        for _ in range(2):
            answer = await operator.post("/operations/commands", json=body)
            assert answer.status_code == 202

        [told] = await portal.sent("OutageCommanded")
        assert (told["subject"], told["element"], told["commanded_by"]) == (
            NODE,
            NODE,
            "netzbetrieb",
        )
        assert (await portal.actions()).count("outage_commanded") == 1
        await portal.tell(
            OutageCommandAnswered(
                command_id="command-1",
                action="declare",
                subject=NODE,
                outcome="accepted",
                outage_id="O1",
                version=1,
                commanded_by="netzbetrieb",
                answered_at=NOON,
            )
        )
        [command] = (await operator.get("/operations")).json()["commands"]
        assert command["outcome"] == "accepted"

    async def test_a_refusal_is_said_in_the_words_of_the_page(
        self, portal: Portal, operator: httpx.AsyncClient
    ) -> None:
        body = {"action": "declare", "places": [NODE], "because": "Bautrupp"}
        await operator.post("/operations/commands", json=body | {"command_id": "c1"})
        await portal.tell(
            OutageCommandAnswered(
                command_id="c1",
                action="declare",
                subject=NODE,
                outcome="refused",
                code="end_is_past",
                reason="estimated_end is over already",
                commanded_by="netzbetrieb",
                answered_at=NOON,
            )
        )

        board = await operator.get("http://portal.test/netzbetrieb/stand")

        assert "Das voraussichtliche Ende liegt in der Vergangenheit." in board.text
        assert "over already" not in board.text

    @pytest.mark.parametrize(
        ("change", "code"),
        [
            ({"places": []}, "places_missing"),
            ({"places": [" "]}, "places_missing"),
            ({"because": " "}, "because_missing"),
            ({"action": "clear"}, "subject_missing"),
            ({"action": "explode"}, "invalid_field"),
            (
                {
                    "action": "plan",
                    "starts_at": "2026-11-24T10:00:00Z",
                    "ends_at": "2026-11-24T09:00:00Z",
                },
                "window_ends_before_start",
            ),
            ({"estimated_end": "2026-11-24T09:00:00"}, "invalid_field"),
            ({"estimated_end": "9999-12-31T23:59:59-01:00"}, "time_out_of_range"),
            ({"occurred_at": "0001-01-01T00:00:00+01:00"}, "time_out_of_range"),
        ],
    )
    async def test_refuses_what_cannot_be_meant(
        self,
        portal: Portal,
        operator: httpx.AsyncClient,
        change: dict[str, Any],
        code: str,
    ) -> None:
        body = {"action": "declare", "places": [LINE], "because": "x"} | change

        answer = await operator.post("/operations/commands", json=body)

        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert await portal.sent("OutageCommanded") == []

    async def test_shows_the_newest_state_of_planned_work(
        self, portal: Portal, operator: httpx.AsyncClient
    ) -> None:
        for version, state in ((1, "planned"), (3, "cancelled"), (2, "running")):
            await portal.tell(
                MaintenanceAnnounced(
                    window_id="W1",
                    version=version,
                    state=state,
                    lines=(LINE,),
                    starts_at=NOON,
                    ends_at=NOON + timedelta(hours=2),
                    announced_at=NOON,
                )
            )

        [window] = (await operator.get("/operations")).json()["windows"]

        assert (window["state"], window["version"]) == ("cancelled", 3)


class TestRoles:
    @pytest.mark.parametrize(
        ("role", "method", "path", "status"),
        [
            ("customer", "GET", "/customers", 403),
            ("customer", "GET", "/customers/C-1001", 403),
            ("customer", "POST", "/customers/C-1001/letters", 403),
            ("customer", "GET", "/operations", 403),
            ("customer", "POST", "/operations/commands", 403),
            ("agent", "GET", "/operations", 403),
            ("agent", "POST", "/operations/commands", 403),
            ("agent", "PUT", f"/forwardings/{SINGLE}?customer_number=C-1001", 403),
            ("operator", "GET", "/customers", 403),
            ("operator", "GET", "/customers/C-1001", 403),
            ("operator", "GET", "/forwardings?customer_number=C-1001", 403),
            ("operator", "GET", "/history", 403),
            ("operator", "POST", "/orders", 403),
            ("operator", "PUT", f"/forwardings/{SINGLE}", 403),
        ],
    )
    async def test_each_has_its_own_and_refusals_are_kept(
        self, portal: Portal, role: str, method: str, path: str, status: int
    ) -> None:
        await portal.customer("C-1001")
        clients = {
            "customer": lambda: portal.customer("C-2002"),
            "agent": portal.agent,
            "operator": portal.operator,
        }
        client = await clients[role]()
        body = {"action": "clear", "subject": "O1", "because": "x"}
        body = body if "commands" in path else {}

        answer = await client.request(method, path, json=body)

        assert answer.status_code == status, answer.text
        assert "foreign_access" in await portal.actions()

    async def test_an_operators_name_is_no_agents(self, portal: Portal) -> None:
        await portal.operator()
        async with portal.gateway.transaction() as connection:
            assert not await accounts.add_staff(
                connection, "netzbetrieb", "netzbetrieb", "other", NOON, role="agent"
            )
            account = await accounts.by_name(connection, "netzbetrieb", "netzbetrieb")
        assert account
        assert (account.role, account.password_hash) == ("operator", "-")
