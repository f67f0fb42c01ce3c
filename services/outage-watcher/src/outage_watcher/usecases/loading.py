"""What a board must know, read from all stores."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import chain

from chassis.postgres import Connection
from outage_watcher.domain.board import Known, outage_id
from outage_watcher.domain.evidence import AlarmKey, Evidence, Signal, Word
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
    beside: Sequence[Signal] = (),
) -> Known:
    """Return all that concerns these; of what is `beside` them no outages."""
    store, inventory = OutageStore(connection), InventoryStore(connection)
    sources, tree = SourceStore(connection), Tree(inventory)
    alarms = await store.alarms(keys)
    others = await store.alarms([each.key for each in beside])
    said = [*words, *(each.word for each in beside), *words_of(outages)]
    await tree.ask([*said, *(each.word for each in (*alarms, *others))])
    failing = await tree.failing(policy)
    # Also those above what else fails: they are weighed with it.
    weighed = {*tree.elements, *chain.from_iterable(failing.values())}
    blamed = await store.alarms([(TOPOLOGY, element) for element in weighed])
    alarms += [each for each in blamed if each not in alarms]
    ids = {each.outage_id for each in alarms if each.outage_id}
    ids |= {each.id for each in outages}
    found = await _found(store, tree, ids, words)
    return Known(
        outages=found,
        alarms=(*alarms, *others),
        taken_ids=await _taken(store, new_ids, alarms) if new_ids else frozenset(),
        lost=await sources.lost(now),
        topology=await inventory.topology(tree.above | failing),
        failing=frozenset(failing),
        named=await inventory.named(tree.asked) if failing else {},
        gone=await inventory.gone(tree.asked),
        windows=await WindowStore(connection).running(),
        storms=await sources.storms(now),
        recent=await _recent(sources, {source for source, _ in keys}, now, policy),
    )


class Tree:
    """What hangs on what, as far as somebody asked."""

    def __init__(self, inventory: InventoryStore) -> None:
        self.above: dict[str, tuple[str, ...]] = {}
        self.elements: set[str] = set()
        """All that were named, or stand above what was."""
        self.asked: set[str] = set()
        self._inventory = inventory

    async def ask(self, words: Iterable[Word]) -> set[str]:
        """Ask for all that is new in these words at once; return the new elements."""
        named: set[str] = set()
        places: set[str] = set()
        for word in words:
            places |= word.places
            named |= {word.element} if word.element else set()
        before = set(self.elements)
        # An element may be a line: whoever reports it need not know the difference.
        if new := places - self.asked:
            self._know(await self._inventory.above(new))
        if new := named - self.asked - self.elements:
            self._know(await self._inventory.below(list(new)))
        self.asked |= places
        self.elements |= named
        return self.elements - before

    async def failing(self, policy: Policy) -> dict[str, tuple[str, ...]]:
        """Return what fails below these elements, by itself or with what was asked."""
        if not self.elements:
            return {}
        share, coming = policy.element_share, len(self.asked)
        return await self._inventory.failing(
            list(self.elements), share=share, coming=coming
        )

    def _know(self, above: Mapping[str, tuple[str, ...]]) -> None:
        self.above |= above
        self.elements.update(*above.values())


def words_of(outages: Iterable[Outage]) -> list[Word]:
    """Return what outages say, and what those do on whose word they rest."""
    return [
        word
        for outage in outages
        for word in (outage.report, *(each.word for each in outage.evidence))
    ]


async def _found(
    store: OutageStore, tree: Tree, ids: set[str], words: Sequence[Word]
) -> tuple[Outage, ...]:
    """Return the open outages that are concerned, and those of what is above them."""
    found = await store.concerned(ids, words, tree.elements)
    while further := await tree.ask(words_of(found)):
        known = {each.id for each in found}
        more = await store.concerned((), (), further)
        found += [each for each in more if each.id not in known]
    return tuple(found)


async def _taken(
    store: OutageStore, new_ids: Sequence[str], alarms: Iterable[Evidence]
) -> frozenset[str]:
    """Return which ids some outage has; a failure that is back keeps its old start."""
    ended = [each for each in alarms if not each.outage_id]
    old_ids = (outage_id(each.key, each.down_at) for each in ended)
    return await store.taken([*new_ids, *old_ids])


async def _recent(
    sources: SourceStore, names: set[str], now: datetime, policy: Policy
) -> dict[str, int]:
    if not names:
        return {}
    ordered = sorted(names)
    since = [now - policy.of(name).storm_window for name in ordered]
    return await sources.recent(ordered, since)
