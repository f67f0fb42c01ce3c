"""What provisioning keeps of a customer whose contract is over: facts without him."""

import structlog

from chassis.errors import Unavailable
from chassis.inbox import Received
from chassis.postgres import Connection
from contracts.customers import CustomerErased
from provisioning.store.erasing import ErasureStore
from provisioning.store.orders import OrderStore

log = structlog.get_logger()


async def erase_customer(
    received: Received[CustomerErased], connection: Connection
) -> None:
    """
    Put his pseudonym in place of the customer.

    Whoever is heard first, a porting may still be on its way: it is waited for.
    """
    event, rows = received.event, ErasureStore(connection)
    await OrderStore(connection).lock(event.customer_number)
    if await rows.is_still_here(event.customer_number):
        raise Unavailable("a number of the erased customer is still here or to come")
    await rows.rename(event.customer_number, event.pseudonym)
    log.info("customer_erased", pseudonym=event.pseudonym)
