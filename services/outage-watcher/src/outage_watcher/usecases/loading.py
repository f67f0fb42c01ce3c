"""What a board must know, read from all stores."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from chassis.postgres import Connection
from outage_watcher.domain.board import MOST_LINES, Known, outage_id
from outage_watcher.domain.evidence import AlarmKey, Evidence, Word
from outage_watcher.domain.outage import Outage
from outage_watcher.domain.policy import Policy
from outage_watcher.domain.topology import SOURCE as TOPOLOGY
from outage_watcher.store import InventoryStore, OutageStore, SourceStore, WindowStore


async def known_of(
    connection: Connection,
    now: datetime,
    policy: Policy,
    *,
    keys: Sequence[AlarmKey] = (),
    words: Sequence[Word] = (),
    outages: Sequence[Outage] = (),
    new_ids: Sequence[str] = (),
) -> Known:
    """Return all that concerns these alarms, places and outages."""
    store, inventory = OutageStore(connection), InventoryStore(connection)
    sources = SourceStore(connection)
    alarms = await store.alarms(keys)
    said = [*words, *(each.word for each in alarms), *(each.report for each in outages)]
    above = await _above(inventory, said)
    elements = {each for chain in above.values() for each in chain}
    failing = await inventory.failing(list(elements)) if elements else {}
    blamed = await store.alarms([(TOPOLOGY, element) for element in elements])
    alarms += [each for each in blamed if each not in alarms]
    ids = {each.outage_id for each in alarms if each.outage_id}
    found = await store.concerned(
        ids | {each.id for each in outages},
        words,
        elements | {word.element for word in said if word.element},
    )
    return Known(
        outages=tuple(found),
        alarms=tuple(alarms),
        taken_ids=await _taken(store, new_ids, alarms) if new_ids else frozenset(),
        lost=await sources.lost(now),
        topology=await inventory.topology(above | failing),
        failing=frozenset(failing),
        gone=await inventory.gone({place for each in said for place in each.places}),
        windows=await WindowStore(connection).running(),
        storms=await sources.storms(now),
        recent=await _recent(sources, {source for source, _ in keys}, now, policy),
    )


def alarms_in(outages: Iterable[Outage]) -> list[Evidence]:
    """Return every alarm of some outages."""
    return [each for outage in outages for each in outage.evidence]


async def _taken(
    store: OutageStore, new_ids: Sequence[str], alarms: Iterable[Evidence]
) -> frozenset[str]:
    """Return which ids some outage has; a failure that is back keeps its old start."""
    ended = [each for each in alarms if not each.outage_id]
    old_ids = (outage_id(each.key, each.down_at) for each in ended)
    return await store.taken([*new_ids, *old_ids])


async def _above(
    inventory: InventoryStore, words: Sequence[Word]
) -> dict[str, tuple[str, ...]]:
    # An element may be a line: whoever reports it need not know the difference.
    lines = {
        place
        for word in words
        if len(word.lines) <= MOST_LINES
        for place in word.places
    }
    elements = {word.element for word in words if word.element}
    above = await inventory.above(lines) if lines else {}
    if elements:
        above |= await inventory.below(list(elements))
    return above


async def _recent(
    sources: SourceStore, names: set[str], now: datetime, policy: Policy
) -> dict[str, int]:
    if not names:
        return {}
    ordered = sorted(names)
    since = [now - policy.of(name).storm_window for name in ordered]
    return await sources.recent(ordered, since)
