"""What network operations see and command."""

from typing_extensions import TypedDict

from portal_gateway.http import shapes
from portal_gateway.http.answering import Moment, OutageKind, answer
from portal_gateway.http.bodies import Commanded
from portal_gateway.http.people import Operator, Running
from portal_gateway.http.routes import new_router
from portal_gateway.store.operations import Command, Situation, Window
from portal_gateway.usecases import operations
from portal_gateway.usecases.operations import Order

router = new_router("operations")


@answer
class BoardOutage(TypedDict):
    """An outage with all that is known of it, and how much it takes down."""

    outage_id: str
    version: int
    kind: OutageKind
    takes_voice: bool
    places: list[str]
    occurred_at: Moment
    detected_at: Moment | None
    estimated_end: Moment | None
    note: str | None
    reported_by: str | None
    root_cause: str | None
    """The place above that explains it."""
    uncertain: bool
    flapping: bool
    is_open: bool
    cleared_at: Moment | None
    reason: str | None
    lines: int
    customers: int
    diverted: int


@answer
class BoardWindow(TypedDict):
    """A maintenance window."""

    window_id: str
    version: int
    state: str
    places: list[str]
    starts_at: Moment
    ends_at: Moment
    takes_service: bool
    voice_reachable: bool | None
    note: str | None


@answer
class BoardCommand(TypedDict):
    """What somebody commanded, and the answer, if there is one yet."""

    command_id: str
    action: str
    subject: str
    because: str
    commanded_by: str
    commanded_at: Moment
    outcome: str | None
    """`accepted` or `refused`; null: it is not answered yet."""
    code: str | None
    reason: str | None


@answer
class BoardShape(TypedDict):
    """All that network operations have before them."""

    outages: list[BoardOutage]
    windows: list[BoardWindow]
    commands: list[BoardCommand]


@answer
class CommandGiven(TypedDict):
    """A command is on its way; its answer shows in `GET /operations`."""

    command_id: str


MORE = (
    "expected_version", "kind", "voice_reachable", "occurred_at", "estimated_end",
    "starts_at", "ends_at", "takes_service", "note",
)  # fmt: skip


@router.get("/operations")
async def show_board(_operator: Operator, gateway: Running) -> BoardShape:
    """Show outages, planned work and the newest commands with their answers."""
    board = await operations.board(gateway)
    return {
        "outages": [_outage(one) for one in board.outages],
        "windows": [_window(one) for one in board.windows],
        "commands": [_command(one) for one in board.commands],
    }


@router.post("/operations/commands", status_code=202)
async def give_command(
    body: Commanded, operator: Operator, gateway: Running
) -> CommandGiven:
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


def _outage(one: Situation) -> BoardOutage:
    return {
        "outage_id": one.outage_id,
        "version": one.version,
        "kind": one.kind,
        "takes_voice": one.takes_voice,
        "places": one.places,
        "occurred_at": shapes.moment(one.occurred_at),
        "detected_at": shapes.moment(one.detected_at),
        "estimated_end": shapes.moment(one.estimated_end),
        "note": one.note,
        "reported_by": one.reported_by,
        "root_cause": one.root_cause,
        "uncertain": one.uncertain,
        "flapping": one.flapping,
        "is_open": one.is_open,
        "cleared_at": shapes.moment(one.cleared_at),
        "reason": one.reason,
        "lines": one.lines,
        "customers": one.customers,
        "diverted": one.diverted,
    }


def _window(one: Window) -> BoardWindow:
    return {
        "window_id": one.window_id,
        "version": one.version,
        "state": one.state,
        "places": one.places,
        "starts_at": shapes.moment(one.starts_at),
        "ends_at": shapes.moment(one.ends_at),
        "takes_service": one.takes_service,
        "voice_reachable": one.voice_reachable,
        "note": one.note,
    }


def _command(one: Command) -> BoardCommand:
    return {
        "command_id": one.command_id,
        "action": one.action,
        "subject": one.subject,
        "because": one.because,
        "commanded_by": one.commanded_by,
        "commanded_at": shapes.moment(one.commanded_at),
        "outcome": one.outcome,
        "code": one.code,
        "reason": one.reason,
    }
