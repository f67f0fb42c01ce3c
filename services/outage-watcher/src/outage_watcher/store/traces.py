"""The trace of each outage, so that a deadline tells of it where its signal began."""

from collections.abc import Mapping, Sequence

from chassis.postgres import Connection


class TraceStore:
    """Traces beside the outages; the domain knows none."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    async def note(self, traces: Mapping[str, str]) -> None:
        """Note the trace of outages that have none: one outage is one trace."""
        await self.connection.execute(
            """
            UPDATE outage
               SET traceparent = said.traceparent
              FROM unnest($1::text[], $2::text[]) AS said (id, traceparent)
             WHERE outage.id = said.id AND outage.traceparent IS NULL
            """,
            list(traces),
            list(traces.values()),
        )

    async def of(self, outages: Sequence[str]) -> dict[str, str]:
        """Return the traces of outages, as far as they have one."""
        rows = await self.connection.fetch(
            """
            SELECT id, traceparent
              FROM outage
             WHERE id = ANY($1::text[]) AND traceparent IS NOT NULL
            """,
            outages,
        )
        return {row["id"]: row["traceparent"] for row in rows}
