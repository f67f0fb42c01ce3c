"""»Sperren«: what staff hold off, and the kill switch."""

from collections import defaultdict
from typing import Any, Final, cast, get_args

from fastapi import APIRouter
from starlette.responses import Response

from contracts.holds import HoldReason, HoldSubject
from portal_gateway import texts
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.pages import refusals
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import Sent, Staff, Visit
from portal_gateway.usecases import holds
from portal_gateway.usecases.holds import Order

router = APIRouter()

HERE: Final = "/team/sperren"
SUBJECTS: Final = frozenset(get_args(HoldSubject))
REASONS: Final = get_args(HoldReason)


@router.get(HERE)
async def show(visit: Staff) -> Response:
    """Show what is held off."""
    return await _page(visit)


@router.post(HERE)
async def order(visit: Staff, form: Sent) -> Response:
    """Hold off, or let go again."""
    subject, reason = form.get("subject"), form.get("reason")
    if subject not in SUBJECTS:
        raise not_found()
    wanted = Order(
        subject=cast("HoldSubject", subject),
        held=form.get("held") == "1",
        because=form.get("because"),
        name=form.get("name").strip()[:64],
        last=form.get("last").strip()[:64],
        reason=cast("HoldReason", reason if reason in REASONS else "misuse"),
    )
    try:
        await holds.order(visit.gateway, visit.known, wanted)
    except Refused as refused:
        if refused.code in {"confirmation_required", "operators_only"}:
            raise
        if refused.code == "not_found":
            problem = visit.say("holds.customer.unknown")
        else:
            problem = texts.say(refused.code, visit.language, refused.facts).detail
        return await _page(
            visit,
            status=refusals.form_status(refused.code),
            section=subject,
            problem=problem,
            typed=defaultdict(str, form.typed()),
        )
    key = "holds.done.held" if wanted.held else "holds.done.lifted"
    return visit.go(HERE, Notice(key))


async def _page(visit: Visit, *, status: int = 200, **told: Any) -> Response:
    blank: defaultdict[str, str] = defaultdict(str)
    return await visit.page(
        "holds.html",
        status=status,
        held=await holds.all_held(visit.gateway),
        reasons=REASONS,
        is_operator=visit.known.role == "operator",
        blank=blank,
        owner=holds.OWNER,
        **{"section": "", "problem": None, "typed": blank, **told},
    )
