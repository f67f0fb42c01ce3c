"""What Icinga, Nagios, Checkmk and their kin have in common: hosts and services."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from outage_watcher.domain.evidence import Level
from outage_watcher.domain.remark import RemarkKind
from outage_watcher.sources import times, values
from outage_watcher.sources.rules import Place, Rules, filled
from outage_watcher.sources.said import Said, planned, unknown_type
from outage_watcher.sources.values import Facts, first, mapping

RULES = Rules(element=(), debounced=True)
HOST_STATES: dict[str, Level] = {
    "0": "up",
    "1": "down",
    "2": "unknown",  # unreachable: its parent is down, of itself nobody knows
    "up": "up",
    "down": "down",
    "ok": "up",
    "critical": "down",
}
SERVICE_STATES: dict[str, Level] = {
    "0": "up",
    "1": "unknown",
    "2": "down",
    "3": "unknown",
    "ok": "up",
    "warning": "unknown",
    "critical": "down",
    "up": "up",
    "down": "down",
    "crit": "down",
}
OF_MAKER = re.compile(
    r"^(?:nagios|icinga2?|notify)(?=host|service|what|notif|long|short)"
)
"""What stands before the names where a script sends its environment."""
REMARKS: dict[str, RemarkKind] = {
    "acknowledgement": "acknowledged",
    "downtimestart": "maintenance_began",
    "downtimeend": "maintenance_ended",
    "downtimecancelled": "maintenance_ended",
    "downtimeremoved": "maintenance_ended",
    "flappingstart": "flapping_began",
    "flappingstop": "flapping_ended",
    "flappingend": "flapping_ended",
    "flappingdisabled": "flapping_ended",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """A host, or a service of it, that is checked."""

    host: str
    service: str = ""
    more: Facts | None = None

    @property
    def alarm_id(self) -> str:
        """Return its key as Icinga writes it."""
        return f"{self.host}!{self.service}" if self.service else self.host

    @property
    def facts(self) -> Facts:
        """Return what may name its place."""
        return values.facts({"host": self.host, "service": self.service}, self.more)

    def place(self, rules: Rules) -> Place | None:
        """
        Return the line that the service or host is called after, else the host.

        A service of an element, such as its disk, is no outage of the element.
        """
        if name := filled(rules.line, self.facts):
            return rules.as_line(name)
        for name in (self.service, self.host):
            if name and rules.is_line(name):
                return rules.as_line(name)
        templates = rules.element if self.service else (*rules.element, "{host}")
        name = filled(templates, self.facts)
        return rules.called(name) if name else None


def tell(
    checked: Checked, state: Level, said: Said, *, is_planned: bool = False,
    at: datetime | None = None, **more: Any,
) -> None:  # fmt: skip
    """Tell the hard state of a host or service."""
    place = checked.place(said.rules)
    if place is None:
        why = "no outage of the host; name its line by `line`"
        return said.unplaced(state, checked.alarm_id, why)
    return said.tell(
        state,
        checked.alarm_id,
        checked.facts,
        name=checked.alarm_id,
        place=place,
        occurred_at=at,
        **planned(is_planned and state == "down"),
        **more,
    )


def read(body: Any, said: Said) -> None:
    """Read a notification as scripts send it, or a list of them."""
    if isinstance(body, list):
        return said.each(body, read)
    told = dict(_named(mapping(body)))
    host = first(
        told, "host", "hostname", "hostaddress", "hostalias", "hostdisplayname"
    )
    service = first(told, "service", "servicedesc", "servicename", "servicedescription")
    if not host:
        raise unknown_type("No notification of a check: there is no host.")
    if values.text(told.get("what")).casefold() == "host":
        service = ""
    checked = Checked(host, service, values.facts(told))
    kind = values.key(first(told, "notificationtype", "type"))
    kind = kind.removesuffix("host").removesuffix("service")
    if remark := REMARKS.get(kind):
        at = times.first(said.tz, *_when(told))
        return said.remark(
            remark, alarm_id=checked.alarm_id, place=checked.place(said.rules), at=at
        )
    return _state(checked, told, said)


def _state(checked: Checked, told: dict[str, Any], said: Said) -> None:
    states = SERVICE_STATES if checked.service else HOST_STATES
    kind = "service" if checked.service else "host"
    names = (f"{kind}state", f"{kind}shortstate", f"{kind}stateid")
    word = first(told, *names, "state", "status", "currentstate").casefold()
    if not word:
        raise unknown_type(f"{checked.alarm_id}: no state is told")
    state: Level = states.get(word, "unknown")
    depth = values.text(told.get("downtimedepth")) or "0"
    if first(told, "statetype", "hoststatetype", "servicestatetype").casefold() in (
        "soft",
        "0",
    ):
        state = "up" if state == "up" else "unknown"
    at = times.first(said.tz, *_when(told))
    tell(checked, state, said, is_planned=depth != "0", at=at)


def _named(told: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return fields by their plain names, also those inside `host` and the like."""
    for name, value in told.items():
        if name in ("host", "service", "notification") and isinstance(value, dict):
            yield from mapping(value.get("vars")).items()
            yield from ((values.key(name + inner), v) for inner, v in value.items())
        else:
            yield OF_MAKER.sub("", values.key(name)), value


def _when(told: dict[str, Any]) -> list[object]:
    names = ("timestamp", "timet", "microtime", "shortdatetime", "longdatetime", "date")
    return [told.get(name) for name in names]
