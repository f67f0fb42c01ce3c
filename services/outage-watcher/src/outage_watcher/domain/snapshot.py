"""What a source lists when it is asked, held against what it told by itself."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from outage_watcher.domain.board import Board
from outage_watcher.domain.correlation import blame, hear_all, reconsider
from outage_watcher.domain.evidence import AlarmKey, Evidence, Signal

Correction = Literal["missed_detect", "missed_clear", "phantom"]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that a source knows at one moment."""

    source: str
    asked_at: datetime
    signals: tuple[Signal, ...] = ()
    is_blind: bool = False
    """It answers and sees nothing: what it does not list proves nothing."""


def compare(board: Board, snapshot: Snapshot) -> Counter[Correction]:
    """Repair what was missed; return what had to be repaired, by kind."""
    repaired: Counter[Correction] = Counter()
    listed = _back_again(board, snapshot, repaired)
    before = {each.key: board.alarm(each.key) for each in listed}
    hear_all(board, listed)
    for key, known in before.items():
        after = board.alarm(key)
        was_down, is_down = bool(known and known.is_down), bool(after and after.is_down)
        if is_down and not was_down:
            repaired["missed_detect"] += 1
        elif was_down and not is_down:
            repaired["missed_clear"] += 1
    if not snapshot.is_blind:
        _no_longer_listed(board, snapshot, repaired)
    return repaired


def absent(known: Evidence, at: datetime, enough: int) -> Evidence:
    """Return it after its source was asked and did not list it."""
    gone = replace(known, absent=known.absent + 1)
    if gone.absent < enough:
        return gone
    if not gone.is_down:
        return replace(gone, confirmed=True)
    after_all = max(at, gone.down_at or at)
    return replace(
        gone,
        is_down=False,
        up_at=after_all,
        heard_at=at,
        confirmed_at=at,
        held_from=at,
        confirmed=True,
    )


def back(known: Evidence, at: datetime) -> Evidence:
    """Return it down again: its source listed it after it had said that it is over."""
    return replace(
        known,
        is_down=True,
        up_at=None,
        heard_at=at,
        confirmed_at=at,
        held_from=at,
        confirmed=False,
        absent=0,
    )


def _back_again(
    board: Board, snapshot: Snapshot, repaired: Counter[Correction]
) -> list[Signal]:
    """Take back clears that the list proves wrong; return all the other signals."""
    rest: list[Signal] = []
    wrong: dict[AlarmKey, Evidence] = {}
    for signal in snapshot.signals:
        known = board.alarm(signal.key)
        if known and _is_the_same_failure(known, signal, snapshot.asked_at):
            wrong[known.key] = back(known, board.now)
        elif signal.is_down or known:
            rest.append(signal)
    blame(board, list(wrong.values()))
    for each in wrong.values():
        board.renew(each)
        repaired["phantom"] += 1
    return rest


def _is_the_same_failure(known: Evidence, signal: Signal, asked_at: datetime) -> bool:
    if known.is_down or not signal.is_down or not known.is_cleared:
        return False
    if known.down_at is None or known.up_at is None:
        return False
    # It may date the failure anew; what began before the recovery did not end then.
    began = signal.occurred_at
    lasts = began <= known.down_at or began < known.up_at
    return lasts and known.heard_at < asked_at


def _no_longer_listed(
    board: Board, snapshot: Snapshot, repaired: Counter[Correction]
) -> None:
    # One that it shows as up, but for longer than we know, it does not list as failed.
    listed = {each.key for each in snapshot.signals if each.state != "up"}
    enough = board.policy.of(snapshot.source).snapshots
    touched: set[str] = set()
    for known in board.alarms_of(snapshot.source):
        waits = known.is_down or (known.outage_id and not known.confirmed)
        if known.key in listed or not waits or known.heard_at >= snapshot.asked_at:
            continue
        after = absent(known, board.now, enough)
        board.renew(after)
        if known.is_down and not after.is_down:
            repaired["missed_clear"] += 1
            touched.update(known.word.places)
    reconsider(board, touched)
