"""
A simulated XCAP server, as TS 24.623 says one answers; not a recorded one.

It holds a simservs document a subscriber, checks If-Match, and tells where a call
would ring by the customer's rules, first match first.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import httpx
from defusedxml.ElementTree import fromstring
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HANGS_FOR = 0.1
SS = "{http://uri.etsi.org/ngn/params/xml/simservs/xcap}"
CP = "{urn:ietf:params:xml:ns:common-policy}"
EMPTY = (
    '<communication-diversion xmlns="http://uri.etsi.org/ngn/params/xml/simservs/xcap"'
    ' xmlns:cp="urn:ietf:params:xml:ns:common-policy" active="{active}">'
    "<NoReplyTimer>20</NoReplyTimer><cp:ruleset>{rules}</cp:ruleset>"
    "</communication-diversion>"
)
RULE = (
    '<cp:rule id="{id}"><cp:conditions>{when}</cp:conditions><cp:actions><forward-to>'
    "<target>tel:{to}</target></forward-to></cp:actions></cp:rule>"
)


async def bad_answer(manner: str | None, request: Request) -> Response | None:
    """Return how a subscriber is answered who alone is served badly; None: well."""
    if manner == "hangs":
        await asyncio.sleep(HANGS_FOR)
        raise httpx.ReadTimeout("no answer")  # where no socket is, nobody else does
    if manner == "unreadable":
        return Response("<html", media_type="text/html")
    if manner == "500" or (manner == "put 500" and request.method == "PUT"):
        return Response(status_code=500)
    return None


@dataclass
class SimulatedXcap:
    """The documents, and how badly it behaves."""

    documents: dict[str, str] = field(default_factory=dict)
    etags: dict[str, int] = field(default_factory=dict)
    puts: int = 0
    unknown: set[str] = field(default_factory=set)
    broken: dict[str, str] = field(default_factory=dict)
    """Subscribers answered badly: `unreadable`, `500`, `put 500`, `hangs`."""
    waited: int = 0
    """So many requests were for one of them."""
    busy: int = 0
    """So many requests get 503 with Retry-After."""
    lost: int = 0
    """So many PUTs are done and answered 500."""
    meanwhile: Callable[[str], Awaitable[None]] | None = None
    """Called once before a PUT is looked at: somebody else is quicker."""

    def document(self, number: str) -> str:
        """Return a subscriber's diversion document."""
        empty = EMPTY.format(active="false", rules="")
        return self.documents.setdefault(number, empty)

    def sets(self, number: str, *rules: tuple[str, str, str], active: bool) -> None:
        """Let the customer set his own rules: id, condition, target."""
        texts = [
            RULE.format(id=i, when=f"<{when}/>" if when else "", to=to)
            for i, when, to in rules
        ]
        flag = "true" if active else "false"
        self.documents[number] = EMPTY.format(active=flag, rules="".join(texts))
        self.etags[number] = self.etags.get(number, 0) + 1

    def rings(self, number: str, *, reachable: bool = True) -> str:
        """Return where a call rings."""
        element = fromstring(self.document(number))
        if element.get("active") != "true":
            return number
        for rule in element.iter(f"{CP}rule"):
            conditions = rule.findall(f"{CP}conditions/*")
            names = {one.tag.removeprefix(SS) for one in conditions}
            if not names or (names == {"not-reachable"} and not reachable):
                return str(rule.findtext(f".//{SS}target")).removeprefix("tel:")
        return number

    def rule_ids(self, number: str) -> list[str]:
        """Return the ids of a subscriber's rules."""
        rules = fromstring(self.document(number)).iter(f"{CP}rule")
        return [str(rule.get("id")) for rule in rules]

    async def _handle(self, request: Request) -> Response:
        user = unquote(request.scope["raw_path"].decode().split("/users/")[1])
        found = re.match(
            r"sip:(\+\d+)@home\.example/simservs\.xml/~~/simservs/"
            r"communication-diversion$",
            user,
        )
        if self.busy:
            self.busy -= 1
            return Response(status_code=503, headers={"retry-after": "2"})
        if not found or found.group(1) in self.unknown:
            return Response(status_code=404)
        number = found.group(1)
        self.waited += number in self.broken
        if bad := await bad_answer(self.broken.get(number), request):
            return bad
        if request.method == "PUT":
            return await self._put(request, number)
        etag = f'"{self.etags.get(number, 0)}"'
        return Response(self.document(number), headers={"etag": etag})

    async def _put(self, request: Request, number: str) -> Response:
        self.puts += 1
        if self.meanwhile:
            hook, self.meanwhile = self.meanwhile, None
            await hook(number)
        if request.headers.get("if-match") != f'"{self.etags.get(number, 0)}"':
            return Response(status_code=412)
        if request.headers["content-type"] != "application/xcap-el+xml":
            return Response(status_code=415)
        element = fromstring(await request.body())
        if element.tag != f"{SS}communication-diversion":
            return Response(status_code=409)
        self.documents[number] = ET.tostring(element, encoding="unicode")
        self.etags[number] = self.etags.get(number, 0) + 1
        if self.lost:
            self.lost -= 1
            return Response(status_code=500)
        return Response(headers={"etag": f'"{self.etags[number]}"'})

    def app(self) -> Starlette:
        """Return it as a server."""
        path = "/xcap/simservs.ngn.etsi.org/users/{rest:path}"
        return Starlette(routes=[Route(path, self._handle, methods=["GET", "PUT"])])
