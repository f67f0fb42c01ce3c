"""Styles, scripts and pictures: under a name that changes when they do."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles
from starlette.types import Message, Receive, Scope, Send

FOLDER: Final = Path(__file__).parent / "static"
FOR_EVER: Final = (b"cache-control", b"public, max-age=31536000, immutable")
FOUND: Final = 200


@cache
def version() -> str:
    """Return what tells these files from those of every other release."""
    digest = hashlib.sha256()
    for file in sorted(FOLDER.rglob("*")):
        if file.is_file():
            digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def url_of(name: str) -> str:
    """Return where a browser finds a file; it may keep it for ever."""
    return f"/static/{version()}/{name}"


class Assets:
    """Serves the files of this release; another version's name is answered, too."""

    def __init__(self) -> None:
        # Packed, for phones; pages are not, as they hold a token beside typed text.
        self._files = GZipMiddleware(StaticFiles(directory=FOLDER))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer /static/<version>/<name>."""
        asked, _, name = scope["path"].removeprefix("/static/").partition("/")
        is_ours = asked == version()

        async def kept(message: Message) -> None:
            is_start = message["type"] == "http.response.start"
            if is_start and is_ours and message["status"] == FOUND:
                message["headers"].append(FOR_EVER)
            await send(message)

        inner = {**scope, "path": f"/{name}", "root_path": ""}
        await self._files(inner, receive, kept)
