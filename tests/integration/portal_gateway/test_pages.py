"""The pages as a program sees them: who gets in, what is refused, what is served."""

import asyncio
import re
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from contracts.forwardings import LONGEST_DRILL, ForwardingFailed
from contracts.numbers import NumberPorted
from contracts.orders import OrderConfirmed
from contracts.outages import RecoveryNoticed
from portal_gateway.domain.facts import Setting
from portal_gateway.domain.refused import Refused
from portal_gateway.pages import assets, live, undoing
from portal_gateway.pages.formats import spoken
from portal_gateway.usecases import many
from portal_gateway.usecases.admission import Who
from portal_gateway.usecases.live import Hub
from portal_gateway.usecases.many import Change
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
    TODAY,
    Portal,
    applied,
    connected,
    disabled,
    enabled,
    outage,
)
from support.waiting import eventually

A_DAY = timedelta(days=1)

ME = Who("C-1001", "me", is_confirmed=True)

HOME = "http://portal.test"
SAVE = f"{HOME}/konfigurator/nummer/{SINGLE}"


async def placed(browser: httpx.AsyncClient) -> str:
    answer = await browser.post("/orders", json={"product": "sip-trunk-2.0"})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["order_id"])


async def token_of(browser: httpx.AsyncClient, path: str = "/konfigurator") -> str:
    page = (await browser.get(f"{HOME}{path}")).text
    found = re.search(r'name="csrf" value="([0-9a-f]+)"', page)
    assert found, page
    return found[1]


