"""The senders against real servers, and the fake one by the same claims."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from chassis.errors import Unavailable
from portal_gateway.domain.message import AddressRefused, Message, Sender
from portal_gateway.mail import Mail
from support.providers import (
    FULL_MAIL,
    UNKNOWN_MAIL,
    UNKNOWN_NUMBER,
    FakeSender,
    MailServer,
    SmsProvider,
    running_mail_server,
)

SENDER = "selfcare@notices.example"


def message(to: str, reference: str = "notice-1") -> Message:
    return Message(to, "Störung → Leitung", "Grüße aus Düsseldorf", reference, "de")


class Provider:
    """A sender with what its far end took, and a way to take that end away."""

    def __init__(self, sender: Sender, far_end: Any, good: str, unknown: str) -> None:
        self.sender, self.far_end = sender, far_end
        self.good, self.unknown = good, unknown

    def took(self) -> int:
        far_end = self.far_end
        return len(far_end.mails if isinstance(far_end, MailServer) else far_end.taken)


@pytest.fixture(params=["fake", "sms", "mail"])
async def provider(request: pytest.FixtureRequest) -> AsyncIterator[Provider]:
    if request.param == "fake":
        fake = FakeSender()
        yield Provider(fake, fake, "+4915228817386", UNKNOWN_NUMBER)
    elif request.param == "sms":
        far_end = SmsProvider()
        http, sms = far_end.client()
        yield Provider(sms, far_end, "+4915228817386", UNKNOWN_NUMBER)
        await http.aclose()
    else:
        async with running_mail_server() as server:
            mail = Mail(server.host, server.port, SENDER, starttls=False)
            yield Provider(mail, server, "buero@firma.example", UNKNOWN_MAIL)


class TestEverySender:
    async def test_hands_a_message_over(self, provider: Provider) -> None:
        await provider.sender.send(message(provider.good))

        assert provider.took() == 1

    async def test_tells_an_address_that_does_not_exist(
        self, provider: Provider
    ) -> None:
        with pytest.raises(AddressRefused):
            await provider.sender.send(message(provider.unknown))

        assert provider.took() == 0

    async def test_tells_a_provider_that_is_away_for_now(
        self, provider: Provider
    ) -> None:
        provider.far_end.is_away = True

        with pytest.raises(Unavailable):
            await provider.sender.send(message(provider.good))


@pytest.fixture
async def mail_server() -> AsyncIterator[MailServer]:
    async with running_mail_server() as server:
        yield server


class TestMail:
    async def test_a_repeat_carries_the_same_id(self, mail_server: MailServer) -> None:
        mail = Mail(mail_server.host, mail_server.port, SENDER, starttls=False)
        for _ in range(2):
            await mail.send(message("buero@firma.example", "notice-7"))

        ids = {str(each["Message-ID"]) for each in mail_server.mails}
        assert ids == {"<notice-7@notices.example>"}
        assert mail_server.subjects() == ["Störung → Leitung"] * 2
        assert {text.strip() for text in mail_server.texts()} == {
            "Grüße aus Düsseldorf"
        }

    async def test_a_full_mailbox_may_have_room_later(
        self, mail_server: MailServer
    ) -> None:
        mail = Mail(mail_server.host, mail_server.port, SENDER, starttls=False)

        with pytest.raises(Unavailable):
            await mail.send(message(FULL_MAIL))

    async def test_a_server_that_is_not_there_is_waited_for(self) -> None:
        async with running_mail_server() as server:
            port = server.port

        with pytest.raises(Unavailable):
            await Mail("127.0.0.1", port, SENDER).send(message("buero@firma.example"))

    async def test_text_is_encrypted_on_the_way_or_not_sent(
        self,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        mail_server: MailServer,
    ) -> None:
        authority = trustme.CA()
        authority.cert_pem.write_to_path(tmp_path / "ca.pem")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert("localhost").configure_cert(context)
        async with running_mail_server(context) as server:
            mail = Mail("localhost", server.port, SENDER)
            with pytest.raises(Unavailable):
                await mail.send(message("buero@firma.example"))  # an unknown authority
            monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
            await mail.send(message("buero@firma.example"))

        assert len(server.mails) == 1
        with pytest.raises(Unavailable):  # a server that cannot encrypt
            await Mail(mail_server.host, mail_server.port, SENDER).send(
                message("buero@firma.example")
            )
        assert mail_server.mails == []


class TestSms:
    async def test_a_repeat_is_the_providers_to_drop(self) -> None:
        far_end = SmsProvider()
        http, sms = far_end.client()
        for _ in range(2):
            await sms.send(message("+4915228817386", "notice-7"))
        await http.aclose()

        assert far_end.taken == {
            "notice-7": {
                "to": "+4915228817386",
                "from": "ecotel",
                "text": "Grüße aus Düsseldorf",
                "reference": "notice-7",
            }
        }

    async def test_a_wrong_token_is_ours_to_mend(self) -> None:
        http, sms = SmsProvider().client(token="wrong")  # noqa: S106 - of a test

        with pytest.raises(Unavailable):
            await sms.send(message("+4915228817386"))
        await http.aclose()
