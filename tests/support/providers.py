"""A mail server and an SMS provider on this machine, with the moods of real ones."""

import asyncio
import contextlib
import email
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

import httpx
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from typing_extensions import override

from chassis.errors import Unavailable
from portal_gateway.domain.message import AddressRefused, Message, Sender
from portal_gateway.sms import Sms

UNKNOWN_MAIL, FULL_MAIL = "unknown@firma.example", "full@firma.example"
UNKNOWN_NUMBER = "+4915228817999"


@dataclass
class MailServer:
    """Takes mail, unless it is away or does not know whom it is for."""

    host: str = "127.0.0.1"
    port: int = 0
    is_away: bool = False
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        _server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        if self.is_away:
            return "451 try again later"
        if address == UNKNOWN_MAIL:
            return "550 5.1.1 no such user"
        if address == FULL_MAIL:
            return "452 4.2.2 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the same
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(email.message_from_bytes(content, policy=default))
        return "250 OK"

    def texts(self) -> list[str]:
        """Return the bodies, oldest first."""
        return [mail.get_content() for mail in self.mails]

    def subjects(self) -> list[str]:
        """Return the subjects, oldest first."""
        return [str(mail["Subject"]) for mail in self.mails]


@contextlib.asynccontextmanager
async def running_mail_server(
    tls: ssl.SSLContext | None = None,
) -> AsyncIterator[MailServer]:
    """Serve SMTP on a free port; with a context, STARTTLS is required."""
    far_end = MailServer()

    def session() -> SMTP:
        return SMTP(far_end, tls_context=tls, require_starttls=tls is not None)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(session, far_end.host, 0)
    far_end.port = server.sockets[0].getsockname()[1]
    try:
        yield far_end
    finally:
        server.close()
        await server.wait_closed()


@dataclass
class SmsProvider:
    """What the HTTP form of `portal_gateway/sms.py` expects at the other end."""

    is_away: bool = False
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)

    def app(self) -> Starlette:
        """Return it as an application."""
        return Starlette(routes=[Route("/messages", self._take, methods=["POST"])])

    async def _take(self, request: Request) -> JSONResponse:
        if request.headers["authorization"] != "Bearer secret":
            return JSONResponse({}, 401)
        if self.is_away:
            return JSONResponse({}, 503)
        body = await request.json()
        if body["to"] == UNKNOWN_NUMBER:
            return JSONResponse({"error": "unknown subscriber"}, 422)
        self.taken.setdefault(request.headers["idempotency-key"], body)
        return JSONResponse({"id": body["reference"]}, 202)

    def client(self, token: str = "secret") -> tuple[httpx.AsyncClient, Sms]:  # noqa: S107 - of a test
        """Return the real client, wired to this provider."""
        http = httpx.AsyncClient(transport=httpx.ASGITransport(self.app()))
        return http, Sms("http://sms.test/messages", token, "ecotel", http)


@dataclass
class FakeSender(Sender):
    """A provider in memory, for tests that are not about providers."""

    is_away: bool = False
    taken: dict[str, Message] = field(default_factory=dict)

    @override
    async def send(self, message: Message) -> None:
        if self.is_away:
            raise Unavailable("away")
        if message.to in {UNKNOWN_NUMBER, UNKNOWN_MAIL}:
            raise AddressRefused("unknown")
        self.taken.setdefault(message.reference, message)

    def texts(self) -> list[str]:
        return [message.text for message in self.taken.values()]
