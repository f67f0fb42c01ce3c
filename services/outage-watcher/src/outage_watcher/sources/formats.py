"""Every form that can be read, by its name, and how to know one by its looks."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chassis.errors import Rejected
from outage_watcher.sources import (
    alertmanager,
    cloudevents,
    cloudwatch,
    gnmi,
    grafana,
    icinga2,
    opennms,
    plugins,
    probes,
    rfc8632,
    snmp,
    syslog,
    tmf642,
    ves,
    zabbix,
)
from outage_watcher.sources.payload import Part, parts
from outage_watcher.sources.rules import Rules
from outage_watcher.sources.said import Said
from outage_watcher.sources.values import mapping


@dataclass(frozen=True, slots=True)
class Format:
    """How one kind of source is read."""

    read: Callable[[Any, Said], None]
    rules: Rules
    is_stream: bool = False
    """Whether one body may hold many values behind each other."""
    takes_lines: bool = False
    """Whether a line that is no JSON is a text."""


FORMATS = {
    "alertmanager": Format(alertmanager.read, alertmanager.RULES),
    "grafana": Format(grafana.read, grafana.RULES),
    "icinga2": Format(icinga2.read, icinga2.RULES, is_stream=True),
    "zabbix": Format(zabbix.read, zabbix.RULES, is_stream=True),
    "opennms": Format(opennms.read, opennms.RULES),
    "tmf642": Format(tmf642.read, tmf642.RULES),
    "ves": Format(ves.read, ves.RULES),
    "snmp": Format(snmp.read, snmp.RULES, is_stream=True),
    "syslog": Format(syslog.read, syslog.RULES, is_stream=True, takes_lines=True),
    "gnmi": Format(gnmi.read, gnmi.RULES, is_stream=True),
    "cloudevents": Format(cloudevents.read, cloudevents.RULES),
    "nagios": Format(plugins.read, plugins.RULES),
    "checkmk": Format(plugins.read, plugins.RULES),
    "cloudwatch": Format(cloudwatch.read, cloudwatch.RULES),
    "rfc8632": Format(rfc8632.read, rfc8632.RULES),
    "uptimerobot": Format(probes.uptimerobot, probes.BY_NAME),
    "pingdom": Format(probes.pingdom, probes.BY_CHECK),
    "librenms": Format(probes.librenms, probes.BY_HOST),
    "thousandeyes": Format(probes.thousandeyes, probes.RULES),
    "meraki": Format(probes.meraki, probes.BY_DEVICE),
    "ripe-atlas": Format(probes.ripe_atlas, probes.RULES),
}


@dataclass(frozen=True, slots=True)
class Inbound:
    """A source by its name, with its form and its rules."""

    name: str
    format: Format
    rules: Rules

    def read(
        self, body: bytes, *, now: datetime, headers: dict[str, str] | None = None
    ) -> Said:
        """Return how a body is read; raises nothing, whatever it holds."""
        said = Said(self.name, self.rules, now)
        headers = headers or {}
        is_ours = self.format.read is cloudevents.read
        of_binary = is_ours and "ce-specversion" in headers
        found = parts(
            body, as_stream=self.format.is_stream, as_lines=self.format.takes_lines
        )
        for part in found:
            self._part(_unfolded(part, headers) if of_binary else part, said)
        return said

    def values(self, items: list[Any], *, now: datetime) -> Said:
        """Return how values are read that are decoded already."""
        said = Said(self.name, self.rules, now)
        for item in items:
            self._part(Part(item), said)
        return said

    def _part(self, part: Part, said: Said) -> None:
        if part.why:
            return said.reject(part.why, raw=part.raw)
        if part.value is None:
            return said.reject(Rejected("empty", "A tombstone: null."), raw=b"null")
        return said.one(part.value, self.format.read)


def _unfolded(part: Part, headers: dict[str, str]) -> Part:
    return part if part.why else Part(cloudevents.of_headers(headers, part.value))


class Inbounds:
    """The sources that a file describes, and all that need no description."""

    def __init__(self, described: dict[str, dict[str, Any]] | None = None) -> None:
        self._rules = described or {}
        for name in self._rules:
            self.of(name)

    def of(self, name: str) -> Inbound | None:
        """Return the source of that name; None without a form. Raises ValueError."""
        said = self._rules.get(name, {})
        found = FORMATS.get(str(said.get("format", name)))
        if found is None:
            if name in self._rules:
                raise ValueError(
                    f"{name}: `format` must be one of {', '.join(FORMATS)}"
                )
            return None
        return Inbound(name, found, Rules(**(found.rules.model_dump() | said)))

    def recognised(self, body: Any) -> Inbound | None:
        """Return the source whose form a value has, for those who cannot say it."""
        item = body[0] if isinstance(body, list) and body else body
        form = _form(mapping(item))
        return self.of(form) if form else None


def _form(told: dict[str, Any]) -> str | None:
    """Return whose form it is, by fields that no other has."""
    known = told.keys()
    if "commonEventHeader" in mapping(told.get("event")):
        return "ves"
    for form, has in SHAPES.items():
        if any(fields <= known for fields in has):
            return form
    return None


SHAPES: dict[str, tuple[frozenset[str], ...]] = {
    "cloudevents": (frozenset({"specversion", "id", "type"}),),
    "alertmanager": (
        frozenset({"alerts", "groupLabels"}),
        frozenset({"alerts", "receiver"}),
        frozenset({"labels", "startsAt", "fingerprint"}),
    ),
    "ves": (
        frozenset({"eventList"}),
        frozenset({"commonEventHeader"}),
        frozenset({"event", "VESversion"}),
        frozenset({"notificationType", "alarmId"}),
    ),
    "tmf642": (
        frozenset({"event", "eventType"}),
        frozenset({"event", "@type"}),
        frozenset({"perceivedSeverity", "alarmedObject"}),
    ),
    "icinga2": (
        frozenset({"check_result", "host"}),
        frozenset({"downtime", "type", "timestamp"}),
        frozenset({"notification_type", "host", "users"}),
        frozenset({"state", "state_type", "host", "type"}),
    ),
    "zabbix": (
        frozenset({"clock", "eventid", "value"}),
        frozenset({"event_id", "event_value"}),
        frozenset({"jsonrpc", "result"}),
    ),
    "opennms": (frozenset({"reductionKey", "uei"}), frozenset({"alarm", "totalCount"})),
    "gnmi": (
        frozenset({"updates", "timestamp"}),
        frozenset({"sync-response"}),
        frozenset({"source", "subscription-name"}),
        frozenset({"tags", "values", "timestamp"}),
    ),
    "snmp": (frozenset({"varbinds"}), frozenset({"enterprise", "generic"})),
    "syslog": (frozenset({"yang_message", "error"}),),
    "cloudwatch": (frozenset({"TopicArn", "Message"}),),
}
