"""Rules by the file: CSV and Excel, out and in."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal

from fastapi import Query, Request, Response
from typing_extensions import TypedDict

from portal_gateway import sheets, texts
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import is_block
from portal_gateway.http import shapes
from portal_gateway.http.answering import Moment, Number, answer, one_of
from portal_gateway.http.people import For, Owner, Running
from portal_gateway.http.routes import new_router
from portal_gateway.http.shapes import RuleShape
from portal_gateway.store.imports import Import, Row
from portal_gateway.texts import sheets as words
from portal_gateway.usecases import forwardings, imports
from portal_gateway.usecases.imports import Preview

router = new_router("imports")

BINARY: Final[dict[str, Any]] = {"schema": {"type": "string", "format": "binary"}}
UPLOAD: Final = {
    "requestBody": {
        "required": True,
        "content": {"text/csv": BINARY, sheets.XLSX: BINARY},
    }
}
Format = Literal["csv", "xlsx"]
FileName = Annotated[str, Query(max_length=200, description="How the file is called")]


@answer
class ImportShape(TypedDict):
    """A file of rules, and how far it is."""

    import_id: str
    name: str
    state: Annotated[str, one_of("previewed", "applied", "undone")]
    created_by: str
    created_at: Moment
    ignored_columns: list[str]
    """Headings that nothing is known of."""
    applied_at: Moment | None
    undone_at: Moment | None


@answer
class ImportDetail(ImportShape):
    """A file with its counts."""

    rows: dict[str, int]
    """How many rows by what becomes of them: `changes`, `same`, `refused`, …"""


@answer
class ImportList(TypedDict):
    """Files, newest first."""

    imports: list[ImportShape]


@answer
class ImportRow(TypedDict):
    """A row of a file: what it would do, or did."""

    row: int
    """Its number in the file."""
    written: str
    """The number as it was written."""
    number: Number | None
    last: Number | None
    verdict: Annotated[str, one_of("changes", "same", "refused")]
    code: str | None
    """Why it is refused, or was not taken over."""
    detail: str | None
    """The same in words."""
    suggestion: str | None
    """What was probably meant."""
    before: RuleShape | None
    """The number's own rule at the preview; null: it had none."""
    after: RuleShape | None
    """What it becomes; null: none of its own."""
    applied: bool
    undone: bool


@answer
class ImportRows(TypedDict):
    """Rows in the order of the file."""

    rows: list[ImportRow]
    next_after: int | None
    """For `after`; null: these were the last."""


@router.get(
    "/forwardings.{form}",
    response_class=Response,
    responses={200: {"content": {"text/csv": BINARY, sheets.XLSX: BINARY}}},
)
async def export(
    form: Format, request: Request, acting: For, gateway: Running
) -> Response:
    """Return all numbers and blocks with their rules, in the shape that comes in."""
    language = texts.language_of(request.headers.get("accept-language"))
    listed = await forwardings.listed(gateway, acting.customer)
    return await exported(listed, form, language)


async def exported(
    entries: Sequence[Entry], form: Format, language: texts.Language
) -> Response:
    """Return entries as a file; made beside the loop."""
    rows = words.rows(entries, language)
    if form == "csv":
        separator = ";" if language == "de" else ","
        content = await asyncio.to_thread(
            lambda: sheets.write_csv(rows, separator=separator)
        )
    else:
        title = words.NAMES[language]
        content = await asyncio.to_thread(sheets.write_excel, title, rows)
    return download(content, f"{words.NAMES[language]}.{form}")


def download(content: bytes, name: str) -> Response:
    """Return a file to keep; its name says what it is."""
    kind = {
        "csv": sheets.CSV,
        "xlsx": sheets.XLSX,
        "pdf": "application/pdf",
        "json": "application/json",
    }
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(
        content, media_type=kind[name.rsplit(".", maxsplit=1)[-1]], headers=headers
    )


@router.post("/imports", status_code=201, openapi_extra=UPLOAD)
async def preview_import(
    request: Request, owner: Owner, gateway: Running, name: FileName = ""
) -> ImportDetail:
    """Read a file of rules and tell what it would change; nothing changes yet."""
    content = await request.body()
    found = await imports.preview(gateway, owner.customer, owner.name, name, content)
    return _shown(found)


@router.get("/imports")
async def list_imports(acting: For, gateway: Running) -> ImportList:
    """List the files, newest first."""
    found = await imports.newest(gateway, acting.customer)
    return {"imports": [_file(one) for one in found]}


@router.get("/imports/{import_id}")
async def show_import(import_id: str, acting: For, gateway: Running) -> ImportDetail:
    """Show a file with its counts."""
    return _shown(await imports.show(gateway, acting.customer, import_id))


@router.get("/imports/{import_id}/rows")
async def show_rows(
    import_id: str,
    request: Request,
    acting: For,
    gateway: Running,
    verdict: Literal["changes", "same", "refused"] | None = None,
    after: Annotated[int, Query(ge=0, le=10**6)] = 0,
    limit: Annotated[int, Query(ge=1, le=20_000)] = 500,
) -> ImportRows:
    """Show what each row would do or did, in the order of the file."""
    language = texts.language_of(request.headers.get("accept-language"))
    found = await imports.rows(
        gateway,
        acting.customer,
        import_id,
        verdict=verdict,
        after=after,
        limit=limit + 1,
    )
    page = found[:limit]
    following = page[-1].row if len(found) > limit else None
    return {"rows": [_row(row, language) for row in page], "next_after": following}


@router.post("/imports/{import_id}/apply", status_code=202)
async def apply_import(import_id: str, owner: Owner, gateway: Running) -> ImportDetail:
    """Take over each row whose number nobody changed since the preview."""
    return _shown(await imports.apply(gateway, owner.who(gateway), import_id))


@router.post("/imports/{import_id}/undo", status_code=202)
async def undo_import(import_id: str, owner: Owner, gateway: Running) -> ImportDetail:
    """Set each row back whose number nobody changed since."""
    return _shown(await imports.undo(gateway, owner.who(gateway), import_id))


def _shown(found: Preview) -> ImportDetail:
    return {**_file(found.file), "rows": dict(found.counts)}


def _file(one: Import) -> ImportShape:
    state = "undone" if one.undone_at else "applied" if one.applied_at else "previewed"
    return {
        "import_id": one.id,
        "name": one.file_name,
        "state": state,
        "created_by": one.created_by,
        "created_at": shapes.moment(one.created_at),
        "ignored_columns": one.ignored,
        "applied_at": shapes.moment(one.applied_at),
        "undone_at": shapes.moment(one.undone_at),
    }


def _row(row: Row, language: texts.Language) -> ImportRow:
    code = row.failed or row.code
    span = row.span
    return {
        "row": row.row,
        "written": row.written,
        "number": span[0] if span else None,
        "last": span[1] if span and is_block(span) else None,
        "verdict": row.verdict,
        "code": code,
        "detail": texts.say(code, language, row.facts).detail if code else None,
        "suggestion": row.facts.get("suggestion"),
        "before": shapes.rule(row.before, "own") if row.before else None,
        "after": shapes.rule(row.after, "own") if row.after else None,
        "applied": row.applied is not None,
        "undone": row.undone is not None,
    }
