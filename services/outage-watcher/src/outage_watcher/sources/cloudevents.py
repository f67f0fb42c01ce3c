"""CloudEvents around our own signal: structured, in a batch, or binary."""

import base64
import binascii
import re
from typing import Any

from pydantic_core import from_json

from chassis.errors import Rejected
from contracts.signals import NetworkSignal
from outage_watcher.sources import times, values
from outage_watcher.sources.rules import Rules
from outage_watcher.sources.said import Said, unknown_type
from outage_watcher.sources.values import first, mapping

RULES = Rules()
_VERSION = re.compile(r"[._/-]v\d+(?:\.\d+)*$")
REQUIRED = ("specversion", "id", "source", "type")


def read(body: Any, said: Said) -> None:
    """Read an event, or a batch of them."""
    if isinstance(body, list):
        return said.each(body, read)
    told = mapping(body)
    if missing := [name for name in REQUIRED if not first(told, name)]:
        raise unknown_type(f"No CloudEvent: {', '.join(missing)} is missing")
    if not first(told, "specversion").startswith(("1", "0.3")):
        raise unknown_type(f"CloudEvents {first(told, 'specversion')!r:.20}")
    kind = first(told, "type")
    if (
        _VERSION.sub("", kind).rsplit(".", 1)[-1].casefold()
        != NetworkSignal.topic().casefold()
    ):
        raise unknown_type(f"The type is {kind!r:.100}, and no NetworkSignal")
    data = _data(told)
    at = times.instant(told.get("time"), said.tz)
    default = {"occurred_at": at.isoformat()} if at else {}
    for each in data if isinstance(data, list) else [data]:
        said.own(each, **default)
    return None


def _data(told: dict[str, Any]) -> Any:
    encoded = told.get("data_base64")
    if encoded is None:
        data = told.get("data")
        return _json(data) if isinstance(data, str) else data
    try:
        return _json(base64.b64decode(str(encoded), validate=True))
    except (binascii.Error, ValueError):
        raise Rejected("unreadable", "data_base64 is not base64") from None


def _json(data: str | bytes) -> Any:
    try:
        return from_json(data, allow_inf_nan=False)
    except ValueError as error:
        raise Rejected("unreadable", f"data is no JSON: {error}"[:200]) from None


def of_headers(headers: dict[str, str], data: object) -> dict[str, Any]:
    """Return the event that binary mode spreads over headers and body."""
    told = {
        name[3:]: value
        for name, value in ((n.casefold(), v) for n, v in headers.items())
        if name.startswith(("ce-", "ce_"))
    }
    return {
        "datacontenttype": values.text(headers.get("content-type")),
        **told,
        "data": data,
    }
