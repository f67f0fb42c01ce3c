"""
What one forwarding holds: numbers on lines of customers, made by PostgreSQL itself.

Numbers are those of a network that does not exist; nobody is ever called.
"""

from dataclasses import dataclass, replace

import asyncpg

NODE = "N"
TABLES = (
    "arming, sheet, rule, option, line, coverage, outage, flip, flag, request, "
    "rule_history"
)
KNOWN = """
    CREATE TEMPORARY TABLE known AS
    SELECT '+49211' || lpad(i::text, 8, '0') AS number,
           '+49177' || lpad(i::text, 8, '0') AS target,
           'L' || i % $2 AS line, 'K' || (i % $2) % $3 AS customer,
           CASE WHEN i >= $1 - $4 THEN ARRAY['T'] END AS target_places
      FROM generate_series(0, $1 - 1) AS i
"""
LINES = """
    INSERT INTO line
         SELECT 'L' || i, 'K' || i % $2, ARRAY['L' || i, 'N'], 1
           FROM generate_series(0, $1 - 1) AS i
"""
FILLED = (
    """
    INSERT INTO option (number, last, customer_number, order_id, line, enabled, version)
         SELECT number, number, customer, 'O1', line, true, 1 FROM known
    """,
    """
    INSERT INTO rule (number, last, customer_number, enabled, target, keep_extension,
                      follows_planned_work, allowed_countries)
         SELECT number, number, customer, true, target, false, true, '{DE}' FROM known
    """,
    """
    INSERT INTO arming (scope, number, last, customer_number, places, value, off,
                        planned, target_places, head, hash, seq, live_seq)
         SELECT number, number, number, customer, ARRAY[line, 'N'],
                jsonb_build_object(
                    'first', number, 'last', NULL, 'line', line,
                    'places', ARRAY[line, 'N'], 'target', target,
                    'keep_extension', false, 'fallback', NULL,
                    'target_places', coalesce(target_places, '{}'), 'off', false,
                    'planned', true, 'reason', 'unavailable'),
                false, true, target_places,
                '{"number":"' || number || '","customer_number":"' || customer
                    || '","line":"' || line || '","target":"' || target || '"',
                hashtext(number) & 2147483647, 1, 2
           FROM known
    """,
    "DROP TABLE known",
    "SELECT setval('flip_seq', greatest(10, nextval('flip_seq')))",
    "VACUUM ANALYZE",
)


@dataclass(frozen=True, slots=True)
class Holding:
    """How much there is; numbers are spread evenly over lines, lines over customers."""

    numbers: int = 100_000
    lines: int = 10_000
    customers: int = 1_000
    outages: int = 0
    """Open all the while, each of one line."""
    home_targets: int = 0
    """Of the numbers, so many whose target hangs on a line of ours: the last ones."""

    @property
    def a_line(self) -> int:
        """Return how many numbers the first lines have."""
        return -(-self.numbers // self.lines)

    def customer_of(self, number: int) -> str:
        """Return whose the n-th number is."""
        return f"K{(number % self.lines) % self.customers}"


USUAL = Holding()
GROWN = {
    "numbers": [
        replace(USUAL, numbers=n, lines=n // 10)
        for n in (1_000, 10_000, 100_000, 1_000_000)
    ],
    "lines": [replace(USUAL, lines=n) for n in (10, 100, 1_000, 10_000, 100_000)],
    "customers": [replace(USUAL, customers=n) for n in (1, 100, 1_000, 10_000)],
    "outages": [replace(USUAL, outages=n) for n in (1, 10, 100, 1_000)],
    "home_targets": [
        replace(USUAL, home_targets=n) for n in (0, 1_000, 10_000, 100_000)
    ],
}
"""What grows, at some sizes each, while the rest stays as usual."""


async def fill(db: asyncpg.Connection, holding: Holding) -> None:
    """Take everything away and make this instead."""
    await db.execute(f"TRUNCATE {TABLES}")
    # CREATE TABLE AS takes no parameters, so the numbers go in as what they are.
    known = KNOWN
    for place, size in enumerate(
        (holding.numbers, holding.lines, holding.customers, holding.home_targets), 1
    ):
        known = known.replace(f"${place}", str(size))
    await db.execute(known, timeout=600)
    await db.execute(LINES, holding.lines, holding.customers, timeout=600)
    for statement in FILLED:
        await db.execute(statement, timeout=600)


async def mebibytes(db: asyncpg.Connection) -> float:
    """Return what forwarding's tables and indexes weigh."""
    size = await db.fetchval(
        """
        SELECT sum(pg_total_relation_size(oid))
          FROM pg_class
         WHERE relnamespace = 'forwarding'::regnamespace AND relkind = 'r'
        """
    )
    return float(size) / 2**20
