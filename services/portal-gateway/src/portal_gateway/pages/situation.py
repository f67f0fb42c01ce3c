"""The strip under the menu, alone: pages ask for it when something changed."""

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from portal_gateway.pages.visit import Customer

router = APIRouter()


@router.get("/lage")
async def show_situation(visit: Customer) -> HTMLResponse:
    """Return the situation as it is now."""
    known = await visit.overview()
    return visit.fragment("parts/situation.html", situation=known.situation)
