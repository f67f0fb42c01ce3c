"""
Keeping the switch ready: what it shall hold per number, and telling what that changes.

A rule is armed at the switch long before an outage. While a change of a scope is on
its way there, flips by outages leave the scope out; once the switch acknowledged it,
the scope's own state is told. So each flip is told by exactly one of the two.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import asyncpg
from aiokafka.partitioner import murmur2

from chassis import outbox
from chassis.postgres import Connection
from contracts.event import derived_id
from contracts.forwardings import ForwardingApplied, ForwardingFailed
from contracts.number_range import NumberRange
from forwarding.domain import Arming, Diversion, arming_of, diversion
from forwarding.store import FactStore, as_json

RULE, CAUSE = "rule", "cause"


async def rearm(connection: Connection, numbers: NumberRange) -> None:
    """Bring what the switch shall hold for a scope (and inside it) up to the facts."""
    facts = FactStore(connection)
    await _rearm_one(connection, facts, numbers)
    if not numbers.is_single:
        for inner in await facts.inside(numbers):
            await _rearm_one(connection, facts, inner)


async def _rearm_one(
    connection: Connection, facts: FactStore, numbers: NumberRange
) -> None:
    arming = await _wanted(facts, numbers)
    row = await connection.fetchrow(
        "SELECT value, live_seq, was_in_effect FROM arming WHERE scope = $1",
        str(numbers),
    )
    value = switch_value(arming) if arming else None
    known = json.loads(row["value"]) if row is not None and row["value"] else None
    if value == known:
        return
    before = bool(row and row["live_seq"] is None and row["was_in_effect"])
    if not before:
        before = await in_effect_now(connection, numbers) is not None
    await _keep(connection, facts, numbers, arming, value, was_in_effect=before)


async def _wanted(facts: FactStore, numbers: NumberRange) -> Arming | None:
    own = await facts.option(numbers), await facts.rule(numbers)
    around = await facts.block_around(numbers)
    block = around, await facts.rule(around.numbers) if around else None
    option = own[0] or around
    places = await facts.places(option.line) if option else ()
    apart = await facts.is_used(numbers)
    arming = arming_of(numbers, own=own, block=block, places=places, apart=apart)
    if arming is None or arming.target is None:
        return arming
    hangs_on = await _places_of_target(facts, arming)
    return replace(arming, target_places=hangs_on)


async def _places_of_target(facts: FactStore, arming: Arming) -> tuple[str, ...]:
    """Return where the target hangs, when it is a number of this carrier."""
    target = NumberRange.single(arming.target or "")
    option = await facts.option(target)
    if option is None or not option.enabled:
        option = await facts.block_around(target)
    return await facts.places(option.line) if option and option.enabled else ()


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
    }


async def _keep(
    connection: Connection,
    facts: FactStore,
    numbers: NumberRange,
    arming: Arming | None,
    value: dict[str, Any] | None,
    *,
    was_in_effect: bool,
) -> None:
    await connection.execute(
        """
        INSERT INTO arming AS a (scope, number, last, customer_number, places, value,
                    off, planned, target_places, head, hash, seq, was_in_effect)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (scope) DO UPDATE
                SET customer_number = coalesce(nullif($4, ''), a.customer_number),
                    places = CASE WHEN $6::jsonb IS NULL THEN a.places ELSE $5 END,
                    value = $6, off = $7, planned = $8, target_places = $9,
                    head = CASE WHEN $7 THEN a.head ELSE $10 END,
                    seq = $12, live_seq = NULL, was_in_effect = $13, attempts = 0,
                    failure = NULL, try_at = '-infinity'
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
        await facts.next_seq(),
        was_in_effect,
    )


def head_of(arming: Arming) -> str:
    """Return the part of ForwardingApplied that all events of an arming share."""
    numbers = arming.numbers
    head = {
        "number": numbers.first,
        "last": None if numbers.is_single else numbers.last,
        "customer_number": arming.customer_number,
        "line": arming.line,
        "target": arming.target,
        "keep_extension": arming.keep_extension,
        "rule": arming.source,
    }
    return json.dumps(head, separators=(",", ":"), ensure_ascii=True)[:-1]


async def in_effect_now(
    connection: Connection, numbers: NumberRange
) -> tuple[Arming, Diversion] | None:
    """Return where calls to these numbers go now, by the acknowledged facts."""
    arming = await _acknowledged(connection, numbers)
    if arming is None:
        return None
    facts = FactStore(connection)
    outages = await facts.open_outages([*arming.places, *arming.target_places])
    causes = await facts.live_causes(numbers)
    found = diversion(arming, outages, causes, held=await facts.held())
    return (arming, found) if found else None


async def _acknowledged(connection: Connection, numbers: NumberRange) -> Arming | None:
    """Return what the switch holds for these numbers, or for their block."""
    row = await connection.fetchrow(
        """
        SELECT value, customer_number, head FROM arming
         WHERE number <= $1 AND last >= $2 AND length(number) = length($1)
           AND live_seq IS NOT NULL AND value IS NOT NULL
      ORDER BY (number = last) DESC
         LIMIT 1
        """,
        numbers.first,
        numbers.last,
    )
    return arming_from(row) if row else None


