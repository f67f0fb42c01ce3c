"""
Keeping the switch ready: what it shall hold per number or block.

A rule is armed at the switch long before an outage. A change of the facts gives the
scope a new version, which is pending until the switch acknowledged it.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

from aiokafka.partitioner import murmur2

from chassis import tracing
from chassis.postgres import Connection
from contracts.forwardings import RuleSetting
from contracts.number_range import NumberRange
from forwarding.domain import (
    Arming,
    Option,
    arming_of,
    block_around,
    option_in_force,
)
from forwarding.rule_store import RuleStore
from forwarding.store import FactStore, as_json
from forwarding.telling import head_of, in_effect_now


@dataclass(frozen=True, slots=True)
class Picture:
    """What is known of some numbers and of those inside: all of it read at once."""

    scopes: list[NumberRange]
    options: dict[NumberRange, Option]
    rules: dict[NumberRange, RuleSetting]
    places: dict[str, tuple[str, ...]]
    used: set[str]
    armed: dict[str, Any]

    @classmethod
    async def of(cls, connection: Connection, numbers: NumberRange) -> Self:
        """Read it; only while locked."""
        facts = FactStore(connection)
        inner = [] if numbers.is_single else await facts.inside(numbers)
        scopes = [numbers, *inner]
        touching = await facts.options_touching(numbers)
        options = {one.numbers: one for one in touching}
        rows = await connection.fetch(
            """
            SELECT scope, value, head, live_seq IS NULL AS pending, was_in_effect
              FROM arming WHERE scope = ANY($1)
            """,
            [str(one) for one in scopes],
        )
        return cls(
            scopes,
            options,
            await RuleStore(connection).rules_to_arm({*scopes, *options}),
            await facts.places_of({one.line for one in touching}),
            await facts.used(scopes),
            {row["scope"]: row for row in rows},
        )


async def rearm(connection: Connection, numbers: NumberRange) -> None:
    """Bring what the switch shall hold for a scope (and inside it) up to the facts."""
    picture = await Picture.of(connection, numbers)
    for one in picture.scopes:
        await _rearm_one(connection, picture, one)


async def _rearm_one(
    connection: Connection, picture: Picture, numbers: NumberRange
) -> None:
    arming = await _wanted(FactStore(connection), picture, numbers)
    row = picture.armed.get(str(numbers))
    value = switch_value(arming) if arming else None
    known = json.loads(row["value"]) if row and row["value"] else None
    if value == known:
        # What is off stays with whom it was last told as on: his is the "off".
        if arming and not arming.off and row and row["head"] != head_of(arming):
            await _note_head(connection, numbers, arming)
        return
    if row and row["pending"]:
        before = row["was_in_effect"]
    else:
        before = await in_effect_now(connection, numbers) is not None
        before = before or await _is_being_flipped(connection, numbers)
    if row is None and await _was_told_apart(connection, numbers):
        before = True
    await _keep(connection, numbers, arming, value, was_in_effect=before)


async def _is_being_flipped(connection: Connection, numbers: NumberRange) -> bool:
    """
    Return whether a flip is untold that would have told these numbers.

    From now on it leaves them out, so what it changed is told with this change: they
    may have been in effect by what was told last, whatever the facts say by now.
    """
    return bool(
        await connection.fetchval(
            """
            SELECT EXISTS (SELECT FROM flip f
                            WHERE f.told_at IS NULL
                              AND (f.reason = 'hold' OR EXISTS (
                                  SELECT FROM arming a
                                   WHERE a.number <= $1 AND a.last >= $2
                                     AND length(a.number) = length($1)
                                     AND (a.places && (f.opened || f.closed)
                                          OR a.target_places
                                             && (f.opened || f.closed)))))
            """,
            numbers.first,
            numbers.last,
        )
    )


async def _was_told_apart(connection: Connection, numbers: NumberRange) -> bool:
    done = await connection.execute(
        "DELETE FROM told_apart WHERE scope = $1", str(numbers)
    )
    return bool(done != "DELETE 0")


async def _note_head(
    connection: Connection, numbers: NumberRange, arming: Arming
) -> None:
    """Note whose it is and which rule won: nothing that the switch must know."""
    await connection.execute(
        "UPDATE arming SET head = $2, customer_number = $3 WHERE scope = $1",
        str(numbers),
        head_of(arming),
        arming.customer_number,
    )


async def _wanted(
    facts: FactStore, picture: Picture, numbers: NumberRange
) -> Arming | None:
    own = picture.options.get(numbers), picture.rules.get(numbers)
    around = block_around(numbers, picture.options.values())
    block = around, picture.rules.get(around.numbers) if around else None
    # A number that left its block is kept off it by an entry on the block's line.
    option = option_in_force(own[0], around) or around
    places = picture.places[option.line] if option else ()
    apart = str(numbers) in picture.used
    arming = arming_of(numbers, own=own, block=block, places=places, apart=apart)
    if arming is None or arming.target is None:
        return arming
    hangs_on = await _places_of_target(facts, arming)
    return replace(arming, target_places=hangs_on)


async def _places_of_target(facts: FactStore, arming: Arming) -> tuple[str, ...]:
    """Return where the target hangs, when it is a number of this carrier."""
    target = arming.target or ""
    own = await facts.option(NumberRange.single(target))
    around = await facts.block_reached(target)
    option = option_in_force(own, around)
    return await facts.places(option.line) if option else ()


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


async def _keep(
    connection: Connection,
    numbers: NumberRange,
    arming: Arming | None,
    value: dict[str, Any] | None,
    *,
    was_in_effect: bool,
) -> None:
    await connection.execute(
        """
        INSERT INTO arming AS a (scope, number, last, customer_number, places, value,
                    off, planned, target_places, head, hash, seq, was_in_effect,
                    traceparent)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11,
                     nextval('flip_seq'), $12, $13)
        ON CONFLICT (scope) DO UPDATE
                SET customer_number = CASE WHEN $7 THEN a.customer_number ELSE $4 END,
                    places = CASE WHEN $6::jsonb IS NULL THEN a.places ELSE $5 END,
                    value = $6, off = $7, planned = $8, target_places = $9,
                    head = CASE WHEN $7 THEN a.head ELSE $10 END,
                    seq = excluded.seq, live_seq = NULL, was_in_effect = $12,
                    attempts = 0, failure = NULL, try_at = '-infinity',
                    traceparent = $13
        """,
        str(numbers),
        numbers.first,
        numbers.last,
        arming.customer_number if arming else "",
        list(arming.places) if arming else [],
        as_json(value),
        arming is None or arming.off,
        arming is not None and arming.planned,
        list(arming.target_places) or None if arming else None,
        head_of(arming) if arming else "",
        murmur2(numbers.first.encode()) & 0x7FFFFFFF,
        was_in_effect,
        tracing.current.get(),
    )


async def rearm_all(connection: Connection, scopes: Iterable[NumberRange]) -> None:
    """Bring several scopes up to the facts."""
    for numbers in scopes:
        await rearm(connection, numbers)
