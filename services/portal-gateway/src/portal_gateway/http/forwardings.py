"""The configurator: entries, rules, manual diversion and drills."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, NotRequired

from fastapi import Depends, Header, Query, Request
from fastapi.responses import JSONResponse
from typing_extensions import TypedDict

from contracts.refusals import CODES
from contracts.written_number import as_dialled
from portal_gateway import texts
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import is_block
from portal_gateway.domain.listing import View, matching
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.http import shapes
from portal_gateway.http.answering import Number, answer
from portal_gateway.http.bodies import Drill, Rule, TargetCheck
from portal_gateway.http.people import Acting, For, Owner, Running
from portal_gateway.http.routes import new_router
from portal_gateway.http.shapes import EntryList, EntryShape
from portal_gateway.usecases import forwardings, holds
from portal_gateway.usecases.forwardings import Ask, Named, Outcome
from portal_gateway.usecases.story import bad_cursor

router = new_router("forwardings")

_NUMBER = re.compile(r"(?:\+|00)?([1-9][0-9]{6,14})|0([1-9][0-9]{4,12})")
"""As it is stored, dialled from abroad, or dialled in Germany."""
CURSOR = re.compile(r"[0-9]+\.(0\.[0-9]+|1)")
Kind = Annotated[Literal["number", "block"] | None, Query()]
IfMatch = Annotated[str | None, Header(max_length=200)]

ENTRY: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": EntryShape, "description": "It is in force"},
    202: {"model": EntryShape, "description": "It is not known yet to be in force"},
}


@answer
class TargetChecked(TypedDict):
    """What a save would say of a target."""

    ok: bool
    target: NotRequired[Number]
    """As it would be stored; only there where it can be taken."""
    code: NotRequired[str]
    """Why it cannot be taken."""
    detail: NotRequired[str]
    """The same in words."""
    suggestion: NotRequired[str | None]
    """What was probably meant."""
    chain: NotRequired[list[str]]
    """The circle of forwardings that it would close."""
    field: NotRequired[str]


def canonical(number: str) -> str:
    """Return the number that somebody wrote; what is none names nothing."""
    if not (found := _NUMBER.fullmatch(as_dialled(number.strip()))):
        raise not_found()
    return f"+{found[1] or '49' + found[2]}"


async def named_for_reading(number: str, acting: For, kind: Kind = None) -> Named:
    """Return what the path names, for whoever may look at it."""
    return _named(acting, number, kind)


def _named(acting: Acting, number: str, kind: Kind) -> Named:
    single, block = kind == "number", kind == "block"
    return Named(acting.customer, canonical(number), single=single, block=block)


async def wish_of_owner(
    number: str,
    owner: Owner,
    gateway: Running,
    kind: Kind = None,
    if_match: IfMatch = None,
) -> Ask:
    """Return what the path names, for the one who may change it."""
    named = _named(owner, number, kind)

    def match(entry: Entry) -> None:
        if if_match is not None and not _matches(if_match, entry.version):
            current = {"current": shapes.entry(entry)}
            headers = {"ETag": etag(entry)}
            raise Refused("version_mismatch", more=current, headers=headers)

    return Ask(named, owner.who(gateway), match)


Reading = Annotated[Named, Depends(named_for_reading)]
Wishing = Annotated[Ask, Depends(wish_of_owner)]


@router.get("/forwardings", responses={200: {"model": EntryList}})
async def list_forwardings(
    acting: For,
    gateway: Running,
    query: Annotated[str, Query(max_length=200)] = "",
    limit: Annotated[int | None, Query(ge=1, le=100_000)] = None,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> JSONResponse:
    """List numbers and blocks; without a limit, all of them."""
    listed = await forwardings.listed(gateway, acting.customer)
    page, following = _page(matching(listed, View(query=query)), cursor, limit)
    shown = [shapes.entry(entry) for entry in page]
    told: EntryList = {
        "forwardings": shown,
        "next_cursor": following,
        "all_held": await holds.is_all_held(gateway),
    }
    return JSONResponse(told)


@router.get("/forwardings/{number}", responses={200: {"model": EntryShape}})
async def show_forwarding(named: Reading, gateway: Running) -> JSONResponse:
    """Show one number or block."""
    return _shown(await forwardings.one(gateway, named))


@router.put("/forwardings/{number}", responses=ENTRY)
async def set_rule(body: Rule, ask: Wishing, gateway: Running) -> JSONResponse:
    """Set where calls go: 200 when it is in force, 202 while that is not known yet."""
    changes = body.model_dump(exclude_unset=True)
    return _outcome(await forwardings.set_rule(gateway, ask, changes))


@router.delete("/forwardings/{number}", responses=ENTRY)
async def remove_rule(ask: Wishing, gateway: Running) -> JSONResponse:
    """Remove the number's own rule; inside a block, the block's holds again."""
    return _outcome(await forwardings.remove_rule(gateway, ask))


@router.post("/forwardings/{number}/manual", responses=ENTRY)
async def divert_now(ask: Wishing, gateway: Running) -> JSONResponse:
    """Divert calls now, until it is stopped."""
    return _outcome(await forwardings.start(gateway, ask, "manual"))


@router.delete("/forwardings/{number}/manual", responses=ENTRY)
async def stop_diverting(ask: Wishing, gateway: Running) -> JSONResponse:
    """Stop what was started by hand; outages divert on."""
    return _outcome(await forwardings.stop(gateway, ask, "manual"))


@router.post("/forwardings/{number}/drill", responses=ENTRY)
async def start_drill(body: Drill, ask: Wishing, gateway: Running) -> JSONResponse:
    """Rehearse for some minutes; it ends by itself."""
    lasting = timedelta(minutes=body.minutes)
    return _outcome(await forwardings.start(gateway, ask, "drill", lasting))


@router.delete("/forwardings/{number}/drill", responses=ENTRY)
async def stop_drill(ask: Wishing, gateway: Running) -> JSONResponse:
    """End a rehearsal early."""
    return _outcome(await forwardings.stop(gateway, ask, "drill"))


@router.post("/targets/check")
async def check_target(
    body: TargetCheck, request: Request, acting: For, gateway: Running
) -> TargetChecked:
    """Say what a save would say, without saving."""
    named = Named(acting.customer, canonical(body.number))
    try:
        target = await forwardings.check_target(gateway, named, body.target)
    except Refused as refused:
        if refused.code not in {*CODES, "target_missing"}:
            raise
        language = texts.language_of(request.headers.get("accept-language"))
        said = texts.say(refused.code, language, refused.facts)
        return {
            "ok": False,
            "code": refused.code,
            "detail": said.detail,
            "suggestion": refused.more.get("suggestion"),
            "chain": refused.more.get("chain", []),
            "field": refused.more.get("field", "target"),
        }
    return {"ok": True, "target": target}


def etag(entry: Entry) -> str:
    """
    Return the version of an entry's rule as HTTP writes it, for If-Match.

    Not for caches: calls are diverted and come home without it, so a 304 would lie.
    """
    return f'"{entry.version}"'


def _matches(if_match: str, version: int) -> bool:
    """
    Tell whether the version is one that the client names.

    Weak ones count: a proxy that compresses answers weakens our tags on their way.
    Nor is a number without its quotes mistaken for another.
    """
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in if_match.split(",")]
    return "*" in tags or str(version) in tags


def _shown(entry: Entry, status: int = 200) -> JSONResponse:
    return JSONResponse(shapes.entry(entry), status, {"ETag": etag(entry)})


def _outcome(outcome: Outcome) -> JSONResponse:
    return _shown(outcome.entry, 200 if outcome.settled else 202)


def _page(
    listed: Sequence[Entry], cursor: str | None, limit: int | None
) -> tuple[Sequence[Entry], str | None]:
    if cursor is not None:
        if not CURSOR.fullmatch(cursor):
            raise bad_cursor()
        listed = [entry for entry in listed if _key(entry) > cursor]
    if limit is None or len(listed) <= limit:
        return listed, None
    return listed[:limit], _key(listed[limit - 1])


def _key(entry: Entry) -> str:
    """Return where an entry stands, which is the order of all entries."""
    first, last = entry.span
    return f"{first[1:]}.0.{last[1:]}" if is_block(entry.span) else f"{first[1:]}.1"
