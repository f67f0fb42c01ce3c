"""SNMP traps as JSON, however the receiver of traps wrote their varbinds."""

import re
from collections.abc import Iterator
from typing import Any

from outage_watcher.domain.evidence import Level
from outage_watcher.sources import severities, times, values
from outage_watcher.sources.rules import Rules
from outage_watcher.sources.said import Said, joined, planned, unknown_type
from outage_watcher.sources.values import first, key, mapping

RULES = Rules(
    line=(
        *Rules().line, "{ifalias}", "{agent}/{ifname}", "{agent}/{ifdescr}",
        "{agent}/{ifindex}",
    ),
    element=("{agent}",),
)  # fmt: skip
STANDARD = "1.3.6.1.6.3.1.1.5."
TRAP_OID, TRAP_ADDRESS = "1.3.6.1.6.3.1.1.4.1", "1.3.6.1.6.3.18.1.3"
GENERIC = ("coldstart", "warmstart", "linkdown", "linkup", "authenticationfailure")
COLUMNS = {
    "1.3.6.1.2.1.2.2.1.1": "ifindex",
    "1.3.6.1.2.1.2.2.1.2": "ifdescr",
    "1.3.6.1.2.1.2.2.1.7": "ifadminstatus",
    "1.3.6.1.2.1.2.2.1.8": "ifoperstatus",
    "1.3.6.1.2.1.31.1.1.1.1": "ifname",
    "1.3.6.1.2.1.31.1.1.1.18": "ifalias",
    "1.3.6.1.2.1.121.1.1.1.1": "perceivedseverity",
    TRAP_OID: "snmptrapoid",
    TRAP_ADDRESS: "snmptrapaddress",
}
ALARM_MIB = {
    "1.3.6.1.2.1.118.0.2": "alarmactivestate",
    "1.3.6.1.2.1.118.0.3": "alarmclearstate",
}
AGENTS = ("agent", "agentaddress", "agentaddr", "agenthost", "host", "hostname",
          "source", "sourceip", "sourceaddress", "ip", "address", "peer", "from",
          "peeraddress")  # fmt: skip
TRAPS = ("trapoid", "snmptrapoid", "trap", "trapname", "snmptrapname")
ELSE_TRAPS = ("notification", "oid")
"""The same where nothing else says it; of version 1 `oid` may be the enterprise."""
VARBINDS = ("varbinds", "variables", "vars", "variablebindings", "fields", "payload")
"""Names as `key()` makes them, so that every way to write them is one."""
_PEER = re.compile(r"\[([^\]]+)\]")
_TAGGED = re.compile(r"\bsnmp_device:([^,\s]+)")
_ENUM = re.compile(r"^\w+\((\d+)\)$")
_LINE = re.compile(r"\s*(\S+) = (?:([\w-]+): ?)?(.*)", re.DOTALL)
_NAMED = re.compile(r"^(?:[\w-]+::)?([A-Za-z]\w*)((?:\.\d+)*)$")
UP, DOWN = ("1", "up"), ("2", "down", "7", "lowerlayerdown", "6", "notpresent")


def read(body: Any, said: Said) -> None:
    """Read a trap, a list of them, or a batch of Telegraf."""
    if isinstance(body, list):
        return said.each(body, read)
    if isinstance(mapping(body).get("metrics"), list):
        return said.each(body["metrics"], read)
    whole = _opened(mapping(body))
    trap = {key(name): value for name, value in whole.items()} | whole
    bound = dict(_bound(trap, whole))
    kind = _kind(trap, bound)
    agent = _agent(trap, bound)
    if not kind:
        raise unknown_type("No trap: neither snmpTrapOID nor a generic trap.")
    if not agent:
        raise unknown_type("A trap without the agent that sent it.")
    facts = bound | {"agent": agent} | values.facts(mapping(trap.get("tags")), trap)
    facts = {name: value for name, value in facts.items() if value}
    facts["agent"] = agent
    at = times.first(
        said.tz, trap.get("timestamp"), trap.get("received"), trap.get("time"),
        trap.get("receivedat"),
    )  # fmt: skip
    if kind in ("coldstart", "warmstart"):
        return said.remark("restarted", alarm_id=f"{agent}/", at=at)
    state = _state(kind, bound, said.rules)
    if state is None:
        return said.ignore(f"{kind}: not known to be a failure or its end")
    return _tell(kind, state, facts, said, at=at)


def _opened(told: dict[str, Any]) -> dict[str, Any]:
    """Return a trap that stands in an object of its own with what is around it."""
    inner = mapping(told.get("trap"))
    around = {name: value for name, value in told.items() if name != "trap"}
    if {key(name) for name in inner} & {*VARBINDS, "snmptrapoid"}:
        return around | inner
    name = first(inner, "oid", "name")
    return around | {"trap": name} if name else told


def _tell(
    kind: str, state: Level, facts: dict[str, str], said: Said, *, at: Any
) -> None:
    is_port = kind in ("linkdown", "linkup")
    port = facts.get("ifindex") or facts.get("ifname") or facts.get("ifdescr", "")
    named = "" if is_port else facts.get("alarmactiveresourceid", "")
    admin = facts.get("ifadminstatus", "")
    if is_port and not port:
        return said.quarantine(f"{facts['agent']}: a link trap that names no port")
    weight = severities.weigh(facts.get("perceivedseverity"), severities.ITU)
    return said.tell(
        "up" if weight == "cleared" and state == "down" else state,
        joined(facts["agent"], port or named or "trap"),
        facts,
        name=kind,
        weight=weight,
        occurred_at=at,
        evidence="edge",
        **planned(is_port and state == "down" and admin in DOWN[:2]),
    )


