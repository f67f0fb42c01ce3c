"""Rules by the file: out, in with a preview, applied row by row, and undone."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from chassis import outbox
from chassis.postgres import Connection
from contracts.event import Event, new_id
from contracts.forwardings import ForwardingRequested
from portal_gateway import metrics, sheets
from portal_gateway.domain import differences, sheet
from portal_gateway.domain.differences import Difference
from portal_gateway.domain.facts import Picture, Range, Setting, is_block
from portal_gateway.domain.refused import Refused, not_found
from portal_gateway.domain.ruling import rule_of
from portal_gateway.store import history, imports, picture, wishes
from portal_gateway.store.imports import Import, Row
from portal_gateway.usecases import admission
from portal_gateway.usecases.admission import Admission, Who
from portal_gateway.usecases.gateway import Gateway
from portal_gateway.usecases.wishing import REMOVING, setting_wish

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """An import with how many rows do what."""

    file: Import
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class _Step:
    """Apply or undo: from which version and rule each row goes to which."""

    one: Import
    admitted: Admission
    undoing: bool

    @property
    def actor(self) -> str:
        return self.admitted.who.actor

    @property
    def name(self) -> str:
        return "undone" if self.undoing else "applied"


async def preview(
    gateway: Gateway, customer: str, actor: str, file_name: str, content: bytes
) -> Preview:
    """Read a file and keep what it would change; raises Refused with what is wrong."""
    try:
        table = await asyncio.to_thread(lambda: sheet.table(sheets.read(content)))
    except Refused:
        metrics.IMPORTS.labels("refused").inc()
        raise
    async with gateway.transaction() as connection:
        known = await picture.of_customer(connection, customer, at=gateway.now())
        contract = await admission.policy_of(connection, customer)
    found = await asyncio.to_thread(differences.differences, known, table, contract)
    one = _new(gateway, customer, actor, file_name, table.ignored)
    async with gateway.transaction() as connection:
        await imports.add(connection, one, found)
    metrics.IMPORTS.labels("previewed").inc()
    return Preview(one, _counted(found))


async def show(gateway: Gateway, customer: str, import_id: str) -> Preview:
    """Return one of the customer's imports; raises Refused where there is none."""
    async with gateway.transaction() as connection:
        one = await imports.one(connection, customer, import_id)
        if one is None:
            raise not_found()
        return Preview(one, await imports.counts(connection, import_id))


async def newest(gateway: Gateway, customer: str) -> list[Import]:
    """Return what the customer imported, newest first."""
    async with gateway.transaction() as connection:
        return await imports.newest(connection, customer, MOST_SHOWN)


async def rows(
    gateway: Gateway,
    customer: str,
    import_id: str,
    *,
    verdict: str | None,
    after: int,
    limit: int,
) -> list[Row]:
    """Return a page of rows in the order of the file."""
    await show(gateway, customer, import_id)
    async with gateway.transaction() as connection:
        return await imports.rows(
            connection, import_id, verdict=verdict, after=after, limit=limit
        )


async def apply(gateway: Gateway, who: Who, import_id: str) -> Preview:
    """Ask forwarding for every row whose number nobody changed since the preview."""
    return await _run(gateway, who, import_id, undoing=False)


async def undo(gateway: Gateway, who: Who, import_id: str) -> Preview:
    """Ask for what was before, for every row that nobody changed since."""
    return await _run(gateway, who, import_id, undoing=True)


async def _run(gateway: Gateway, who: Who, import_id: str, *, undoing: bool) -> Preview:
    """One transaction: a crash leaves all rows or none asked for."""
    customer = who.customer
    async with gateway.changing(customer) as connection:
        one = await imports.one(connection, customer, import_id, lock=True)
        if one is None:
            raise not_found()
        if not _is_done(one, undoing=undoing):
            admitted = await admission.begin(gateway, connection, who)
            step = _Step(one, admitted, undoing)
            await _take(gateway, connection, step)
            await admitted.keep(connection)
            metrics.IMPORTS.labels(step.name).inc()
    return await show(gateway, customer, import_id)


def _is_done(one: Import, *, undoing: bool) -> bool:
    if not undoing:
        if one.undone_at:
            raise Refused("import_undone")
        return one.applied_at is not None
    if one.applied_at is None:
        raise Refused("import_not_applied")
    return one.undone_at is not None


