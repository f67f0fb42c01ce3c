"""What provisioning keeps of a customer whose contract is over: facts without him."""

from chassis.postgres import Connection
from provisioning.store.erasing import ErasureStore
from provisioning.store.orders import OrderStore


async def erase_customer(
    connection: Connection, customer_number: str, pseudonym: str
) -> bool:
    """Put his pseudonym in his place; False while a number is his, or is to come."""
    rows = ErasureStore(connection)
    await OrderStore(connection).lock(customer_number)
    if await rows.is_still_here(customer_number):
        return False
    await rows.rename(customer_number, pseudonym)
    return True
