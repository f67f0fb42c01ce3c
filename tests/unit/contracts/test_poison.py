"""What no service could keep is refused where it is read, whatever field it is in."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.event import LONGEST_NAME, Event
from unit.contracts.examples import SHOWN

TIME = re.compile(r"\d{4}-\d\d-\d\dT")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
LONG = "x" * (LONGEST_NAME + 1)
READ_WITH_CARE = {"NetworkSignal", "OutageCommanded", "OrderPlaced", "OrderCancelled"}
"""Their readers take times without an offset, and answer what they cannot take."""
PROSE = {"note", "reason", "because", "name", "reported_by", "chain"}
"""Texts that nothing is looked up by."""
BAD_TIMES = (
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2026-11-23T12:00:00",
)


def leaves(
    value: Any, path: tuple[Any, ...] = ()
) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Name every text of an example by its place."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict | list):
        places = value.items() if isinstance(value, dict) else enumerate(value)
        for place, inner in places:
            yield from leaves(inner, (*path, place))


def poisoned() -> Iterator[Any]:
    """Return each field of each event once, with what it must not take."""
    seen = set()
    for _, event, value in SHOWN:
        for path, text in leaves(value):
            field = ".".join(str(step) for step in path if not isinstance(step, int))
            for bad in bad_instead(event, path, text):
                id_ = f"{event.__name__}-{field}-{bad:.30}"
                if id_ not in seen:
                    yield pytest.param(event, value, path, bad, id=id_)
                seen.add(id_)


def bad_instead(
    event: type[Event], path: tuple[Any, ...], text: str
) -> tuple[str, ...]:
    if TIME.match(text):
        return () if event.__name__ in READ_WITH_CARE else BAD_TIMES
    if DAY.fullmatch(text):
        return ("0001-01-01", "9999-12-31")
    field = str(path[0] if isinstance(path[-1], int) else path[-1])
    in_signal = event.__name__ == "NetworkSignal" and field == "lines"
    return () if field.endswith("_by") or in_signal or field in PROSE else (LONG,)


@pytest.mark.parametrize(("event", "value", "path", "bad"), list(poisoned()))
def test_it_is_refused(
    event: type[Event], value: dict[str, Any], path: tuple[Any, ...], bad: str
) -> None:
    spoilt = json.loads(json.dumps(value))
    around: Any = spoilt
    for step in path[:-1]:
        around = around[step]
    around[path[-1]] = bad

    with pytest.raises(ValidationError):
        event.model_validate_json(json.dumps(spoilt))
