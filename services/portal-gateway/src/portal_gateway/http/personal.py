"""All that is kept of a customer, for himself or for the agent whom he asks."""

from typing import Any

from fastapi import APIRouter

from portal_gateway.http.people import For, Running
from portal_gateway.http.problems import RESPONSES
from portal_gateway.http.routes import Route
from portal_gateway.usecases import personal

router = APIRouter(route_class=Route, responses=RESPONSES, tags=["accounts"])


@router.get("/data")
async def export_data(acting: For, gateway: Running) -> dict[str, Any]:
    """Return all that is kept of a customer, targets too; who asked is kept."""
    return await personal.export(gateway, acting.customer, acting.name)
