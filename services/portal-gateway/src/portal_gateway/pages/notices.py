"""A word after a change: on the page itself, or on the page a browser is sent to."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from portal_gateway.texts.pages import WORDS

COOKIE: Final = "selfcare_notice"
LONGEST: Final = 3000
SECONDS: Final = 60


@dataclass(frozen=True, slots=True)
class Notice:
    """
    What happened, by the key of its words; `undo`: fields that take it back.

    `undo_path` is where these fields are posted. `kind` is done, info or problem.
    """

    key: str
    facts: Mapping[str, str | int] = field(default_factory=dict)
    kind: str = "done"
    undo_path: str | None = None
    undo: Mapping[str, str] = field(default_factory=dict)


def keep(response: Response, notice: Notice, *, secure: bool) -> None:
    """Let the next page show the notice; one too long for a cookie loses its undo."""
    written = _written(notice)
    if len(written) > LONGEST:
        written = _written(Notice(notice.key, notice.facts, notice.kind))
    response.set_cookie(
        COOKIE,
        written,
        max_age=SECONDS,
        path="/",
        secure=secure,
        httponly=True,
        samesite="strict",
    )


def taken(request: Request) -> Notice | None:
    """Return what an earlier answer left; nonsense is nothing."""
    try:
        read = json.loads(base64.urlsafe_b64decode(request.cookies.get(COOKIE, "")))
        notice = Notice(**read)
    except (ValueError, TypeError, binascii.Error):
        return None
    return notice if notice.key in WORDS else None


def drop(response: Response) -> None:
    """Show it once."""
    response.delete_cookie(COOKIE, path="/")


def _written(notice: Notice) -> str:
    shown = {
        "key": notice.key,
        "facts": dict(notice.facts),
        "kind": notice.kind,
        "undo_path": notice.undo_path,
        "undo": dict(notice.undo),
    }
    return base64.urlsafe_b64encode(json.dumps(shown).encode()).decode()
