"""What forwarding keeps of a customer whose contract is over: facts without him."""

from datetime import datetime

from chassis.postgres import Connection
from forwarding.erasure_store import ErasureStore
from forwarding.store import FactStore


async def erase_customer(
    connection: Connection, customer_number: str, pseudonym: str, erased_at: datetime
) -> bool:
    """
    Delete what was his alone and put his pseudonym where a fact must stay.

    False while an option of his is open, or its end not at the switch yet. Who has
    wished something since is a customer again: then what is older goes, and no more.
    """
    rows = ErasureStore(connection)
    await FactStore(connection).lock()
    if await rows.has_wished_since(customer_number, erased_at):
        await rows.forget(customer_number, until=erased_at)
        return True
    if await rows.is_still_here(customer_number):
        return False
    await rows.erase(customer_number, pseudonym)
    return True
