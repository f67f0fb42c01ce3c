"""
Audits that nobody changes unseen: a seal a row, each over the one before.

The database seals each row as it commits; the service's role may only add rows. What
is here reads the rows again and computes every hash anew, so it finds what somebody
with more rights did. Whoever may do everything could make the whole chain new: that is
found by a head (the newest place and hash) that was kept elsewhere, as in the logs.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import Self

import asyncpg
import structlog
from typing_extensions import override

from chassis.errors import Rejected
from chassis.postgres import Connection

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Head:
    """The newest seal: what is to be kept elsewhere."""

    place: int
    hash: str

    @override
    def __str__(self) -> str:
        return f"{self.place}:{self.hash}"

    @classmethod
    def read(cls, written: str) -> Self:
        """Read `place:hash`; raises Rejected."""
        place, _, digest = written.strip().partition(":")
        if not place.isdecimal() or len(digest) != 2 * hashlib.sha256().digest_size:
            raise Rejected("bad_head", "A head looks like 1234:9f86…, as `head` says.")
        return cls(int(place), digest.lower())


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place at which the chain does not hold, and what is wrong there."""

    place: int | None
    """None: behind the last seal."""
    row_key: str | None
    what: str

    @override
    def __str__(self) -> str:
        where = "behind the end" if self.place is None else f"place {self.place}"
        return f"{where}, row {self.row_key or '-'}: {self.what}"


@dataclass(slots=True)
class Verdict:
    """What a look at the whole chain found."""

    rows: int = 0
    erased: int = 0
    head: Head = field(default_factory=lambda: Head(0, ""))
    broken: Broken | None = None


_ROWS = """
    SELECT s.place, s.row_key, s.salt, s.kept AS kept_digest,
           s.erasable AS erasable_digest, s.hash, s.erased_as,
           a.row_key AS found, a.kept, a.erasable, a.erases, a.rows_erased
      FROM seal s FULL JOIN sealed a ON a.row_key = s.row_key
     ORDER BY s.place
"""


async def head(connection: Connection) -> Head:
    """Return the newest seal."""
    row = await connection.fetchrow(
        """
        SELECT place, hash FROM seal
         UNION ALL
        SELECT place, hash FROM seal_start
         ORDER BY place DESC
         LIMIT 1
        """
    )
    return Head(row["place"], row["hash"].hex()) if row else Head(0, "")


async def log_head(connection: Connection) -> None:
    """Write the head into the log, which leaves the machine; not of an empty audit."""
    newest = await head(connection)
    if newest.place:
        log.info("audit_sealed", place=newest.place, digest=newest.hash)


async def verify(connection: Connection, known: Head | None = None) -> Verdict:
    """Read every row and seal; `known`: a head of before that must still be in it."""
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        await connection.execute("SET LOCAL timezone = 'UTC'")
        start = await connection.fetchrow("SELECT place, hash FROM seal_start")
        walk = _Walk(
            place=start["place"] if start else 0,
            hash=start["hash"] if start else b"",
            known=known,
        )
        async for row in connection.cursor(_ROWS, prefetch=1000):
            if walk.verdict.broken is None:
                walk.look_at(row)
        return walk.finished()


@dataclass(slots=True)
class _Walk:
    """One way along the chain."""

    place: int
    hash: bytes
    known: Head | None
    verdict: Verdict = field(default_factory=Verdict)
    erased: Counter[str] = field(default_factory=Counter)
    """Erased rows for which no row told the erasure yet, by pseudonym."""
    first_erased: dict[str, Broken] = field(default_factory=dict)

    def look_at(self, row: asyncpg.Record) -> None:
        what = self._wrong_with(row)
        if what:
            key = row["row_key"] or row["found"]
            self.verdict.broken = Broken(row["place"], key, what)
            return
        self.place, self.hash = row["place"], row["hash"]
        self.verdict.rows += 1
        if row["erased_as"]:
            self._note_erased(row)
        if row["erases"]:
            self.erased[row["erases"]] -= row["rows_erased"] or 0

    def _note_erased(self, row: asyncpg.Record) -> None:
        self.verdict.erased += 1
        pseudonym = row["erased_as"]
        self.erased[pseudonym] += 1
        wrong = "it is marked as erased, and no later row tells the erasure"
        self.first_erased.setdefault(
            pseudonym, Broken(row["place"], row["row_key"], wrong)
        )

    def _wrong_with(self, row: asyncpg.Record) -> str | None:
        place = row["place"]
        if place is None:
            return "the row was never sealed"
        if place != self.place + 1:
            return f"seals {self.place + 1} to {place - 1} are missing"
        if row["found"] is None:
            return "the row is missing"
        checks = {
            "the row was changed": self._is_changed,
            "its seal was changed": lambda row: self._hash(row) != row["hash"],
            "the chain was made anew: the known head has another hash": (
                self._is_made_anew
            ),
        }
        return next((what for what, fails in checks.items() if fails(row)), None)

    def _is_made_anew(self, row: asyncpg.Record) -> bool:
        if self.known is None or self.known.place != row["place"]:
            return False
        return bool(self.known.hash != row["hash"].hex())

    def _is_changed(self, row: asyncpg.Record) -> bool:
        if _digest(row["kept"].encode()) != row["kept_digest"]:
            return True
        is_erased = row["erased_as"] is not None
        return not is_erased and self._erasable(row) != row["erasable_digest"]

    def _erasable(self, row: asyncpg.Record) -> bytes:
        salt = row["salt"].bytes if row["salt"] else b""
        return _digest(salt + row["erasable"].encode())

    def _hash(self, row: asyncpg.Record) -> bytes:
        place = row["place"].to_bytes(8, "big")
        return _digest(self.hash + place + row["kept_digest"] + row["erasable_digest"])

    def finished(self) -> Verdict:
        verdict, known = self.verdict, self.known
        verdict.head = Head(self.place, self.hash.hex())
        if verdict.broken:
            return verdict
        unexplained = [name for name, count in self.erased.items() if count > 0]
        if unexplained:
            verdict.broken = min(
                (self.first_erased[name] for name in unexplained),
                key=lambda broken: broken.place or 0,
            )
        elif known and known.place > self.place:
            what = f"the known head is at place {known.place}: newer rows were cut off"
            verdict.broken = Broken(None, None, what)
        return verdict


def _digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
