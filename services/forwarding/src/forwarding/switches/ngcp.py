"""
Sipwise NGCP's REST interface: call forwards of a subscriber.

`cfmappings` say which destination set calls go to, unconditionally (`cfu`) or when
the line cannot be reached (`cfna`); there is one of each a subscriber. Ours names a
destination set of our own, so that it is known again; the customer's sets stay.

There is no ETag: between reading and writing lies a moment in which a change of the
customer's is lost to our own write, and given back by nobody. It is kept short.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from forwarding.switches.slots import NoSuchSubscriber, Slot, Target
from forwarding.switches.web import Web, its_answer

SET = "ecotel-once-selfcare"
KINDS = ("cfu", "cfb", "cft", "cfna")
MINIMAL = {"prefer": "return=minimal"}
OURS = {"destinationset": SET, "timeset": None}
RINGS_FOR = 300


@dataclass(frozen=True, slots=True)
class NgcpSlots:
    """Subscribers by their primary number or an alias."""

    web: Web
    name: str = "ngcp"
    _ids: dict[str, int] = field(default_factory=dict)

    async def read(self, number: str) -> Slot:
        """Return the mappings, and the target of our destination set."""
        subscriber = await self._subscriber(number)
        answer = await self.web.ask("GET", f"/api/cfmappings/{subscriber}")
        with its_answer(self.name):
            said = answer.json()
            value: dict[str, Any] = {
                kind: [_mapping(each) for each in said.get(kind) or []]
                for kind in KINDS
            }
        ours = await self._our_set(subscriber)
        if self.is_ours(value) and ours:
            value["target"] = ours["target"]
        return Slot(value, (subscriber, ours))

    async def write(self, number: str, value: Mapping[str, Any], slot: Slot) -> None:
        """Write our destination set first, then the mappings that name it."""
        subscriber, ours = slot.tag
        if target := value.get("target"):
            await self._keep_our_set(subscriber, ours, target)
        body = {kind: value[kind] for kind in KINDS}
        path = f"/api/cfmappings/{subscriber}"
        await self.web.ask("PUT", path, headers=MINIMAL, json=body)
        self._ids.pop(number, None)  # numbers move: it is asked for again next time

    async def _keep_our_set(
        self, subscriber: int, known: dict[str, Any] | None, target: str
    ) -> None:
        uri = f"sip:{target.removeprefix('+')}"
        body = {
            "name": SET,
            "subscriber_id": subscriber,
            "destinations": [{"destination": uri, "timeout": RINGS_FOR, "priority": 1}],
        }
        if known is None:
            await self.web.ask("POST", "/api/cfdestinationsets/", json=body)
        elif known["target"] != target:
            path = f"/api/cfdestinationsets/{known['id']}"
            await self.web.ask("PUT", path, headers=MINIMAL, json=body)

    async def _subscriber(self, number: str) -> int:
        if known := self._ids.get(number):
            return known
        digits = number.removeprefix("+")
        for name in ("primary_number", "alias"):
            found = await self._list("subscribers", {name: digits})
            if found:
                with its_answer(self.name):
                    self._ids[number] = int(found[0]["id"])
                return self._ids[number]
        raise NoSuchSubscriber

    async def _our_set(self, subscriber: int) -> dict[str, Any] | None:
        params = {"subscriber_id": str(subscriber), "name": SET}
        for found in await self._list("cfdestinationsets", params):
            with its_answer(self.name):
                uri = str((found.get("destinations") or [{}])[0].get("destination", ""))
                digits = uri.removeprefix("sip:").partition("@")[0]
                return {"id": found["id"], "target": f"+{digits}"}
        return None

    async def _list(self, what: str, params: dict[str, str]) -> list[dict[str, Any]]:
        answer = await self.web.ask("GET", f"/api/{what}/", params=params)
        with its_answer(self.name):
            found = answer.json().get("_embedded", {}).get(f"ngcp:{what}", [])
        return found if isinstance(found, list) else [found]

    def is_ours(self, value: Mapping[str, Any]) -> bool:
        """Tell whether one of the mappings is ours."""
        return any(OURS in value[kind] for kind in ("cfu", "cfna"))

    def with_ours(self, value: Mapping[str, Any], target: Target) -> dict[str, Any]:
        """Return it with our mapping in the place of the customer's."""
        kind = "cfna" if target.line_first else "cfu"
        return {**_without(value), kind: [OURS], "target": target.number}

    def without_ours(
        self, value: Mapping[str, Any], before: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return it with the customer's mapping where ours is."""
        restored = _without(value)
        for kind in ("cfu", "cfna"):
            if OURS in value[kind]:
                restored[kind] = list(before.get(kind, []))
        return restored

    async def close(self) -> None:
        """Let go of connections."""
        await self.web.close()


def _without(value: Mapping[str, Any]) -> dict[str, Any]:
    return {kind: [each for each in value[kind] if each != OURS] for kind in KINDS}


def _mapping(said: Mapping[str, Any]) -> dict[str, Any]:
    return {"destinationset": said["destinationset"], "timeset": said.get("timeset")}
