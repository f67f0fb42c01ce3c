"""What provisioning keeps of a customer whose contract is over: facts without him."""

from datetime import datetime

from chassis.postgres import Connection
from provisioning.store.erasing import ErasureStore
from provisioning.store.orders import OrderStore


async def erase_customer(
    connection: Connection, customer_number: str, pseudonym: str, erased_at: datetime
) -> bool:
    """
    Put his pseudonym in his place; False while a number is his, or is to come.

    Who has ordered since is a customer again: then only what is older is meant.
    """
    rows = ErasureStore(connection)
    await OrderStore(connection).lock(customer_number)
    is_back = await rows.has_ordered_since(customer_number, erased_at)
    until = erased_at if is_back else None
    if await rows.is_still_here(customer_number, until):
        return False
    await rows.rename(customer_number, pseudonym, until)
    return True
