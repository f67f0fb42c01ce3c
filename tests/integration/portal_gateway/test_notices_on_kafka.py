"""From an outage on Kafka to a mail in an inbox, through the running service."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from aiokafka import AIOKafkaProducer

from chassis.clock import SetClock
from chassis.outbox import headers_of
from contracts.event import Event, new_id
from portal_gateway.app import create_app, surface
from portal_gateway.settings import Settings
from support.portal import (
    LINE,
    NOON,
    SINGLE,
    Portal,
    cleared,
    connected,
    enabled,
    outage,
)
from support.providers import MailServer, running_mail_server
from support.stack import Database
from support.waiting import eventually, until_it_listens

MAIL = "buero@firma.example"
SETTLED = timedelta(seconds=70)


@dataclass
class Post:
    """The service with all its jobs, a mail server, and Kafka between the others."""

    portal: Portal
    mail: MailServer
    producer: AIOKafkaProducer

    async def tell(self, *events: Event, event_id: str | None = None) -> None:
        """Send events as the others do, told at the time of the portal's clock."""
        now = self.portal.clock.now()
        for event in events:
            headers = headers_of(event.topic(), "test", event_id or new_id(), now)
            await self.producer.send_and_wait(
                event.topic(),
                event.model_dump_json(by_alias=True).encode(),
                event.key.encode(),
                headers=[(name, text.encode()) for name, text in headers.items()],
            )

    async def mails(self, count: int) -> list[str]:
        """Wait for so many mails and return their subjects."""

        async def there() -> bool:
            return len(self.mail.mails) >= count

        await eventually(there, within=20)
        return self.mail.subjects()

    async def notices(self, *wanted: str) -> None:
        """Wait until these notices of the outage, and no others, are written."""

        async def written() -> bool:
            rows = await self.portal.gateway.service.pool.fetch(
                "SELECT kind FROM notice WHERE starts_with(kind, 'outage')"
            )
            return sorted(row["kind"] for row in rows) == sorted(wanted)

        await eventually(written, within=20)


@pytest.fixture
async def post(
    empty_database: Database, empty_kafka: str, tmp_path: Path
) -> AsyncIterator[Post]:
    clock, letters = SetClock(NOON), tmp_path / "letters"
    async with (
        running_mail_server() as mail,
        AIOKafkaProducer(bootstrap_servers=empty_kafka) as producer,
    ):
        settings = Settings(
            database_url=empty_database.url("portal_gateway"),
            kafka_bootstrap_servers=empty_kafka,
            letters_dir=letters,
            smtp_host=mail.host,
            smtp_port=mail.port,
            smtp_starttls=False,
            confirm_wait=timedelta(0),
        )
        app = create_app(settings, clock)
        gateway = app.state.gateway
        async with app.router.lifespan_context(app):
            await until_it_listens(gateway.service)
            portal = Portal(gateway, clock, surface(gateway), letters)
            yield Post(portal, mail, producer)
            await portal.close()


async def contact_of(post: Post, owner: httpx.AsyncClient) -> None:
    """Add a contact and confirm it with the code that comes by mail."""
    added = await owner.post("/contacts", json={"channel": "email", "address": MAIL})
    assert added.status_code == 201, added.text
    await post.mails(1)
    [code] = re.findall(r"\b\d{6}\b", post.mail.texts()[0])
    path = f"/contacts/{added.json()['id']}/confirm"
    assert (await owner.post(path, json={"code": code})).json()["state"] == "on"


async def test_an_outage_is_mailed_once_and_its_end_too(post: Post) -> None:
    owner = await post.portal.customer()
    await contact_of(post, owner)
    await post.tell(connected(LINE), enabled(SINGLE))

    async def is_open() -> bool:
        return bool((await owner.get("/forwardings")).json()["forwardings"])

    await eventually(is_open, within=20)
    began = new_id()
    await post.tell(outage(), event_id=began)
    await post.notices("outage_began")
    post.portal.clock.move(SETTLED)
    subjects = await post.mails(2)
    assert LINE in post.mail.texts()[1]

    await post.tell(outage(), event_id=began)
    await post.tell(outage())  # told again under an id of its own
    await post.tell(cleared())
    await post.notices("outage_began", "outage_ended")
    post.portal.clock.move(SETTLED)
    subjects = await post.mails(3)

    assert len(subjects) == 3
    assert [mail["To"] for mail in post.mail.mails] == [MAIL] * 3
