"""The page that says who may do what, from the table itself."""

from contracts.catalogue import EVENTS
from devstack.rights import RULERS, SCHEMA_RIGHTS, Rights, all_rights

HEAD = """# Who may do what

Written by `python -m devstack.manifests` from `devstack/rights.py`; do not edit.

[Decision 0018](../decisions/0018-secured-stack.md) says what follows from the table:
users in Kubernetes, rights of a stack with `SECURE=1`, roles in PostgreSQL,
and the test that tries each cell.
What is not here is denied.
Nobody creates topics, changes rights or begins a transaction but {rulers}.

## Kafka

Groups are named `<user>.<topic>`, one for each topic that a service reads.
`<topic>.dlq` takes copies of dead letters.

| user | what it is | reads | writes | groups |
|---|---|---|---|---|
"""
DATABASE = """
## PostgreSQL

Each service has a schema with its name.
It belongs to a role that cannot log in (`<service>_owner`) and runs migrations.
The service's own role may {rights} there, and see nothing else.
"""


def rights_page() -> str:
    """Return the page."""
    rulers = " and ".join(f"`{name}`" for name in RULERS)
    rights = ", ".join(SCHEMA_RIGHTS)
    rows = "".join(f"{_row(row)}\n" for row in all_rights())
    return HEAD.format(rulers=rulers) + rows + DATABASE.format(rights=rights)


def _row(row: Rights) -> str:
    every_event = len(row.reads) == len(EVENTS)
    reads = "every event" if every_event else ", ".join(row.reads)
    told = [topic for topic in row.writes if not topic.endswith(".dlq")]
    letters = ["`.dlq` of what it reads"] if len(told) != len(row.writes) else []
    writes = ", ".join([*told, *letters])
    groups = "its own" if row.groups else "none"
    if row.sees_lag:
        reads, groups = "no message", "sees all offsets"
    return f"| `{row.user}` | {row.what} | {reads} | {writes} | {groups} |"
