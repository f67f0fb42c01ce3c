"""
Keeping the switch ready: what it shall hold per number or block.

A rule is armed at the switch long before an outage. A change of the facts gives the
scope a new version, which is pending until the switch acknowledged it. A line may
carry thousands of numbers, so all is read and written for many at once.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from aiokafka.partitioner import murmur2

from chassis import tracing
from chassis.postgres import Connection
from contracts.forwardings import RuleSetting
from contracts.number_range import NumberRange
from forwarding.arming_store import ArmingStore, NewArming
from forwarding.domain import Arming, Option, arming_of, option_in_force
from forwarding.rule_store import RuleStore
from forwarding.store import FactStore
from forwarding.telling import head_of, in_effect_among, words_of

AT_ONCE = 2000
"""So many in one statement, which has five seconds."""
Traces = Mapping[NumberRange, str | None]
"""Of scopes that change in another trace than the work under way."""


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of some blocks, or of some single numbers, all read at once."""

    scopes: Sequence[NumberRange]
    options: dict[NumberRange, Option]
    around: dict[NumberRange, Option]
    """Of single numbers: the option of the block in which each lies."""
    rules: dict[NumberRange, RuleSetting]
    places: dict[str, tuple[str, ...]]
    used: set[str]
    armed: dict[str, Any]

    @classmethod
    async def of(cls, connection: Connection, scopes: Sequence[NumberRange]) -> Self:
        """Read it; only while locked."""
        facts = FactStore(connection)
        options = await facts.options(scopes)
        around = await facts.blocks_around(scopes)
        known = [*options.values(), *around.values()]
        return cls(
            scopes,
            options,
            around,
            await RuleStore(connection).rules_to_arm(
                {*scopes, *(block.numbers for block in around.values())}
            ),
            await facts.places_of({one.line for one in known}),
            await facts.used(scopes),
            await ArmingStore(connection).rows(scopes),
        )

    def wanted(self, numbers: NumberRange) -> Arming | None:
        """Return what the switch shall hold, but for the places of the target."""
        own = self.options.get(numbers), self.rules.get(numbers)
        around = self.around.get(numbers)
        block = around, self.rules.get(around.numbers) if around else None
        # A number that left its block is kept off it by an entry on the block's line.
        option = option_in_force(own[0], around) or around
        places = self.places[option.line] if option else ()
        apart = str(numbers) in self.used
        return arming_of(numbers, own=own, block=block, places=places, apart=apart)


async def rearm(connection: Connection, numbers: NumberRange) -> None:
    """Bring what the switch shall hold for a scope (and inside it) up to the facts."""
    await rearm_all(connection, [numbers])


async def rearm_all(
    connection: Connection,
    scopes: Iterable[NumberRange],
    *,
    traces: Traces | None = None,
) -> None:
    """Bring several scopes, and what is inside, up to the facts."""
    asked = list(dict.fromkeys(scopes))
    blocks = [numbers for numbers in asked if not numbers.is_single]
    inside = await FactStore(connection).inside(blocks) if blocks else []
    singles = [*(numbers for numbers in asked if numbers.is_single), *inside]
    # Blocks first: what a number in one was until now depends on its block's entry.
    for some in (blocks, list(dict.fromkeys(singles))):
        for first in range(0, len(some), AT_ONCE):
            await _rearm_some(connection, some[first : first + AT_ONCE], traces or {})


async def _rearm_some(
    connection: Connection, scopes: Sequence[NumberRange], traces: Traces
) -> None:
    picture = await Picture.of(connection, scopes)
    wanted = await _wanted(connection, picture)
    changed, heads = [], []
    for numbers, arming in wanted.items():
        row = picture.armed.get(str(numbers))
        value = switch_value(arming) if arming else None
        if value != (json.loads(row["value"]) if row and row["value"] else None):
            changed.append(numbers)
        # What is off stays with whom it was last told as on: his is the "off".
        elif arming and not arming.off and row and row["head"] != head_of(arming):
            heads.append((numbers, head_of(arming), arming.customer_number))
    store = ArmingStore(connection)
    if heads:
        await store.note_heads(heads)
    if changed:
        before = await _in_effect_before(connection, picture, changed)
        here = tracing.current.get()
        await store.keep(
            [
                _new(
                    one,
                    wanted[one],
                    was_in_effect=one in before,
                    words=before.get(one),
                    traceparent=traces.get(one, here),
                )
                for one in changed
            ]
        )


