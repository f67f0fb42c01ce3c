"""
Letters with posted passwords: a PDF for the print shop, a hash for us.

A letter is drawn into a draft, its row commits, and only then the draft gets the name
under which the print shop finds it. What a crash leaves between is put right by
`sweep`: a draft with a row is a letter, one without never was.
"""

import asyncio
import os
import re
import secrets
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import structlog

from chassis.postgres import Connection
from portal_gateway.paper import letter
from portal_gateway.paper.letter import Letterhead, Writing
from portal_gateway.settings import Settings
from portal_gateway.store import accounts
from portal_gateway.store import letters as store
from portal_gateway.store.accounts import Customer
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.passwords import as_posted, new_posted_password

log = structlog.get_logger()

DRAFT: Final = ".draft"
ABANDONED: Final = timedelta(minutes=10)
STAMP: Final = "%Y%m%dT%H%M%S%f"


@dataclass(slots=True)
class Letter:
    """A letter that lies in the spool as a draft."""

    customer_number: str
    reason: str
    hashed: str
    file_name: str
    written_at: datetime
    valid_until: datetime
    resets_factor: bool = False
    is_posted: bool = False


@asynccontextmanager
async def drawn(
    gateway: Gateway,
    customer: Customer,
    *,
    reason: str,
    old_username: str | None = None,
    resets_factor: bool = False,
) -> AsyncIterator[Letter]:
    """
    Draw a letter; it goes to the print shop if the block posts it and ends well.

    The slow part, hash and PDF, is over before the block takes any lock. A draft whose
    transaction may have been committed stays for `sweep`.
    """
    password = new_posted_password()
    one = await _begun(gateway, customer.customer_number, password, reason)
    one.resets_factor = resets_factor
    writing = Writing(
        reason=reason,
        customer_number=customer.customer_number,
        name=customer.name,
        address=customer.address,
        password=password,
        written_at=one.written_at,
        valid_until=one.valid_until,
        old_username=old_username,
        resets_second_factor=resets_factor,
    )
    path = gateway.settings.letters_dir / one.file_name
    await asyncio.to_thread(_draft, path, writing, _letterhead(gateway.settings))
    try:
        yield one
    finally:
        if not one.is_posted:
            _discard(path)
    if one.is_posted:
        _hand_over(path)


async def _begun(
    gateway: Gateway, customer_number: str, password: str, reason: str
) -> Letter:
    now = gateway.now()
    return Letter(
        customer_number=customer_number,
        reason=reason,
        hashed=await gateway.passwords.hash(as_posted(password)),
        file_name=_file_name(customer_number, now),
        written_at=now,
        valid_until=now + gateway.settings.posted_password_valid,
    )


async def post(connection: Connection, one: Letter) -> None:
    """Let the letter's password, and no older one, open the change form."""
    await accounts.set_posted(
        connection,
        one.customer_number,
        one.hashed,
        one.valid_until,
        resets_factor=one.resets_factor,
    )
    await store.add(
        connection,
        one.customer_number,
        reason=one.reason,
        file_name=one.file_name,
        at=one.written_at,
        until=one.valid_until,
    )
    one.is_posted = True


async def sweep(gateway: Gateway) -> None:
    """Hand over drafts of letters that were written, and drop those of none."""
    spool = gateway.settings.letters_dir
    drafts = [path.with_suffix(".pdf") for path in spool.glob(f"*{DRAFT}")]
    if not drafts:
        return
    async with gateway.transaction() as connection:
        written = await store.written(connection, [path.name for path in drafts])
    for path in drafts:
        if path.name in written:
            _hand_over(path)
        elif gateway.now() - _drawn_at(path.name) > ABANDONED:
            _discard(path)


def _letterhead(settings: Settings) -> Letterhead:
    return Letterhead(
        settings.letter_sender,
        settings.portal_address,
        settings.hotline,
        settings.service_email,
    )


def _file_name(customer_number: str, now: datetime) -> str:
    safe = re.sub(r"[^\w-]", "_", customer_number)
    return f"{now:{STAMP}}-{safe}-{secrets.token_hex(4)}.pdf"


def _drawn_at(file_name: str) -> datetime:
    stamp = file_name.partition("-")[0]
    try:
        return datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except ValueError:
        return datetime.max.replace(tzinfo=UTC)  # not ours: leave it


def _draft(path: Path, writing: Writing, head: Letterhead) -> None:
    """Draw a letter and write it into the spool; raises OSError where it cannot."""
    content = letter.draw(writing, head)
    try:
        _write(path.with_suffix(DRAFT), content)
    except OSError as error:
        spool = str(path.parent)
        log.warning("spool_takes_no_letter", spool=spool, error=error.strerror)
        raise


def _write(draft: Path, content: bytes) -> None:
    """Write a file that only the spool's owner reads, down to the disk."""
    draft.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def remove(gateway: Gateway, file_names: Iterable[str]) -> None:
    """Take letters out of the spool, printed or not; the spool is all instances'."""
    for name in file_names:
        path = gateway.settings.letters_dir / name
        # The draft first: nobody can hand it over any more.
        _discard(path)
        path.unlink(missing_ok=True)


def _hand_over(path: Path) -> None:
    # Another instance, which sweeps the same spool, may have been faster.
    with suppress(FileNotFoundError):
        path.with_suffix(DRAFT).replace(path)


def _discard(path: Path) -> None:
    path.with_suffix(DRAFT).unlink(missing_ok=True)
