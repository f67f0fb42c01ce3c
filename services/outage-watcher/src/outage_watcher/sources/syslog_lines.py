"""What lines of syslog say of interfaces, in the words of each maker."""

import re
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo

from outage_watcher.domain.evidence import Level
from outage_watcher.sources import times

ADMIN = re.compile(
    r"(?i)administratively\s+down|admin(?:istrative(?:ly)?)?[ _-]?down"
    r"|ifadminstatus\s+down|shut ?down by (?:user|admin)|\(administratively down\)"
)
_PORT = r"(?P<port>[\w./:-]*[\w/])"
_STATE = r"(?P<state>up|down)"
CISCO_PORT = r"(?P<port>(?:VDSL|ADSL|SHDSL|E1|T1)?\s?[\w./:-]*\w)"
PATTERNS = (
    # Cisco IOS, IOS XE and XR, Arista, and everybody who copied them
    (
        rf"(?:Interface|Controller)\s+{CISCO_PORT}\s*(?:\((?P<description>[^()]*)\))?"
        rf",\s*changed state to\s+(?:administratively\s+)?{_STATE}"
    ),
    # NX-OS
    (
        rf"(?:Interface|individual port)\s+{_PORT}\s+is\s+"
        rf"(?:administratively\s+)?{_STATE}\b"
    ),
    # Junos
    rf"SNMP_TRAP_LINK_{_STATE}:?.*?ifName\s+{_PORT}",
    rf"ifOperStatus\s+{_STATE}\(\d\),\s+ifName\s+{_PORT}",
    # Huawei VRP
    rf"interface\s+{_PORT}\s+has\s+(?:turned into|entered the)\s+{_STATE}\s+state",
    rf"IfName=(?P<port>[\w./:-]+).*?(?:OperStatus|status)=\[?{_STATE}",
    # Nokia SR OS
    rf"\bInterface\s+{_PORT}\s+is\s+(?P<operational>not\s+operational|operational)",
    rf"\bPort\s+{_PORT}\s+(?:is\s+)?(?:link\s+)?{_STATE}\b",
    # SONiC
    rf"status\s+{_STATE}\s+to\s+host\s+interface\s+{_PORT}",
    # Brocade and Ruckus
    rf"Interface\s+(?P<port>ethernet\s?[\w./]+),\s+state\s+{_STATE}",
    # HPE
    rf"port\s+{_PORT}\s+is\s+now\s+(?P<line>on-?line|off-?line)",
    # Linux, MikroTik, Extreme
    rf"\b(?P<port>[a-z][\w./-]*\d[\w./-]*):?\s+(?:NIC\s+)?link(?:\s+is|\s+becomes)?\s+{_STATE}\b",
)
LINKS = tuple(re.compile(pattern, re.IGNORECASE) for pattern in PATTERNS)
LONGEST = 2048
"""Characters of a line that are looked at, as RFC 5424 asks of receivers."""
_PRI = re.compile(r"^\s*(?:\d{1,5} )?<\d{1,3}>(?:1 )?")
"""Behind the length that TCP puts before it, as RFC 6587 says."""
_NO_TIME = re.compile(
    r"^\s*(?:\d{1,5} )?<\d{1,3}>1 - (?P<host>[\w.:-]+) (?P<text>.*)$", re.DOTALL
)
"""RFC 5424 from who knows no time; without its head it could be any text."""
NOBODY = "-"
"""A host that RFC 5424 leaves out."""
_SEQUENCE = re.compile(r"^\d+:\s+(?=\S)")
_CISCO = re.compile(
    r"^(?:(?P<host>[\w.-]+)(?:\s+[\w/]+)?:\s*)?(?P<mark>[*.])?"
    r"(?P<time>[A-Z][a-z]{2} +\d\d? (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?)"
    r"(?: (?P<zone>[A-Z]{2,4}))?\s*:\s*(?P<text>.*)$",
    re.DOTALL,
)
_PLAIN = re.compile(
    r"^(?P<mark>[*.])?(?P<time>"
    r"(?:\d{4} )?[A-Z][a-z]{2} +\d\d? (?:\d{4} )?\d\d:\d\d:\d\d(?:\.\d+)?"
    r"|\d{4}-\d\d?-\d\d?[ T]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?)(?:\.\d+)?"
    r"(?: (?P<zone>[A-Z]{2,4}))?\s+(?P<host>[\w.:-]+)\s+(?P<text>.*)$",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Link:
    """What a line says of a port."""

    port: str
    state: Level
    is_off: bool = False
    """Somebody switched it off."""
    description: str = ""
    """What the port is called after, as some makers repeat it."""
    is_protocol: bool = False
    """It tells of what runs over the port: the hardware may be up without that."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line taken apart."""

    text: str
    host: str = ""
    at: datetime | None = None
    is_unset: bool = False
    """Its clock was not set, as Cisco marks by `*` and `.`."""


def parsed(message: str, now: datetime, zone: tzinfo) -> Line:
    """Return the parts of a raw line; of a bare text only that."""
    if timeless := _NO_TIME.match(message[:LONGEST]):
        return Line(timeless["text"], _host(timeless))
    rest = _SEQUENCE.sub("", _PRI.sub("", message[:LONGEST], 1), 1).strip()
    found = _CISCO.match(rest) or _PLAIN.match(rest)
    if not found:
        return Line(rest)
    if found["mark"]:
        return Line(found["text"], _host(found), is_unset=True)
    said = found["time"]
    named = f"{said} {found['zone']}" if found["zone"] in times.ZONES else said
    at = times.instant(named, zone) or times.of_this_year(
        said, now, _zone(found["zone"], zone)
    )
    return Line(found["text"], _host(found), at)


def link_in(text: str) -> Link | None:
    """Return what it says of a port, or None."""
    for pattern in LINKS:
        if found := pattern.search(text):
            named = found.groupdict()
            is_off = bool(ADMIN.search(text))
            called = (named.get("description") or "").strip()
            of_protocol = "line protocol" in text.casefold()
            return Link(found["port"], _state(named), is_off, called, of_protocol)
    return None


def _state(found: dict[str, str | None]) -> Level:
    if operational := found.get("operational"):
        return "down" if operational.casefold().startswith("not") else "up"
    if line := found.get("line"):
        return "up" if line.casefold().startswith("on") else "down"
    return "up" if (found.get("state") or "").casefold() == "up" else "down"


def _host(found: re.Match[str]) -> str:
    host = found["host"] or ""
    return "" if host == NOBODY else host


def _zone(name: str | None, zone: tzinfo) -> tzinfo:
    offset = times.ZONES.get(name or "")
    return zone if offset is None else timezone(offset)
