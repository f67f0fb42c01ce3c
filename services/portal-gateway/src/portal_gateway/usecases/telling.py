"""What a notice says when its time has come, or that it is true no longer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

from chassis.postgres import Connection
from portal_gateway.domain.causes import apart_of, lines_at
from portal_gateway.domain.facts import Range, is_block
from portal_gateway.domain.message import Message
from portal_gateway.domain.notices import Contact
from portal_gateway.domain.ranges import range_of, total
from portal_gateway.domain.refused import Refused
from portal_gateway.domain.report import Report
from portal_gateway.store import diversions, maintenance, picture
from portal_gateway.store.notice_queue import Due
from portal_gateway.texts import notices as texts
from portal_gateway.texts import words
from portal_gateway.texts.notices import Facts
from portal_gateway.texts.said import Language
from portal_gateway.usecases import contacts, imports, outages, reports
from portal_gateway.usecases.gateway import Gateway

MOST_LISTED: Final = 12
UNPROTECTED: Final = ("no_target", "switched_off", "target_barred")
_SHOWN: Final = {
    "forwarding_began": "?zeigen=umgeleitet",
    "numbers_unprotected": "?zeigen=offen",
}


@dataclass(frozen=True, slots=True)
class _Told:
    facts: Facts
    path: str
    """Where a target is changed."""
    outage: str | None = None


async def message(gateway: Gateway, due: Due, contact: Contact) -> Message | None:
    """Return what is sent; None when it would no longer be true."""
    told = await _told(gateway, due, contact)
    if told is None:
        return None
    base = gateway.settings.public_url.rstrip("/")
    link = base + told.path
    about = f"{base}/stoerungen/{quote(told.outage)}" if told.outage else None
    language: Language = contact.language
    reference = f"notice-{due.id}"
    if contact.channel == "sms":
        text = texts.short(due.kind, language, told.facts, link=link)
        return Message(contact.address, "", text, reference, language)
    subject, text = texts.mail(
        due.kind,
        language,
        told.facts,
        link=link,
        about=about,
        settings_link=f"{base}/benachrichtigungen",
    )
    return Message(contact.address, subject, text, reference, language)


async def _told(gateway: Gateway, due: Due, contact: Contact) -> _Told | None:
    language: Language = contact.language
    if due.kind == "confirm":
        return await _of_code(gateway, contact)
    if due.kind == "test":
        return _Told(Facts({}), "/konfigurator")
    tell = _TELL.get(due.kind, _of_outage)
    if due.cause.startswith(("window ", "cancelled ")):
        tell = _of_window
    if due.kind == "numbers_unprotected" and due.cause.startswith("opened "):
        tell = _of_coverage
    return await tell(gateway, due, language)


async def _of_code(gateway: Gateway, contact: Contact) -> _Told:
    async with gateway.transaction() as connection:
        code = await contacts.new_code(gateway, connection, contact.id)
    minutes = int(contacts.CODE_VALID.total_seconds() // 60)
    return _Told(Facts({"code": code, "minutes": minutes}), "/benachrichtigungen")


async def _of_outage(gateway: Gateway, due: Due, language: Language) -> _Told | None:
    try:
        report = await reports.of_outage(gateway, due.customer_number, due.cause)
    except Refused:
        return None  # the line is no longer his
    outage = report.outage
    is_void = {
        "planned_work": not outage.is_open,
        "numbers_unprotected": not (outage.is_open and report.bare),
        "forwarding_began": not report.intervals,
    }
    if is_void.get(due.kind, False):
        return None
    fields = _outage_fields(report, language)
    facts = Facts(fields, _listed(due, report, language), tuple(_notes(due, report)))
    shown = _SHOWN.get(due.kind, "")
    return _Told(facts, f"/konfigurator{shown}", outage.id)


def _outage_fields(report: Report, language: Language) -> dict[str, object]:
    outage = report.outage
    is_back = all(one.ended for one in report.intervals)
    back = texts.NOTES["back" if is_back else "coming_back"][language]
    return {
        "lines": ", ".join(words.some(report.places, most=3, language=language)),
        "since": words.moment(outage.since, language),
        "end": words.moment(outage.estimated_end, language),
        "cleared": words.moment(outage.cleared_at, language),
        "numbers": words.numbers(report.numbers, language),
        "unprotected": words.numbers(report.unprotected, language),
        "back": (back[0].lower() + back[1:]).rstrip("."),
    }


def _notes(due: Due, report: Report) -> list[str]:
    outage, notes = report.outage, []
    is_back = all(one.ended for one in report.intervals)
    if outage.estimated_end and outage.is_open:
        notes.append("expected")
    if due.kind in {"outage_began", "planned_work"} and outage.voice_reachable:
        return ["backup", *notes]
    if due.kind == "outage_began":
        notes.append("will_divert")
    if due.kind == "planned_work":
        notes.append("follows_planned")
    if due.kind in {"outage_began", "forwarding_began"} and report.bare:
        notes.append("some_bare")
    if due.kind in {"outage_ended", "outage_withdrawn"}:
        notes.append("back" if is_back else "coming_back")
        notes += ["was_diverted"] if report.intervals else []
    return notes


def _listed(due: Due, report: Report, language: Language) -> tuple[str, ...]:
    if due.kind == "numbers_unprotected":
        lines = [words.span(one.span) for one in report.bare]
    else:
        lines = [
            f"{words.span(one.span)} → {words.target(one.target, one.target_last)}"
            for one in report.intervals
        ]
    return words.some(lines, most=MOST_LISTED, language=language)


async def _of_coverage(gateway: Gateway, due: Due, language: Language) -> _Told | None:
    _, bare = await outages.coverage(gateway, due.customer_number)
    bare = [one for one in bare if one.reason in UNPROTECTED]
    if not bare:
        return None
    count = words.numbers(sum(one.numbers for one in bare), language)
    listed = [words.span(one.entry.span) for one in bare]
    facts = Facts(
        {"unprotected": count}, words.some(listed, most=MOST_LISTED, language=language)
    )
    return _Told(facts, "/konfigurator")


async def _of_failures(gateway: Gateway, due: Due, language: Language) -> _Told | None:
    async with gateway.transaction() as connection:
        failing = await diversions.failing(connection, due.customer_number)
        spans = [span for span, _ in failing]
        gone = [span for span, code in failing if code == "target_down"]
        count = await _count(gateway, connection, due, spans)
        down = await _count(gateway, connection, due, gone)
    if not count:
        return None
    facts = Facts(
        {
            "failed": words.numbers(count, language),
            "down": words.numbers(down, language),
        },
        words.some(
            [words.span(span) for span in spans], most=MOST_LISTED, language=language
        ),
        ("targets_down",) if down else (),
    )
    return _Told(facts, "/konfigurator")


async def _of_reminder(gateway: Gateway, due: Due, language: Language) -> _Told | None:
    cause: dict[str, Any] = due.detail
    async with gateway.transaction() as connection:
        spans = await diversions.in_effect_by(
            connection, due.customer_number, cause["type"], cause["id"]
        )
        count = await _count(gateway, connection, due, spans)
    if not count:
        return None
    facts = Facts(
        {
            "numbers": words.numbers(count, language),
            "since": words.moment(datetime.fromisoformat(cause["since"]), language),
            "why": words.cause(cause["type"], language),
        },
        words.some(
            [words.span(span) for span in spans], most=MOST_LISTED, language=language
        ),
    )
    outage = cause["id"] if cause["type"] == "outage" else None
    return _Told(facts, "/konfigurator?zeigen=umgeleitet", outage)


async def _count(
    gateway: Gateway, connection: Connection, due: Due, spans: list[Range]
) -> int:
    """Count the numbers of ranges, blocks without those that stand apart of them."""
    blocks = set(filter(is_block, spans))
    if not blocks:
        return total(spans)
    known = await picture.of_customer(connection, due.customer_number, at=gateway.now())
    return total(spans) - len(apart_of(known, blocks).difference(spans))


async def _of_target(gateway: Gateway, due: Due, language: Language) -> _Told | None:
    detail = due.detail
    fields = {
        "by": detail["by"],
        "at": words.moment(datetime.fromisoformat(detail["at"]), language),
    }
    if import_id := detail.get("import"):
        try:
            done = await imports.show(gateway, due.customer_number, import_id)
        except Refused:
            return None
        count = done.counts["undone" if due.cause.startswith("undo") else "applied"]
        name = done.file.file_name
        fields["number"] = words.numbers(count, language)
        fields |= _change(texts.FILE[language].format(name=name) if name else "")
        return _Told(Facts(fields, notes=("imported",)), f"/importe/{import_id}")
    before = words.target(detail["before"], detail.get("before_last"))
    target = words.target(detail["target"], detail.get("target_last"))
    fields["number"] = words.span(tuple(detail["number"]))
    fields |= _change(f": {before} → {target}")
    return _Told(Facts(fields), "/konfigurator")


def _change(said: str) -> dict[str, str]:
    """Return what changed, for mails and for short messages, which have no arrows."""
    return {"change": said, "short_change": said.replace("→", "->")}


async def _of_security(_g: Gateway, due: Due, language: Language) -> _Told | None:
    detail = due.detail
    target = range_of(str(detail.get("target", "")))
    told = {
        "target": words.span(target) if target[0] else words.NOTHING,
        "until": words.moment(_at(detail.get("until")), language),
    }
    fields = {
        "what": texts.SECURITY[detail["what"]][language].format_map(told),
        "by": detail["by"],
        "at": words.moment(_at(detail["at"]), language),
    }
    return _Told(Facts(fields), "/sicherheit")


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


async def _of_window(gateway: Gateway, due: Due, language: Language) -> _Told | None:
    what, _, window_id = due.cause.partition(" ")
    async with gateway.transaction() as connection:
        window = await maintenance.one(connection, window_id)
        known = await picture.of_customer(
            connection, due.customer_number, at=gateway.now()
        )
    expected = "planned" if what == "window" else "cancelled"
    if window is None or window.state != expected:
        return None
    lines = lines_at(known, window.places)
    fields = {
        "lines": ", ".join(words.some(lines, most=3, language=language)),
        "since": words.moment(window.starts_at, language),
        "end": words.moment(window.ends_at, language),
    }
    notes = ["cancelled"]
    if what == "window":
        notes = ["expected", "follows_planned" if window.takes_calls else "reachable"]
    return _Told(Facts(fields, notes=tuple(notes)), "/stoerungen")


_TELL: Final = {
    "security": _of_security,
    "target_set": _of_target,
    "forwarding_failed": _of_failures,
    "forwarding_reminder": _of_reminder,
}