def arming_from(row: asyncpg.Record) -> Arming:
    """Return the arming that a row's value describes."""
    value = json.loads(row["value"])
    return Arming(
        NumberRange(value["first"], value["last"] or value["first"]),
        row["customer_number"],
        tuple(value["places"]),
        value["target"],
        keep_extension=value["keep_extension"],
        fallback=value["fallback"],
        target_places=tuple(value["target_places"]),
        planned=value["planned"],
        source="block" if '"rule":"block"' in row["head"] else "own",
    )


async def acknowledge(
    connection: Connection, scopes: dict[str, int], *, at: datetime
) -> int:
    """
    Note that the switch holds these scopes at these versions; tell what it changed.

    A scope that a flip by an outage is about to touch waits until that flip is told.
    Returns how many were noted. Only while the facts are locked.
    """
    rows = await connection.fetch(
        """
        SELECT a.scope, a.number, a.last, a.customer_number, a.was_in_effect,
               a.failure_told, a.value IS NULL AS gone
          FROM arming a
          JOIN unnest($1::text[], $2::bigint[]) AS told (scope, seq)
            ON told.scope = a.scope AND told.seq = a.seq
         WHERE a.live_seq IS NULL
           AND NOT EXISTS (SELECT FROM flip f
                            WHERE f.told_at IS NULL
                              AND a.places && (f.opened || f.closed))
           FOR UPDATE OF a
        """,
        list(scopes),
        list(scopes.values()),
    )
    seq = await FactStore(connection).next_seq()
    await connection.execute(
        """
        UPDATE arming
           SET live_seq = $2, attempts = 0, failure = NULL, failure_told = false
         WHERE scope = ANY($1)
        """,
        [row["scope"] for row in rows],
        seq,
    )
    for row in rows:
        await _tell(connection, row, seq, at=at)
    gone = [row["scope"] for row in rows if row["gone"]]
    await connection.execute("DELETE FROM arming WHERE scope = ANY($1)", gone)
    return len(rows)


async def _tell(
    connection: Connection, row: asyncpg.Record, seq: int, *, at: datetime
) -> None:
    numbers = NumberRange(row["number"], row["last"])
    now = await in_effect_now(connection, numbers)
    if now is None and not row["was_in_effect"] and not row["failure_told"]:
        return
    await tell_scope(
        connection, numbers, row["customer_number"], now, seq, reason="rule", at=at
    )


async def tell_scope(
    connection: Connection,
    numbers: NumberRange,
    customer: str,
    now: tuple[Arming, Diversion] | None,
    seq: int,
    *,
    reason: str,
    at: datetime,
) -> None:
    """Queue what the network does with one scope now."""
    if now and now[1].target is None:
        await fail_scope(
            connection, numbers, customer, "target_down", 1, seq=seq, at=at
        )
        return
    event = applied(numbers, customer, now, seq, reason=reason, at=at)
    await outbox.add(connection, event, at=at, event_id=f"{seq}:{numbers}")


def applied(
    numbers: NumberRange,
    customer: str,
    now: tuple[Arming, Diversion] | None,
    seq: int,
    *,
    reason: str,
    at: datetime,
) -> ForwardingApplied:
    """Return the event that tells a scope's state."""
    arming, found = now or (None, None)
    outages = [one.id for one in found.causes if one.type == "outage"] if found else []
    target = found.target if found else None
    keeps = bool(arming and arming.keep_extension)
    if arming and target and keeps and arming.numbers != numbers:
        other = NumberRange.starting(target, size=arming.numbers.size)
        target, keeps = arming.numbers.same_extension_in(other, numbers.first), False
    return ForwardingApplied(
        number=numbers.first,
        last=None if numbers.is_single else numbers.last,
        customer_number=customer or (arming.customer_number if arming else ""),
        line=arming.line if arming else "",
        target=target,
        keep_extension=keeps,
        rule="own" if arming is None or arming.numbers == numbers else "block",
        in_effect=now is not None,
        outage_id=outages[0] if outages else None,
        causes=found.causes if found else (),
        reason=reason,
        version=seq,
        applied_at=at,
    )


async def fail_scope(
    connection: Connection,
    numbers: NumberRange,
    customer: str,
    code: str,
    attempts: int,
    *,
    seq: int,
    at: datetime,
) -> None:
    """Queue that the network does not do for a scope what it should, yet."""
    await outbox.add(
        connection,
        ForwardingFailed(
            number=numbers.first,
            last=None if numbers.is_single else numbers.last,
            customer_number=customer,
            code=code,
            attempts=attempts,
            version=seq,
            failed_at=at,
        ),
        at=at,
        event_id=derived_id("failed", seq, numbers, attempts),
    )


async def rearm_all(connection: Connection, scopes: Iterable[NumberRange]) -> None:
    """Bring several scopes up to the facts."""
    for numbers in scopes:
        await rearm(connection, numbers)
