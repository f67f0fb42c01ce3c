"""What every request passes: size, origin, content type; what every answer carries."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from portal_gateway import sheets
from portal_gateway.http.problems import problem

LARGEST_BODY: Final = 1 << 20
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; "
        "form-action 'self'; object-src 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
NO_STORE: Final = "no-store"
JSON: Final = frozenset({"application/json"})
FORMS: Final = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
LARGEST_UPLOAD: Final = sheets.LARGEST_FILE + (64 << 10)
"""A file with what a form puts around it; `sheets` looks at the file itself."""
UPLOADS: Final[Mapping[str, frozenset[str]]] = {
    "/api/v1/imports": frozenset({"text/csv", sheets.XLSX}),
    "/importe": FORMS,
}
"""Where files come in, and what they may be."""
STREAMS: Final = frozenset({"/api/v1/events", "/live"})
"""What never ends: nobody can be told how it would begin."""
Refuse = Callable[[Scope, str], ASGIApp]
"""Makes the answer of a code, before anything of the request was read."""
UNAUTHORIZED: Final = 401
CHALLENGE: Final = 'Cookie realm="selfcare"'
"""Every 401 must name a way in; browsers know none of this name, so none asks."""
HSTS: Final = "max-age=31536000; includeSubDomains"


class TooLarge(HTTPException):
    """A body went on beyond what we read; FastAPI lets only its own errors through."""

    def __init__(self) -> None:
        super().__init__(413)


class Guarded:
    """The application behind its checks; itself pure ASGI, so that streams stream."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        https: bool,
        takes: frozenset[str] = JSON,
        headers: Mapping[str, str] = MappingProxyType({}),
        refuse: Refuse | None = None,
    ) -> None:
        self._app = app
        self._takes = takes
        self._refuse = refuse or _problem
        hsts = {"Strict-Transport-Security": HSTS} if https else {}
        self._headers = {**HEADERS, **headers, **hsts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD" and scope["path"] not in STREAMS:
            # What GET would say; the server leaves out the body.
            scope = {**scope, "method": "GET"}
        answer = _Answer(scope, send, self._headers)
        headers = Headers(scope=scope)
        app = self._app
        if code := _objection(scope, headers, self._takes):
            app = self._refuse(scope, code)
        counted = _Counted(receive, _largest(scope))
        await app(scope, counted.receive, answer.send)


def _problem(scope: Scope, code: str) -> ASGIApp:
    return problem(Headers(scope=scope).get("accept-language"), code)


def _objection(scope: Scope, headers: Headers, takes: frozenset[str]) -> str | None:
    if "\x00" in scope["path"] or b"%00" in scope["query_string"]:
        return "not_found"
    if _length(headers) > _largest(scope):
        return "body_too_large"
    if scope["method"] in SAFE_METHODS:
        return None
    if _is_cross_site(headers):
        return "cross_site_request"
    taken = UPLOADS.get(scope["path"], takes)
    if _has_body(headers) and _media_type(headers) not in taken:
        return "unsupported_media_type"
    return None


def _is_cross_site(headers: Headers) -> bool:
    """Tell whether a browser says that another site wrote this request."""
    if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return True
    origin = headers.get("origin")
    try:
        return origin is not None and urlsplit(origin).netloc != headers.get("host")
    except ValueError:  # it is no address
        return True


def _has_body(headers: Headers) -> bool:
    return bool(
        _length(headers)
        or "transfer-encoding" in headers
        or headers.get("content-type")
    )


def _media_type(headers: Headers) -> str:
    return headers.get("content-type", "").split(";")[0].strip().lower()


def _largest(scope: Scope) -> int:
    return LARGEST_UPLOAD if scope["path"] in UPLOADS else LARGEST_BODY


def _length(headers: Headers) -> int:
    told = headers.get("content-length", "0")
    return int(told) if told.isdecimal() else 0


class _Counted:
    """Reads a body of unknown length, up to the limit."""

    def __init__(self, receive: Receive, largest: int) -> None:
        self._receive = receive
        self._largest = largest
        self._read = 0

    async def receive(self) -> Message:
        """Pass a message on; raises TooLarge."""
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > self._largest:
            raise TooLarge
        return message


class _Answer:
    """Adds headers on the way out."""

    def __init__(self, scope: Scope, send: Send, headers: dict[str, str]) -> None:
        self._scope = scope
        self._send = send
        self._headers = headers

    async def send(self, message: Message) -> None:
        """Pass a message on, with our headers."""
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in self._headers.items():
                headers.setdefault(name, value)
            headers.setdefault("Cache-Control", NO_STORE)
            self._say_how(message["status"], headers)
            if "location" in headers:
                headers["location"] = _path_of(headers["location"])
        await self._send(message)

    def _say_how(self, status: int, headers: MutableHeaders) -> None:
        """Add what HTTP wants of a refusal: how to get in, and all that is allowed."""
        if status == UNAUTHORIZED:
            headers.setdefault("WWW-Authenticate", CHALLENGE)
        allowed = headers.get("allow", "").split(", ")
        if "GET" in allowed and self._scope["path"] not in STREAMS:
            headers["Allow"] = ", ".join(sorted({*allowed, "HEAD"}))


def _path_of(location: str) -> str:
    """
    Return where a redirect leads on this site: we never send anybody elsewhere.

    Whoever stands behind a proxy does not know by which scheme it was asked.
    """
    try:
        parts = urlsplit(location)
    except ValueError:  # the host that was asked for is none
        return "/"
    path = "/" + parts.path.lstrip("/\\")
    return urlunsplit(("", "", path, parts.query, parts.fragment))
