"""How payloads are read, each outcome as one short line that a table can hold."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from contracts.signals import NetworkSignal
from outage_watcher.domain import reading
from outage_watcher.sources.formats import Inbound, Inbounds
from outage_watcher.sources.said import Said

SAMPLES = Path(__file__).parents[1] / "samples"
VARIANTS: dict[str, dict[str, dict[str, Any]]] = {
    file.stem: json.loads(file.read_text())
    for file in sorted((SAMPLES / "variants").glob("*.json"))
}
"""By form and name: `body`, or `text` where it is no JSON, and what is `read`."""
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)


def source(name: str, **rules: Any) -> Inbound:
    """Return a source with rules of its own."""
    found = Inbounds({name: rules} if rules else None).of(name)
    assert found
    return found


def said(
    name: str, body: object, headers: dict[str, str] | None = None, **rules: Any
) -> Said:
    """Return how a body is read; what is no bytes is made JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return source(name, **rules).read(raw, now=NOW, headers=headers)


def raw(variant: dict[str, Any]) -> bytes:
    """Return the bytes of a variant, as they would come."""
    text = variant.get("text")
    return text.encode() if text else json.dumps(variant["body"]).encode()


def outcome(name: str, body: object, **rules: Any) -> list[str]:
    """Return what was read: `down L1`, `beat`, `rejected not_json` …"""
    return lines(said(name, body, **rules))


def lines(found: Said) -> list[str]:
    """Return each outcome of a payload as a line."""
    return [
        *(_signal(each) for each in found.signals),
        *(
            f"remark {each.kind} {each.element or ' '.join(each.lines)}".strip()
            for each in found.remarks
        ),
        *("quarantined" for _ in found.quarantined),
        *(f"rejected {each.code}" for each in found.rejected),
        *("ignored" for _ in found.ignored),
    ]


def _signal(signal: NetworkSignal) -> str:
    if reading.is_heartbeat(signal):
        word = "beat" if signal.state == "up" else "blind"
        return f"{word} {signal.alarm_id.removeprefix('heartbeat').lstrip('/')}".strip()
    places = " ".join((*((signal.element,) if signal.element else ()), *signal.lines))
    kind = "" if signal.kind == "fault" else f" {signal.kind}"
    return f"{signal.state} {places or '@' + signal.alarm_id}{kind}"
