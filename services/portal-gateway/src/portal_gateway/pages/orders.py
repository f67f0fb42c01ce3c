"""The tab »NGN-Aufträge«."""

from fastapi import APIRouter
from starlette.responses import Response

from portal_gateway.pages.visit import Customer
from portal_gateway.usecases import orders

router = APIRouter()


@router.get("/auftraege")
async def show_orders(visit: Customer) -> Response:
    """List the orders, newest first."""
    found = await orders.all_of(visit.gateway, visit.customer)
    return await visit.page("orders.html", orders=found)
