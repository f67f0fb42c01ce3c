"""Letters with posted passwords: a file for the print shop, a hash for us."""

import asyncio
import json
import os
import re
import secrets
from datetime import datetime
from pathlib import Path

from chassis.postgres import Connection
from portal_gateway.store import accounts
from portal_gateway.store.accounts import Customer
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.passwords import as_posted, new_posted_password


async def prepare(gateway: Gateway) -> tuple[str, str]:
    """Draw a password and hash it: the slow part, before any lock is held."""
    password = new_posted_password()
    return password, await gateway.passwords.hash(as_posted(password))


async def post(
    gateway: Gateway,
    connection: Connection,
    customer: Customer,
    *,
    reason: str,
    password: str,
    hashed: str,
) -> None:
    """Write the letter; a file whose transaction fails opens nothing."""
    now = gateway.now()
    until = now + gateway.settings.posted_password_valid
    name = _file_name(customer.customer_number, now)
    await accounts.set_posted(connection, customer.customer_number, hashed, until)
    await accounts.add_letter(
        connection,
        customer.customer_number,
        reason=reason,
        file_name=name,
        at=now,
        until=until,
    )
    letter = {
        "reason": reason,
        "written_at": now.isoformat(),
        "valid_until": until.isoformat(),
        "customer_number": customer.customer_number,
        "name": customer.name,
        "address": customer.address,
        "username": customer.customer_number,
        "password": password,
    }
    await asyncio.to_thread(_write, gateway.settings.letters_dir / name, letter)


def _file_name(customer_number: str, now: datetime) -> str:
    safe = re.sub(r"[^\w-]", "_", customer_number)
    return f"{now:%Y%m%dT%H%M%S%f}-{safe}-{secrets.token_hex(4)}.json"


def _write(path: Path, letter: dict[str, str]) -> None:
    """Write whole or not at all, readable by the spool's owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(letter, file, ensure_ascii=False, indent=2)
    draft.rename(path)
