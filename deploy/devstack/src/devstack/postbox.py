"""
The post of a stack on one machine: mail and short messages end as files.

    python -m devstack.postbox FOLDER --smtp PORT --sms PORT

A mail becomes an .eml that any mail program opens, a short message a .txt.
"""

import argparse
import asyncio
import re
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from chassis.clock import SystemClock
from devstack.settings import HOST


@dataclass
class Postbox:
    """Takes everything that comes and writes it down."""

    folder: Path
    _taken: int = 0

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep a mail."""
        content = envelope.content
        written = content if isinstance(content, bytes) else (content or "").encode()
        self._keep(envelope.rcpt_tos[0], ".eml", written)
        return "250 OK"

    async def take_message(self, request: Request) -> JSONResponse:
        """Keep a short message, sent in the form of the gateway's `sms.py`."""
        body = await request.json()
        text = f"To: {body['to']}\nFrom: {body['from']}\n\n{body['text']}\n"
        self._keep(body["to"], ".txt", text.encode())
        return JSONResponse({"id": body["reference"]}, 202)

    def _keep(self, to: str, suffix: str, content: bytes) -> None:
        name = re.sub(r"[^\w.@+-]", "_", to)[:80]
        at = SystemClock().now()
        self._taken += 1
        file = f"{at:%Y%m%dT%H%M%S}-{self._taken:04}-{name}{suffix}"
        draft = self.folder / f"{file}.draft"
        draft.write_bytes(content)
        draft.rename(self.folder / file)  # whole, or not there


async def serve(folder: Path, smtp: int, sms: int) -> None:
    """Take mail and short messages until the process is told to end."""
    box = Postbox(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(box), HOST, smtp)
    routes = [Route("/messages", box.take_message, methods=["POST"])]
    config = uvicorn.Config(
        Starlette(routes=routes), host=HOST, port=sms, log_level="warning"
    )
    async with server:
        await uvicorn.Server(config).serve()


def main() -> None:
    """Read the arguments and serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--smtp", type=int, required=True)
    parser.add_argument("--sms", type=int, required=True)
    given = parser.parse_args()
    given.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    asyncio.run(serve(given.folder, given.smtp, given.sms))


if __name__ == "__main__":
    main()
