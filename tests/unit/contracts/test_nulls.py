"""What others tell as null is what they left out: Go and Java write it so."""

import json

import pytest
from pydantic import ValidationError

from contracts.event import Event
from contracts.numbers import NumberPorted, NumberProvisioned
from contracts.orders import OrderPlaced
from contracts.outages import OutageCleared, OutageDetected
from unit.contracts.examples import SHOWN

TOLD_BY_OTHERS: tuple[type[Event], ...] = (
    NumberPorted,
    NumberProvisioned,
    OrderPlaced,
    OutageDetected,
    OutageCleared,
)
FIELDS = [
    pytest.param(event, name, field.is_required(), id=f"{event.__name__}-{name}")
    for event in TOLD_BY_OTHERS
    for name, field in event.model_fields.items()
]


@pytest.mark.parametrize(("event", "name", "is_required"), FIELDS)
def test_null_is_a_field_that_is_missing(
    event: type[Event], name: str, *, is_required: bool
) -> None:
    told = next(value for _, shown, value in SHOWN if shown is event)
    left_out = {field: value for field, value in told.items() if field != name}
    null = json.dumps(left_out | {name: None})

    if is_required:
        with pytest.raises(ValidationError):
            event.model_validate_json(null)
    else:
        assert event.model_validate_json(null) == event.model_validate(left_out)
