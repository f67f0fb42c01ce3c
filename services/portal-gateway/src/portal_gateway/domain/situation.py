"""Am I protected, and what is happening now? Counted over all numbers at once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from portal_gateway.domain.causes import loses_calls
from portal_gateway.domain.entry import Entry
from portal_gateway.domain.facts import Outage, find_block, is_block
from portal_gateway.domain.ranges import size


@dataclass(frozen=True, slots=True)
class Situation:
    """How many numbers are in which state; blocks count with all their numbers."""

    protected: int = 0
    unprotected: int = 0
    coming: int = 0
    diverted: int = 0
    by_hand: int = 0
    """Diverted without any outage: manually, or in a rehearsal."""
    failed: int = 0
    """The network did not do yet what it should: that is tried again."""
    down: int = 0
    """Calls ring nowhere: the target fails, too, and there is no other."""
    barred: int = 0
    """Armed without effect: the target is not allowed any more, or held off."""
    lost: int = 0
    """Unprotected while an outage takes their calls and nothing works again yet."""
    outages: tuple[Outage, ...] = ()
    """The open ones, those that take voice first."""
    is_held: bool = False
    """Nothing is diverted for anybody: the kill switch."""

    @property
    def numbers(self) -> int:
        """Count all numbers that are open."""
        return self.protected + self.unprotected


def own_counts(listed: Sequence[Entry]) -> list[int]:
    """Count for each entry the numbers that are its own: a block's without others'."""
    blocks = sorted(entry.span for entry in listed if is_block(entry.span))
    apart: dict[tuple[str, str], int] = {}
    for entry in listed:
        if not is_block(entry.span) and (at := find_block(blocks, entry.span[0])):
            apart[at] = apart.get(at, 0) + 1
    return [size(entry.span) - apart.get(entry.span, 0) for entry in listed]


def diverted_by(listed: Sequence[Entry]) -> Counter[str]:
    """Count for each outage the numbers that are diverted now while it lasts."""
    counted: Counter[str] = Counter()
    for entry, n in zip(listed, own_counts(listed), strict=True):
        if entry.state == "diverted":
            counted.update({one.id: n for one in entry.causes if one.type == "outage"})
    return counted


def situation(
    listed: Sequence[Entry], outages: Iterable[Outage], *, is_held: bool = False
) -> Situation:
    """Return the situation of a customer with these entries."""
    counted = list(zip(listed, own_counts(listed), strict=True))
    here = [
        (entry, n) for entry, n in counted if not (entry.opens_on or entry.ported_out)
    ]
    diverted = [(entry, n) for entry, n in here if entry.state == "diverted"]
    failed = [(entry, n) for entry, n in here if entry.state == "failed"]
    working = [(entry, n) for entry, n in failed if not entry.is_barred]
    return Situation(
        protected=sum(n for entry, n in here if entry.is_armed),
        unprotected=sum(n for entry, n in here if not entry.is_armed),
        coming=sum(n for entry, n in counted if entry.opens_on),
        diverted=sum(n for _, n in diverted),
        by_hand=sum(n for entry, n in diverted if not _by_outage(entry)),
        failed=sum(n for entry, n in working if not entry.target_is_down),
        down=sum(n for entry, n in working if entry.target_is_down),
        barred=sum(n for entry, n in failed if entry.is_barred),
        lost=sum(n for entry, n in here if _is_lost(entry)),
        outages=tuple(
            sorted(outages, key=lambda one: (one.voice_reachable, one.since, one.id))
        ),
        is_held=is_held,
    )


def _by_outage(entry: Entry) -> bool:
    return any(cause.type == "outage" for cause in entry.causes)


def _is_lost(entry: Entry) -> bool:
    is_reached = entry.is_armed or entry.state == "diverted"
    return loses_calls(entry.outage) and not is_reached
