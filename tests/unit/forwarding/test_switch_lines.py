"""A rule's line for the switch is the same by the quick way and by the careful one."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forwarding.switch import Operation, Unread
from forwarding.switches.kamailio_text import line_of, usual_line
from forwarding.switches.wording import BadValue
from support.rigs import rule

NUMBER, MOBILE, SECOND = "+493023125001", "+4915228817386", "+493023125042"
USUAL = rule(NUMBER, MOBILE, line="L-1", places=["L-1", "AN-1", "REGION-1"])


def as_postgres_tells(value: dict[str, Any]) -> str:
    order = sorted(value, key=lambda name: (len(name), name))
    return json.dumps({name: value[name] for name in order}, ensure_ascii=False)


def outcome(key: str, version: int, value: dict[str, Any] | Unread) -> str:
    try:
        return line_of(Operation(key, version, value))
    except BadValue as bad:
        return f"refused: {bad.reason}"


numbers = st.sampled_from([NUMBER, MOBILE, SECOND, "110", "+4930", "030 23125001", ""])
PLACES = ["L-1", "AN-1", "Köln 1", "a|b", 'a"b', "a,b", "", "x" * 200, "x" * 201]
places = st.sampled_from([*PLACES, "a\\b", "p:1", "Line 1", " L", "L ", "L  1"])
fields = {
    "first": st.one_of(st.just(NUMBER), numbers),
    "last": st.one_of(st.none(), st.just("+493023125009")),
    "line": st.one_of(st.just("L-1"), places, st.none()),
    "places": st.one_of(st.just(USUAL["places"]), st.lists(places, max_size=4)),
    "target": st.one_of(numbers, st.none()),
    "keep_extension": st.booleans(),
    "fallback": st.one_of(st.none(), numbers),
    "target_places": st.lists(places, max_size=2),
    "off": st.booleans(),
    "planned": st.booleans(),
    "reason": st.sampled_from(["unavailable", "busy"]),
    "line_first": st.booleans(),
}


@st.composite
def values(draw: st.DrawFn) -> dict[str, Any]:
    """Return a usual rule with up to three fields changed, one maybe left out."""
    changed = draw(st.sets(st.sampled_from(sorted(fields)), max_size=3))
    value = USUAL | {name: draw(fields[name]) for name in sorted(changed)}
    value.pop(draw(st.one_of(st.none(), st.sampled_from(sorted(USUAL)))), None)
    return value


@settings(max_examples=500, deadline=None)
@given(
    value=values(),
    key=st.sampled_from([f"rule/{NUMBER}", f"rule/{SECOND}", "rule/110", "hold"]),
    version=st.sampled_from([0, 1, 999_999_999, 1_000_000_000, -1]),
)
def test_both_ways_say_the_same(value: dict[str, Any], key: str, version: int) -> None:
    told = Unread(as_postgres_tells(value))

    assert outcome(key, version, told) == outcome(key, version, value)


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"off": True},
        {"planned": False},
        {"fallback": SECOND},
        {"line": "Line 1", "places": ["Line 1"]},
    ],
    ids=["plain", "off", "not for planned work", "fallback", "words in a place"],
)
def test_what_most_rules_look_like_takes_the_quick_way(change: dict[str, Any]) -> None:
    value = USUAL | change

    quick = usual_line(f"rule/{NUMBER}", 7, as_postgres_tells(value))

    assert quick == line_of(Operation(f"rule/{NUMBER}", 7, value))


def test_an_unread_value_is_as_good_as_one_that_was_read() -> None:
    unread = Unread(as_postgres_tells(USUAL))

    assert (unread == USUAL, dict(unread)) == (True, USUAL)
    assert unread.keys() == USUAL.keys()
    assert len(unread) == len(USUAL)
