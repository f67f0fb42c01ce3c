"""
Whose a bad answer is: one subscriber's, for whom nobody waits, or the switch's.

A document that nobody can read, a 500, or silence may be one subscriber's own; or the
switch is ill, or something else answers in its place. Another subscriber tells which:
he is served, or not. More than a few at once are never believed to be each one's own,
nor several who can be read but not written, while nobody else is written.
"""

import asyncio
from collections.abc import Iterable, Mapping
from itertools import chain, islice

from forwarding.switch import BadAnswer, Conflict
from forwarding.switches.slots import NoSuchSubscriber, Slots

OF_ONE = BadAnswer, Conflict
FEW = 20
ASKED = 3
"""So many others are asked for, at most: a number may have left."""


class Blame:
    """Who is served badly, and who was served well lately."""

    def __init__(self, slots: Slots) -> None:
        self._slots = slots
        self._served: dict[str, None] = {}
        self.alone: dict[str, str] = {}
        """Numbers that alone are served badly, and how."""

    def served(self, number: str) -> None:
        """Note that all went well for a number."""
        self.alone.pop(number, None)
        self._served.pop(number, None)
        self._served[number] = None
        if len(self._served) > FEW:
            del self._served[next(iter(self._served))]

    async def judge(
        self,
        bad: Mapping[str, BadAnswer | Conflict],
        *,
        served: int,
        others: Iterable[str],
    ) -> None:
        """
        Note the numbers as served badly alone; raises the answer if that is not so.

        So many were `served` well beside them; `others` may be asked for as well.
        """
        new = {number: bad[number] for number in bad.keys() - self.alone.keys()}
        unwritten = sum(error.writing for error in new.values())
        if (
            self.are_too_many(new, served=served)
            # Others who can be read say nothing of whether anybody can be written.
            or (unwritten > ASKED and not served)
            or not await self._serves(chain(reversed(self._served), others), bad)
        ):
            raise next(iter(bad.values()))
        self.alone |= {number: error.reason for number, error in bad.items()}

    def are_too_many(self, bad: Iterable[str], *, served: int) -> bool:
        """Tell whether so many new ones at once cannot be each one's own."""
        return len(set(bad) - self.alone.keys()) > max(FEW, served)

    async def _serves(self, others: Iterable[str], bad: Mapping[str, object]) -> bool:
        well = (n for n in others if n not in bad and n not in self.alone)
        # All at once: whoever hangs as well is waited for once.
        asked = islice(dict.fromkeys(well), ASKED)
        return any(await asyncio.gather(*map(self._is_served, asked)))

    async def _is_served(self, number: str) -> bool:
        try:
            await self._slots.read(number)
        except (*OF_ONE, NoSuchSubscriber):
            return False
        return True
