"""What forwarding keeps of a customer whose contract is over: facts without him."""

import structlog

from chassis.errors import Unavailable
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.customers import CustomerErased
from forwarding.erasure_store import ErasureStore
from forwarding.store import FactStore

log = structlog.get_logger()


async def erase_customer(
    received: Received[CustomerErased], connection: Connection
) -> None:
    """
    Delete what was his alone and put his pseudonym where a fact must stay.

    Topics have no common order: the end of his options may still be on its way to us,
    or on its way to the switch. Both are waited for.
    """
    event, rows = received.event, ErasureStore(connection)
    await FactStore(connection).lock()
    if await rows.is_still_here(event.customer_number):
        raise Unavailable("an option of the erased customer is still open or pending")
    await rows.erase(event.customer_number, event.pseudonym)
    log.info("customer_erased", pseudonym=event.pseudonym)