class TestForms:
    @pytest.mark.parametrize("token", [None, "", "0" * 64, "foreign"])
    async def test_without_the_session_s_token_nothing_is_done(
        self, portal: Portal, owner: httpx.AsyncClient, token: str | None
    ) -> None:
        if token == "foreign":  # noqa: S105 - a name of a case
            other = await portal.customer("C-2002")
            await portal.tell(enabled(OTHER_SINGLE, customer="C-2002"))
            token = await token_of(other)
        data = {"target": MOBILE, "enabled": "1"}
        answer = await owner.post(SAVE, data=data | ({"csrf": token} if token else {}))

        assert answer.status_code == 403
        assert MOBILE in answer.text  # what was typed waits to be sent again
        assert await portal.sent() == []

    @pytest.mark.parametrize(
        "headers",
        [
            {"Sec-Fetch-Site": "cross-site"},
            {"Origin": "https://evil.example"},
            {"Content-Type": "text/plain"},
            {"Content-Type": "application/json"},
        ],
    )
    async def test_of_another_site_or_kind_are_refused(
        self, portal: Portal, owner: httpx.AsyncClient, headers: dict[str, str]
    ) -> None:
        content = f"csrf={await token_of(owner)}&target={MOBILE[1:]}&enabled=1"
        plain = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = await owner.post(SAVE, content=content, headers=plain | headers)

        assert answer.status_code in {403, 415}
        assert answer.headers["content-type"].startswith("text/html")
        assert await portal.sent() == []

    async def test_save_with_it(self, portal: Portal, owner: httpx.AsyncClient) -> None:
        data = {"csrf": await token_of(owner), "target": MOBILE, "enabled": "1"}
        answer = await owner.post(SAVE, data=data)

        assert (answer.status_code, answer.headers["location"]) == (
            303,
            "/konfigurator",
        )
        [wish] = await portal.sent()
        assert wish["rule"]["target"] == MOBILE

    @pytest.mark.parametrize("path", ["", "/entfernen"])
    async def test_made_before_somebody_else_saved_overwrite_nothing(
        self, portal: Portal, owner: httpx.AsyncClient, path: str
    ) -> None:
        await owner.put(f"/forwardings/{SINGLE}", json={"target": MOBILE})
        page = (await owner.get(SAVE)).text
        form = page.split(f'action="/konfigurator/nummer/{SINGLE}{path}"')[1]
        pairs = re.findall(r'name="(csrf|version)" value="([^"]*)"', form)
        await owner.put(f"/forwardings/{SINGLE}", json={"target": OFFICE})
        sent = dict(pairs[:2]) | {"target": MOBILE}
        answer = await owner.post(SAVE + path, data=sent)

        assert "inzwischen geändert" in answer.text
        assert f"Jetzt gilt: Inaktiv, {spoken(OFFICE)}." in answer.text
        assert len(await portal.sent()) == 2

    async def test_that_carry_a_file_do_not_say_that_it_is_kept(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        upload = {
            "file": ("numbers.csv", f"Rufnummer;Ziel\n{SINGLE};{MOBILE}".encode())
        }
        for client, to in (
            (portal.client(), "/anmelden?weiter=/importe"),
            (owner, "/importe"),  # an old page of a new session
        ):
            sent = await client.post(
                f"{HOME}/importe", files=upload, data={"csrf": "0" * 64}
            )
            assert (sent.status_code, sent.headers["location"]) == (303, to)
            page = await client.get(f"{HOME}{to}")
            assert "wählen Sie sie noch einmal aus" in page.text

    async def test_that_expired_show_no_password(
        self, owner: httpx.AsyncClient
    ) -> None:
        data = {"current": "Geheim 1!", "password": "Geheim 2!", "confirm": "Geheim 3!"}
        here = await owner.post(f"{HOME}/sicherheit/kennwort", data=data)
        typed = {f"typed.{name}": value for name, value in data.items()}
        token = await token_of(owner)
        sent = {"csrf": token, "resume": "/sicherheit/kennwort", **typed}
        there = await owner.post(f"{HOME}/anmelden", data=sent)

        assert here.status_code == 403
        assert "Geheim" not in here.text + there.text

    @pytest.mark.parametrize(
        "where",
        ["//evil.example", "https://evil.example", "x", "//[half", "/\t/evil.example"],
    )
    async def test_lead_to_our_own_pages_only(
        self, portal: Portal, owner: httpx.AsyncClient, where: str
    ) -> None:
        data = {"csrf": await token_of(owner), "target": MOBILE, "back": where}
        answer = await owner.post(SAVE, data=data)
        language = await owner.get(f"{HOME}/sprache/en", params={"zurueck": where})
        shown = await portal.client().get(HOME, headers={"HX-Current-URL": where})

        assert answer.headers["location"] == "/konfigurator"
        assert language.headers["location"] == "/"
        assert shown.status_code < 500


class TestAnswers:
    async def test_tell_nothing_of_somebody_else(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.customer("C-2002")
        await portal.tell(enabled(OTHER_SINGLE, customer="C-2002"))
        foreign, nowhere = [
            await owner.get(f"{HOME}/konfigurator/nummer/{number}")
            for number in (OTHER_SINGLE, "+498999998999")
        ]

        assert foreign.status_code == nowhere.status_code == 404
        bare = [re.sub(r"\d{8,}", "", page.text) for page in (foreign, nowhere)]
        assert bare[0] == bare[1]
        actions = await portal.gateway.service.pool.fetch("SELECT action FROM audit")
        assert [row["action"] for row in actions].count("foreign_access") == 2

    async def test_point_to_the_menu_those_who_have_one(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        hint = "Ihre Rufnummern und Aufträge finden Sie über das Menü."
        for client, has_it in (
            (owner, True),
            (await portal.agent(), False),
            (portal.client(), False),
        ):
            page = await client.get(f"{HOME}/gibt-es-nicht")
            assert page.status_code == 404
            assert (hint in page.text) is has_it
            assert '<a class="button" href="/">Zur Startseite</a>' in page.text

    async def test_carry_a_policy_without_exceptions(
        self, owner: httpx.AsyncClient
    ) -> None:
        headers = (await owner.get(f"{HOME}/konfigurator")).headers

        assert "default-src 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"

    async def test_show_in_the_menu_where_they_belong(
        self, owner: httpx.AsyncClient
    ) -> None:
        page = (await owner.get(f"{HOME}/importe")).text

        assert '<a href="/konfigurator" aria-current="true">' in page

    async def test_files_are_kept_for_ever_under_their_own_name(
        self, portal: Portal
    ) -> None:
        nobody = portal.client()
        ours = await nobody.get(f"{HOME}{assets.url_of('portal.css')}")
        packed = await nobody.get(
            f"{HOME}{assets.url_of('portal.css')}", headers={"Accept-Encoding": "gzip"}
        )
        assert packed.headers["content-encoding"] == "gzip"
        assert "immutable" in packed.headers["cache-control"]
        older = await nobody.get(f"{HOME}/static/0123456789ab/portal.css")
        above = await nobody.get(f"{HOME}/static/{assets.version()}/../site.py")

        assert "immutable" in ours.headers["cache-control"]
        assert older.status_code == 200
        assert "immutable" not in older.headers["cache-control"]
        assert above.status_code == 404

    async def test_without_a_database_it_says_that_nothing_is_lost(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        portal.gateway.service.pool.terminate()
        answer = await owner.get(f"{HOME}/konfigurator")

        assert answer.status_code == 503
        assert "geht nicht verloren" in answer.text

    async def test_without_a_database_what_was_typed_waits_to_be_sent_again(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        token = await token_of(owner)
        portal.gateway.service.pool.terminate()
        answer = await owner.post(SAVE, data={"csrf": token, "target": "030 23125042"})

        assert answer.status_code == 503
        assert "noch einmal" in answer.text
        assert "geht nicht verloren" not in answer.text  # it was not saved
        form = answer.text.partition("<main")[2]
        assert f'action="{SAVE.removeprefix(HOME)}"' in form
        sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
        assert sent == {"csrf": token, "target": "030 23125042"}

    async def test_without_a_database_a_password_is_not_given_back(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        token = await token_of(owner)
        portal.gateway.service.pool.terminate()
        data = {"csrf": token, "current": "geheim 1", "password": "geheim 2"}
        answer = await owner.post(f"{HOME}/sicherheit/kennwort", data=data)

        assert answer.status_code == 503
        assert "geheim" not in answer.text
        assert "geht nicht verloren" not in answer.text

    async def test_nobody_is_told_to_sign_in_and_comes_back(
        self, portal: Portal
    ) -> None:
        nobody = portal.client()
        page = await nobody.get(f"{HOME}/konfigurator?suche=123")
        stream = await nobody.get(f"{HOME}/live")

        assert (
            page.headers["location"] == "/anmelden?weiter=/konfigurator%3Fsuche%3D123"
        )
        assert stream.text.endswith(f"event: {live.SIGNED_OUT}\ndata: signed-out\n\n")


async def test_whatever_is_pasted_to_be_found_is_answered(
    owner: httpx.AsyncClient,
) -> None:
    pasted = {"suche": "030 23125042\n" * 30, "nummer": "030 23125042\n" * 30}
    found, told = [
        await owner.get(f"{HOME}/{page}", params=pasted)
        for page in ("konfigurator", "verlauf")
    ]

    assert "Dazu gibt es keine Rufnummer" in found.text
    assert "Das ist keine Rufnummer" in told.text


@pytest.mark.parametrize(
    ("kind", "language", "said"),
    [
        ("fault", "de", "wegen Störung"),
        ("planned", "de", "wegen geplanter Arbeiten"),
        ("degradation", "de", "wegen eingeschränkten Betriebs"),
        ("planned", "en", "due to planned work"),
    ],
)
async def test_a_row_says_in_good_language_why_it_is_diverted(
    portal: Portal, owner: httpx.AsyncClient, kind: str, language: str, said: str
) -> None:
    await portal.tell(outage(kind=kind), applied(SINGLE))
    headers = {"Accept-Language": language}
    page = (await owner.get(f"{HOME}/konfigurator", headers=headers)).text

    assert f">{said}<" in page


async def test_a_row_names_each_of_two_outages(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    causes = [{"type": "outage", "id": name, "since": NOON} for name in ("O1", "O2")]
    await portal.tell(
        outage("O1"), outage("O2", kind="planned"), applied(SINGLE, causes=causes)
    )
    page = (await owner.get(f"{HOME}/konfigurator")).text

    assert ">wegen Störung<" in page
    assert ">wegen geplanter Arbeiten<" in page


async def test_a_row_says_why_before_its_outage_is_known(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    await portal.tell(applied(SINGLE))
    page = (await owner.get(f"{HOME}/konfigurator")).text

    assert ">wegen Störung<" in page


@pytest.mark.usefixtures("owner")
async def test_the_way_back_from_a_customer_leads_to_what_was_looked_for(
    portal: Portal,
) -> None:
    agent, page = await portal.agent(), f"{HOME}/hotline"
    sent = {"csrf": await token_of(agent, "/hotline"), "query": SINGLE}
    answer = await agent.post(page, data=sent)

    assert (answer.status_code, answer.headers["location"]) == (303, "/hotline")
    found = [(await agent.get(page)).text for _ in range(2)]
    assert ["C-1001" in one for one in found] == [True, True]
    successor = await portal.agent()
    successor.cookies.set("selfcare_sought", agent.cookies["selfcare_sought"])
    assert SINGLE not in (await successor.get(page)).text


async def test_blocks_below_many_numbers_are_one_press_away(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    assert 'href="#blocks"' not in (await owner.get(f"{HOME}/konfigurator")).text
    await portal.tell(enabled(BLOCK, BLOCK_END))

    assert 'href="#blocks"' in (await owner.get(f"{HOME}/konfigurator")).text


@pytest.mark.usefixtures("owner")
async def test_the_hotline_sees_that_a_number_left(portal: Portal) -> None:
    await portal.tell(enabled(BLOCK, BLOCK_END), disabled(INSIDE))
    agent = await portal.agent()
    page = (await agent.get(f"{HOME}/hotline/kunden/C-1001")).text

    assert page.count("nicht geschützt") == len((SINGLE, BLOCK))
    assert page.count("nicht mehr bei uns") == 1


async def test_a_line_is_offered_to_fail_only_where_there_is_one(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    newcomer = await portal.customer("C-2002")
    path = f"{HOME}/konfigurator/was-waere-wenn"
    with_line, without = [(await one.get(path)).text for one in (owner, newcomer)]

    assert "<select" in with_line
    assert "<select" not in without
    assert "Keine Rufnummern" in without


class TestThePageOfAForm:
    @pytest.mark.parametrize(
        ("sent", "page"),
        [
            (f"/konfigurator/nummer/{SINGLE}", f"/konfigurator/nummer/{SINGLE}"),
            (f"/konfigurator/nummer/{SINGLE}/sofort", f"/konfigurator/nummer/{SINGLE}"),
            ("/benachrichtigungen/1/code", "/benachrichtigungen"),
            ("/sicherheit/benutzername", "/sicherheit"),
        ],
    )
    async def test_is_what_the_other_language_and_a_second_look_lead_to(
        self, owner: httpx.AsyncClient, sent: str, page: str
    ) -> None:
        data = {"csrf": await token_of(owner), "nr": SINGLE, "target": "110", "an": "1"}
        shown = (await owner.post(HOME + sent, data=data)).text
        again = await owner.get(HOME + sent)

        assert f'href="/sprache/en?zurueck={quote(page)}"' in shown
        assert again.status_code == 200 or again.headers["location"] == page

    async def test_has_no_other_language_where_what_it_says_stands_nowhere_else(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        data = {"csrf": await token_of(owner), "nr": SINGLE, "target": "110", "an": "1"}
        many = await owner.post(f"{HOME}/konfigurator/mehrere", data=data)
        nobody = portal.client()
        typed = await nobody.post(f"{HOME}/konfigurator/nummer/{SINGLE}", data=data)
        letter = await nobody.post(f"{HOME}/vergessen", data={"name": "nobody"})

        assert "110" in typed.text
        for shown in (many, typed, letter):
            assert "/sprache/" not in shown.text
        assert "/sprache/en" in (await nobody.get(f"{HOME}/anmelden")).text

    @pytest.mark.usefixtures("owner")
    async def test_is_the_customer_s_at_the_hotline(self, portal: Portal) -> None:
        agent = await portal.agent()
        customer = "/hotline/kunden/C-1001"
        data = {"csrf": await token_of(agent, customer), "wait": "viel"}
        shown = await agent.post(f"{HOME}{customer}/ziel-regeln", data=data)

        assert f'href="/sprache/en?zurueck={quote(customer)}"' in shown.text


class TestUndo:
    def test_reads_what_it_wrote(self) -> None:
        rule = Setting(enabled=True, target=MOBILE)
        spans = [((SINGLE, SINGLE), None, None), ((BLOCK, BLOCK_END), rule, 7)]

        none, block = undoing.read(undoing.written(spans))

        assert (none.span, none.changes) == ((SINGLE, SINGLE), None)
        assert (none.version, block.version) == (None, 7)
        assert block.changes
        assert block.changes["target"] == MOBILE

    @pytest.mark.parametrize(
        "text",
        ["", "{}", "[[1, 2]]", '[[{}, ["x"]]]', "[[null]]", '[[null, ["+49211@x"]]]'],
    )
    def test_refuses_anything_else(self, text: str) -> None:
        with pytest.raises(Refused):
            undoing.read(text)


class TestMany:
    async def test_each_is_taken_or_refused_by_itself(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        _ = owner
        await portal.tell(enabled(OTHER_SINGLE), enabled(BLOCK, BLOCK_END))
        asked = [
            Change((SINGLE, SINGLE), {"target": MOBILE, "enabled": True}),
            Change((OTHER_SINGLE, OTHER_SINGLE), {"target": SINGLE, "enabled": True}),
            Change(("+498999998999",) * 2, {"target": MOBILE}),
            Change((BLOCK, BLOCK_END), {"target": "110", "enabled": True}),
        ]
        done = await many.change(portal.gateway, ME, asked)

        codes = [one.refused.code if one.refused else None for one in done]
        assert codes == [None, "target_same_line", "not_found", "target_emergency"]
        assert [wish["number"] for wish in await portal.sent()] == [SINGLE]

    async def test_where_none_is_selected_the_target_that_was_typed_stays(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(OTHER_SINGLE))
        data = {
            "csrf": await token_of(owner),
            "target": "0152 28817386",
            "enabled": "1",
            "ansicht": "/konfigurator?suche=49",
        }
        answer = await owner.post(f"{HOME}/konfigurator/mehrere", data=data)

        assert "mindestens eine Rufnummer" in answer.text
        assert 'value="0152 28817386"' in answer.text
        assert 'name="suche" value="49"' in answer.text

    async def test_a_circle_within_one_change_is_refused(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        _ = owner
        await portal.tell(enabled(OTHER_SINGLE, line="L2"))
        asked = [
            Change((SINGLE, SINGLE), {"target": OTHER_SINGLE, "enabled": True}),
            Change((OTHER_SINGLE, OTHER_SINGLE), {"target": SINGLE, "enabled": True}),
        ]
        done = await many.change(portal.gateway, ME, asked)

        assert done[0].refused is None
        assert done[1].refused
        assert done[1].refused.code == "target_circle"

    async def test_a_trial_changes_nothing_and_undo_brings_back(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        _ = owner
        asked = [Change((SINGLE, SINGLE), {"target": MOBILE, "enabled": True})]
        [tried] = await many.change(portal.gateway, ME, asked, try_only=True)
        assert tried.is_new
        assert await portal.sent() == []

        [done] = await many.change(portal.gateway, ME, asked)
        back = undoing.read(undoing.written([(done.span, done.before, done.version)]))
        await many.change(portal.gateway, ME, back)
        assert [wish["action"] for wish in await portal.sent()] == ["set", "remove"]

    async def test_all_that_was_found_is_what_can_be_changed(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        order = await placed(owner)
        await portal.tell(
            enabled(BLOCK, BLOCK_END),
            NumberPorted(
                number=OTHER_SINGLE,
                customer_number="C-1001",
                line=LINE,
                order_id=order,
                effective_on=TODAY + A_DAY,
            ),
        )
        token = await token_of(owner)
        said = {"csrf": token, "alle": "1", "target": MOBILE, "enabled": "1"}

        async def offered(view: str) -> str:
            page = (await owner.get(f"{HOME}/konfigurator{view}")).text
            return "".join(re.findall(r"Auf alle (\d+) Treffer", page))

        async def changed(view: str) -> list[str]:
            known = len(await portal.sent())
            where = {"ansicht": f"/konfigurator{view}"}
            await owner.post(f"{HOME}/konfigurator/mehrere", data=said | where)
            return [wish["number"] for wish in (await portal.sent())[known:]]

        of_a_block = f"?suche={INSIDE[1:]}"
        assert await offered("") == "2"  # and one that is to come
        assert await offered("?zeigen=kommend") == ""
        assert await changed(of_a_block) == [INSIDE]
        assert sorted(await changed("")) == sorted([SINGLE, BLOCK])

    async def test_undo_leaves_what_somebody_else_set_since(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        _ = owner
        asked = [Change((SINGLE, SINGLE), {"target": MOBILE, "enabled": True})]
        [done] = await many.change(portal.gateway, ME, asked)
        others = [Change((SINGLE, SINGLE), {"target": OFFICE})]
        await many.change(portal.gateway, ME, others)
        back = undoing.read(undoing.written([(done.span, done.before, done.version)]))
        [undone] = await many.change(portal.gateway, ME, back)

        assert undone.refused
        assert undone.refused.code == "version_mismatch"
        assert len(await portal.sent()) == 2


async def test_what_happens_while_a_page_is_made_is_looked_at_again(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    hub = portal.gateway.hub
    async with portal.gateway.transaction() as other:
        # Here the page waits: it knows by now that nothing is diverted.
        await other.execute("LOCK TABLE option_end")
        opening = asyncio.create_task(owner.get(f"{HOME}/konfigurator/nummer/{SINGLE}"))
        await eventually(lambda: someone_waits(portal))
        before = hub.mark
        await portal.tell(applied(SINGLE))
        await eventually(lambda: differs(hub, before))
    page = (await opening).text

    now = page[page.index('id="now"') :]
    assert "umgeleitet seit" not in now
    assert "umgeleitet" in page  # the strip above was read later
    assert f"/live?seit={hub.mark}" not in page  # so the stream says: look again


async def someone_waits(portal: Portal) -> bool:
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
    return bool(await portal.gateway.service.pool.fetchval(waiting))


async def differs(hub: Hub, mark: str) -> bool:
    return hub.mark != mark


@pytest.mark.parametrize(
    ("day", "said"),
    [(TODAY, "wird freigeschaltet"), (TODAY - A_DAY, "verspätet sich")],
)
async def test_from_its_day_on_a_number_is_about_to_open(
    portal: Portal, owner: httpx.AsyncClient, day: date, said: str
) -> None:
    order = await placed(owner)
    await portal.tell(
        OrderConfirmed(
            order_id=order,
            customer_number="C-1001",
            outcome="accepted",
            confirmed_at=NOON,
        ),
        NumberPorted(
            number=OTHER_SINGLE,
            customer_number="C-1001",
            line=LINE,
            order_id=order,
            effective_on=day,
        ),
    )

    for path in (
        "/konfigurator",
        f"/konfigurator/nummer/{OTHER_SINGLE}",
        f"/auftraege/{order}",
    ):
        shown = (await owner.get(f"{HOME}{path}")).text
        assert said in shown, path
        assert f"ab {day:%d.%m.%Y}" not in shown, path
    await portal.tell(outage())

    async def lost() -> int:  # what is kept of a page ends when the hub hears of news
        shown = (await owner.get(f"{HOME}/konfigurator")).text
        return shown.count("Anrufe kommen gerade nicht an")

    assert await eventually(lost, within=20) == 1  # the one that is here


async def test_what_the_network_did_not_do_is_said_and_counted(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    await owner.put(f"/forwardings/{SINGLE}", json={"target": MOBILE, "enabled": True})
    await portal.answer()
    await portal.tell(
        outage(),
        ForwardingFailed(
            number=SINGLE,
            customer_number="C-1001",
            code="switch_away",
            attempts=3,
            version=4,
            failed_at=NOON,
        ),
    )
    english = {"Accept-Language": "en"}

    for path in ("/konfigurator", f"/konfigurator/nummer/{SINGLE}"):
        shown = (await owner.get(f"{HOME}{path}")).text
        assert "Fehler, wird wiederholt" in shown
        assert "Bei 1 Rufnummer wird die Umleitung wiederholt" in shown
        shown = (await owner.get(f"{HOME}{path}", headers=english)).text
        assert "Error, retrying" in shown


async def test_a_target_that_would_fail_as_well_is_named(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    # L2 hangs on the same node as the number's own line.
    await portal.tell(connected("L2"), enabled(OTHER_SINGLE, line="L2"))
    rule = {"target": OTHER_SINGLE, "enabled": True}
    await owner.put(f"/forwardings/{SINGLE}", json=rule)
    await portal.answer()

    page = (await owner.get(f"{HOME}/konfigurator/was-waere-wenn")).text
    assert "Ein Mobiltelefon ist davon unabhängig" in page


async def test_every_rehearsal_that_is_offered_may_last_as_long(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    await owner.put(f"/forwardings/{SINGLE}", json={"target": MOBILE, "enabled": True})
    await portal.answer()
    page = (await owner.get(SAVE)).text
    offered = [int(n) for n in re.findall(r'<option value="(\d+)"', page)]
    token = await token_of(owner)

    for minutes in offered:
        data = {"csrf": token, "an": "1", "minuten": str(minutes)}
        await owner.post(f"{SAVE}/probe", data=data)

    asked = [wish["ends_at"] for wish in await portal.sent() if wish["cause"]]
    ends = [datetime.fromisoformat(at) for at in asked]
    assert ends == [NOON + timedelta(minutes=minutes) for minutes in offered]
    assert max(ends) <= NOON + LONGEST_DRILL


async def test_a_rehearsal_that_is_not_switched_yet_is_not_said_to_divert_nothing(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    await owner.put(f"/forwardings/{SINGLE}", json={"target": MOBILE, "enabled": True})
    await portal.answer()
    data = {"csrf": await token_of(owner), "an": "1", "minuten": "2"}
    await owner.post(f"{SAVE}/probe", data=data)

    waiting = (await owner.get(SAVE)).text
    portal.clock.move(timedelta(minutes=3))
    await portal.answer()
    over = (await owner.get(SAVE)).text

    said = ["Wird gerade geschaltet" in page for page in (waiting, over)]
    assert said == [True, False]
    assert ["nichts umgeleitet" in page for page in (waiting, over)] == [False, True]


@pytest.mark.parametrize(
    "change", [{"target": OFFICE}, {"target": OFFICE, "enabled": False}]
)
async def test_a_change_while_diverted_is_shown_as_waiting(
    portal: Portal, owner: httpx.AsyncClient, change: dict[str, object]
) -> None:
    path = f"/forwardings/{SINGLE}"
    await owner.put(path, json={"target": MOBILE, "enabled": True})
    await portal.answer()
    await portal.tell(outage(), applied(SINGLE))

    await owner.put(path, json=change)

    row = (await owner.get(f"{SAVE}/zeile")).text
    assert "umgeleitet seit" in row
    assert "Änderung wird übernommen" in row
    assert f"Anrufe klingeln jetzt unter {spoken(MOBILE)}" in row
    assert "Anrufe kommen gerade nicht an" not in row
    page = (await owner.get(SAVE)).text
    assert "ist notiert und wird übernommen" in page
    assert f"unter {spoken(MOBILE)}" in page
    await portal.answer()
    assert "wird übernommen" not in (await owner.get(f"{SAVE}/zeile")).text
    assert "wird übernommen" not in (await owner.get(SAVE)).text


async def test_what_was_taken_back_is_shown_before_any_hint_comes(
    portal: Portal, owner: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def listens() -> bool:
        return portal.gateway.hub.is_listening

    path = f"/forwardings/{SINGLE}"
    await owner.put(path, json={"target": MOBILE, "enabled": True})
    await portal.answer()
    await eventually(listens)
    monkeypatch.setattr(Hub, "_tell", lambda *_, **__: None)
    token = await token_of(owner)
    await owner.post(f"{SAVE}/schalter", data={"csrf": token, "enabled": "0"})
    assert 'aria-checked="false"' in (await owner.get(f"{HOME}/konfigurator")).text

    before = Setting(enabled=True, target=MOBILE)
    undo = undoing.written([((SINGLE, SINGLE), before, None)])
    await owner.post(f"{HOME}{undoing.PATH}", data={"csrf": token, "undo": undo})

    assert 'aria-checked="true"' in (await owner.get(f"{HOME}/konfigurator")).text


class TestInsideABlockThatKeepsExtensions:
    HERE = f"{HOME}/konfigurator/nummer/{INSIDE}"
    THERE = "+493023125123"

    async def block_rule(
        self, portal: Portal, owner: httpx.AsyncClient, *, is_on: bool = True
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END))
        rule = {
            "target": "+493023125000",
            "enabled": is_on,
            "keep_extension": True,
            "fallback_target": MOBILE,
        }
        await owner.put(f"/forwardings/{BLOCK}", json=rule)
        await portal.answer()

    async def test_the_page_names_and_offers_the_number_s_own_target(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await self.block_rule(portal, owner)

        page = (await owner.get(self.HERE)).text

        assert f"klingelt es unter {spoken(self.THERE)}" in page
        typed = re.search(r'<input id="target"[^>]* value="([^"]*)"', page)
        assert typed
        assert typed[1] == spoken(self.THERE)

    async def test_the_switch_takes_over_the_block_s_rule_for_it(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await self.block_rule(portal, owner, is_on=False)

        token = await token_of(owner)
        await owner.post(f"{self.HERE}/schalter", data={"csrf": token, "enabled": "1"})

        rule = (await portal.sent())[-1]["rule"]
        assert (rule["enabled"], rule["target"]) == (True, self.THERE)
        assert rule["keep_extension"] is False
        assert rule["fallback_target"] == MOBILE

    async def test_switched_off_and_on_again_it_follows_its_block(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await self.block_rule(portal, owner)
        token = await token_of(owner)

        for is_on in ("0", "1"):
            data = {"csrf": token, "enabled": is_on}
            await owner.post(f"{self.HERE}/schalter", data=data)
            await portal.answer()

        actions = [wish["action"] for wish in (await portal.sent())[-2:]]
        assert actions == ["set", "remove"]

    async def test_many_are_switched_on_as_one_is(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await self.block_rule(portal, owner, is_on=False)
        on = {"enabled": True}
        inside = Change((INSIDE, INSIDE), on)

        [alone] = await many.change(portal.gateway, ME, [inside], try_only=True)
        with_its_block = [Change((BLOCK, BLOCK_END), on), inside]
        block, follows = await many.change(portal.gateway, ME, with_its_block)

        assert alone.after
        assert (alone.after.enabled, alone.after.target) == (True, self.THERE)
        assert block.is_new
        assert (follows.refused, follows.is_new) == (None, False)


class TestOperations:
    async def command(
        self, portal: Portal, operator: httpx.AsyncClient, **typed: str
    ) -> dict[str, Any]:
        token = await token_of(operator, "/netzbetrieb")
        data = {"csrf": token, "because": "Anruf"} | typed
        answer = await operator.post(f"{HOME}/netzbetrieb/befehl", data=data)
        assert answer.status_code == 303, answer.text
        return (await portal.sent("OutageCommanded"))[-1]

    async def test_a_space_is_part_of_a_place(self, portal: Portal) -> None:
        places = "AN Hamburg 9, L 17\r\n\r\n  Ring West ; L18,"
        told = await self.command(
            portal, await portal.operator(), action="declare", places=places
        )

        assert told["lines"] == ["AN Hamburg 9", "L 17", "Ring West", "L18"]

    async def test_a_place_that_is_too_long_is_refused_and_kept(
        self, portal: Portal
    ) -> None:
        operator = await portal.operator()
        token = await token_of(operator, "/netzbetrieb")
        data = {"csrf": token, "because": "Anruf", "places": "x" * 256}
        answer = await operator.post(
            f"{HOME}/netzbetrieb/befehl", data=data | {"action": "declare"}
        )

        assert "höchstens 255" in answer.text
        assert "x" * 256 in answer.text

    async def test_what_is_emptied_is_taken_away_and_the_rest_stays(
        self, portal: Portal
    ) -> None:
        end = NOON + timedelta(hours=4)
        await portal.tell(outage(estimated_end=end, note="Bagger"))
        operator = await portal.operator()
        page = (await operator.get(f"{HOME}/netzbetrieb")).text
        shown = dict(re.findall(r'name="(\w+_was)" value="([^"]*)"', page))
        assert shown == {"estimated_end_was": "2026-11-23T17:00", "note_was": "Bagger"}
        typed = {"estimated_end": "", "note": "Bagger"}
        told = await self.command(
            portal, operator, action="correct", subject="O1", **typed, **shown
        )

        assert told["unset"] == ["estimated_end"]
        assert (told["estimated_end"], told["note"]) == (None, None)


async def test_whoever_is_in_again_is_not_asked_again(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    page = (await owner.get(f"{HOME}/konfigurator")).text
    found = re.search(r'hx-get="(/anmelden/wieder[^"]*)"', page)
    assert found
    asks = f"{HOME}{found[1]}"

    assert "data-csrf" in (await owner.get(asks)).text
    for somebody in (await portal.customer("C-1002"), portal.client()):
        assert "again-username" in (await somebody.get(asks)).text


async def test_a_recovery_is_shown_until_it_fails(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    await portal.tell(connected(LINE), outage())
    end = NOON + timedelta(minutes=2)
    notice = RecoveryNoticed(outage_id="O1", clears_at=end, noticed_at=NOON)
    later = NOON + timedelta(seconds=5)
    failed = RecoveryNoticed(outage_id="O1", clears_at=None, noticed_at=later)

    await portal.tell(notice)
    # As it reads without any script, which counts the time down.
    returns = r"geht wieder\. .* zurück <time[^>]*>um 13:02\sUhr<"
    assert re.search(returns, (await owner.get(f"{HOME}/lage")).text)
    await portal.tell(failed, notice)
    assert "geht wieder" not in (await owner.get(f"{HOME}/lage")).text


async def test_programs_see_when_an_outage_will_be_over_and_that_it_flaps(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    async def told() -> list[tuple[str | None, bool]]:
        entry = (await owner.get(f"/forwardings/{SINGLE}")).json()["outage"]
        one = (await owner.get("/outages/O1")).json()
        return [(each["clears_at"], each["flapping"]) for each in (entry, one)]

    await portal.tell(connected(LINE), enabled(SINGLE), outage())
    assert await told() == [(None, False)] * 2

    end = NOON + timedelta(minutes=15)
    await portal.tell(
        outage(version=2, flapping=True),
        RecoveryNoticed(outage_id="O1", clears_at=end, noticed_at=NOON),
    )
    assert await told() == [("2026-11-23T12:15:00Z", True)] * 2


@pytest.mark.parametrize(
    ("note", "said"), [("flapping", None), ("Bagger; flapping", "Bagger")]
)
async def test_an_outage_that_flaps_is_told_in_words(
    portal: Portal, owner: httpx.AsyncClient, note: str, said: str | None
) -> None:
    await portal.tell(connected(LINE), outage(flapping=True, note=note))

    page = (await owner.get(f"{HOME}/stoerungen/O1")).text
    assert "fällt immer wieder aus" in page
    assert "flapping" not in page
    assert (await owner.get("/outages/O1")).json()["note"] == said


async def test_nobody_is_called_unreachable_while_the_line_works_again(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    async def told() -> list[bool]:
        words = {
            "lage": "ohne Rufumleitung ist nicht erreichbar",
            "konfigurator": "Anrufe kommen gerade nicht an",
            "stoerungen/O1": "ist gerade nicht erreichbar",
        }
        pages = {at: (await owner.get(f"{HOME}/{at}")).text for at in words}
        return [word in pages[at] for at, word in words.items()]

    await portal.tell(connected(LINE), enabled(SINGLE), outage())
    assert await told() == [True] * 3

    end = NOON + timedelta(minutes=2)
    back = RecoveryNoticed(outage_id="O1", clears_at=end, noticed_at=NOON)
    await portal.tell(back)
    assert await told() == [False] * 3

    # Another one holds the line still.
    await portal.tell(outage(outage_id="O2", occurred_at=NOON + timedelta(seconds=9)))
    assert await told() == [True, True, False]


async def test_what_needs_a_hand_is_led_to_while_other_numbers_are_diverted(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    """One number rings at its target; the other's is down, and the strip shows it."""
    rule = {"target": MOBILE, "enabled": True}
    for number in (SINGLE, OTHER_SINGLE):
        await portal.tell(enabled(number))
        await owner.put(f"/forwardings/{number}", json=rule)
    down = ForwardingFailed(
        number=OTHER_SINGLE,
        customer_number="C-1001",
        code="target_down",
        attempts=1,
        version=2,
        failed_at=NOON,
    )
    await portal.tell(connected(LINE), outage(), down)

    assert (
        "Bisher ist nichts umgeleitet"
        in (await owner.get(f"{HOME}/stoerungen/O1")).text
    )
    await portal.tell(applied(SINGLE))

    strip = (await owner.get(f"{HOME}/lage")).text
    assert "Bei 1 Rufnummer ist auch das Ziel gestört" in strip
    assert "wiederholt" not in strip
    assert 'href="/konfigurator?zeigen=fehler"' in strip


async def test_work_that_a_rule_does_not_follow_is_not_told_as_a_diversion(
    portal: Portal, owner: httpx.AsyncClient
) -> None:
    rule = {"target": MOBILE, "enabled": True, "follows_planned_work": False}
    await owner.put(f"/forwardings/{SINGLE}", json=rule)
    await portal.answer()
    await portal.tell(outage(kind="planned"))

    page = (await owner.get(SAVE)).text
    listed = (await owner.get(f"{HOME}/konfigurator")).text

    assert "Bei geplanten Arbeiten leiten Sie diese Rufnummer nicht um" in page
    assert "Alles in Ordnung" not in page
    assert "wie von Ihnen gewählt" in listed
    assert "läuft an" not in page + listed


async def configured(browser: httpx.AsyncClient, order: str) -> str:
    """Follow the link of an order to the configurator."""
    page = (await browser.get(f"{HOME}/auftraege/{order}")).text
    link = re.search(r'href="(/konfigurator[^"]*)">[^<]*konfigurieren', page)
    assert link, page
    return (await browser.get(f"{HOME}{link[1]}")).text


class TestOrders:
    async def test_an_option_ordered_later_leads_to_its_numbers(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        body = {"product": "sip-trunk-2.0", "option": False}
        order = (await owner.post("/orders", json=body)).json()["order_id"]
        await owner.post("/orders", json={"extends_order_id": order})
        await portal.tell(enabled(OTHER_SINGLE, order_id=order))

        assert f'id="n{OTHER_SINGLE[1:]}"' in await configured(owner, order)
        await owner.post("/orders", json={"product": "pmx-ngn"})
        alone = await configured(owner, order)
        assert f'id="n{OTHER_SINGLE[1:]}"' in alone
        assert f'id="n{SINGLE[1:]}"' not in alone  # another order's

    async def test_numbers_to_come_without_an_order_are_shown_beside_the_others(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        order = await placed(owner)
        later = NumberPorted(
            number=INSIDE,
            customer_number="C-1001",
            line=LINE,
            effective_on=TODAY + A_DAY,
        )
        await portal.tell(enabled(OTHER_SINGLE, order_id=order), later)

        assert f'id="n{INSIDE[1:]}"' in await configured(owner, order)
