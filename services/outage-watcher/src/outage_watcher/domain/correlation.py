"""Signals that come together: storms, and lines that fail with their element."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from outage_watcher.domain.board import Board
from outage_watcher.domain.evidence import Evidence, Signal, Verdict, Word, weigh
from outage_watcher.domain.outage import OPERATOR
from outage_watcher.domain.policy import Policy
from outage_watcher.domain.topology import SOURCE as TOPOLOGY
from outage_watcher.domain.topology import Topology, weighed
from outage_watcher.domain.window import SOURCE as WINDOWS

PEOPLE = (OPERATOR, WINDOWS)
"""What they say is no fault of the monitoring, however much it is at once."""


@dataclass(frozen=True, slots=True)
class Rest:
    """What the list says besides of which some signals are a part."""

    signals: Sequence[Signal] = ()
    """Of the first part all others, which are ahead; of the last all, behind it."""
    begins: bool = True
    ends: bool = True


WHOLE = Rest()


def hear_all(
    board: Board,
    signals: Sequence[Signal],
    rest: Rest = WHOLE,
) -> list[Verdict]:
    """
    Let signals take effect in their order, seen together before each alone.

    The first part of a list blames by all of it, and the last one reconsiders it.
    """
    before = set(board.failing)
    if rest.begins:
        fresh = _new_failures(board, [*signals, *rest.signals])
        _close_gates(board, fresh)
        blame(board, fresh)
    verdicts = [board.hear(signal) for signal in signals]
    if not rest.ends:
        return verdicts
    told = [*rest.signals, *signals]
    touched = {place for signal in told for place in weighed(signal.word)}
    known = (board.alarm(signal.key) for signal in told)
    touched |= {place for each in known if each for place in weighed(each.word)}
    reconsider(board, touched, new=board.failing - before)
    return verdicts


def settle(board: Board) -> None:
    """Move all to where they should be; what is a fault since, or no more, counts."""
    before = set(board.failing)
    board.settle()
    if changed := before ^ board.failing:
        reconsider(board, changed, new=board.failing - before)


def blame(board: Board, fresh: Sequence[Evidence]) -> None:
    """Blame the elements that explain new failures, before these are heard alone."""
    failing = board.failing
    fresh = [each for each in fresh if _is_fault(board, each) and not each.aged]
    coming = {place for each in fresh for place in weighed(each.word)}
    _blame(board, coming, failing | coming, fresh, new=coming - failing)


def reconsider(
    board: Board,
    lines: Iterable[str],
    elements: Iterable[str] = (),
    *,
    new: Collection[str] = (),
) -> None:
    """
    Blame elements whose lines fail, and stop to blame those whose lines do not.

    `elements` are looked at too, because no line may hang on them any more; `new` are
    the lines that did not fail there before.
    """
    touched = set(lines)
    over = _no_longer_blamed(board, touched, elements)
    names = {each.alarm_id for each in over}
    # What still fails below may be that of an element that was a part of it.
    left = _below(board, names) if names else set()
    _blame(board, touched | left, board.failing, (), new=new, over=over)
    for element in sorted(names):
        board.hear(_signal(board, element, (), is_down=False))


def _is_fault(board: Board, failure: Evidence) -> bool:
    return failure.word.of_kind(board.kind(failure)).is_fault


def _below(board: Board, elements: Collection[str]) -> set[str]:
    above = board.topology.above
    return {x for x in board.failing if not set(above.get(x, ())).isdisjoint(elements)}


def _no_longer_blamed(
    board: Board, touched: set[str], elements: Iterable[str]
) -> list[Evidence]:
    blamed = board.topology.failed(board.failing, board.policy)
    above = (board.topology.above.get(line, ()) for line in touched)
    named = {*elements, *chain.from_iterable(above)} - blamed.keys()
    known = (board.alarm((TOPOLOGY, element)) for element in named)
    return [each for each in known if each and each.is_down]


def threshold(source: str, topology: Topology, policy: Policy) -> float:
    """Return how many failures of a source within its window are too many."""
    holds = policy.of(source)
    return max(holds.storm_least, holds.storm_share * topology.lines)


def _new_failures(board: Board, signals: Sequence[Signal]) -> list[Evidence]:
    """Return the alarms that these signals would turn to down."""
    after: dict[tuple[str, str], Evidence] = {}
    for signal in signals:
        known, _ = weigh(after.get(signal.key) or board.alarm(signal.key), signal)
        if known:
            after[signal.key] = known
    fresh: list[Evidence] = []
    for key, each in after.items():
        before = board.alarm(key)
        if each.is_down and not (before and before.is_down):
            fresh.append(each)
    return fresh


def _close_gates(board: Board, fresh: Sequence[Evidence]) -> None:
    for source, count in Counter(each.source for each in fresh).items():
        if source in PEOPLE:
            continue
        until = board.storms.get(source)
        limit = threshold(source, board.topology, board.policy)
        if (until is None or until <= board.now) and (
            count + board.recent.get(source, 0) > limit
        ):
            board.storms[source] = board.now + board.policy.of(source).storm_hold


def _blame(
    board: Board,
    touched: set[str],
    failing: set[str],
    fresh: Sequence[Evidence],
    *,
    new: Collection[str],
    over: Sequence[Evidence] = (),
) -> None:
    if not touched or not board.topology.above:
        return
    children: dict[str, list[Evidence]] = defaultdict(list)
    for each in fresh:
        for line in weighed(each.word):
            for element in board.topology.above.get(line, ()):
                children[element].append(each)
    for element, lines in board.topology.failed(failing, board.policy).items():
        known = board.alarm((TOPOLOGY, element))
        if not lines & touched or (known and known.is_down):
            continue
        by_a_person = known and known.down_at and not known.is_cleared
        if by_a_person and lines.isdisjoint(new):
            continue  # who ended it knew of these lines
        higher = board.topology.higher(element)
        since = [*children[element], *(e for e in over if e.alarm_id in higher)]
        board.hear(_signal(board, element, since, is_down=True))


def _signal(
    board: Board, element: str, children: Sequence[Evidence], *, is_down: bool
) -> Signal:
    began = [each.held_from for each in children]
    return Signal(
        TOPOLOGY,
        element,
        "down" if is_down else "up",
        Word(element),
        occurred_at=min([board.now, *began]) if is_down else board.now,
        heard_at=board.now,
        seen_since=min([board.now, *began]),
        # The newest start of all counts, also right after a recovery.
        timed=False,
        confirmed=not is_down or any(each.confirmed for each in children),
        message_id=f"{element}|{board.now.isoformat()}",
    )
