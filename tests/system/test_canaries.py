"""
Nothing that is secret or somebody's leaves: not in logs, metrics, traces, dead letters.

A customer made of values that occur nowhere else does everything there is to do; then
everything that leaves the services is searched for them, and for the stack's secrets.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
import pyotp
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from chassis.clock import SystemClock
from contracts.catalogue import dead_letter_topic
from contracts.forwardings import ForwardingRequested
from devstack.clients import brokers
from devstack.journey.carrier import today
from devstack.journey.portal import Portal
from devstack.journey.seeing import seen
from devstack.journey.world import World, urls
from devstack.rights import DEPLOYER
from devstack.settings import Settings
from support.collector import Collector
from support.waiting import eventually

CUSTOMER = "CANARY-77"
LINE = f"L-{CUSTOMER}"
NUMBER, TARGET, FALLBACK = "+494066969777", "+498999998742", "+498999998743"
BARRED, POISONED = "+4990012345677", "+494066969778"
NAME, FORGOTTEN = "kanarien.vogel", "vergessener.vogel"
PASSWORD, WRONG = "gelbe Federn singen 61", "blaue Federn schweigen 62"
TOKEN = "Bearer-k4n4r13nv0g3l-61"  # noqa: S105 - a test's own
MAIL = "kanari@firma-voliere.example"
MADE_UP = {
    "number": NUMBER,
    "target": TARGET,
    "fallback": FALLBACK,
    "barred": BARRED,
    "poisoned": POISONED,
    "password": PASSWORD,
    "wrong password": WRONG,
    "token": TOKEN,
    "mail": MAIL,
    "forgotten name": FORGOTTEN,
}
DRAWN = (
    *("posted password", "first session", "session", "second factor"),
    *("recovery code", "a secret of the stack"),
)


@dataclass(frozen=True)
class Left:
    """All that left the services, by where it was seen; and what must not be in it."""

    seen: Mapping[str, str]
    secrets: Mapping[str, set[str]]


@pytest.fixture(scope="module")
async def left(around: World, running: Settings, collector: Collector) -> Left:
    secrets = {name: {value} for name, value in MADE_UP.items()}
    secrets |= {name: {value} for name, value in (await journey(around)).items()}
    secrets["a secret of the stack"] = set(own_secrets(running))
    found = {"dead letters": await poison(running)}

    async def all_sent() -> bool:
        return any(span.name.endswith("/logout") for span in collector.spans)

    await eventually(all_sent)
    found["traces"] = b"\n".join(collector.received).decode("utf-8", "replace")
    for log in running.logs.glob("*.log"):
        found[f"log of {log.stem}"] = log.read_text(encoding="utf-8", errors="replace")
    async with httpx.AsyncClient() as http:
        for service, url in urls(running).items():
            found[f"metrics of {service}"] = (await http.get(f"{url}/metrics")).text
    return Left(found, secrets)


async def journey(around: World) -> dict[str, str]:
    """Do everything there is to do; return the secrets that were drawn."""
    await around.agent.open_customer(CUSTOMER, "Kanarienvogel GmbH", "Weg 1, Berlin")
    letter = around.letter(CUSTOMER)
    api = await around.browser()
    await api.log_in(CUSTOMER, letter.password)
    first_session = api.http.cookies["selfcare_session"]
    await api.change_credentials(NAME, PASSWORD, letter.password)
    await strangers(around)
    factor = await second_factor(api)
    await numbers_come(around, api)
    await wishes(around, api)
    await outage(around, api)
    session = api.http.cookies["selfcare_session"]
    await api.http.post("/logout")
    drawn = {"posted password": letter.password, "first session": first_session}
    return drawn | factor | {"session": session}


async def strangers(around: World) -> None:
    """Guess, ask for a letter, and knock with a made-up secret."""
    browser = await around.browser()
    body = {"username": NAME, "password": WRONG}
    assert (await browser.http.post("/login", json=body)).status_code == 401
    swapped = {"username": WRONG, "password": NAME}
    assert (await browser.http.post("/login", json=swapped)).status_code == 401
    await browser.http.post("/credentials/forgotten", json={"username": FORGOTTEN})
    watcher = urls(around.settings)["outage-watcher"]
    for place in ("/v1/signals", f"/v1/webhooks/{NUMBER}", f"/v1/outages?x={TOKEN}"):
        headers = {"Authorization": f"Bearer {TOKEN}", "X-From": NUMBER}
        answer = await browser.http.post(f"{watcher}{place}", headers=headers, json=[])
        assert answer.is_client_error
    headers = {"Cookie": f"selfcare_session={TOKEN}"}
    refused = await browser.http.get("/forwardings", headers=headers)
    assert refused.status_code == 401


async def second_factor(api: Portal) -> dict[str, str]:
    """Set one up and take it off again."""
    offer = await api.ask("POST", "/second-factor", {"current_password": PASSWORD})
    secret = str(offer.json()["secret"]).replace(" ", "")
    code = pyotp.TOTP(secret).at(SystemClock().now())
    enrolled = await api.ask("POST", "/second-factor/confirm", {"code": code})
    recovery = str(enrolled.json()["recovery_codes"][0])
    body = {"current_password": PASSWORD, "code": recovery}
    await api.ask("POST", "/second-factor/remove", body)
    return {"second factor": secret, "recovery code": recovery}


async def numbers_come(around: World, api: Portal) -> None:
    """Order, and wait until the number is open."""
    placed = await around.agent.order(
        customer_number=CUSTOMER,
        product="sip-trunk-2.0",
        positions=[],
        option=True,
        channel="phone",
    )
    await around.carrier.ports(
        NUMBER,
        customer_number=CUSTOMER,
        order_id=str(placed["order_id"]),
        line=LINE,
        elements=(),
        effective_on=today(),
    )
    await seen(
        "the number is open",
        api.forwardings,
        lambda listed: any(not entry["opens_on"] for entry in listed),
        within=30,
    )


async def wishes(around: World, api: Portal) -> None:
    """Set what is allowed, try what is not, look for numbers everywhere."""
    await api.set_rule(NUMBER, target=TARGET, enabled=True, fallback_target=FALLBACK)
    for path, sent in (
        (f"/forwardings/{NUMBER}", {"target": BARRED}),
        (f"/forwardings/{NUMBER}", {"target": 7, "password": PASSWORD}),
        (f"/forwardings/{FALLBACK}", {"target": TARGET}),
    ):
        assert (await api.http.put(path, json=sent)).is_client_error
    await api.http.get("/forwardings", params={"query": TARGET})
    await api.http.post("/contacts", json={"channel": "email", "address": MAIL})
    await api.http.post(
        "/imports",
        content=f"Rufnummer;Zielnummer\n{NUMBER};{BARRED}\n{POISONED};{TARGET}",
        headers={"Content-Type": "text/csv"},
    )
    await around.agent.http.get("/customers", params={"query": NUMBER})
    for number in (NUMBER, f"{NUMBER}x"):  # pages know numbers in their paths, too
        await api.http.get(f"{around.gateway}/konfigurator/nummer/{number}")


async def outage(around: World, api: Portal) -> None:
    """Let the line fail and come back."""
    alarm = await around.monitoring.down(lines=[LINE], confirmed=True)
    for state, after in (("diverted", around.monitoring.up), ("ready", None)):
        await seen(
            f"it is {state}",
            lambda: api.forwarding(NUMBER),
            lambda entry, state=state: entry["state"] == state,  # type: ignore[misc]  # bound
            within=30,
        )
        if after:
            await after(alarm, confirmed=True)


async def poison(running: Settings) -> str:
    """Send what can never be read; return the dead letters, as they left."""
    topic = ForwardingRequested.topic()
    wish = {
        "request_id": "r",
        "customer_number": CUSTOMER,
        "version": 1,
        "number": POISONED,
        "action": POISONED,
        "requested_by": POISONED,
        "requested_at": f"{POISONED} o'clock",
    }
    bad = (
        json.dumps({"number": POISONED, "customer_number": 7, "password": PASSWORD}),
        json.dumps(wish)[:-1],
        json.dumps([POISONED, f"Authorization: Bearer {TOKEN}"]),
        json.dumps(wish),
    )
    headers = [("canary", b"1"), ("x-token", TOKEN.encode())]
    teller = brokers(running, ForwardingRequested.source)
    async with AIOKafkaProducer(**teller) as mouth:
        for value in bad:
            await mouth.send_and_wait(
                topic, value.encode(), key=POISONED.encode(), headers=headers
            )
    ruler = brokers(running, DEPLOYER)
    letters = AIOKafkaConsumer(
        dead_letter_topic(topic), auto_offset_reset="earliest", **ruler
    )
    found: list[str] = []

    async def all_parked() -> bool:
        for records in (await letters.getmany(timeout_ms=500)).values():
            found.extend(
                f"{record.key!r} {record.value!r} {record.headers}"
                for record in records
                if "canary" in dict(record.headers)
            )
        return len(found) >= len(bad)

    async with letters:
        await eventually(all_parked, within=30)
    return "\n".join(found)


def own_secrets(running: Settings) -> set[str]:
    """Return what is in the files with the stack's secrets."""
    files = [file for file in running.secrets.rglob("*") if file.is_file()]
    texts = [file.read_text(encoding="utf-8").strip() for file in files]
    sources = json.loads((running.secrets / "sources.json").read_text("utf-8"))
    return {text for text in (*texts, *sources.values()) if len(text) < 100}