async def _in_effect_before(
    connection: Connection, picture: Picture, changed: Sequence[NumberRange]
) -> dict[NumberRange, str | None]:
    """
    Return for which calls were diverted by what was told of them last, and that.

    None: not known, or not told of the entry that there will be.
    """
    rows = {numbers: picture.armed.get(str(numbers)) for numbers in changed}
    pending = {numbers: row for numbers, row in rows.items() if row and row["pending"]}
    found = {n: row["words"] for n, row in pending.items() if row["was_in_effect"]}
    store = ArmingStore(connection)
    if settled := [numbers for numbers in changed if numbers not in pending]:
        now = await in_effect_among(connection, settled)
        found |= {n: words_of(n, one) if rows[n] else None for n, one in now.items()}
        # No flip tells of what the switch holds as off.
        told = [numbers for numbers in settled if not _is_off(rows[numbers])]
        found |= dict.fromkeys(await store.being_flipped(told))
    if new := [numbers for numbers, row in rows.items() if row is None]:
        found |= dict.fromkeys(await store.were_told_apart(new))
    return found


def _is_off(row: Any) -> bool:
    return bool(row and row["value"] and json.loads(row["value"])["off"])


async def _wanted(
    connection: Connection, picture: Picture
) -> dict[NumberRange, Arming | None]:
    wanted = {numbers: picture.wanted(numbers) for numbers in picture.scopes}
    targets = {one.target for one in wanted.values() if one and one.target}
    hang_on = await _places_of_targets(FactStore(connection), list(targets))
    return {
        numbers: replace(one, target_places=hang_on.get(one.target, ()))
        if one and one.target
        else one
        for numbers, one in wanted.items()
    }


async def _places_of_targets(
    facts: FactStore, targets: Sequence[str]
) -> dict[str, tuple[str, ...]]:
    """Return where targets hang, of those that are numbers of this carrier."""
    if not targets:
        return {}
    singles = [NumberRange.single(target) for target in targets]
    own, around = await facts.options(singles), await facts.blocks_reached(targets)
    in_force = {
        one.first: option
        for one in singles
        if (option := option_in_force(own.get(one), around.get(one.first)))
    }
    places = await facts.places_of({option.line for option in in_force.values()})
    return {target: places[option.line] for target, option in in_force.items()}


def switch_value(arming: Arming) -> dict[str, Any]:
    """Return an arming as the switch is told."""
    numbers = arming.numbers
    return {
        "first": numbers.first,
        "last": None if numbers.is_single else numbers.last,
        "line": arming.line,
        "places": list(arming.places),
        "target": arming.target,
        "keep_extension": arming.keep_extension,
        "fallback": arming.fallback,
        "target_places": list(arming.target_places),
        "off": arming.off,
        "planned": arming.planned,
        "reason": "unavailable",
        # Only where it is so: what was armed before this was known stays as it is.
        **({"line_first": True} if arming.line_first else {}),
        **({"alone": True} if arming.alone else {}),
    }


def _new(
    numbers: NumberRange,
    arming: Arming | None,
    *,
    was_in_effect: bool,
    words: str | None,
    traceparent: str | None,
) -> NewArming:
    return NewArming(
        numbers,
        customer_number=arming.customer_number if arming else "",
        places=arming.places if arming else (),
        value=switch_value(arming) if arming else None,
        off=arming is None or arming.off,
        planned=arming is not None and arming.planned,
        target_places=(arming.target_places or None) if arming else None,
        head=head_of(arming) if arming else "",
        hash=murmur2(numbers.first.encode()) & 0x7FFFFFFF,
        was_in_effect=was_in_effect,
        words=words,
        traceparent=traceparent,
    )
