"""A trace goes on; a broken one begins anew."""

import re

import pytest

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
