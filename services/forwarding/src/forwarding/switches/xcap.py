"""
3GPP's Ut interface: the communication-diversion document of a subscriber.

TS 24.623 (XCAP), TS 24.604 (communication diversion). A rule with an id of our own
stands first in the customer's rules; his own rules stay as they are, and so does
whatever else is in the document. If-Match makes sure that it is the document that
we read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET  # nosec B405

from defusedxml.ElementTree import fromstring

from forwarding.switches.slots import Slot, Target
from forwarding.switches.web import Web, its_answer

SS = "http://uri.etsi.org/ngn/params/xml/simservs/xcap"
CP = "urn:ietf:params:xml:ns:common-policy"
AUID = "simservs.ngn.etsi.org"
RULE = "ecotel-once-selfcare"
TYPE = "application/xcap-el+xml"

ET.register_namespace("", SS)
ET.register_namespace("cp", CP)


@dataclass(frozen=True, slots=True)
class XcapSlots:
    """Subscribers of an IMS by their public identity, `sip:+49…@domain`."""

    web: Web
    root: str
    domain: str
    name: str = "xcap"

    def _path(self, number: str) -> str:
        user = quote(f"sip:{number}@{self.domain}", safe="")
        document = f"{self.root}/{AUID}/users/{user}/simservs.xml"
        return f"{document}/~~/simservs/communication-diversion"

    async def read(self, number: str) -> Slot:
        """Return whether diversion is on, and our rule; the tag is the document."""
        answer = await self.web.ask("GET", self._path(number))
        with its_answer(self.name):
            element = fromstring(answer.content)
        value: dict[str, Any] = {
            "active": element.get("active", "true") == "true",
            "others": _others(element),
        }
        if (rule := _ours(element)) is not None:
            target = rule.findtext(f".//{{{SS}}}target", "").partition(":")[2]
            first = rule.find(f".//{{{SS}}}not-reachable") is not None
            value |= {"target": target, "line_first": first}
        return Slot(value, (answer.headers.get("etag", ""), element))

    async def write(self, number: str, value: Mapping[str, Any], slot: Slot) -> None:
        """Write the document that was read, with our rule or without."""
        etag, element = slot.tag
        element.set("active", "true" if value["active"] else "false")
        rules = element.find(f"{{{CP}}}ruleset")
        if rules is None:
            rules = ET.SubElement(element, f"{{{CP}}}ruleset")
        if (known := _ours(element)) is not None:
            rules.remove(known)
        if value.get("target"):
            rules.insert(0, _rule(value["target"], line_first=value["line_first"]))
        headers = {"content-type": TYPE} | ({"if-match": etag} if etag else {})
        body = ET.tostring(element, encoding="utf-8")
        await self.web.ask("PUT", self._path(number), headers=headers, content=body)

    def is_ours(self, value: Mapping[str, Any]) -> bool:
        """Tell whether our rule stands there."""
        return "target" in value

    def with_ours(self, value: Mapping[str, Any], target: Target) -> dict[str, Any]:
        """Return it with our rule, and in force."""
        return {
            **value,
            "active": True,
            "target": target.number,
            "line_first": target.line_first,
        }

    def without_ours(
        self, value: Mapping[str, Any], before: Mapping[str, Any]
    ) -> dict[str, Any]:
        """
        Return it without our rule; what we switched on is off again.

        Unless the customer changed his own rules meanwhile: he sees them in force.
        """
        changed = value["others"] != before.get("others", value["others"])
        was_active = changed or before.get("active", True)
        return {
            "active": bool(value["active"] and was_active),
            "others": value["others"],
        }

    async def close(self) -> None:
        """Let go of connections."""
        await self.web.close()


def _ours(element: ET.Element) -> ET.Element | None:
    return element.find(f"{{{CP}}}ruleset/{{{CP}}}rule[@id='{RULE}']")


def _others(element: ET.Element) -> str:
    """Return what stands in the customer's own rules, as a digest."""
    ours = _ours(element)
    rules = [
        ET.canonicalize(ET.tostring(rule), strip_text=True)
        for rule in element.iterfind(f"{{{CP}}}ruleset/{{{CP}}}rule")
        if rule is not ours
    ]
    return sha256("".join(rules).encode()).hexdigest()[:16]


def _rule(target: str, *, line_first: bool) -> ET.Element:
    rule = ET.Element(f"{{{CP}}}rule", id=RULE)
    conditions = ET.SubElement(rule, f"{{{CP}}}conditions")
    if line_first:
        ET.SubElement(conditions, f"{{{SS}}}not-reachable")
    actions = ET.SubElement(rule, f"{{{CP}}}actions")
    forward = ET.SubElement(actions, f"{{{SS}}}forward-to")
    ET.SubElement(forward, f"{{{SS}}}target").text = f"tel:{target}"
    ET.SubElement(forward, f"{{{SS}}}notify-caller").text = "false"
    return rule
