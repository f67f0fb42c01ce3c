"""Whatever the order of facts, and however often they come, the end is the same."""

import os
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.domain import numbers as n
from provisioning.domain.numbers import Movement
from provisioning.domain.orders import Order
from support.provisioning import (
    INSIDE,
    LINE,
    MORNING,
    NEIGHBOUR,
    NOON,
    OFFICE,
    ONE,
    OTHER_LINE,
    RIVAL,
    Books,
    a_movement,
    an_order,
    day,
)

Fact = Order | Movement | tuple[str, str, datetime]

SMALL_BLOCK = ("+492214710120", "+492214710129")
WATCHED = (ONE, INSIDE, NEIGHBOUR, "+492214710129")
RANGES = ((ONE, ONE), SMALL_BLOCK, (INSIDE, INSIDE), (NEIGHBOUR, NEIGHBOUR))
EXAMPLES = int(os.environ.get("MACHINE_EXAMPLES", "30"))
CHECKED = settings(
    max_examples=10 * EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=True,
)


@st.composite
def movements(draw: st.DrawFn, customer: str = OFFICE) -> list[Movement]:
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(RANGES),
                st.sampled_from(("in", "in", "out")),
                st.booleans(),
                st.sampled_from((LINE, OTHER_LINE)),
                st.sampled_from((None, None, "P-1", "P-2")),
                st.integers(-3, 4),
            ),
            max_size=7,
        )
    )
    return [
        a_movement(
            *numbers,
            direction="out" if way == "out" else "in",
            ported=ported,
            line=line,
            order_id=order_id,
            customer=customer,
            on=day(on),
            told_at=MORNING + timedelta(minutes=minute),
        )
        for minute, (numbers, way, ported, line, order_id, on) in enumerate(drawn)
    ]


@st.composite
def orders(draw: st.DrawFn) -> list[Order]:
    drawn = [
        an_order(option=draw(st.booleans())),
        an_order("P-2", product="pmx-ngn", at=MORNING + timedelta(minutes=3)),
        an_order("X-1", extends="P-1", channel="phone", at=NOON),
        an_order("X-2", channel="mail", at=NOON + timedelta(minutes=1)),
        an_order("P-3", product="mobile"),
    ]
    kept = draw(st.sets(st.sampled_from([o.order_id for o in drawn])))
    return [order for order in drawn if order.order_id in kept]


cancellations = st.lists(
    st.tuples(
        st.sampled_from(("P-1", "P-2", "X-1", "X-2")),
        st.sampled_from((OFFICE, OFFICE, RIVAL)),
        st.just(NOON + timedelta(seconds=30)),
    ),
    max_size=2,
    unique_by=lambda fact: fact[:2],
)


@st.composite
def shuffled(draw: st.DrawFn, facts: list[Fact]) -> list[Fact]:
    """Any order, some repeated; the orders among themselves as Kafka keeps them."""
    again = draw(st.lists(st.sampled_from(facts), max_size=4)) if facts else []
    mixed = draw(st.permutations([*facts, *again]))
    placed = iter(fact for fact in facts if isinstance(fact, Order))
    seen: set[str] = set()
    kept: list[Fact] = []
    for fact in mixed:
        if not isinstance(fact, Order):
            kept.append(fact)
        elif fact.order_id not in seen:
            seen.add(fact.order_id)
            kept.append(next(placed))
        else:
            kept.append(fact)
    return kept


def told_after(facts: list[Fact], until: int = 6) -> list[Books]:
    """Return what is believed on each day after the facts came."""
    books, seen = Books(), []
    books.take(*facts)
    for on in range(1, until):
        seen.append(replace_books(books))
        books.wait_until(day(on))
    return [*seen, books]


def replace_books(books: Books) -> Books:
    copy = Books(books.now)
    copy.told = list(books.told)
    return copy


def beliefs(history: list[Books]) -> list[list[object]]:
    return [[books.believed(number) for number in WATCHED] for books in history]


@CHECKED
@given(st.data(), orders(), movements(), cancellations)
def test_ends_the_same_in_any_order_and_repetition(
    data: st.DataObject,
    ordered: list[Order],
    moved: list[Movement],
    cancelled: list[tuple[str, str, datetime]],
) -> None:
    facts: list[Fact] = [*ordered, *moved, *cancelled]

    one = told_after(facts)
    other = told_after(data.draw(shuffled(facts)))

    assert beliefs(one) == beliefs(other)


@CHECKED
@given(st.data(), movements(), st.integers(-2, 3), st.integers(0, 2))
def test_passes_a_number_on_in_any_order(
    data: st.DataObject, moved: list[Movement], leaves: int, gap: int
) -> None:
    late = MORNING + timedelta(hours=1)
    facts: list[Fact] = [
        an_order("P-1"),
        an_order("R-1", customer=RIVAL),
        *(m for m in moved if m.effective_on < day(leaves)),
        a_movement(*SMALL_BLOCK, direction="out", on=day(leaves), told_at=late),
        a_movement(ONE, direction="out", on=day(leaves), told_at=late),
        a_movement(*SMALL_BLOCK, customer=RIVAL, on=day(leaves + gap), told_at=late),
    ]

    one = told_after(facts)
    other = told_after(data.draw(shuffled(facts)))

    assert beliefs(one) == beliefs(other)


@CHECKED
@given(st.data(), orders(), movements(), movements(RIVAL), cancellations)
def test_never_tells_twice_never_backwards_and_rests_at_the_truth(
    data: st.DataObject,
    ordered: list[Order],
    moved: list[Movement],
    claimed: list[Movement],
    cancelled: list[tuple[str, str, datetime]],
) -> None:
    rival = an_order("R-1", customer=RIVAL)
    claims = [replace(m, order_id=None) for m in claimed]
    facts: list[Fact] = [*ordered, rival, *moved, *claims, *cancelled]

    books = told_after(data.draw(shuffled(facts)))[-1]

    for number in WATCHED:
        piece = n.span_of(a_movement(number).numbers)
        about = [c for c in books.told if n.overlap(n.span_of(c.numbers), piece)]
        assert all(a.version < b.version for a, b in pairwise(about))
        own = [c for c in about if n.span_of(c.numbers) == piece]
        assert all((a.grant, a.ended) != (b.grant, b.ended) for a, b in pairwise(own))
    told = len(books.told)
    books.settle()
    assert len(books.told) == told


@CHECKED
@given(orders(), movements(), cancellations)
def test_tells_what_a_plain_reading_of_the_facts_says(
    ordered: list[Order],
    moved: list[Movement],
    cancelled: list[tuple[str, str, datetime]],
) -> None:
    singles = [m for m in moved if m.numbers.is_single and m.effective_on <= day(0)]
    books = Books()
    books.take(*ordered, *singles, *cancelled)

    for number in WATCHED:
        mine = [m for m in singles if m.numbers.first == number]
        last = max(mine, key=lambda m: m.as_of[:2], default=None)
        has = books.believed(number)

        if last is None or last.direction == "out":
            assert has is None
        if has:
            assert last
            assert has[3] == last.line
            assert has[1] not in {
                order for order, customer, _ in cancelled if customer == OFFICE
            } or any(order.order_id.startswith("X") for order in ordered)
