"""Whatever comes, twice and in any order: what must always be true."""

import os
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.outages import OutageCleared
from outage_watcher.domain.outage import State
from support.watching import Network, at, held

EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "30"))
ALARMS = ("a", "b", "c")
SOURCES = ("probe", "icinga")
LINES = (("L1",), ("L1", "L2"), ("L3",))

Fact = tuple[str, str, bool, int, int]
"""Source, alarm, whether it is down, its time, and which lines it names."""


@st.composite
def facts(draw: st.DrawFn) -> list[Fact]:
    """Return facts with one state a time, as one alarm has one history."""
    times = draw(st.sets(st.integers(0, 60), max_size=12))
    return [
        (
            draw(st.sampled_from(SOURCES)),
            draw(st.sampled_from(ALARMS)),
            draw(st.booleans()),
            time,
            draw(st.integers(0, 2)),
        )
        for time in sorted(times)
    ]


@st.composite
def disorder(draw: st.DrawFn) -> tuple[list[Fact], list[tuple[Fact, int]]]:
    """Return facts, and all of them repeated and shuffled, with pauses between."""
    known = draw(facts())
    repeated = known + draw(
        st.lists(st.sampled_from(known), max_size=6) if known else st.just([])
    )
    shuffled = draw(st.permutations(repeated))
    pauses = draw(
        st.lists(st.integers(0, 40), min_size=len(shuffled), max_size=len(shuffled))
    )
    return known, list(zip(shuffled, pauses, strict=True))


def say(network: Network, fact: Fact) -> None:
    source, alarm, is_down, time, lines = fact
    network.hears(
        "down" if is_down else "up",
        *LINES[lines],
        source=source,
        alarm=alarm,
        occurred=time,
    )


def check(network: Network) -> None:
    homes = [each.key for outage in network.open for each in outage.evidence]
    assert len(homes) == len(set(homes)), "an alarm is in two open outages"
    for key, evidence in network.alarms.items():
        if evidence.is_down:
            assert evidence.outage_id, f"{key} is down and in no outage"
            assert not network.outages[evidence.outage_id].is_over
    for outage in network.open:
        if outage.failures and outage.is_known:
            assert outage.state is State.DOWN
        if outage.due_at:
            assert outage.due_at > network.now
    for outage_id in {event.outage_id for event in network.events}:
        story = [each for each in network.events if each.outage_id == outage_id]
        assert [each.version for each in story] == list(range(1, len(story) + 1))
        assert not any(isinstance(each, OutageCleared) for each in story[:-1])


@settings(max_examples=10 * EXAMPLES, deadline=None)
@given(disorder())
def test_the_end_depends_on_the_facts_and_not_on_their_order(
    told: tuple[list[Fact], list[tuple[Fact, int]]],
) -> None:
    known, arrivals = told
    network = Network()
    newest = {(fact[0], fact[1]): fact for fact in known}

    for fact, pause in arrivals:
        say(network, fact)
        check(network)
        network.waits(pause)
        check(network)
    network.waits(7200)

    down = {key for key, fact in newest.items() if fact[2]}
    places = {place for outage in network.open for place in outage.report.places}
    assert {each.key for outage in network.open for each in outage.failures} == down
    assert places == {line for key in down for line in LINES[newest[key][4]]}
    check(network)


@settings(max_examples=EXAMPLES, deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=9))
def test_of_equal_times_the_last_to_arrive_counts(told: list[bool]) -> None:
    network = Network(held(down=timedelta(0), up=timedelta(0)))

    for is_down in told:
        say(network, ("probe", "a", is_down, 0, 0))
        check(network)

    assert bool(network.open) is told[-1]


@settings(max_examples=7 * EXAMPLES, deadline=None)
@given(disorder(), st.lists(st.booleans(), max_size=30))
def test_nothing_is_cleared_while_its_source_is_lost_or_a_failure_lives(
    told: tuple[list[Fact], list[tuple[Fact, int]]], losses: list[bool]
) -> None:
    network = Network(held(down=timedelta(0), up=timedelta(seconds=5)))

    for number, (fact, pause) in enumerate(told[1]):
        if number < len(losses):
            network.loses(*(("probe",) if losses[number] else ()))
        before = {outage.id: outage for outage in network.open}
        say(network, fact)
        network.waits(pause)
        for outage_id, outage in before.items():
            after = network.outages[outage_id]
            if after.is_over:
                assert not after.failures
                assert not any(each.source in network.lost for each in outage.evidence)
        check(network)


@settings(max_examples=7 * EXAMPLES, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9)), max_size=12))
def test_no_repeat_moves_a_deadline(repeats: list[tuple[int, int]]) -> None:
    network = Network()
    network.hears("down", occurred=0)
    due_at = network.only.due_at

    for time, pause in repeats:
        if not network.events:
            network.hears("down", occurred=time)
            assert network.events or network.only.due_at == due_at
            network.waits(pause)
    network.waits(max(0, 30 - (network.now - at(0)).total_seconds()))

    assert network.events[0].model_dump()["detected_at"] == at(30)
