"""Mail by SMTP, the one place that knows the protocol."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from ssl import SSLError

import aiosmtplib
from aiosmtplib.errors import (
    SMTPException,
    SMTPRecipientRefused,
    SMTPRecipientsRefused,
)

from chassis.errors import Unavailable
from portal_gateway.domain.message import AddressRefused, Message

PERMANENT = range(550, 554)
"""No such mailbox, not allowed, too large, not a name: the recipient's fault."""
CONNECT_SECONDS = 15.0
SENDER_NAME = "ecotel @once SelfCare"


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail server that relays for us."""

    host: str
    port: int
    sender: str
    """The address from which we send."""
    username: str | None = None
    password: str | None = None
    starttls: bool = True
    """False only for a server on this machine: credentials and text go as they are."""

    async def send(self, message: Message) -> None:
        """Hand a mail to the server; raises AddressRefused or Unavailable."""
        try:
            await aiosmtplib.send(
                self.written(message),
                hostname=self.host,
                port=self.port,
                username=self.username,
                password=self.password,
                start_tls=self.starttls,
                timeout=CONNECT_SECONDS,
            )
        except SMTPRecipientsRefused as refused:
            raise _fate(refused.recipients[0]) from refused
        except SMTPRecipientRefused as refused:
            raise _fate(refused) from refused
        except (SMTPException, SSLError, OSError, TimeoutError) as error:
            raise Unavailable(f"mail server: {error!r:.200}") from error

    def written(self, message: Message) -> EmailMessage:
        """Return the mail; a repeat has the same Message-ID, so that it shows once."""
        local, _, domain = self.sender.partition("@")
        mail = EmailMessage()
        mail["From"] = Address(SENDER_NAME, local, domain)
        mail["To"] = message.to
        mail["Subject"] = message.subject
        mail["Message-ID"] = f"<{message.reference}@{domain}>"
        mail["Auto-Submitted"] = "auto-generated"
        mail["Content-Language"] = message.language
        mail.set_content(message.text)
        return mail


def _fate(refused: SMTPRecipientRefused) -> Exception:
    if refused.code in PERMANENT:
        return AddressRefused(f"{refused.code} {refused.message}")
    return Unavailable(f"mail server: {refused.code} {refused.message:.150}")
