"""What the switch should hold, read from the facts."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from collections.abc import Set as AbstractSet
from contextlib import aclosing, asynccontextmanager

import asyncpg

from chassis.postgres import Connection, Pool
from forwarding.store import FactStore
from forwarding.switch import Difference, Operation
from forwarding.switches.told import ToldRules, Unread

_RULES = """
    SELECT scope || ' ' || seq || ' ' || value::text
      FROM arming WHERE value IS NOT NULL AND live_seq IS NOT NULL
"""
# What keys of flags and of causes say behind their kind.
_FLAG = "CASE WHEN planned THEN 'planned/' ELSE 'fault/' END || place"
_CAUSE = "scope || '/' || type"
_STATES = f"""
    SELECT 'flag/' || {_FLAG} AS key, seq,
           jsonb_build_object('raised', raised)::text AS value
      FROM flag
     UNION ALL
    SELECT 'cause/' || {_CAUSE}, seq,
           jsonb_build_object('active', active)::text
      FROM cause WHERE live
     UNION ALL
    SELECT 'hold', seq, jsonb_build_object('held', held)::text
      FROM hold WHERE held
"""  # noqa: S608 - our own text
_RAISED = "(SELECT coalesce(array_agg(place), '{}') FROM flag WHERE raised)"
FILLING = (
    # Nothing diverts before its rule is there, so what holds off comes first,
    # and rules whose calls wait for them come before all others.
    f"SELECT * FROM ({_STATES}) d ORDER BY key <> 'hold'",  # noqa: S608 - our own text
    f"{_RULES} AND places && {_RAISED}",
    f"{_RULES} AND NOT places && {_RAISED}",
)
SORTED = (
    # As keys are: no state has one that comes after those of rules.
    f'SELECT * FROM ({_STATES}) d ORDER BY key COLLATE "C"',  # noqa: S608 - our own text
    f"{_RULES} ORDER BY scope",
)
_UNTOLD = "EXISTS (SELECT FROM flip f WHERE f.seq = g.seq AND f.told_at IS NULL)"
_FACTS = f"""
    SELECT 'rule/' || scope AS key, seq, live_seq IS NULL AS waits
      FROM arming WHERE scope = ANY($2)
     UNION ALL
    SELECT 'cause/' || {_CAUSE}, seq, NOT live
      FROM cause WHERE 'cause/' || {_CAUSE} = ANY($1)
     UNION ALL
    SELECT 'flag/' || {_FLAG}, seq, {_UNTOLD}
      FROM flag g WHERE 'flag/' || {_FLAG} = ANY($1)
"""  # noqa: S608 - our own text


class Picture:
    """What the switch should hold at one moment, a million entries without memory."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def untold_flags(self) -> set[str]:
        """Return the keys of flags that the switch was not seen to have."""
        rows = await self._connection.fetch(
            f"SELECT 'flag/' || {_FLAG} FROM flag g WHERE {_UNTOLD}"  # noqa: S608 - our own text
        )
        return {row[0] for row in rows}

    async def all(self, batch: int) -> AsyncGenerator[Sequence[Operation], None]:
        """Return every entry in the order of keys, some at once."""
        for query in SORTED:
            async with aclosing(self.some(query, batch)) as batches:
                async for some in batches:
                    yield some

    async def some(
        self, query: str, batch: int
    ) -> AsyncGenerator[Sequence[Operation], None]:
        """Return the entries that a query of this module finds, some at once."""
        cursor = await self._connection.cursor(query, timeout=120)
        reading = asyncio.ensure_future(cursor.fetch(batch, timeout=120))
        try:
            # The next rows are on their way while somebody works on these.
            while rows := await reading:
                reading = asyncio.ensure_future(cursor.fetch(batch, timeout=120))
                yield _operations(rows)
        finally:
            reading.cancel()
            await asyncio.wait([reading])


