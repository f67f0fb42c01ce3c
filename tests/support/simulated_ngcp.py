"""
A simulated Sipwise NGCP, as its API documentation says one answers; not a recorded one.

Subscribers with destination sets and mappings, `Prefer` demanded where it is, and a
limit of requests.
"""

from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from support.simulated_xcap import bad_answer

KINDS = ("cfu", "cfb", "cft", "cfna")


@dataclass
class SimulatedNgcp:
    """The subscribers, by number, and how badly it behaves."""

    ids: dict[str, int] = field(default_factory=dict)
    mappings: dict[int, dict[str, Any]] = field(default_factory=dict)
    sets: dict[int, dict[str, Any]] = field(default_factory=dict)
    unknown: set[str] = field(default_factory=set)
    broken: dict[str, str] = field(default_factory=dict)
    """Subscribers who are answered badly, as with `SimulatedXcap`."""
    waited: int = 0
    puts: int = 0
    busy: int = 0
    """So many requests get 429."""
    lost: int = 0
    """So many PUTs of mappings are done and answered 500."""

    def subscriber(self, number: str) -> int:
        """Return a number's subscriber, made if it is new."""
        known = self.ids.setdefault(number, 100 + len(self.ids))
        self.mappings.setdefault(known, {kind: [] for kind in KINDS})
        return known

    def forwards(self, number: str, kind: str, name: str, to: str) -> None:
        """Let the customer set a forwarding of his own."""
        subscriber = self.subscriber(number)
        self._make_set(subscriber, name, to)
        mapping = {"destinationset": name, "timeset": None}
        self.mappings[subscriber][kind] = [mapping]

    def _make_set(self, subscriber: int, name: str, to: str) -> None:
        made = len(self.sets) + 1
        self.sets[made] = {
            "id": made,
            "subscriber_id": subscriber,
            "name": name,
            "destinations": [{"destination": f"sip:{to[1:]}@ngcp.example"}],
        }

    def rings(self, number: str, *, reachable: bool = True) -> str:
        """Return where a call rings."""
        subscriber = self.subscriber(number)
        kinds = ("cfu",) if reachable else ("cfu", "cfna")
        for kind in kinds:
            for mapping in self.mappings[subscriber][kind]:
                found = next(
                    s
                    for s in self.sets.values()
                    if s["subscriber_id"] == subscriber
                    and s["name"] == mapping["destinationset"]
                )
                uri = str(found["destinations"][0]["destination"])
                return f"+{uri.removeprefix('sip:').partition('@')[0]}"
        return number

    def app(self) -> Starlette:
        """Return it as a server."""
        return Starlette(
            routes=[
                Route("/api/subscribers/", self._guard(self._subscribers)),
                Route(
                    "/api/cfmappings/{id:int}",
                    self._guard(self._cfmappings),
                    methods=["GET", "PUT"],
                ),
                Route(
                    "/api/cfdestinationsets/",
                    self._guard(self._collection),
                    methods=["GET", "POST"],
                ),
                Route(
                    "/api/cfdestinationsets/{id:int}",
                    self._guard(self._item),
                    methods=["PUT"],
                ),
            ]
        )

    def _guard(self, handle: Any) -> Any:
        async def guarded(request: Request) -> Response:
            if self.busy:
                self.busy -= 1
                return Response(status_code=429)
            if request.method == "PUT" and "prefer" not in request.headers:
                return JSONResponse({"message": "Prefer"}, 400)
            answer: Response = await handle(request)
            return answer

        return guarded

    def _number(self, subscriber: int) -> str:
        return next(number for number, one in self.ids.items() if one == subscriber)

    async def _subscribers(self, request: Request) -> Response:
        number = f"+{request.query_params.get('primary_number', '')}"
        if len(number) < 3 or number in self.unknown:
            return JSONResponse({"total_count": 0})
        found = [{"id": self.subscriber(number)}]
        return JSONResponse({"_embedded": {"ngcp:subscribers": found}})

    async def _cfmappings(self, request: Request) -> Response:
        subscriber = request.path_params["id"]
        if subscriber not in self.mappings:
            return JSONResponse({}, 404)
        self.waited += self._number(subscriber) in self.broken
        if bad := await bad_answer(self.broken.get(self._number(subscriber)), request):
            return bad
        if request.method == "GET":
            return JSONResponse({"cft_ringtimeout": None, **self.mappings[subscriber]})
        body = await request.json()
        names = {
            s["name"] for s in self.sets.values() if s["subscriber_id"] == subscriber
        }
        used = {m["destinationset"] for kind in KINDS for m in body[kind]}
        if not used <= names:
            return JSONResponse({"message": "Invalid 'destinationset'"}, 422)
        self.puts += 1
        self.mappings[subscriber] = {kind: body[kind] for kind in KINDS}
        if self.lost:
            self.lost -= 1
            return JSONResponse({}, 500)
        return Response(status_code=204)

    async def _collection(self, request: Request) -> Response:
        if request.method == "POST":
            body = await request.json()
            made = len(self.sets) + 1
            self.sets[made] = {"id": made, **body}
            location = {"location": f"/api/cfdestinationsets/{made}"}
            return Response(status_code=201, headers=location)
        wanted = (
            int(request.query_params["subscriber_id"]),
            request.query_params["name"],
        )
        found = [
            one
            for one in self.sets.values()
            if (one["subscriber_id"], one["name"]) == wanted
        ]
        return JSONResponse({"_embedded": {"ngcp:cfdestinationsets": found}})

    async def _item(self, request: Request) -> Response:
        known = self.sets[request.path_params["id"]]
        known.update(await request.json())
        return Response(status_code=204)
