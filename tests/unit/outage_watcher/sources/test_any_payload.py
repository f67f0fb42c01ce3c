"""Whatever comes: an outcome, never an error, and never a failure out of nothing."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic_core import from_json

from outage_watcher.domain import reading
from outage_watcher.sources.formats import FORMATS, Inbounds
from support.readings import NOW, SAMPLES, VARIANTS, source

NAMES = sorted(FORMATS)
KNOWN = [
    *(
        from_json(file.read_bytes())
        for file in sorted(SAMPLES.glob("*/*.json"))
        if file.parent.name != "variants"
    ),
    *(
        each["body"]
        for table in VARIANTS.values()
        for each in table.values()
        if "body" in each
    ),
]
WORDS = sorted(
    {word for each in KNOWN for word in json.dumps(each).split('"') if len(word) < 40}
)
SCALARS: st.SearchStrategy[Any] = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(WORDS)
    | st.text(max_size=20)
    | st.sampled_from(("nan", "-inf", "²", "٣", "1" * 5000, "a\x00b"))
)
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(WORDS) | st.text(max_size=8), inner, max_size=6
        )
    ),
    max_leaves=25,
)
QUICK = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])


@st.composite
def damaged(draw: st.DrawFn) -> Any:
    """Return a real payload of which some values were replaced or taken away."""
    whole = json.loads(json.dumps(draw(st.sampled_from(KNOWN))))
    for _ in range(draw(st.integers(1, 4))):
        node = whole
        while True:
            keys: list[Any] = (
                list(node) if isinstance(node, dict) else list(range(len(node)))
            )
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(node[key], dict | list) and node[key] and draw(st.booleans()):
                node = node[key]
                continue
            if draw(st.booleans()) and isinstance(node, dict):
                del node[key]
            else:
                node[key] = draw(ANYTHING)
            break
    return whole


@QUICK
@given(st.sampled_from(NAMES), st.binary(max_size=200))
def test_any_bytes_have_an_outcome(name: str, body: bytes) -> None:
    found = source(name).read(body, now=NOW)

    assert found.failures == []
    assert "down" not in {each.state for each in found.signals} or name == "syslog"


@QUICK
@given(st.sampled_from(NAMES), ANYTHING)
def test_any_json_has_an_outcome(name: str, body: Any) -> None:
    assert source(name).read(json.dumps(body).encode(), now=NOW).failures == []
    Inbounds().recognised(body)


@settings(QUICK, max_examples=200)
@given(st.sampled_from(NAMES), damaged())
def test_any_damage_to_a_real_payload_has_an_outcome(name: str, body: Any) -> None:
    found = source(name).read(json.dumps(body).encode(), now=NOW)

    assert found.failures == []
    for signal in found.signals:
        is_named = signal.element or signal.lines or reading.is_heartbeat(signal)
        assert signal.state != "down" or is_named
        assert signal.reported_by == name
        assert 1 <= len(signal.alarm_id) <= 255