class DesiredStore:
    """Reads it, all at once or some of it."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @asynccontextmanager
    async def picture(self) -> AsyncIterator[Picture]:
        """Hold still what it is now, for who reads it in parts."""
        async with (
            self._pool.acquire(timeout=10) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield Picture(connection)

    async def filling(
        self, batch: int
    ) -> AsyncGenerator[Sequence[Operation] | None, None]:
        """Return batches in the order of urgency; None where one must wait for all."""
        for query in FILLING:
            async with (
                self.picture() as picture,
                aclosing(picture.some(query, batch)) as batches,
            ):
                async for some in batches:
                    yield some
            yield None

    async def on_their_way(
        self, differences: Sequence[Difference], untold_flags: AbstractSet[str]
    ) -> set[str]:
        """
        Return the keys of those that come of a change on its way, and not of drift.

        The fact is another than it was in the picture, or the switch had not answered
        to it yet: then, as `untold_flags` of the picture say, or by now. The kill
        switch is none: who finds it on decides.
        """
        keys = [one.key for one in differences]
        rows = await self._pool.fetch(_FACTS, keys, _scopes(keys))
        settled = {row["key"]: 0 if row["waits"] else row["seq"] for row in rows}

        def is_on_its_way(one: Difference) -> bool:
            if one.kind == "stuck":
                return one.key in settled
            return one.key in untold_flags or settled.get(one.key) != one.wanted

        return {o.key for o in differences if o.key != "hold" and is_on_its_way(o)}

    async def these(self, keys: Sequence[str]) -> Sequence[Operation]:
        """Return the entries under these keys as they should be now."""
        rules = _scopes(keys)
        found = _operations(
            await self._pool.fetch(f"{_RULES} AND scope = ANY($1)", rules)
        )
        if len(rules) == len(keys):
            return found
        states = f"SELECT * FROM ({_STATES}) d WHERE key = ANY($1)"  # noqa: S608 - our own text
        return [*found, *_operations(await self._pool.fetch(states, keys))]

    async def is_known(self, connection: Connection, key: str) -> bool:
        """Look again: a rule may have been armed while the audit was read."""
        kind, _, rest = key.partition("/")
        if kind == "rule":
            known = "SELECT EXISTS (SELECT FROM arming WHERE scope = $1)"
        elif kind == "cause":
            known = f"SELECT EXISTS (SELECT FROM cause WHERE {_CAUSE} = $1)"  # noqa: S608 - our own text
        else:
            known = f"SELECT EXISTS (SELECT FROM ({_STATES}) d WHERE key = $1)"  # noqa: S608 - our own text
            rest = key
        return bool(await connection.fetchval(known, rest))

    async def overtake(self, connection: Connection, ahead: Difference) -> bool:
        """
        Give an entry of ours a version past the switch's; False if it is past by now.

        Only while the facts are locked.
        """
        await FactStore(connection).advance_seq(ahead.version)
        kind, _, rest = ahead.key.partition("/")
        rows = {
            "rule": "arming SET seq = nextval('flip_seq') WHERE scope = $1",
            "cause": f"cause SET seq = nextval('flip_seq') WHERE {_CAUSE} = $1",
            "flag": f"flag SET seq = nextval('flip_seq') WHERE {_FLAG} = $1",
            "hold": "hold SET seq = nextval('flip_seq') WHERE $1 = ''",
        }
        done = await connection.execute(
            f"UPDATE {rows[kind]} AND seq <= $2",
            rest,
            ahead.version,
        )
        return bool(done != "UPDATE 0")


def _scopes(keys: Sequence[str]) -> list[str]:
    """Return the scopes of those keys that are of rules."""
    return [key.removeprefix("rule/") for key in keys if key.startswith("rule/")]


def _operations(rows: Sequence[asyncpg.Record]) -> Sequence[Operation]:
    """Return rules, of which a row has one text; or a key, version and value each."""
    if rows and len(rows[0]) == 1:
        return ToldRules("\n".join([row[0] for row in rows]))
    return [Operation(key, version, Unread(value)) for key, version, value in rows]