def written(secret: str) -> re.Pattern[str]:
    """Match a secret however it is written; a number with any gaps, and without +49."""
    if not secret.startswith("+49"):
        spelt = {secret, secret.replace(" ", "%20"), secret.replace(" ", "+")}
        return re.compile("|".join(map(re.escape, spelt)))
    return re.compile(r"[\s/().-]{0,2}".join(secret[3:]))


def test_everything_left_something(left: Left) -> None:
    services = ("portal_gateway", "provisioning", "forwarding", "outage_watcher")
    logs = {f"log of {service}" for service in services}

    assert logs <= left.seen.keys()
    assert len([where for where in left.seen if where.startswith("metrics")]) == 4
    assert {
        w for w, text in left.seen.items() if len(text) < 100 and w in logs
    } == set()
    assert "+4940669*****" in left.seen["dead letters"]
    assert "/forwardings/{number}" in left.seen["traces"]
    assert len(left.secrets["a secret of the stack"]) > 10


@pytest.mark.parametrize("secret", [*MADE_UP, *DRAWN])
def test_no_secret_is_anywhere(left: Left, secret: str) -> None:
    found = {
        where: text[max(0, hit.start() - 80) : hit.end() + 40]
        for one in left.secrets[secret]
        for where, text in left.seen.items()
        if (hit := written(one).search(text))
    }

    assert found == {}


def test_the_search_finds_what_it_looks_for() -> None:
    assert written(TARGET).search("to 089 99998742 now")
    assert written(TARGET).search('"+49 89 99998-742"')
    assert written(PASSWORD).search("x gelbe%20Federn%20singen%2061 y")
    assert not written(TARGET).search("+498999998*****")
