"""All that is kept of a customer, for himself or for the agent whom he asks."""

from typing import Any

from typing_extensions import TypedDict

from portal_gateway.http.answering import Moment, answer
from portal_gateway.http.people import For, Running
from portal_gateway.http.routes import new_router
from portal_gateway.usecases import personal

router = new_router("accounts")


@answer
class PersonalData(TypedDict):
    """All that is kept of a customer."""

    about: str
    customer_number: str
    exported_at: Moment
    data: dict[str, list[dict[str, Any]]]
    """Rows by table; which tables there are may change with any release."""


@router.get("/data")
async def export_data(acting: For, gateway: Running) -> PersonalData:
    """Return all that is kept of a customer, targets too; who asked is kept."""
    found = await personal.export(gateway, acting.customer, acting.name)
    return {
        "about": personal.ABOUT,
        "customer_number": acting.customer,
        "exported_at": found["exported_at"],
        "data": found["data"],
    }
