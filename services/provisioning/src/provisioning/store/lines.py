"""Lines and the elements above them in PostgreSQL."""

from chassis.postgres import Connection
from provisioning.domain.lines import Line


class LineStore:
    """Which elements are above which line, on one connection."""

    def __init__(self, connection: Connection) -> None:
        self._db = connection

    async def add(self, line: Line) -> bool:
        """Keep a line that nobody named before; False when somebody did."""
        done = await self._db.execute(
            """
            INSERT INTO line
                        (line, customer_number, elements, version, effective_on,
                         told_at)
                 VALUES ($1, $2, $3, $4, $5, $6)
            ON CONFLICT DO NOTHING
            """,
            line.line,
            line.customer_number,
            line.elements,
            line.version,
            line.effective_on,
            line.told_at,
        )
        return done == "INSERT 0 1"

    async def get(self, line: str) -> Line:
        """Return a known line, locked until commit."""
        row = await self._db.fetchrow(
            """
            SELECT line, customer_number, elements, version, effective_on, told_at,
                   gone
              FROM line
             WHERE line = $1
               FOR UPDATE
            """,
            line,
        )
        if row is None:
            raise LookupError(line)
        return Line(**{**row, "elements": tuple(row["elements"])})

    async def keep(self, line: Line) -> None:
        """Keep what became of a known line."""
        await self._db.execute(
            """
            UPDATE line
               SET customer_number = $2, elements = $3, version = $4,
                   effective_on = $5, told_at = $6, gone = $7
             WHERE line = $1
            """,
            line.line,
            line.customer_number,
            line.elements,
            line.version,
            line.effective_on,
            line.told_at,
            line.gone,
        )

    async def user(self, line: Line) -> str | None:
        """
        Return whose numbers are on it: its customer's while one of his is; None: gone.

        A number that waits until another customer left is on it, too.
        """
        if await self._db.fetchval(
            f"{_ON_IT} AND customer_number = $2 LIMIT 1",
            line.line,
            line.customer_number,
        ):
            return line.customer_number
        found: str | None = await self._db.fetchval(
            f"""
            {_ON_IT}
             ORDER BY status = 'live' DESC, effective_on DESC, told_at DESC, id DESC
             LIMIT 1
            """,
            line.line,
        )
        return found


_ON_IT = """
    SELECT customer_number
      FROM movement
     WHERE line = $1 AND direction = 'in' AND status IN ('live', 'contested')
"""
