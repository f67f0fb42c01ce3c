"""What is in effect, for any facts: held against a second, plainer reading of them."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contracts.forwardings import RuleSetting
from contracts.number_range import NumberRange
from forwarding.domain import (
    ActiveCause,
    Arming,
    OpenOutage,
    Option,
    arming_of,
    diversion,
    option_in_force,
)

BLOCK = NumberRange("+4989999980100", "+4989999980199")
INNER = NumberRange.single("+4989999980142")
MOBILE, SECOND, ELSEWHERE = "+4915228817386", "+493023125042", "+4930231250100"
NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
PLACES = ("line", "node", "region")

places = st.sampled_from([*PLACES, "far line", "nowhere"])
customers = st.sampled_from(["K1", "K2"])
options = st.none() | st.builds(
    Option,
    st.just(INNER),
    customers,
    st.sampled_from(["line", "far line"]),
    st.booleans(),
)
around = st.none() | st.builds(
    Option, st.just(BLOCK), customers, st.just("line"), st.booleans()
)
rules = st.none() | st.builds(
    RuleSetting,
    enabled=st.booleans(),
    target=st.none() | st.sampled_from([MOBILE, SECOND]),
    fallback_target=st.none() | st.just(MOBILE),
    follows_planned_work=st.booleans(),
)
block_rules = rules | st.just(
    RuleSetting(enabled=True, target=ELSEWHERE, keep_extension=True)
)
armings = st.builds(
    Arming,
    st.just(INNER),
    customers,
    st.lists(places, min_size=1, unique=True).map(tuple),
    st.none() | st.sampled_from([MOBILE, SECOND]),
    fallback=st.none() | st.just(MOBILE),
    target_places=st.just(()) | st.just(("far line",)),
    planned=st.booleans(),
)
outages = st.lists(
    st.builds(
        OpenOutage,
        st.uuids().map(str),
        st.frozensets(places, min_size=1),
        st.integers(0, 99).map(lambda m: NOON + timedelta(minutes=m)),
        st.booleans(),
    ),
    max_size=4,
)
causes = st.lists(
    st.builds(
        ActiveCause,
        st.sampled_from(["manual", "drill"]),
        st.uuids().map(str),
        st.just(NOON),
    ),
    max_size=2,
)


@given(armings, outages, causes)
def test_in_effect_means_armed_and_a_reason(
    arming: Arming, open_: list[OpenOutage], active: list[ActiveCause]
) -> None:
    hits = [
        o
        for o in open_
        if o.places.intersection(arming.places) and (arming.planned or not o.planned)
    ]
    found = diversion(arming, open_, active)
    if arming.target is None or not (hits or active):
        assert found is None
        return
    assert found is not None
    assert {c.id for c in found.causes} == {o.outage_id for o in hits} | {
        c.id for c in active
    }
    is_down = any("far line" in o.places for o in open_) and bool(arming.target_places)
    assert found.target == (arming.fallback if is_down else arming.target)


@given(armings, outages, causes)
def test_the_order_of_facts_and_their_repetition_do_not_matter(
    arming: Arming, open_: list[OpenOutage], active: list[ActiveCause]
) -> None:
    there = diversion(arming, open_, active)
    back = diversion(arming, open_[::-1], active[::-1])
    assert (there and there.target) == (back and back.target)
    assert there is None or back is None or set(there.causes) == set(back.causes)


@given(armings, outages, outages, causes)
def test_one_more_outage_never_brings_calls_home(
    arming: Arming,
    some: list[OpenOutage],
    more: list[OpenOutage],
    active: list[ActiveCause],
) -> None:
    if diversion(arming, some, active):
        assert diversion(arming, some + more, active)


@given(armings, outages, causes)
def test_held_nothing_is_in_effect(
    arming: Arming, open_: list[OpenOutage], active: list[ActiveCause]
) -> None:
    assert diversion(arming, open_, active, held=True) is None


@given(
    own=options, rule=rules, block=around, block_rule=block_rules, apart=st.booleans()
)
def test_what_the_switch_holds_gives_each_number_its_own_rule_else_its_blocks(
    *,
    own: Option | None,
    rule: RuleSetting | None,
    block: Option | None,
    block_rule: RuleSetting | None,
    apart: bool,
) -> None:
    entry = arming_of(
        INNER, own=(own, rule), block=(block, block_rule), places=PLACES, apart=apart
    )
    blocks = (
        arming_of(BLOCK, own=(block, block_rule), block=(None, None), places=PLACES)
        if block
        else None
    )
    if entry and entry.target:
        assert entry.alone == _is_guest(own, block)
    wanted = _wanted_target(own, rule, block, block_rule)
    assert _target_at_switch(entry, blocks) == wanted


def _wanted_target(
    own: Option | None,
    rule: RuleSetting | None,
    block: Option | None,
    block_rule: RuleSetting | None,
) -> str | None:
    option = option_in_force(own, block)
    if option is None:
        return None
    if rule is None and block and block.enabled and not _is_guest(own, block):
        if block_rule and block_rule.enabled and block_rule.keep_extension:
            return f"{ELSEWHERE[:-2]}42"
        rule = block_rule
    return rule.target if rule and rule.enabled else None


def _is_guest(own: Option | None, block: Option | None) -> bool:
    return bool(own and block and own.customer_number != block.customer_number)


def _target_at_switch(entry: Arming | None, block: Arming | None) -> str | None:
    if entry:
        return entry.target
    if block is None or block.target is None:
        return None
    if not block.keep_extension:
        return block.target
    return f"+{int(block.target) + int(INNER.first) - int(BLOCK.first)}"


@given(options, rules, around, block_rules)
def test_an_entry_always_names_places_and_an_owner(
    own: Option | None,
    rule: RuleSetting | None,
    block: Option | None,
    block_rule: RuleSetting | None,
) -> None:
    entry = arming_of(INNER, own=(own, rule), block=(block, block_rule), places=PLACES)
    if entry:
        assert entry.line == "line"
        assert entry.customer_number
        assert INNER.first != entry.target
