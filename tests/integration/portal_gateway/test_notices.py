"""Contacts, and what they are told: once a cause, and through every trouble."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from contracts.event import Event
from contracts.forwardings import ForwardingFailed, ForwardingRequested
from contracts.operations import MaintenanceAnnounced
from portal_gateway.usecases.sending import LEASE, Worker
from support.portal import (
    BLOCK,
    BLOCK_END,
    INSIDE,
    LINE,
    MOBILE,
    NODE,
    NOON,
    OFFICE,
    OTHER_LINE,
    OTHER_SINGLE,
    SINGLE,
    Portal,
    answer_to,
    applied,
    cleared,
    connected,
    disabled,
    enabled,
    outage,
    running_portal,
)
from support.providers import (
    UNKNOWN_MAIL,
    FakeSender,
    MailServer,
    running_mail_server,
)
from support.stack import Database

OFFICE_MAIL = "buero@firma.example"
SETTLED = timedelta(seconds=70)
CODE = re.compile(r"\b\d{6}\b")
CHANGE = re.compile(r"(\+49[ \d]+) → (\+49[ \d]*\d)")


class Post:
    """A portal with a mail server, an SMS provider in memory, and its worker."""

    def __init__(self, portal: Portal, mail: MailServer, sms: FakeSender) -> None:
        self.portal, self.mail, self.sms = portal, mail, sms
        self.worker = Worker(portal.gateway)

    async def deliver(self, after: timedelta = SETTLED) -> list[str]:
        """Let time pass and send what is due; return the new subjects."""
        known = len(self.mail.mails)
        self.portal.clock.move(after)
        while await self.worker.send_due():
            pass
        return self.mail.subjects()[known:]

    async def contact(
        self, owner: httpx.AsyncClient, address: str = OFFICE_MAIL, **more: Any
    ) -> int:
        """Add a contact and confirm it with the code that it gets."""
        channel = "email" if "@" in address else "sms"
        body = {"channel": channel, "address": address, **more}
        added = await owner.post("/contacts", json=body)
        assert added.status_code == 201, added.text
        await self.deliver(timedelta(0))
        texts = self.mail.texts() if channel == "email" else self.sms.texts()
        code = CODE.findall(texts[-1])[0]
        number = added.json()["id"]
        confirmed = await owner.post(f"/contacts/{number}/confirm", json={"code": code})
        assert confirmed.json()["state"] == "on"
        return int(number)


@pytest.fixture
async def post(empty_database: Database, tmp_path: Path) -> AsyncIterator[Post]:
    sms = FakeSender()
    async with (
        running_mail_server() as mail,
        running_portal(
            empty_database.url("portal_gateway"),
            tmp_path / "letters",
            smtp_host=mail.host,
            smtp_port=mail.port,
            smtp_starttls=False,
            channels={"sms": sms},
        ) as portal,
    ):
        yield Post(portal, mail, sms)


@pytest.fixture
async def owner(post: Post) -> httpx.AsyncClient:
    client = await post.portal.customer()
    await post.portal.tell(connected(LINE), enabled(SINGLE))
    return client


async def story(post: Post, *told: Event) -> list[str]:
    """Tell events one by one, each after the other had time to be sent."""
    subjects = []
    for event in told:
        await post.portal.tell(event)
        subjects += await post.deliver()
    return subjects


def block_failed() -> ForwardingFailed:
    return ForwardingFailed(
        number=BLOCK,
        last=BLOCK_END,
        customer_number="C-1001",
        code="switch_away",
        attempts=1,
        version=4,
        failed_at=NOON,
    )


class TestContacts:
    async def test_hears_nothing_before_it_is_confirmed(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        body = {"channel": "email", "address": OFFICE_MAIL}
        added = await owner.post("/contacts", json=body)
        subjects = await post.deliver(timedelta(0))
        code = CODE.findall(post.mail.texts()[0])[0]
        assert subjects == [f"ecotel @once: Ihr Bestätigungscode: {code}"]

        assert added.json()["state"] == "unconfirmed"
        assert await story(post, outage()) == []

    async def test_five_wrong_codes_are_the_end_of_the_right_one(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        body = {"channel": "email", "address": OFFICE_MAIL}
        number = (await owner.post("/contacts", json=body)).json()["id"]
        await post.deliver(timedelta(0))
        right = CODE.findall(post.mail.texts()[0])[0]
        wrong = f"{(int(right) + 1) % 10**6:06}"
        path = f"/contacts/{number}/confirm"
        codes = [
            (await owner.post(path, json={"code": code})).json().get("code")
            for code in [*[wrong] * 5, right]
        ]

        assert codes == [*["code_wrong"] * 5, "code_expired"]

    async def test_a_new_code_replaces_the_old_one(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        body = {"channel": "email", "address": OFFICE_MAIL}
        number = (await owner.post("/contacts", json=body)).json()["id"]
        await post.deliver()
        again = await owner.post(f"/contacts/{number}/code")
        await post.deliver()
        old, new = (CODE.findall(text)[0] for text in post.mail.texts())
        path = f"/contacts/{number}/confirm"

        assert again.status_code == 202
        if old != new:
            refused = await owner.post(path, json={"code": old})
            assert refused.json()["code"] == "code_wrong"
        confirmed = await owner.post(path, json={"code": new})
        assert confirmed.json()["state"] == "on"

    async def test_an_address_that_cannot_be_one_is_refused(
        self, owner: httpx.AsyncClient
    ) -> None:
        for channel, address, code in (
            ("email", "keine Adresse", "email_invalid"),
            ("email", "a@b", "email_invalid"),
            ("email", "a@firma.example\r\nBcc: x@y.example", "email_invalid"),
            ("sms", "110", "sms_number_invalid"),
            ("sms", "0900 123456", "sms_number_invalid"),
            ("sms", "+43 660 1234567", "sms_number_invalid"),
        ):
            body = {"channel": channel, "address": address}
            refused = await owner.post("/contacts", json=body)

            assert (refused.status_code, refused.json()["code"]) == (422, code)

    async def test_there_are_twenty_at_most_however_many_come_at_once(
        self, owner: httpx.AsyncClient
    ) -> None:
        async def add(number: int) -> int:
            body = {"channel": "email", "address": f"a{number}@firma.example"}
            return (await owner.post("/contacts", json=body)).status_code

        for number in range(18):
            assert await add(number) == 201

        told = await asyncio.gather(*(add(number) for number in range(20, 28)))

        assert sorted(told) == [201, 201, *[409] * 6]
        assert len((await owner.get("/contacts")).json()["contacts"]) == 20

    async def test_says_when_a_contact_hangs_on_an_own_line(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner, SINGLE)
        await post.contact(owner, MOBILE)

        listed = (await owner.get("/contacts")).json()["contacts"]
        assert [one["hangs_on_own_line"] for one in listed] == [LINE, None]

    async def test_another_customer_finds_none_of_it(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        number = await post.contact(owner)
        stranger = await post.portal.customer("C-2002")
        path = f"/contacts/{number}"
        answers = [
            await stranger.put(path, json={"is_on": False}),
            await stranger.delete(path),
            await stranger.post(f"{path}/confirm", json={"code": "000000"}),
            await stranger.post(f"{path}/test"),
            await stranger.post(f"{path}/code"),
        ]

        assert {answer.status_code for answer in answers} == {404}
        assert (await stranger.get("/contacts")).json()["contacts"] == []
        assert (await stranger.get("/notices")).json()["notices"] == []
        assert "foreign_access" in await post.portal.actions()

    async def test_a_test_message_arrives_and_cannot_flood(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        number = await post.contact(owner)
        first = await owner.post(f"/contacts/{number}/test")
        again = await owner.post(f"/contacts/{number}/test")

        assert await post.deliver() == ["ecotel @once: Testnachricht"]
        assert (first.status_code, again.status_code) == (202, 429)
        assert again.json()["code"] == "asked_too_often"

    async def test_a_refusal_for_being_too_early_ends_with_its_time(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        path = f"/contacts/{await post.contact(owner)}/test"
        key = {"Idempotency-Key": "key-1"}
        await owner.post(path)
        early = await owner.post(path, headers=key)
        seconds = int(early.headers["retry-after"])
        post.portal.clock.move(timedelta(seconds=seconds + 1))

        again = await owner.post(path, headers=key)

        assert (early.status_code, again.status_code) == (429, 202)

    async def test_can_be_changed_and_removed(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        number = await post.contact(owner)
        changes = {"kinds": ["outage_ended"], "language": "en", "label": "Nacht"}
        changed = (await owner.put(f"/contacts/{number}", json=changes)).json()
        subjects = await story(post, outage(), cleared())
        gone = await owner.delete(f"/contacts/{number}")

        assert changed | changes == changed
        assert subjects == [f"ecotel @once: Outage over: {LINE}"]
        assert gone.status_code == 204
        assert (await owner.get("/contacts")).json()["contacts"] == []


class TestStory:
    async def test_an_outage_is_told_from_begin_to_end(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        subjects = await story(
            post,
            outage(estimated_end=NOON + timedelta(hours=2)),
            applied(SINGLE),
            cleared(),
        )

        assert subjects == [
            f"ecotel @once: Störung an Ihrem Anschluss {LINE}",
            "ecotel @once: 1 Rufnummer ohne Schutz",
            f"ecotel @once: 1 Rufnummer umgeleitet: Störung an {LINE}",
            f"ecotel @once: Störung behoben: {LINE}",
        ]
        began, _, diverted, ended = post.mail.texts()[1:]
        assert "23.11.2026, 15:00 Uhr" in began
        assert "+49 211 22223333 → +49 152 28817386" in diverted
        assert "/konfigurator?zeigen=umgeleitet" in diverted
        assert "/stoerungen/O1" in diverted
        assert "enden in wenigen Minuten von selbst" in ended

    async def test_repeats_and_flapping_are_told_once(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        told: list[Event] = [enabled(SINGLE, version=2)]
        for turn in range(10):
            told += [
                outage(version=2 * turn + 1),
                applied(SINGLE, version=2 * turn + 1),
                applied(SINGLE, version=2 * turn + 2, in_effect=False, causes=()),
            ]
        told += [cleared(version=30)] * 3
        for event in told:
            await post.portal.tell(event, event)
        await post.deliver()

        kinds = [
            row["kind"]
            for row in (await owner.get("/notices")).json()["notices"]
            if row["kind"] != "confirm"
        ]
        assert sorted(kinds) == [
            "forwarding_began",
            "numbers_unprotected",  # in the outage: void as nothing was lost
            "numbers_unprotected",  # since the option opened: due tomorrow
            "outage_began",
            "outage_ended",
        ]

    async def test_whom_it_left_again_hears_of_it_also_when_both_come_together(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        elsewhere = outage("O1", version=2, lines=(OTHER_LINE,))
        await post.portal.tell_together(outage("O1"), elsewhere)

        told = await post.portal.gateway.service.pool.fetch(
            "SELECT kind FROM notice WHERE cause = 'O1' ORDER BY kind"
        )
        assert [row["kind"] for row in told] == ["numbers_unprotected", "outage_began"]

    async def test_a_false_alarm_is_withdrawn_and_not_cleared(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        subjects = await story(post, outage(), cleared(reason="withdrawn"))

        assert subjects[-1] == f"ecotel @once: Störung zurückgezogen: {LINE}"
        assert "Fehlalarm" in post.mail.texts()[-1]
        assert "behoben" not in post.mail.texts()[-1]

    async def test_a_clear_that_comes_first_tells_nobody(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)

        assert await story(post, cleared(version=5), outage(version=1)) == []

    async def test_backup_is_explained_and_nobody_is_called_unprotected(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        subjects = await story(post, outage(kind="degradation", voice_reachable=True))

        assert len(subjects) == 1
        assert "LTE-Ersatzverbindung" in post.mail.texts()[-1]

    async def test_planned_work_is_announced(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        later = NOON + timedelta(days=2)
        subjects = await story(
            post,
            outage(kind="planned", occurred_at=later),
            outage(kind="planned", occurred_at=later, version=2),
        )

        assert subjects == [f"ecotel @once: Geplante Arbeiten an {LINE}"]
        assert "25.11.2026, 13:00 Uhr" in post.mail.texts()[-1]

    async def test_a_maintenance_window_is_announced_shown_and_called_off(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        window = MaintenanceAnnounced(
            window_id="W1",
            lines=(LINE,),
            starts_at=NOON + timedelta(days=2),
            ends_at=NOON + timedelta(days=2, hours=3),
            announced_at=NOON,
        )
        subjects = await story(post, window, window)
        shown = (await owner.get("/maintenance")).json()["maintenance"]
        off = window.model_copy(update={"version": 2, "state": "cancelled"})
        subjects += await story(post, off)

        assert subjects == [f"ecotel @once: Geplante Arbeiten an {LINE}"] * 2
        assert "Voraussichtliches Ende: 25.11.2026, 16:00" in post.mail.texts()[1]
        assert "abgesagt" in post.mail.texts()[2]
        assert [one["places"] for one in shown] == [[LINE]]
        assert (await owner.get("/maintenance")).json() == {"maintenance": []}

    async def test_numbers_that_are_protected_meanwhile_are_no_news(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(
            f"/forwardings/{SINGLE}", json={"target": MOBILE, "enabled": True}
        )
        await post.portal.answer()
        await post.contact(owner)
        subjects = await story(post, outage())

        assert subjects == [f"ecotel @once: Störung an Ihrem Anschluss {LINE}"]

    async def test_a_failure_is_told_when_it_lasts(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner, kinds=["forwarding_failed"])
        failed = ForwardingFailed(
            number=SINGLE,
            customer_number="C-1001",
            code="switch_away",
            attempts=1,
            version=4,
            failed_at=NOON,
        )
        await post.portal.tell(failed, applied(SINGLE, version=5))
        over = await post.deliver(timedelta(minutes=2))
        again = failed.model_copy(update={"version": 6})
        await post.portal.tell(again)
        lasting = await post.deliver(timedelta(minutes=2))
        await post.portal.tell(again.model_copy(update={"version": 7}))

        assert over == []
        assert lasting == ["ecotel @once: Umleitung klappt noch nicht: 1 Rufnummer"]
        assert await post.deliver(timedelta(minutes=2)) == []

    async def test_of_a_target_that_is_down_too_it_is_said_what_to_do(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner, kinds=["forwarding_failed"])
        failed = ForwardingFailed(
            number=SINGLE,
            customer_number="C-1001",
            code="switch_away",
            attempts=1,
            version=4,
            failed_at=NOON,
        )
        down = failed.model_copy(update={"number": OTHER_SINGLE, "code": "target_down"})
        await post.portal.tell(enabled(OTHER_SINGLE), failed, down)
        await post.deliver(timedelta(minutes=2))

        told = post.mail.texts()[-1]

        assert "Bei 1 Rufnummer ist auch das Ziel gestört" in told
        assert "anderes Ziel" in told

    async def test_a_line_that_is_gone_is_no_longer_told_of(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        gone = connected(LINE).model_copy(update={"gone": True, "version": 2})
        await post.portal.tell(disabled(SINGLE), gone)

        assert await story(post, outage(element=NODE, lines=())) == []

        back = gone.model_copy(update={"gone": False, "version": 3})
        await post.portal.tell(back)
        assert len(await story(post, outage("O2", element=NODE, lines=()))) == 1

    async def test_a_failing_block_is_told_with_all_its_numbers(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner, kinds=["forwarding_failed"])
        failed = block_failed()
        inside = failed.model_copy(update={"number": INSIDE, "last": None})
        await post.portal.tell(failed, inside)

        assert await post.deliver(timedelta(minutes=2)) == [
            "ecotel @once: Umleitung klappt noch nicht: 1.000 Rufnummern"
        ]

    async def test_a_block_counts_without_those_that_stand_apart(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        """Of 1,000 one has its own rule, which is off, one is ported, one moved."""
        await post.contact(owner, kinds=["forwarding_failed", "forwarding_reminder"])
        gone, moved = (f"{BLOCK[:-3]}{end}" for end in (200, 300))
        await post.portal.tell(enabled(BLOCK, BLOCK_END))
        await owner.put(f"/forwardings/{INSIDE}", json={"enabled": False})
        await post.portal.answer()
        await post.portal.tell(
            disabled(gone, disabled_at=NOON), enabled(moved, line="L8", version=2)
        )
        await post.portal.tell(block_failed())
        failing = await post.deliver(timedelta(minutes=2))
        await post.portal.tell(outage(), applied(BLOCK, BLOCK_END, version=5))
        await post.portal.tell(applied(moved, line="L8", version=6))
        post.portal.clock.move(timedelta(days=3))
        await post.worker.remind()

        assert [*failing, *await post.deliver(timedelta(0))] == [
            "ecotel @once: Umleitung klappt noch nicht: 997 Rufnummern",
            "ecotel @once: Noch immer umgeleitet: 998 Rufnummern",
        ]

    async def test_a_new_target_is_told_with_the_old_one(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        for target in (MOBILE, OFFICE, OFFICE):
            await owner.put(
                f"/forwardings/{SINGLE}", json={"target": target, "enabled": True}
            )
            await post.portal.answer()
        subjects = await post.deliver()

        assert subjects == ["ecotel @once: Zielnummer geändert: +49 211 22223333"] * 2
        assert "+49 152 28817386 → +49 30 23125042" in post.mail.texts()[-1]

    async def test_new_targets_of_a_file_are_told_with_its_name(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        await post.contact(owner, MOBILE)
        sent = await owner.post(
            "/imports?name=liste.csv",
            content=f"Rufnummer;Zielnummer\n{SINGLE};{OFFICE}".encode(),
            headers={"Content-Type": "text/csv"},
        )
        await owner.post(f"/imports/{sent.json()['import_id']}/apply")
        await post.portal.answer()
        await post.deliver()

        told = "das Ziel für 1 Rufnummer geändert (Datei liste.csv). Waren Sie"
        assert told in post.mail.texts()[-1]
        assert (
            "Ziel für 1 Rufnummer geändert (Datei liste.csv)." in post.sms.texts()[-1]
        )

    async def test_targets_that_are_blocks_are_told_with_both_ends(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        await post.contact(owner, MOBILE)
        await post.portal.tell(enabled(BLOCK, BLOCK_END))
        for target in ("+493023125000", "+496990009000"):
            rule = {"target": target, "enabled": True, "keep_extension": True}
            await owner.put(f"/forwardings/{BLOCK}?kind=block", json=rule)
            await post.portal.answer()
        await post.deliver()

        before, after = (
            f"{first}\N{EN DASH}999"
            for first in ("+49 30 23125 000", "+49 69 90009 000")
        )
        assert f"{before} → {after}" in post.mail.texts()[-1]
        assert f"{before} -> {after}" in post.sms.texts()[-1]

    async def test_targets_that_come_together_are_told_one_after_the_other(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        for target in (MOBILE, OFFICE, MOBILE):
            await owner.put(
                f"/forwardings/{SINGLE}", json={"target": target, "enabled": True}
            )
        wishes = [ForwardingRequested(**wish) for wish in await post.portal.sent()]
        await post.portal.tell_together(*map(answer_to, wishes))
        await post.deliver()

        changes = [
            found for text in post.mail.texts() for found in CHANGE.findall(text)
        ]
        assert changes == [
            ("+49 152 28817386", "+49 30 23125042"),
            ("+49 30 23125042", "+49 152 28817386"),
        ]

    async def test_long_diversions_are_called_to_mind(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner, kinds=["forwarding_reminder"])
        await post.portal.tell(outage(), applied(SINGLE))
        sent = []
        for _ in range(4):
            await post.worker.remind()
            sent += await post.deliver(timedelta(0))
            post.portal.clock.move(timedelta(days=1, hours=12))

        assert sent == ["ecotel @once: Noch immer umgeleitet: 1 Rufnummer"]
        assert "wegen einer Störung" in post.mail.texts()[-1]

    async def test_only_customers_at_the_place_are_told(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        other = await post.portal.customer("C-2002")
        await post.portal.tell(connected("L9", "C-2002"))
        await post.contact(other, "leiter@andere.example")
        await story(post, outage(lines=("L9",)))

        assert post.mail.mails[-1]["To"] == "leiter@andere.example"
        listed = (await owner.get("/notices")).json()["notices"]
        assert [row["kind"] for row in listed] == ["confirm"]

    async def test_a_short_message_fits_and_carries_the_link(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner, MOBILE, language="en")
        await post.portal.tell(enabled(BLOCK, BLOCK_END))
        await story(post, outage(), applied(BLOCK, BLOCK_END))

        text = post.sms.texts()[-1]
        assert text.startswith("ecotel: outage on L1, 1,000 numbers diverted.")
        assert text.endswith("/konfigurator?zeigen=umgeleitet")


class TestTrouble:
    async def test_a_server_that_is_away_gets_it_later_and_once(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner, kinds=["outage_began"])
        post.mail.is_away = True
        assert await story(post, outage()) == []
        post.mail.is_away = False
        subjects = [await post.deliver(timedelta(minutes=1)) for _ in range(3)]

        assert [len(some) for some in subjects] == [1, 0, 0]

    async def test_an_address_that_is_gone_gets_no_more(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        number = await post.contact(owner)
        await post.portal.gateway.service.pool.execute(
            "UPDATE contact SET address = $2 WHERE id = $1", number, UNKNOWN_MAIL
        )
        await story(post, outage(), cleared())

        [contact] = (await owner.get("/contacts")).json()["contacts"]
        states = {
            row["state"]
            for row in (await owner.get("/notices")).json()["notices"]
            if row["kind"] != "confirm"
        }
        assert contact["state"] == "refused"
        assert states <= {"refused", "void"}
        assert "contact_refused" in await post.portal.actions()

    async def test_a_worker_that_dies_leaves_it_to_the_next(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner, kinds=["outage_began"])
        await post.portal.tell(outage())
        post.portal.clock.move(SETTLED)
        dying = asyncio.create_task(post.worker.send_due())
        await asyncio.sleep(0)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        await post.deliver(LEASE + timedelta(seconds=1))

        assert [
            subject for subject in post.mail.subjects() if "Störung" in subject
        ] == [f"ecotel @once: Störung an Ihrem Anschluss {LINE}"]

    async def test_two_workers_share_and_do_not_double(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        for number in range(6):
            await post.contact(
                owner, f"p{number}@firma.example", kinds=["outage_began"]
            )
        await post.portal.tell(outage())
        post.portal.clock.move(SETTLED)
        other = Worker(post.portal.gateway)
        await asyncio.gather(post.worker.send_due(), other.send_due())

        told = [str(m["To"]) for m in post.mail.mails if "Störung" in m["Subject"]]
        assert sorted(told) == [f"p{number}@firma.example" for number in range(6)]

    async def test_a_history_that_is_read_again_is_no_news(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        await post.portal.tell(outage(), applied(SINGLE), cleared())
        sent = await post.deliver(timedelta(days=3))

        assert sent == []
        rows = await post.portal.gateway.service.pool.fetch(
            "SELECT DISTINCT state FROM notice WHERE kind <> 'confirm'"
        )
        assert {row["state"] for row in rows} == {"expired"}

    async def test_new_numbers_without_a_target_are_told_the_next_day(
        self, post: Post, owner: httpx.AsyncClient
    ) -> None:
        await post.contact(owner)
        await post.portal.tell(enabled(OTHER_SINGLE))

        assert await post.deliver() == []
        assert await post.deliver(timedelta(days=1)) == [
            "ecotel @once: 2 Rufnummern ohne Schutz"
        ]
