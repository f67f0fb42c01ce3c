"""A password counts as it was typed, whole and in its case."""

import pytest

from portal_gateway.usecases.passwords import Passwords

TYPED = "Büroklammern " * 8 + "9"


@pytest.mark.parametrize(
    ("typed", "is_right"),
    [
        (TYPED, True),
        (TYPED.replace("ü", "u\u0308"), True),  # another keyboard's same letter
        (TYPED.upper(), False),
        (TYPED + " ", False),
        (TYPED[:72], False),
        (TYPED[:-1], False),
    ],
    ids=["itself", "decomposed", "upper", "longer", "its first 72", "shorter"],
)
async def test_is_verified_as_typed(typed: str, *, is_right: bool) -> None:
    passwords = Passwords(queue=1)

    assert await passwords.verify(await passwords.hash(TYPED), typed) is is_right
