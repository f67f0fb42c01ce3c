"""Codes of the second factor, and the recovery codes for who lost his device."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from portal_gateway.domain.credentials import PAPER_LETTERS

STEP_SECONDS: Final = 30
DRIFT: Final = 1
"""So many steps may a device's clock be off, either way."""
RECOVERY_CODES: Final = 10
RECOVERY_LETTERS: Final = 16
LOCATOR: Final = 4
_DIGITS: Final = re.compile(r"[0-9]{6}")


class Recovery(NamedTuple):
    """A recovery code: the first part finds it, the second is secret (60 bits)."""

    locator: str
    secret: str

    @property
    def written(self) -> str:
        """Return it as a person reads it."""
        letters = self.locator + self.secret
        return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def spell_recovery(pick: Sequence[int]) -> Recovery:
    """Spell random numbers as a code that can be read off paper: 5 bits each."""
    letters = "".join(PAPER_LETTERS[number % 32] for number in pick)
    return Recovery(letters[:LOCATOR], letters[LOCATOR:])


def as_digits(typed: str) -> str | None:
    """Return a six-digit code however it was spaced; None: it is none."""
    bare = re.sub(r"[\s.-]", "", typed)
    return bare if _DIGITS.fullmatch(bare) else None


def as_recovery(typed: str) -> Recovery | None:
    """Return a recovery code however it was typed; None: it is none."""
    bare = re.sub(r"[\s.-]", "", typed).upper()
    if len(bare) != RECOVERY_LETTERS or set(bare) - set(PAPER_LETTERS):
        return None
    return Recovery(bare[:LOCATOR], bare[LOCATOR:])


def steps_around(seconds: float, *, used: int) -> list[int]:
    """Return the time steps whose codes count now: near, and newer than `used`."""
    now = int(seconds) // STEP_SECONDS
    return [step for step in range(now - DRIFT, now + DRIFT + 1) if step > used]
