"""Files of rules: out, in, and what they would change."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from portal_gateway import texts
from portal_gateway.domain.facts import Setting
from portal_gateway.domain.refused import Refused
from portal_gateway.http import imports as files
from portal_gateway.http.problems import STATUS, UNPROCESSABLE
from portal_gateway.pages.formats import spoken
from portal_gateway.pages.notices import Notice
from portal_gateway.pages.visit import Customer, Form, Sent, Visit
from portal_gateway.store.imports import Import, Row
from portal_gateway.texts import sheets as words
from portal_gateway.usecases import imports

router = APIRouter()

HERE: Final = "/importe"
A_PAGE: Final = 100
EXPLAINED: Final = {
    1: "imports.columns.last",
    2: "imports.columns.active",
    4: "number.fallback.hint",
    5: "imports.columns.keep",
    6: "imports.columns.planned",
    7: "imports.columns.line_first",
    8: "imports.columns.version",
}
"""What is said of columns, by their place in an export."""


@router.get(HERE)
async def show_imports(visit: Customer) -> Response:
    """Show how files go out and in, and the files so far."""
    return await _shown(visit)


@router.get("/rufumleitungen.{form}")
async def export(form: Literal["csv", "xlsx"], visit: Customer) -> Response:
    """Return all numbers and blocks as a file."""
    known = await visit.overview()
    return await files.exported(known.entries, form, visit.language)


@router.post(HERE)
async def preview(visit: Customer, form: Sent) -> Response:
    """Read a file and show what it would change."""
    try:
        name, content = await _file_in(form)
        found = await imports.preview(
            visit.gateway, visit.customer, _name(visit), name, content
        )
    except Refused as refused:
        said = texts.say(refused.code, visit.language, refused.facts)
        status = STATUS.get(refused.code, UNPROCESSABLE)
        return await _shown(visit, status=status, problem=said.detail)
    return visit.go(f"{HERE}/{found.file.id}")


@router.get(f"{HERE}/{{import_id}}")
async def show_import(
    import_id: str,
    visit: Customer,
    zeigen: Annotated[str, Query(max_length=20)] = "",
    ab: Annotated[int, Query(ge=0, le=10**6)] = 0,
) -> Response:
    """Show what each row would do, or did."""
    found = await imports.show(visit.gateway, visit.customer, import_id)
    verdict = zeigen if zeigen in {"changes", "refused", "same"} else None
    if verdict is None:
        verdict = "refused" if found.counts["refused"] else "changes"
        verdict = "changes" if found.counts["changes"] else verdict
    rows = await imports.rows(
        visit.gateway,
        visit.customer,
        import_id,
        verdict=verdict,
        after=ab,
        limit=A_PAGE + 1,
    )
    return await visit.page(
        "import.html",
        file=found.file,
        counts=found.counts,
        state=state_of(found.file),
        verdict=verdict,
        rows=rows[:A_PAGE],
        more=rows[A_PAGE - 1].row if len(rows) > A_PAGE else None,
        rule=lambda setting: _rule(visit, setting),
        why=lambda row: _why(visit, row),
    )


@router.post(f"{HERE}/{{import_id}}/uebernehmen")
async def apply_import(import_id: str, visit: Customer, _form: Sent) -> Response:
    """Take the rows over."""
    done = await imports.apply(visit.gateway, visit.who, import_id)
    notice = Notice("import.done", {"n": done.counts["applied"]})
    return visit.go(f"{HERE}/{import_id}", notice)


@router.post(f"{HERE}/{{import_id}}/zuruecknehmen")
async def undo_import(import_id: str, visit: Customer, _form: Sent) -> Response:
    """Take the rows back."""
    done = await imports.undo(visit.gateway, visit.who, import_id)
    notice = Notice("import.taken_back", {"n": done.counts["undone"]})
    return visit.go(f"{HERE}/{import_id}", notice)


async def _file_in(form: Form) -> tuple[str, bytes]:
    """Return name and content of the file; raises Refused when there is none."""
    file = form.file("file")
    if file is None or not file.filename:
        raise Refused("import_missing")
    return file.filename[:200].replace("\x00", ""), await file.read()


def state_of(one: Import) -> str:
    """Return how far an import is."""
    if one.undone_at:
        return "undone"
    return "applied" if one.applied_at else "previewed"


async def _shown(
    visit: Visit, *, status: int = 200, problem: str | None = None
) -> Response:
    newest = await imports.newest(visit.gateway, visit.customer)
    return await visit.page(
        "imports.html",
        status=status,
        newest=newest,
        columns=[
            (words.HEADINGS[visit.language][at], what) for at, what in EXPLAINED.items()
        ],
        state_of=state_of,
        problem=problem,
    )


def _rule(visit: Visit, setting: Setting | None) -> list[str]:
    """Return a rule in short words, the word for on or off first."""
    if setting is None:
        return [visit.say("import.no_rule")]
    state = visit.say("import.on" if setting.enabled else "import.off")
    said = [f"{state} → {spoken(setting.target)}" if setting.target else state]
    if setting.keep_extension:
        said.append(visit.say("import.keeps"))
    if setting.fallback_target:
        number = spoken(setting.fallback_target)
        said.append(visit.say("import.fallback", number=number))
    if not setting.follows_planned_work:
        said.append(visit.say("import.not_planned"))
    if setting.line_first:
        said.append(visit.say("import.line_first"))
    return said


def _why(visit: Visit, row: Row) -> str:
    code = row.failed or row.code or "refused"
    return texts.say(code, visit.language, row.facts).detail


def _name(visit: Visit) -> str:
    return visit.session.name if visit.session else ""
