"""
Whose a bad answer is: one subscriber's, for whom nobody waits, or the switch's.

A document that nobody can read, or a 500, may be one subscriber's own; or the switch is
ill, or something else answers in its place. Another subscriber tells which: he is
served, or not. More than a few at once are never believed to be each one's own.
"""

from collections.abc import Iterable, Mapping
from itertools import chain

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
        new = bad.keys() - self.alone.keys()
        is_few = len(new) <= max(FEW, served)
        if not is_few or not await self._serves(
            chain(reversed(self._served), others), bad
        ):
            raise next(iter(bad.values()))
        self.alone |= {number: error.reason for number, error in bad.items()}

    async def _serves(self, others: Iterable[str], bad: Mapping[str, object]) -> bool:
        asked: set[str] = set()
        for number in others:
            if number in bad or number in self.alone or number in asked:
                continue
            if len(asked) == ASKED:
                break
            asked.add(number)
            try:
                await self._slots.read(number)
            except (*OF_ONE, NoSuchSubscriber):
                continue
            return True
        return False
