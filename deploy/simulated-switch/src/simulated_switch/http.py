"""The switch as its neighbours see it: thin, for the domain decides."""

import asyncio
import logging
import re
import secrets
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from http import HTTPStatus

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from simulated_switch.domain import Entry, Received, Result, Switch
from simulated_switch.nasty import GOOD_MANNERS, Fate, Manners, Nasty
from simulated_switch.problems import Answer, Problem, on_http_exception, on_problem
from simulated_switch.requests import (
    read_after,
    read_count,
    read_model,
    read_operations,
    read_truth,
)

HANG_UP = "simulated_switch.hang_up"
DIALLED = re.compile(r"\+[1-9][0-9]{2,17}|110|112")
LONGEST_PAGE = 10_000
PAGE = 1_000

log = logging.getLogger("simulated_switch")


class HangUp(Response):
    """No answer at all: the connection breaks."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        hang_up = scope.get("extensions", {}).get(HANG_UP)
        if hang_up is None:
            raise ConnectionResetError
        hang_up()
        while (await receive())["type"] != "http.disconnect":
            pass


class Edge:
    """Serves one switch."""

    def __init__(self) -> None:
        self.switch = Switch(_new_boot())
        self.nasty = Nasty()

    async def apply(self, request: Request) -> Response:
        """Carry out operations, as well as the manners of the switch allow."""
        operations = await read_operations(request)
        boot, fate = self.switch.boot, self.nasty.next_fate()
        await asyncio.sleep(fate.delay_seconds)
        if fate.reorder:
            await self.nasty.hold_back()
        if fate.fail_before or self.nasty.manners.down or boot != self.switch.boot:
            raise _unavailable()
        results = self._carry_out(operations, fate)
        self.nasty.let_pass()
        if fate.reset_after:
            return HangUp()
        if fate.fail_after:
            raise _unavailable()
        return Answer({"boot": boot, "results": [_shown(r) for r in results]})

    def _carry_out(self, operations: list[object], fate: Fate) -> list[Result]:
        apply = self.switch.apply
        results = [
            apply(operation, refuse=fate.refuses(operation), lose=fate.loses())
            for operation in operations
        ]
        log.debug("operations received: %s", dict(Counter(r.result for r in results)))
        return results

    async def audit(self, request: Request) -> Response:
        """Show a page of what is held now."""
        limit = read_count(request, "limit", PAGE, most=LONGEST_PAGE)
        found = self.switch.state.entries(
            after=read_after(request),
            limit=limit + 1,
            tombstones=read_truth(request, "tombstones"),
        )
        page = found[:limit]
        return Answer(
            {
                "boot": self.switch.boot,
                "entries": [_held(key, entry) for key, entry in page],
                "next": page[-1][0] if page and len(found) > limit else None,
            }
        )

    async def call(self, request: Request) -> Response:
        """Tell what happens to a call that is dialled now."""
        number = request.path_params["number"]
        if not DIALLED.fullmatch(number):
            detail = "Dial +, country code and number, or 110 or 112."
            raise Problem(HTTPStatus.BAD_REQUEST, "bad_number", detail)
        return Answer(asdict(self.switch.state.call(number)))

    async def history(self, request: Request) -> Response:
        """Show a page of the journal."""
        after = read_count(request, "after", 0, most=10**15 - 1)
        limit = read_count(request, "limit", PAGE, most=LONGEST_PAGE)
        found = self.switch.journal(after=after, limit=limit + 1)
        page = found[:limit]
        return Answer(
            {
                "boot": self.switch.boot,
                "oldest": self.switch.oldest,
                "entries": [_fields(received) for received in page],
                "next": page[-1].n if page and len(found) > limit else None,
            }
        )

    async def behave(self, request: Request) -> Response:
        """Change the manners of the switch."""
        return self._changed(await read_model(request, Manners))

    async def behave_well(self, _: Request) -> Response:
        """Let the switch be a good one again."""
        return self._changed(GOOD_MANNERS)

    def _changed(self, manners: Manners) -> Response:
        self.nasty.behave(manners)
        log.info("manners changed: %s", "good" if manners == GOOD_MANNERS else "nasty")
        return self._manners()

    async def manners(self, _: Request) -> Response:
        """Show the manners of the switch."""
        return self._manners()

    def _manners(self) -> Response:
        return Answer(self.nasty.manners.model_dump())

    async def restart(self, _: Request) -> Response:
        """Forget everything, as a switch that was switched off and on."""
        self.switch.restart(_new_boot())
        self.nasty.let_pass()
        log.info("restarted")
        return Answer({"boot": self.switch.boot})

    async def live(self, _: Request) -> Response:
        """Say that the process runs."""
        return Answer({"status": "live"})

    async def ready(self, _: Request) -> Response:
        """Say whether operations are taken."""
        if self.nasty.manners.down:
            raise _unavailable()
        return Answer({"status": "ready", "boot": self.switch.boot})


def _new_boot() -> str:
    return secrets.token_hex(8)


def _unavailable() -> Problem:
    return Problem(HTTPStatus.SERVICE_UNAVAILABLE, "unavailable")


def _held(key: str, entry: Entry) -> dict[str, object]:
    return {"key": key, "version": entry.version, "value": entry.value}


def _fields(received: Received) -> dict[str, object]:
    # Not asdict: it would copy every value.
    return {name: getattr(received, name) for name in Received.__slots__}


def _shown(result: Result) -> dict[str, object]:
    shown: dict[str, object] = {
        "key": result.key,
        "result": result.result,
        "version": result.version,
        "reason": result.reason,
    }
    if result.detail is not None:
        shown["detail"] = result.detail
    return shown


def _route(
    method: str, path: str, endpoint: Callable[[Request], Awaitable[Response]]
) -> Route:
    return Route(path, endpoint, methods=[method])


def create_app() -> Starlette:
    """Switch a new switch on."""
    edge = Edge()
    return Starlette(
        routes=[
            _route("POST", "/v1/apply", edge.apply),
            _route("GET", "/v1/audit", edge.audit),
            _route("GET", "/v1/calls/{number}", edge.call),
            _route("GET", "/v1/history", edge.history),
            _route("GET", "/v1/nasty", edge.manners),
            _route("POST", "/v1/nasty", edge.behave),
            _route("DELETE", "/v1/nasty", edge.behave_well),
            _route("POST", "/v1/restart", edge.restart),
            _route("GET", "/health/live", edge.live),
            _route("GET", "/health/ready", edge.ready),
        ],
        exception_handlers={Problem: on_problem, HTTPException: on_http_exception},
    )
