"""Argon2id in two threads: a flood of log-ins waits, and then is turned away."""

import asyncio
import hashlib
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal_gateway.domain.credentials import normal, posted_password
from portal_gateway.domain.refused import Refused

T = TypeVar("T")

THREADS = 2
POSTED_LETTERS = 20
"""Of 5 bits each: 100 bits."""


def new_posted_password() -> str:
    """Draw a password for a letter."""
    return posted_password([secrets.randbelow(32) for _ in range(POSTED_LETTERS)])


def as_posted(password: str) -> str:
    """Read a posted password as it is hashed, however it was typed off the paper."""
    return "".join(char for char in password.upper() if char.isalnum())


def new_token() -> str:
    """Draw the secret of a session."""
    return secrets.token_urlsafe(32)


def token_hash(token: str) -> bytes:
    """Return what the database keeps of a session's secret."""
    return hashlib.sha256(token.encode()).digest()


class Passwords:
    """Hashes and verifies; no more than `queue` calls may wait."""

    def __init__(self, *, queue: int) -> None:
        self._hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="argon2")
        self._queue = queue
        self._waiting = 0
        self._nobody = self._hasher.hash(secrets.token_hex(16))

    async def hash(self, password: str) -> str:
        """Return the hash to store."""
        return await self._run(lambda: self._hasher.hash(normal(password)))

    async def verify(self, hashed: str | None, password: str) -> bool:
        """Tell whether it is right; without a hash it takes as long to say no."""

        def check() -> bool:
            try:
                return self._hasher.verify(hashed or self._nobody, normal(password))
            except (VerificationError, InvalidHashError):
                return False

        return await self._run(check) and hashed is not None

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= self._queue:
            raise Refused("too_busy", headers={"Retry-After": "5"})
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._pool, work)
        finally:
            self._waiting -= 1
