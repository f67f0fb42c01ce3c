"""Letters: one file for each that was committed, whatever ends in between."""

from datetime import timedelta
from pathlib import Path

import pytest
from pypdf import PdfReader
from structlog.testing import capture_logs

from chassis.postgres import TRANSIENT
from portal_gateway.store import accounts
from portal_gateway.usecases import forgotten, letters
from support.portal import Portal


async def ask(portal: Portal, name: str, times: int = 1) -> list[int]:
    body = {"username": name}
    return [
        (await portal.client().post("/credentials/forgotten", json=body)).status_code
        for _ in range(times)
    ]


async def files(portal: Portal) -> set[str]:
    return {path.suffix for path in portal.letters_dir.iterdir()}


class TestTheFile:
    async def test_is_a_page_that_names_nobody_in_its_properties(
        self, portal: Portal
    ) -> None:
        await portal.customer("C-1")
        await ask(portal, "C-1")
        await portal.write_letters()

        [path] = portal.letters_dir.iterdir()
        read = PdfReader(path)
        posted = portal.letters()[0].password
        assert len(read.pages) == 1
        assert path.stat().st_mode & 0o777 == 0o600
        assert "Firma" not in str(read.metadata)
        assert posted not in str(read.metadata)
        assert posted.encode() not in path.read_bytes()  # compressed: not by grep

    async def test_tells_the_old_user_name_to_who_forgot_it(
        self, portal: Portal
    ) -> None:
        await portal.customer("C-1")
        await ask(portal, "C-1")
        await portal.write_letters()

        [path] = portal.letters_dir.iterdir()
        assert "firma C-1" in PdfReader(path).pages[0].extract_text()

    async def test_is_handed_over_after_a_crash_that_followed_the_commit(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await portal.customer("C-1")
        await ask(portal, "C-1")
        with monkeypatch.context() as crash:
            crash.setattr(letters, "_hand_over", lambda _path: None)
            await portal.write_letters()
        assert await files(portal) == {".draft"}

        await letters.sweep(portal.gateway)

        assert await files(portal) == {".pdf"}
        posted = portal.letters()[0].password
        body = {"username": "C-1", "password": posted}
        assert (await portal.client().post("/login", json=body)).is_success

    async def test_is_handed_over_once_by_two_instances_at_a_time(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await portal.customer("C-1")
        await ask(portal, "C-1")
        hand_over = letters._hand_over  # noqa: SLF001 - what both instances call

        def after_another(path: Path) -> None:
            hand_over(path)
            hand_over(path)

        monkeypatch.setattr(letters, "_hand_over", after_another)
        await portal.write_letters()

        assert await files(portal) == {".pdf"}

    async def test_of_a_transaction_that_failed_goes_to_nobody(
        self, portal: Portal
    ) -> None:
        customer = accounts.Customer("C-1", "A", "B", ["DE"], portal.clock.now())
        with pytest.raises(RuntimeError):
            async with (
                letters.drawn(portal.gateway, customer, reason="first"),
                portal.gateway.transaction(),
            ):
                raise RuntimeError
        assert await files(portal) == set()

    async def test_for_which_there_is_no_place_is_asked_for_again(
        self, portal: Portal
    ) -> None:
        customer = accounts.Customer("C-1", "A", "B", ["DE"], portal.clock.now())
        portal.letters_dir.write_text("no folder")

        with capture_logs() as logs, pytest.raises(TRANSIENT):
            async with letters.drawn(portal.gateway, customer, reason="first"):
                pass

        assert [(one["event"], one["spool"]) for one in logs] == [
            ("spool_takes_no_letter", str(portal.letters_dir))
        ]

    async def test_that_nobody_posted_is_swept_away_later(self, portal: Portal) -> None:
        customer = accounts.Customer("C-1", "A", "B", ["DE"], portal.clock.now())
        async with letters.drawn(portal.gateway, customer, reason="first") as letter:
            draft = (portal.letters_dir / letter.file_name).with_suffix(".draft")
            left = draft.read_bytes()
        draft.write_bytes(left)  # as a crash leaves it

        await letters.sweep(portal.gateway)
        assert await files(portal) == {".draft"}  # somebody may be at work on it
        portal.clock.move(timedelta(minutes=11))
        await letters.sweep(portal.gateway)
        assert await files(portal) == set()


class TestAsking:
    async def test_looks_nobody_up(self, portal: Portal) -> None:
        await portal.customer("C-1")
        gateway = portal.gateway

        for name in ("C-1", "niemand"):
            await forgotten.ask(gateway, name, "192.0.2.1")

        rows = await gateway.service.pool.fetch("SELECT name FROM letter_request")
        assert [row["name"] for row in rows] == ["C-1", "niemand"]
        assert await portal.actions() == ["letter_asked"] * 2
        assert portal.letters() == []

    async def test_is_limited_by_network_whatever_the_name(
        self, portal: Portal
    ) -> None:
        await portal.customer("C-1")

        said = [*await ask(portal, "niemand", 5), *await ask(portal, "C-1", 6)]

        assert said == [202] * 10 + [429]
        portal.clock.move(timedelta(hours=1, seconds=1))
        assert await ask(portal, "C-1") == [202]

    async def test_leaves_no_name_behind(self, portal: Portal) -> None:
        await ask(portal, "mein Kennwort aus Versehen")
        await portal.write_letters()

        pool = portal.gateway.service.pool
        assert await pool.fetchval("SELECT count(*) FROM letter_request") == 0
        told = await pool.fetch("SELECT to_jsonb(audit)::text FROM audit")
        assert not any("Kennwort" in row[0] for row in told)

    async def test_withholds_a_second_letter_and_says_so_in_the_audit(
        self, portal: Portal
    ) -> None:
        await portal.customer("C-1")
        for _ in range(2):
            await ask(portal, "C-1")
            await portal.write_letters()

        assert len(portal.letters()) == 1
        assert "letter_withheld" in await portal.actions()

    async def test_stops_at_the_budget_of_the_day(
        self, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(portal.gateway.settings, "letters_a_day", 1)
        for number in ("C-1", "C-2"):
            await portal.customer(number)
            await ask(portal, number)
        await portal.write_letters()

        assert len(portal.letters()) == 1