def _state(kind: str, bound: dict[str, str], rules: Rules) -> Level | None:
    oper = bound.get("ifoperstatus", "").casefold()
    if kind == "linkdown":
        return "down"
    if kind == "linkup":
        return "up" if not oper or oper in UP else "unknown"
    if kind in rules.down_traps or kind == "alarmactivestate":
        return "down"
    return "up" if kind in rules.up_traps or kind == "alarmclearstate" else None


def _kind(trap: dict[str, Any], bound: dict[str, str]) -> str:
    """Return the trap's name, or its number where it has no name for us."""
    tags = mapping(trap.get("tags"))
    told = bound.get("snmptrapoid") or first(trap, *TRAPS) or first(tags, "name", "oid")
    generic = first(trap, "generic", "generictrap")
    if generic and not told:
        return _of_version_1(generic, trap)
    told = told or first(trap, *ELSE_TRAPS)
    number = _number(told)
    if number.startswith(STANDARD):
        last = values.number(number.removeprefix(STANDARD))
        return GENERIC[last - 1] if last and last <= len(GENERIC) else number
    if number in ALARM_MIB:
        return ALARM_MIB[number]
    named = _NAMED.match(told)
    return key(named[1]) if named else number


def _of_version_1(generic: str, trap: dict[str, Any]) -> str:
    said = values.number(generic)
    if said is not None and said < len(GENERIC):
        return GENERIC[said]
    if said is not None:
        enterprise = _number(first(trap, "enterprise"))
        return f"{enterprise}.0.{first(trap, 'specific', 'specifictrap') or 0}"
    return key(generic)


def _agent(trap: dict[str, Any], bound: dict[str, str]) -> str:
    tags = mapping(trap.get("tags"))
    host = mapping(trap.get("host"))
    told = (
        bound.get("snmptrapaddress")
        or first(trap, *AGENTS)
        or first(tags, "source", "agent_host", "agent_address")
        or first(host, "name", "ip")
    )
    if tagged := _TAGGED.search(first(trap, "ddtags")):
        told = told or tagged[1]
    peer = _PEER.search(told)
    return peer[1] if peer else values.host(told)


def _bound(trap: dict[str, Any], whole: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Return the varbinds under the names of their columns, values made plain."""
    told = next((trap[name] for name in VARBINDS if name in trap), whole)
    if isinstance(told, str):
        told = [part for part in re.split(r"\t|\n(?=\.?[\w-]+[.:])", told) if part]
    for oid, type_, value in _triples(told):
        name, index = _column(oid)
        plain = _plain(type_, value)
        yield name, plain
        if name == "ifindex" and not plain:
            yield name, index
        elif name.startswith("if") and index:
            yield "ifindex", index


def _triples(told: object) -> Iterator[tuple[str, str, object]]:
    if isinstance(told, dict):
        for oid, value in told.items():
            inner = mapping(value)
            yield oid, first(inner, "type"), inner.get("value", value)
    for each in told if isinstance(told, list) else []:
        if isinstance(each, str) and (match := _LINE.match(each)):
            yield match[1], match[2] or "", match[3].strip().strip('"')
        elif isinstance(each, list) and len(each) in (2, 3):
            yield values.text(each[0]), values.text(each[1:-1]), each[-1]
        elif len(pair := mapping(each)) == 1:
            yield from ((oid, "", value) for oid, value in pair.items())
        else:
            yield from _triple({key(name): value for name, value in pair.items()})


def _triple(pair: dict[str, Any]) -> Iterator[tuple[str, str, object]]:
    inner = mapping(pair.get("value"))
    value = inner.get("value", pair.get("value"))
    if oid := first(pair, "oid", "name", "object", "id"):
        yield oid, first(pair, "type", "syntax") or first(inner, "type"), value


def _column(oid: str) -> tuple[str, str]:
    number = _number(oid)
    for column, name in COLUMNS.items():
        if number == column or number.startswith(f"{column}."):
            return name, number.removeprefix(column).lstrip(".")
    if named := _NAMED.match(oid):
        return key(named[1]), named[2].lstrip(".")
    return number, ""


def _number(oid: str) -> str:
    plain = oid.strip().lstrip(".")
    for begin, number in (("iso.", "1."), ("SNMPv2-SMI::snmpModules.", "1.3.6.1.6.3."),
                          ("SNMPv2-SMI::enterprises.", "1.3.6.1.4.1."),
                          ("SNMPv2-SMI::mib-2.", "1.3.6.1.2.1.")):  # fmt: skip
        if plain.startswith(begin):
            return number + plain.removeprefix(begin)
    return plain


def _plain(type_: str, value: object) -> str:
    said = values.text(value)
    kind = type_.casefold()
    if kind in ("hex-string", "hex", "octetstring-hex") or said.startswith("0x"):
        return _from_hex(said)
    if enum := _ENUM.match(said):
        return enum[1]
    return said.strip('"')


def _from_hex(said: str) -> str:
    """Return the text that the bytes are, in UTF-8 or else Latin-1."""
    digits = re.sub(r"0x|[\s:]", "", said)
    try:
        raw = bytes.fromhex(digits).rstrip(b"\x00")
    except ValueError:
        return said
    try:
        found = raw.decode()
    except UnicodeDecodeError:
        found = raw.decode("latin-1")
    return found.strip() if found.isprintable() else digits
