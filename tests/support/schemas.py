"""What a schema demands of the programs on it, and what a newer one demands more."""

import asyncpg

COLUMNS = """
    SELECT c.relname AS "table", a.attname AS name,
           format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS demanded,
           a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' AS filled
      FROM pg_attribute a
      JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relnamespace = $1::regnamespace AND c.relkind IN ('r', 'p', 'v')
       AND a.attnum > 0 AND NOT a.attisdropped
"""
LIMITS = """
    SELECT c.relname AS "table", i.relname AS name,
           array_agg(a.attname ORDER BY a.attnum) AS columns
      FROM pg_index x
      JOIN pg_class c ON c.oid = x.indrelid
      JOIN pg_class i ON i.oid = x.indexrelid
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (x.indkey)
     WHERE c.relnamespace = $1::regnamespace AND x.indisunique
  GROUP BY 1, 2
     UNION ALL
    SELECT c.relname, k.conname, array_agg(a.attname ORDER BY a.attnum)
      FROM pg_constraint k
      JOIN pg_class c ON c.oid = k.conrelid
      JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = ANY (k.conkey)
     WHERE c.relnamespace = $1::regnamespace AND k.contype IN ('c', 'f', 'x')
  GROUP BY 1, 2
"""
FUNCTIONS = """
    SELECT p.oid::regprocedure::text AS called,
           pg_get_function_result(p.oid) AS result
      FROM pg_proc p
     WHERE p.pronamespace = $1::regnamespace
"""


class Schema:
    """Tables, limits and functions as programs meet them."""

    columns: dict[tuple[str, str], asyncpg.Record]
    limits: dict[tuple[str, str], list[str]]
    functions: dict[str, str]

    @classmethod
    async def of(cls, db: asyncpg.Connection, schema: str) -> "Schema":
        """Read the catalogue."""
        found = cls()
        found.columns = {
            (row["table"], row["name"]): row for row in await db.fetch(COLUMNS, schema)
        }
        found.limits = {
            (row["table"], row["name"]): row["columns"]
            for row in await db.fetch(LIMITS, schema)
        }
        found.functions = {
            row["called"]: row["result"] for row in await db.fetch(FUNCTIONS, schema)
        }
        return found

    def breaks(self, newer: "Schema") -> list[str]:
        """Return what a program of this schema could not do on the newer one."""
        return [
            *self._taken_away(newer),
            *self._demanded(newer),
            *self._limited(newer),
        ]

    def _taken_away(self, newer: "Schema") -> list[str]:
        found = []
        for (table, name), column in self.columns.items():
            now = newer.columns.get((table, name))
            if now is None:
                found.append(f"{table}.{name} is gone")
            elif now["type"] != column["type"]:
                found.append(f"{table}.{name} is {now['type']} now")
        for called, result in self.functions.items():
            if newer.functions.get(called) != result:
                found.append(f"{called} is gone or returns something else")
        return found

    def _demanded(self, newer: "Schema") -> list[str]:
        tables = {table for table, _ in self.columns}
        return [
            f"{table}.{name} must be given now"
            for (table, name), column in newer.columns.items()
            if table in tables and column["demanded"] and not column["filled"]
            if (table, name) not in self.columns
            or not self.columns[table, name]["demanded"]
        ]

    def _limited(self, newer: "Schema") -> list[str]:
        """Return new limits on old columns: what old code writes may break them."""
        tables = {table for table, _ in self.columns}
        return [
            f"{table} has a new limit {name} on {', '.join(columns)}"
            for (table, name), columns in newer.limits.items()
            if table in tables and (table, name) not in self.limits
            if all((table, column) in self.columns for column in columns)
        ]
