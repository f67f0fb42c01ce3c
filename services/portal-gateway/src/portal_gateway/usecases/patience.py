"""Who guesses must wait, longer each time: counted by account, network and purpose."""

import hashlib
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from chassis.postgres import Connection
from portal_gateway.domain.credentials import name_key, network_of, wait_after
from portal_gateway.domain.refused import Refused
from portal_gateway.settings import Settings
from portal_gateway.store import history, sessions
from portal_gateway.store.accounts import Account
from portal_gateway.usecases.gateway import Gateway

FACTOR_WINDOW: Final = timedelta(days=1)
"""Six digits are few: wrong ones count for a day, so that a day is ~100 guesses."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """What failures are counted together, for how long, and how many are free."""

    name: str
    allowed: int
    window: timedelta


def of_login(settings: Settings, name: str, address: str) -> list[Bucket]:
    """Return the limits of a log-in: of the name first, then of the network."""
    account = hashlib.sha256(name_key(name).encode()).hexdigest()
    network, window = network_of(address), settings.failure_window
    return [
        Bucket(f"account {account}", settings.account_failures, window),
        Bucket(f"network {network}", settings.address_failures, window),
    ]


def of_password(settings: Settings, account: int) -> list[Bucket]:
    """Return the limit for who is logged in and types his password again."""
    name = f"change {account}"
    return [Bucket(name, settings.account_failures, settings.failure_window)]


def of_factor(settings: Settings, account: int) -> list[Bucket]:
    """Return the limit for codes of the second factor."""
    return [Bucket(f"factor {account}", settings.factor_failures, FACTOR_WINDOW)]


async def check(
    gateway: Gateway, connection: Connection, buckets: list[Bucket]
) -> None:
    """Raise Refused with the seconds to wait while a limit is reached."""
    now = gateway.now()
    for bucket in buckets:
        since = now - bucket.window
        failures, last = await sessions.failures(connection, bucket.name, since)
        if wait := wait_after(failures, last, allowed=bucket.allowed, now=now):
            seconds = math.ceil(wait.total_seconds())
            raise Refused(
                "too_many_attempts",
                facts={"seconds": seconds},
                headers={"Retry-After": str(seconds)},
            )


async def note_failure(
    gateway: Gateway, buckets: list[Bucket], account: Account | None, action: str
) -> None:
    """Count a failure, and keep it in the audit."""
    now = gateway.now()
    async with gateway.transaction() as connection:
        names = [bucket.name for bucket in buckets]
        await sessions.add_failure(connection, names, now)
        await history.note(
            connection,
            action,
            at=now,
            actor="unknown" if account is None else f"account {account.id}",
            customer=account.customer_number if account else None,
        )


async def forget(connection: Connection, buckets: list[Bucket]) -> None:
    """Start the first limit from nothing: its owner is here."""
    await sessions.forget_failures(connection, buckets[0].name)