async def _take(gateway: Gateway, connection: Connection, step: _Step) -> None:
    now = gateway.now()
    known = await picture.of_customer(connection, step.one.customer_number, at=now)
    found = await imports.rows(connection, step.one.id, verdict="changes")
    todo = [row for row in found if row.applied] if step.undoing else found
    numbers = [row.span[0] for row in todo if row.span]
    versions = await wishes.versions(connection, numbers)
    done: dict[int, int] = {}
    failed: dict[int, str] = {}
    asked: list[tuple[Row, ForwardingRequested]] = []
    for row in todo:
        if code := _objection(known, step, row):
            failed[row.row] = code
            continue
        option_version = known.option_version(row.span) if row.span else None
        event = _event(gateway, versions, step, row, option_version)
        done[row.row] = event.version
        asked.append((row, event))
    await _ask(gateway, connection, step, asked)
    await imports.note_rows(
        connection, step.one.id, done=done, failed=failed, undoing=step.undoing
    )
    await _note_step(gateway, connection, step, done, failed)


def _objection(known: Picture, step: _Step, row: Row) -> str | None:
    span = row.span or ("", "")
    option = known.options.get(span)
    if not (option and option.enabled) and (
        is_block(span) or known.block_of(span[0]) is None
    ):
        return "number_unknown"
    wish = rule_of(known, span)
    expected = row.applied if step.undoing else row.seen
    if (wish.version if wish else 0) != expected:
        return "version_mismatch"
    setting = row.before if step.undoing else row.after
    refused = step.admitted.objection(span, setting)
    admission.check_confirmed([refused])
    return refused.code if refused else None


def _event(
    gateway: Gateway,
    versions: Mapping[Range, int],
    step: _Step,
    row: Row,
    option_version: int | None,
) -> ForwardingRequested:
    span = row.span or ("", "")
    setting = row.before if step.undoing else row.after
    wish = setting_wish(setting, step.admitted.countries) if setting else REMOVING
    version = versions.get(span, 0) + 1  # it grows across owners
    return wish.event(
        step.one.customer_number,
        step.actor,
        span,
        version=version,
        option_version=option_version,
        at=gateway.now(),
    )


async def _ask(
    gateway: Gateway,
    connection: Connection,
    step: _Step,
    asked: Sequence[tuple[Row, ForwardingRequested]],
) -> None:
    now = gateway.now()
    events: dict[str, Event] = {event.request_id: event for _, event in asked}
    await wishes.ask_all(
        connection,
        [(event, row.before if step.undoing else row.after) for row, event in asked],
    )
    await outbox.add_all(connection, events, at=now)
    await history.note_all(
        connection,
        [_note(step, row, event) for row, event in asked],
        at=now,
        actor=step.actor,
        customer=step.one.customer_number,
    )
    await picture.tell_changed(
        connection, step.one.customer_number, [row.span for row, _ in asked if row.span]
    )


def _note(
    step: _Step, row: Row, event: ForwardingRequested
) -> tuple[str, Range, dict[str, Any]]:
    before = row.after if step.undoing else row.before
    detail = {
        "version": event.version,
        "before": asdict(before or Setting()),
        "undo" if step.undoing else "import": step.one.id,
    }
    if event.rule:
        detail["rule"] = event.rule.model_dump()
    action = "rule_set" if event.action == "set" else "rule_removed"
    return action, row.span or ("", ""), detail


async def _note_step(
    gateway: Gateway,
    connection: Connection,
    step: _Step,
    done: Mapping[int, int],
    failed: Mapping[int, str],
) -> None:
    now = gateway.now()
    await imports.note_step(
        connection, step.one.id, by=step.actor, at=now, undoing=step.undoing
    )
    await history.note(
        connection,
        f"import_{step.name}",
        at=now,
        actor=step.actor,
        customer=step.one.customer_number,
        detail={
            "import": step.one.id,
            "file": step.one.file_name,
            "done": len(done),
            "failed": len(failed),
        },
    )


def _new(
    gateway: Gateway,
    customer: str,
    actor: str,
    file_name: str,
    ignored: Sequence[str],
) -> Import:
    return Import(
        id=new_id(),
        customer_number=customer,
        file_name=file_name,
        created_by=actor,
        created_at=gateway.now(),
        ignored=list(ignored),
        applied_at=None,
        applied_by=None,
        undone_at=None,
        undone_by=None,
    )


def _counted(found: Sequence[Difference]) -> dict[str, int]:
    counts = dict.fromkeys((*differences.VERDICTS, "applied", "undone", "failed"), 0)
    for row in found:
        counts[row.verdict] += 1
    return counts
