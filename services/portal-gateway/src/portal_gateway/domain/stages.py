"""How far somebody is on the way in, and which roles there are."""

from typing import Final, Literal

Role = Literal["customer", "agent", "operator"]
Stage = Literal["second_factor", "credentials", "enrolment", "open"]
STAFF: Final = frozenset({"agent", "operator"})
NEEDS: Final = {
    "second_factor": "second_factor_required",
    "credentials": "must_change_credentials",
    "enrolment": "second_factor_enrolment_required",
}
"""The code with which everything else is refused at a stage."""


def stage_of(
    *, factor_pending: bool, must_change: bool, must_enrol: bool = False
) -> Stage:
    """Return the one thing that comes next: the steps have an order."""
    if factor_pending:
        return "second_factor"
    if must_change:
        return "credentials"
    return "enrolment" if must_enrol else "open"
