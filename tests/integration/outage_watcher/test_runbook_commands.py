"""What runbooks send to this service is taken, as it stands there."""

import re
from collections.abc import Callable

import httpx

from ops.paths import RUNBOOKS

SENT = re.compile(r"`(curl [^`]*-d '(\{[^`]*?\})' *http://[\w.-]+:8083/v1(/[\w/]+))`")


async def test_all_of_it(api: Callable[[str], httpx.AsyncClient]) -> None:
    sent = [
        found
        for page in sorted(RUNBOOKS.glob("*.md"))
        for found in SENT.findall(page.read_text(encoding="utf-8"))
    ]
    for command, body, path in sent:
        said = body.replace("NAME", "operator")
        answer = await api("operator").post(path, content=said)
        assert answer.is_success, (command, answer.text)

    assert {path for *_, path in sent} == {"/outages", "/heartbeats"}
