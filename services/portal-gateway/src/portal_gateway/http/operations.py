"""What network operations see and command."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from fastapi import APIRouter

from portal_gateway.http import shapes
from portal_gateway.http.bodies import Commanded
from portal_gateway.http.people import Operator, Running
from portal_gateway.http.problems import RESPONSES
from portal_gateway.http.routes import Route
from portal_gateway.usecases import operations
from portal_gateway.usecases.operations import Order

router = APIRouter(route_class=Route, responses=RESPONSES, tags=["operations"])

MORE = (
    "expected_version", "kind", "voice_reachable", "occurred_at", "estimated_end",
    "starts_at", "ends_at", "takes_service", "note",
)  # fmt: skip


@router.get("/operations")
async def show_board(_operator: Operator, gateway: Running) -> dict[str, Any]:
    """Show outages, planned work and the newest commands with their answers."""
    board = await operations.board(gateway)
    return {
        "outages": [_told(asdict(one)) for one in board.outages],
        "windows": [_told(asdict(one)) for one in board.windows],
        "commands": [_told(asdict(one)) for one in board.commands],
    }


@router.post("/operations/commands", status_code=202)
async def give_command(
    body: Commanded, operator: Operator, gateway: Running
) -> dict[str, str]:
    """Command outage-watcher; its answer shows in `GET /operations`."""
    more = {name: getattr(body, name) for name in MORE}
    order = Order(
        action=body.action,
        because=body.because,
        subject=body.subject,
        places=body.places,
        command_id=body.command_id,
        more=more | {"unset": tuple(body.unset)},
    )
    return {"command_id": await operations.command(gateway, operator, order)}


def _told(row: dict[str, Any]) -> dict[str, Any]:
    return {
        name: shapes.moment(value) if isinstance(value, datetime) else value
        for name, value in row.items()
    }
