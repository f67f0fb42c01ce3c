"""The kind of route that all of the API has: repeatable writes, audited refusals."""

import hashlib
import hmac
from collections.abc import Callable, Coroutine
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.convertors import Convertor, register_url_convertor
from typing_extensions import override

from portal_gateway.domain.refused import Refused
from portal_gateway.domain.stages import NEEDS
from portal_gateway.http import people
from portal_gateway.http.problems import RESPONSES, STATUS, answer, unreadable
from portal_gateway.http.security import SAFE_METHODS
from portal_gateway.store.idempotency import FirstAnswer
from portal_gateway.store.sessions import Session
from portal_gateway.usecases import once
from portal_gateway.usecases.accounts import session_of

PREFIX: Final = "/api/v1"
LONGEST_KEY: Final = 255
SERVER_FAULT: Final = 500
FORBIDDEN: Final = frozenset(
    {
        "agents_cannot_change_targets",
        "agents_only",
        "customers_only",
        "not_for_operators",
        "not_found",
        "operators_only",
        "staff_only",
    }
)
"""What nobody asks for by the portal's own links: kept in the audit."""
LATER: Final = frozenset({429, 503})
OF_THE_MOMENT: Final = frozenset(
    {"confirmation_required", "not_logged_in", "target_waits", *NEEDS.values()}
)
KEPT_HEADERS: Final = ("content-type", "etag", "location", "content-language")

ORDER: Final = "{order_id:name}"
"""In the address of an order: the id of another channel may have slashes inside."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class Name(Convertor[str]):
    """Parts of a path that name one thing together."""

    regex = "[^/]+(?:/[^/]+)*"

    @override
    def convert(self, value: str) -> str:
        return value

    @override
    def to_string(self, value: str) -> str:
        return value


register_url_convertor("name", Name())


class Route(APIRoute):
    """Answers a repeated Idempotency-Key with the first answer."""

    @override
    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def careful(request: Request) -> Response:
            try:
                key = request.headers.get("idempotency-key")
                if key is None or request.method in SAFE_METHODS:
                    return await handle(request)
                return await _once(request, key, handle)
            except Refused as refused:
                await audit(request, refused)
                raise

        return careful


def new_router(tag: str) -> APIRouter:
    """Return a router for one subject of the API."""
    return APIRouter(prefix=PREFIX, route_class=Route, responses=RESPONSES, tags=[tag])


async def _once(request: Request, key: str, handle: Handler) -> Response:
    if not 0 < len(key) <= LONGEST_KEY:
        raise Refused("idempotency_key_invalid")
    session = await _session(request)
    if session is None:
        return await handle(request)
    gateway = people.the_gateway(request)
    # The client's key also keys the hash: a body with a password cannot be guessed.
    mac = hmac.digest(key.encode(), await _wanted(request), hashlib.sha256)
    called = once.Call(session.account_id, hashlib.sha256(key.encode()).digest(), mac)
    if first := await once.begin(gateway, called):
        return _replayed(first)
    once.current.set(called)
    try:
        response = await _answered(request, handle)
    except BaseException:
        await once.give_up(gateway, called)
        raise
    headers = {
        name: response.headers[name]
        for name in KEPT_HEADERS
        if name in response.headers
    }
    await once.finish(
        gateway, called, response.status_code, headers, bytes(response.body)
    )
    return response


async def _session(request: Request) -> Session | None:
    try:
        session = await session_of(
            people.the_gateway(request), people.token_of(request)
        )
    except Refused:
        return None
    request.state.session = session
    return session


async def _wanted(request: Request) -> bytes:
    target = f"{request.method} {request.url.path}?{request.url.query}\n"
    return target.encode() + await request.body()


async def _answered(request: Request, handle: Handler) -> Response:
    """Return the answer, refusals too: they are answers and are repeated."""
    try:
        return await handle(request)
    except Refused as refused:
        await audit(request, refused)
        if people_must_retry(refused.code):
            raise
        return answer(request, refused)
    except RequestValidationError as error:
        return answer(request, unreadable(error))


def people_must_retry(code: str) -> bool:
    """Tell whether the refusal is about the moment and not about the request."""
    return STATUS.get(code) in LATER or code in OF_THE_MOMENT


def _replayed(first: FirstAnswer) -> Response:
    headers = {**first.headers, "Idempotent-Replayed": "true"}
    return Response(first.body, first.status or SERVER_FAULT, headers)


async def audit(request: Request, refused: Refused) -> None:
    """Note who asked for what is not his, or is not there."""
    session: Session | None = getattr(request.state, "session", None)
    if refused.code in FORBIDDEN and session:
        await once.note_foreign(
            people.the_gateway(request), session, request.method, request.url.path
        )
