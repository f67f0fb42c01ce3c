"""
Short messages through a provider's HTTP interface.

    POST <url>                      Authorization: Bearer <token>
                                    Idempotency-Key: <reference>
    {"to": "+49…", "from": "ecotel", "text": "…", "reference": "…"}

2xx: taken. 400, 404, 410, 422: this address can get none. Anything else, and no
answer at all, may pass: it is tried again with the same reference.
"""

from dataclasses import dataclass

import httpx

from chassis.errors import Unavailable
from portal_gateway.domain.message import AddressRefused, Message

REFUSED = frozenset({400, 404, 410, 422})
SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Sms:
    """A provider of short messages."""

    url: str
    token: str
    sender: str
    http: httpx.AsyncClient

    async def send(self, message: Message) -> None:
        """Hand a message to the provider; raises AddressRefused or Unavailable."""
        body = {
            "to": message.to,
            "from": self.sender,
            "text": message.text,
            "reference": message.reference,
        }
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Idempotency-Key": message.reference,
        }
        try:
            answer = await self.http.post(
                self.url, json=body, headers=headers, timeout=SECONDS
            )
        except httpx.HTTPError as error:
            raise Unavailable(f"SMS provider: {type(error).__name__}") from error
        if answer.status_code in REFUSED:
            raise AddressRefused(f"SMS provider: {answer.status_code}")
        if not answer.is_success:
            raise Unavailable(f"SMS provider: {answer.status_code}")
