"""Rules by the file: preview, take over, take back, each row for itself."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from contracts.forwardings import ForwardingRequested
from portal_gateway import sheets
from portal_gateway.domain import sheet
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
    answer_to,
    connected,
    disabled,
    enabled,
)

CSV = {"Content-Type": "text/csv"}
HEAD = "Rufnummer;Letzte Rufnummer;Rufumleitung;Zielnummer;Version"
THREE = f"""{HEAD}
0211 22223333;;Aktiv;0152 28817386;
0211 22223334;;Aktiv;110;
0221 4710000;0221 4710999;Aktiv;030 23125042;
"""


@pytest.fixture
async def owner(portal: Portal) -> httpx.AsyncClient:
    client = await portal.customer()
    await portal.tell(connected(LINE), enabled(SINGLE), enabled(OTHER_SINGLE))
    await portal.tell(enabled(BLOCK, BLOCK_END))
    return client


async def send(owner: httpx.AsyncClient, text: str | bytes) -> dict[str, Any]:
    content = text if isinstance(text, bytes) else text.encode()
    kind = sheets.XLSX if content.startswith(b"PK") else "text/csv"
    answer = await owner.post(
        "/imports?name=a.csv", content=content, headers={"Content-Type": kind}
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def step(owner: httpx.AsyncClient, one: dict[str, Any], what: str) -> Any:
    return (await owner.post(f"/imports/{one['import_id']}/{what}")).json()


async def settle(portal: Portal) -> None:
    """Let forwarding grant everything that was asked."""
    for asked in await portal.sent():
        await portal.tell(answer_to(ForwardingRequested(**asked)))


async def rule(owner: httpx.AsyncClient, number: str) -> tuple[bool, str | None]:
    shown = (await owner.get(f"/forwardings/{number}")).json()["rule"]
    return shown["enabled"], shown["target"]


class TestImport:
    async def test_a_preview_tells_each_row_and_changes_nothing(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        one = await send(owner, THREE)
        path = f"/imports/{one['import_id']}/rows"
        rows = (await owner.get(path)).json()["rows"]

        assert (one["state"], one["name"]) == ("previewed", "a.csv")
        assert [one["rows"][name] for name in ("changes", "refused", "same")] == [
            2,
            1,
            0,
        ]
        assert [(row["row"], row["verdict"], row["code"]) for row in rows] == [
            (2, "changes", None),
            (3, "refused", "target_emergency"),
            (4, "changes", None),
        ]
        assert rows[1]["detail"]
        assert rows[2]["after"]["target"] == OFFICE
        assert await portal.sent() == []

    async def test_taken_over_row_by_row_and_taken_back(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(f"/forwardings/{SINGLE}", json={"target": OFFICE})
        await settle(portal)
        one = await send(owner, THREE)
        done = await step(owner, one, "apply")
        await settle(portal)
        after = [await rule(owner, number) for number in (SINGLE, BLOCK)]
        undone = await step(owner, one, "undo")
        await settle(portal)

        assert (done["state"], done["rows"]["applied"]) == ("applied", 2)
        assert after == [(True, MOBILE), (True, OFFICE)]
        assert (undone["state"], undone["rows"]["undone"]) == ("undone", 2)
        assert await rule(owner, SINGLE) == (False, OFFICE)
        assert await rule(owner, BLOCK) == (False, None)

    async def test_again_is_no_second_time(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        one = await send(owner, THREE)
        for what in ("apply", "apply", "undo", "undo"):
            await step(owner, one, what)
        refused = await owner.post(f"/imports/{one['import_id']}/apply")

        assert len(await portal.sent()) == 4
        assert (refused.status_code, refused.json()["code"]) == (409, "import_undone")

    async def test_a_row_that_somebody_changed_meanwhile_stays_his(
        self, owner: httpx.AsyncClient
    ) -> None:
        one = await send(owner, THREE)
        await owner.put(f"/forwardings/{SINGLE}", json={"target": OFFICE})
        done = await step(owner, one, "apply")
        rows = (await owner.get(f"/imports/{one['import_id']}/rows")).json()["rows"]

        assert (done["rows"]["applied"], done["rows"]["failed"]) == (1, 1)
        assert rows[0]["code"] == "version_mismatch"
        assert await rule(owner, SINGLE) == (False, OFFICE)

    async def test_a_number_whose_option_ended_and_came_back_is_taken_over(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(f"/forwardings/{SINGLE}", json={"target": OFFICE})
        await settle(portal)
        await portal.tell(
            disabled(SINGLE, disabled_at=NOON + timedelta(minutes=1)),
            enabled(SINGLE, version=3),
        )
        portal.clock.move(timedelta(minutes=2))
        export = (await owner.get("/forwardings.csv")).content.decode("utf-8-sig")
        versions = [line.split(";") for line in export.splitlines()]
        seen = dict(zip(*versions[:2], strict=True))["Version"]
        row = f"0211 22223333;;Aktiv;0152 28817386;{seen}"

        done = await step(owner, await send(owner, f"{HEAD}\n{row}"), "apply")

        assert (done["rows"]["applied"], done["rows"]["failed"]) == (1, 0)
        assert [wish["version"] for wish in await portal.sent()] == [1, 2]
        assert await rule(owner, SINGLE) == (True, MOBILE)

    async def test_undo_takes_nothing_back_that_ended_with_the_option(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        one = await send(owner, THREE)
        await step(owner, one, "apply")
        await settle(portal)
        await portal.tell(disabled(SINGLE), enabled(SINGLE, version=3))
        undone = await step(owner, one, "undo")

        assert (undone["rows"]["undone"], undone["rows"]["failed"]) == (1, 1)

    async def test_undo_leaves_what_was_changed_since(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        one = await send(owner, THREE)
        await step(owner, one, "apply")
        await settle(portal)
        await owner.put(f"/forwardings/{SINGLE}", json={"target": OFFICE})
        undone = await step(owner, one, "undo")

        assert (undone["rows"]["undone"], undone["rows"]["failed"]) == (1, 1)
        assert await rule(owner, SINGLE) == (True, OFFICE)

    async def test_every_change_is_in_the_history_with_before_and_after(
        self, owner: httpx.AsyncClient
    ) -> None:
        one = await send(owner, THREE)
        await step(owner, one, "apply")
        told = (await owner.get(f"/history?number={SINGLE}")).json()["history"]

        assert [row["action"] for row in told] == ["rule_set"]
        assert told[0]["detail"]["import"] == one["import_id"]
        assert told[0]["detail"]["before"]["target"] is None
        assert told[0]["detail"]["rule"]["target"] == MOBILE

    async def test_a_bad_file_is_a_problem_in_words(
        self, owner: httpx.AsyncClient
    ) -> None:
        answers = [
            await owner.post("/imports", content=b"x;y", headers=CSV),
            await owner.post("/imports", content=b"x" * (5 << 20), headers=CSV),
            await owner.post("/imports", json={}),
        ]

        assert [(each.status_code, each.json()["code"]) for each in answers] == [
            (422, "import_no_headings"),
            (413, "body_too_large"),
            (415, "unsupported_media_type"),
        ]
        assert "4 MB" in answers[1].json()["detail"]

    async def test_another_customer_finds_nothing(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        one = await send(owner, THREE)
        stranger = await portal.customer("C-2002")
        path = f"/imports/{one['import_id']}"
        answers = [
            await stranger.get(path),
            await stranger.get(f"{path}/rows"),
            await stranger.post(f"{path}/apply"),
            await stranger.post(f"{path}/undo"),
        ]
        own = await send(stranger, THREE)

        assert {answer.status_code for answer in answers} == {404}
        assert own["rows"]["refused"] == 3


class TestExport:
    @pytest.mark.parametrize("form", ["csv", "xlsx"])
    @pytest.mark.parametrize("language", ["de", "en"])
    async def test_comes_back_without_a_difference(
        self, portal: Portal, owner: httpx.AsyncClient, form: str, language: str
    ) -> None:
        await owner.put(
            f"/forwardings/{BLOCK}", json={"target": MOBILE, "enabled": True}
        )
        await owner.put(f"/forwardings/{INSIDE}", json={"enabled": False})
        await settle(portal)
        file = await owner.get(
            f"/forwardings.{form}", headers={"Accept-Language": language}
        )
        one = await send(owner, file.content)

        assert "attachment" in file.headers["content-disposition"]
        rows = [one["rows"][name] for name in ("same", "changes", "refused")]
        assert rows == [4, 0, 0]
        assert one["ignored_columns"] == []

    async def test_holds_no_formula(self, owner: httpx.AsyncClient) -> None:
        file = (await owner.get("/forwardings.csv")).content.decode("utf-8-sig")

        cells = [cell for line in file.splitlines() for cell in line.split(";")]
        assert "0211 22223333" in cells
        assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


async def test_thousands_of_rows(portal: Portal) -> None:
    owner = await portal.customer()
    blocks = [f"+49221471{block}000" for block in range(3)]
    for first in blocks:
        await portal.tell(enabled(first, f"{first[:-3]}999"))
    lines = [
        f"{first[:-3]}{number:03};;Aktiv;0152 28817386;"
        for first in blocks
        for number in range(1000)
    ]
    one = await send(owner, "\n".join([HEAD, *lines]))
    done = await step(owner, one, "apply")

    assert len(lines) <= sheet.MOST_ROWS
    assert one["rows"]["changes"] == 3_000
    assert done["rows"]["applied"] == 3_000
    assert len(await portal.sent()) == 3_000
