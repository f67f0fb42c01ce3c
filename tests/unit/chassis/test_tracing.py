"""A trace goes on; a broken one begins anew."""

import re
import subprocess
import sys

import pytest

from chassis import tracing
from chassis.tracing import continued

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-00"
FORM = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


def test_goes_on_in_the_same_trace_with_a_span_of_its_own() -> None:
    child = continued(PARENT)

    assert FORM.fullmatch(child)
    assert child.startswith(f"00-{TRACE}-")
    assert child.endswith("-00")
    assert child != PARENT


@pytest.mark.parametrize(
    "parent", [None, "", "x", PARENT[:-1], PARENT + "0", PARENT.upper(), f"{PARENT}\n"]
)
def test_begins_anew_without_a_usable_one(parent: str | None) -> None:
    begun = continued(parent)

    assert FORM.fullmatch(begun)
    assert TRACE not in begun


def test_work_inside_a_span_is_of_the_same_trace() -> None:
    with tracing.span("outer", PARENT) as outer:
        with tracing.span("inner") as inner:
            assert tracing.here() == inner.traceparent
        assert tracing.here() == outer.traceparent

    assert tracing.current.get() is None
    assert inner.traceparent[3:35] == outer.traceparent[3:35] == TRACE
    assert len({PARENT, outer.traceparent, inner.traceparent}) == 3


def test_a_broken_parent_leaves_the_trace_under_way() -> None:
    with tracing.span("outer", PARENT), tracing.span("inner", "rubbish") as inner:
        assert inner.traceparent[3:35] == TRACE


def test_without_a_collector_nothing_is_recorded_and_no_sdk_is_loaded() -> None:
    code = (
        "import sys; from chassis import commands, service, tracing\n"
        "with tracing.span('x'): pass\n"
        "assert tracing.Recording.to is None\n"
        "print(any(name.startswith('opentelemetry.sdk') for name in sys.modules))"
    )

    said = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    )

    assert said.stdout.strip() == "False"


def test_a_log_line_names_the_trace_under_way() -> None:
    with tracing.span("work", PARENT):
        line = tracing.note_trace(None, "info", {"event": "x"})

    assert line == {"event": "x", "trace_id": TRACE}
    assert tracing.note_trace(None, "info", {"event": "x"}) == {"event": "x"}


def test_work_within_another_trace_goes_on_there_and_comes_back() -> None:
    other = PARENT.replace(TRACE, "f" * 32)
    with tracing.span("batch", PARENT) as batch:
        with tracing.within(other):
            assert tracing.here() == other
        for same in (PARENT, None, "rubbish"):
            with tracing.within(same):
                assert tracing.here() == batch.traceparent
        assert tracing.here() == batch.traceparent
