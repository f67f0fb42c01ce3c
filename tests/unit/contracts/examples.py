"""The golden examples of every released version, one test case each."""

from collections.abc import Iterator
from typing import Any

import pytest

from contracts.catalogue import EVENTS
from contracts.event import Event
from contracts.generate import FOLDER, golden_examples

BY_NAME: dict[str, type[Event]] = {event.__name__: event for event in EVENTS}


def cases() -> Iterator[tuple[str, type[Event], dict[str, Any]]]:
    """Return an id, the event and the value of every example there is."""
    for folder in sorted((FOLDER / "examples").iterdir()):
        for name, examples in golden_examples(folder).items():
            for title, value in examples.items():
                yield f"{folder.name}-{name}-{title}", BY_NAME[name], value


SHOWN = list(cases())
CASES = [pytest.param(event, value, id=id_) for id_, event, value in SHOWN]
