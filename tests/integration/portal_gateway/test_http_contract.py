"""Programs that were written against the last release go on working."""

import json
from pathlib import Path

from support.http_compatibility import http_breaks
from support.portal import Portal

RELEASED = Path(__file__).resolve().parents[3] / "services/portal-gateway/released"


async def test_no_program_of_the_last_release_is_broken(portal: Portal) -> None:
    last = max(RELEASED.glob("v*.json"), key=lambda file: int(file.stem[1:]))
    released = json.loads(last.read_text(encoding="utf-8"))
    today = (await portal.client().get("http://portal.test/openapi.json")).json()

    assert http_breaks(released, today) == []


async def test_a_stranger_could_write_a_client_for_every_answer(
    portal: Portal,
) -> None:
    assert list((await portal.described()).vague()) == []
