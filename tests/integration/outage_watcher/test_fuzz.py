"""
Requests that no monitoring system would send: never an answer above 500.

`SELFCARE_FUZZ_CASES=20000` is the full run; `-s` prints how many of which kind.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from random import Random

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.clock import SetClock
from chassis.postgres import Transaction
from outage_watcher.http import make_api
from outage_watcher.http.desk import Desk
from outage_watcher.http.sources import Sources
from outage_watcher.sources.formats import FORMATS
from outage_watcher.usecases import Watcher
from support.fuzzing import Account, ask_schema, bodies, many
from support.readings import SAMPLES
from support.served import listening

# Clients of Kafka draw random numbers while a case is made, and that is not ours.
pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")


CASES = int(os.environ.get("SELFCARE_FUZZ_CASES", "400")) // 4
OPERATOR = "operator"
SECRETS = {name: name for name in (*FORMATS, "probe", OPERATOR)}
TYPES = ("application/json", "text/plain", "application/x-www-form-urlencoded", "a/b")
KNOWN = sorted(file.read_bytes() for file in SAMPLES.rglob("*.json"))


@pytest.fixture
async def url(
    watcher: Watcher, clock: SetClock, transaction: Transaction
) -> AsyncIterator[str]:
    sources = Sources(SECRETS, frozenset())
    desk = Desk(watcher, sources, transaction, transaction, clock, 2_000_000)
    async with listening(make_api(desk)) as (host, port):
        yield f"http://{host}:{port}"


@pytest.mark.timeout(7200)
async def test_no_case_of_our_own_description_breaks_anything(url: str) -> None:
    def headers(_method: str, path: str) -> Mapping[str, str]:
        who = "probe" if path in ("/signals", "/heartbeats") else OPERATOR
        return {"Authorization": f"Bearer {SECRETS[who]}"}

    account = Account()
    await asyncio.to_thread(
        ask_schema, account, f"{url}/openapi.json", CASES // 2, headers
    )

    print(f"outage-watcher: {account}")  # noqa: T201 - the figure that the page quotes
    assert account.broken == []
    assert account.cases >= CASES // 2
    assert any(status < 300 for status in account.seen)


@pytest.mark.timeout(7200)
async def test_no_odd_message_breaks_a_webhook(url: str) -> None:
    account = Account()
    await asyncio.to_thread(knock, url, account)

    print(f"webhooks: {account}")  # noqa: T201 - the figure that the page quotes
    assert account.broken == []
    assert account.cases >= CASES // 2


def knock(url: str, account: Account) -> None:
    """Send each source what it may say, bent and cut, and what nobody says."""

    @given(
        st.sampled_from(sorted(FORMATS)),
        st.sampled_from(TYPES),
        st.one_of(bodies, st.builds(bent, st.sampled_from(KNOWN), st.randoms())),
    )
    @many(CASES // 2)
    def ask(source: str, kind: str, body: bytes) -> None:
        headers = {"Authorization": f"Bearer {source}", "Content-Type": kind}
        answer = http.post(f"/webhooks/{source}", content=body, headers=headers)
        account.note(answer.status_code, lambda: f"{source} {kind} {body!r}")

    with httpx.Client(base_url=url, timeout=60) as http:
        ask()


def bent(known: bytes, random: Random) -> bytes:
    """Return a message with a piece of it elsewhere, or gone."""
    first, last = sorted(random.randrange(len(known)) for _ in range(2))
    piece, rest = known[first:last], known[:first] + known[last:]
    at = random.randrange(len(rest) + 1)
    return rest[:at] + (piece if random.random() < 0.5 else b"") + rest[at:]
