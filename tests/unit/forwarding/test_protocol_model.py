"""
An explicit-state check of how an outage and an edit reach the switch and are told.

One line, one number, and every order of: detect, clear, edit, disarm, a crash, and a
worker that slept with an answer read long ago. Small enough to see every state, and
able to fail: without the version check at the switch, or when a change is told before
or apart from its acknowledgement, a wrong end state is found.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

FACTS = ("detect", "clear", "edit", "disarm")
FLAG, RULE = 0, 1


@dataclass(frozen=True)
class Design:
    """Which of the safeguards are in place."""

    switch_compares_versions: bool = True
    flips_skip_pending: bool = True
    acknowledging_waits: bool = True
    pending_remembers: bool = True
    edits_see_flips: bool = True


@dataclass(frozen=True)
class Flip:
    seq: int
    in_effect: bool
    flagged: bool = False


@dataclass(frozen=True)
class State:
    """The whole world; `facts` are those that still come."""

    facts: frozenset[str] = frozenset(FACTS)
    seq: int = 0
    covered: bool = False
    over: bool = False
    target: str = "T1"
    armed_seq: int = 0
    live_seq: int | None = 0
    was_in_effect: bool = False
    flag_seq: int = 0
    flips: tuple[Flip, ...] = ()
    switch: tuple[tuple[int, str], tuple[int, str]] = ((0, "down"), (0, "T1"))
    told: tuple[int, str] = (0, "home")
    zombie: tuple[int, int, str] | None = None
    crashes: int = 1
    sleeps: int = 1
    lied: bool = False
    """Whether an acknowledgement told what the switch did not do."""

    @property
    def effect(self) -> str:
        """What the facts say."""
        return self.target if self.covered and self.target else "home"

    @property
    def rings(self) -> str:
        """What the switch does."""
        return (
            self.switch[RULE][1] or "home" if self.switch[FLAG][1] == "up" else "home"
        )

    @property
    def is_done(self) -> bool:
        pending = self.live_seq is None or self.flips or self.zombie
        return not self.facts and not pending


def steps(state: State, design: Design) -> Iterator[State]:
    """Yield every next state."""
    for fact in state.facts:
        yield _happen(replace(state, facts=state.facts - {fact}), fact, design)
    for at, flip in enumerate(state.flips):
        yield from _work_on(state, at, flip, design)
    if state.live_seq is None:
        yield from _keep(state, design)
    if state.zombie:
        key, version, value = state.zombie
        yield _write(replace(state, zombie=None), key, version, value, design)
    elif state.sleeps:
        yield replace(state, sleeps=0, zombie=(FLAG, state.flag_seq, _flag(state)))
        yield replace(state, sleeps=0, zombie=(RULE, state.armed_seq, state.target))


def _flag(state: State) -> str:
    return "up" if state.covered else "down"


def _happen(state: State, fact: str, design: Design) -> State:
    seq = state.seq + 1
    if fact == "detect":
        if state.over:
            return state  # late: it was cleared before
        flips = (*state.flips, Flip(seq, in_effect=True))
        return replace(state, seq=seq, covered=True, flag_seq=seq, flips=flips)
    if fact == "clear":
        over = replace(state, over=True)
        if not state.covered:
            return over
        flips = (*state.flips, Flip(seq, in_effect=False))
        return replace(over, seq=seq, covered=False, flag_seq=seq, flips=flips)
    before = state.effect != "home" or (design.edits_see_flips and bool(state.flips))
    if state.live_seq is None:
        before = state.was_in_effect
    target = "" if fact == "disarm" else "T2"
    return replace(
        state,
        seq=seq,
        target=target,
        armed_seq=seq,
        live_seq=None,
        was_in_effect=before and design.pending_remembers,
    )


def _work_on(state: State, at: int, flip: Flip, design: Design) -> Iterator[State]:
    rest = state.flips[:at] + state.flips[at + 1 :]
    flagged = replace(flip, flagged=True)
    sent = _write(state, FLAG, state.flag_seq, _flag(state), design)
    yield replace(sent, flips=(*state.flips[:at], flagged, *state.flips[at + 1 :]))
    if flip.flagged:
        told = _tell_flip(state, flip, design)
        yield replace(told, flips=rest)
        if state.crashes:  # told, and not noted: it is told again later
            begun = (*state.flips[:at], replace(flip, flagged=False))
            yield replace(told, flips=(*begun, *state.flips[at + 1 :]), crashes=0)


def _tell_flip(state: State, flip: Flip, design: Design) -> State:
    is_live = state.live_seq is not None and state.live_seq < flip.seq
    if (design.flips_skip_pending and not is_live) or not state.target:
        return state
    return _tell(state, flip.seq, state.target if flip.in_effect else "home")


def _keep(state: State, design: Design) -> Iterator[State]:
    sent = _write(state, RULE, state.armed_seq, state.target, design)
    if state.crashes:  # the switch has it, and nobody noted the answer
        yield replace(sent, crashes=0)
    if state.flips and design.acknowledging_waits:
        yield sent
        return
    seq = state.seq + 1
    live = replace(sent, seq=seq, live_seq=seq, was_in_effect=False)
    if state.effect != "home" or state.was_in_effect:
        live = _tell(live, seq, state.effect)
        live = replace(live, lied=live.rings != live.effect)
    yield live


def _tell(state: State, version: int, rings: str) -> State:
    """Readers keep the highest version."""
    return replace(state, told=max(state.told, (version, rings)))


def _write(state: State, key: int, version: int, value: str, design: Design) -> State:
    if design.switch_compares_versions and version < state.switch[key][0]:
        return state
    switch = list(state.switch)
    switch[key] = (version, value)
    return replace(state, switch=(switch[0], switch[1]))


def explore(
    design: Design, *, until_wrong: bool = False
) -> tuple[int, int, list[State]]:
    """Return how many states there are, how many are final, and the wrong ones."""
    seen, ahead = {State()}, [State()]
    final, wrong = 0, list[State]()
    while ahead and not (wrong and until_wrong):
        state = ahead.pop()
        if state.lied:
            wrong.append(state)
            continue
        if state.is_done:
            final += 1
            if not state.effect == state.rings == state.told[1]:
                wrong.append(state)
        for after in steps(state, design):
            if after not in seen:
                seen.add(after)
                ahead.append(after)
    return len(seen), final, wrong


def test_every_history_ends_right_at_the_switch_and_as_told() -> None:
    states, final, wrong = explore(Design())
    assert not wrong, wrong[0]
    assert states > 5_000
    assert final > 50


@pytest.mark.parametrize(
    "safeguard",
    [
        "switch_compares_versions",
        "flips_skip_pending",
        "acknowledging_waits",
        "pending_remembers",
        "edits_see_flips",
    ],
)
def test_without_this_safeguard_some_history_ends_wrong(safeguard: str) -> None:
    _, _, wrong = explore(replace(Design(), **{safeguard: False}), until_wrong=True)
    assert wrong
