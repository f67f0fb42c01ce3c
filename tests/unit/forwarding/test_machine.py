"""Whatever facts come next, also twice and late: calls go where the facts say."""

import os
from datetime import date

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chassis.inbox import Received
from contracts.event import Event
from contracts.forwardings import ForwardingRequested, RuleSetting
from contracts.number_range import NumberRange
from contracts.numbers import LineConnected
from contracts.options import OptionDisabled, OptionEnabled
from contracts.outages import OutageCleared, OutageDetected
from simulated_switch.domain import Switch
from support.simulation.forwarding import Forwarding
from support.watching import NOON

EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "30"))
BLOCK = NumberRange("+492214710100", "+492214710109")
SINGLE, INNER = (NumberRange.single(n) for n in ("+492214710001", "+492214710103"))
DIALLED = (SINGLE.first, INNER.first, "+492214710105")
TARGETS = ("+4915228817386", "+493023125042")
ABOVE = {"L-1": "AN-1", "L-2": "AN-2"}

homes = st.sampled_from([BLOCK, SINGLE])
scopes = st.sampled_from([BLOCK, SINGLE, INNER])
places = st.sampled_from([*ABOVE, *ABOVE.values()])
outages = st.sampled_from(["o1", "o2", "o3"])


class Core:
    """The simulated switch, in the test's own thread."""

    def __init__(self) -> None:
        self.switch = Switch("boot")

    def apply(self, key: str, version: int, value: object) -> str:
        raw = {"key": key, "version": version, "value": value}
        return self.switch.apply(raw).result


class Calls(RuleBasedStateMachine):
    """The real rules; what the facts are is kept beside them, as plain values."""

    def __init__(self) -> None:
        super().__init__()
        self.core = Core()
        self.forwarding = Forwarding(self.core)
        self.version = 0
        self.heard: list[Event] = []
        self.lines: dict[NumberRange, str | None] = {}
        self.chosen: dict[NumberRange, str | None] = {}
        self.down: dict[str, str] = {}
        self.over: set[str] = set()
        for line, above in ABOVE.items():
            self._hear(
                LineConnected(
                    line=line, customer_number="K", elements=(above,), version=1
                )
            )

    def _hear(self, event: Event) -> None:
        self.heard.append(event)
        list(self.forwarding.hear(Received(event, "", NOON)))

    def _next(self) -> int:
        self.version += 1
        return self.version

    @rule(numbers=homes, line=st.sampled_from([*ABOVE]))
    def opens(self, numbers: NumberRange, line: str) -> None:
        self.lines[numbers] = line
        self._hear(
            OptionEnabled(
                number=numbers.first,
                last=None if numbers.is_single else numbers.last,
                customer_number="K",
                order_id="O",
                version=self._next(),
                product="sip-trunk-2.0",
                line=line,
                opened_on=date(2026, 11, 1),
            )
        )

    @rule(numbers=homes)
    def ends(self, numbers: NumberRange) -> None:
        self.lines[numbers] = None
        self._hear(
            OptionDisabled(
                number=numbers.first,
                last=None if numbers.is_single else numbers.last,
                customer_number="K",
                order_id="O",
                version=self._next(),
                reason="cancelled",
                disabled_at=NOON,
            )
        )

    @rule(numbers=scopes, to=st.none() | st.sampled_from(TARGETS), on=st.booleans())
    def wishes(self, numbers: NumberRange, to: str | None, *, on: bool) -> None:
        rule = RuleSetting(enabled=on, target=to) if to else None
        self.chosen[numbers] = (to if on else "") if to else None
        self._hear(
            ForwardingRequested(
                request_id=f"{self.version}",
                customer_number="K",
                number=numbers.first,
                last=None if numbers.is_single else numbers.last,
                action="set" if rule else "remove",
                rule=rule,
                version=self._next(),
                requested_by="customer",
                requested_at=NOON,
            )
        )

    @rule(outage=outages, place=places)
    def fails(self, outage: str, place: str) -> None:
        if outage not in self.over:
            self.down[outage] = place
        self._hear(
            OutageDetected(
                outage_id=outage,
                version=self._next(),
                element=place,
                occurred_at=NOON,
                detected_at=NOON,
            )
        )

    @rule(outage=outages)
    def works(self, outage: str) -> None:
        self.down.pop(outage, None)
        self.over.add(outage)
        self._hear(
            OutageCleared(outage_id=outage, version=self._next(), cleared_at=NOON)
        )

    @rule(data=st.data())
    def hears_something_again(self, data: st.DataObject) -> None:
        self._hear(data.draw(st.sampled_from(self.heard)))

    @rule(data=st.data())
    def sends_one(self, data: st.DataObject) -> None:
        """The switch hears of changes in any order."""
        if self.forwarding.pending:
            self._send(data.draw(st.sampled_from(self.forwarding.pending)))

    def _send(self, key: str) -> None:
        entry = self.forwarding.entries[key]
        assert self.core.apply(key, entry.seq, entry.value) in ("ok", "stale")
        entry.live = True

    @invariant()
    def calls_go_where_the_facts_say(self) -> None:
        for key in self.forwarding.pending:
            self._send(key)
        for number in DIALLED:
            call = self.core.switch.state.call(number)
            assert (call.rings_at if call.diverted else None) == self._wanted(number)

    def _wanted(self, number: str) -> str | None:
        own = NumberRange.single(number)
        home = own if self.lines.get(own) or own == SINGLE else BLOCK
        line = self.lines.get(home)
        target = self.chosen.get(own)
        if target is None:
            target = self.chosen.get(home)
        is_down = {line, ABOVE.get(line or "", "")} & {*self.down.values()}
        return target or None if line and is_down else None


TestCalls = Calls.TestCase
TestCalls.settings = settings(
    max_examples=EXAMPLES, stateful_step_count=30, deadline=None
)
