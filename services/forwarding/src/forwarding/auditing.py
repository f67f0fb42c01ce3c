"""How a node of the switch differs from the facts, and what only changes meanwhile."""

from collections.abc import AsyncGenerator, Sequence, Sized
from collections.abc import Set as AbstractSet
from contextlib import aclosing
from dataclasses import dataclass, field

from forwarding.desired_store import DesiredStore
from forwarding.switch import Difference, Operation, SwitchNode


@dataclass(slots=True)
class Findings:
    """What an audit found."""

    entries: int = 0
    missing: list[str] = field(default_factory=list)
    """Keys that the switch has not, or has in an older version."""
    stuck: list[Difference] = field(default_factory=list)
    """Entries at the switch that no fact stands behind."""
    ahead: list[Difference] = field(default_factory=list)
    """Entries that are newer or not the same there: our database was restored."""
    on_their_way: list[Difference] = field(default_factory=list)
    """Entries that changed meanwhile, or wait for the switch: no drift."""
    waits: bool = False
    """Whether it was too much, and an operator must say yes."""

    @property
    def by_kind(self) -> dict[str, Sized]:
        """Return what differs, by how."""
        return {"missing": self.missing, "stuck": self.stuck, "ahead": self.ahead}

    @property
    def differences(self) -> int:
        """Return how many entries differ."""
        return len(self.missing) + len(self.stuck) + len(self.ahead)

    def add(self, one: Difference, *, is_on_its_way: bool) -> None:
        """Take in a difference."""
        if is_on_its_way:
            self.on_their_way.append(one)
        elif one.kind == "missing":
            self.missing.append(one.key)
        else:
            (self.stuck if one.kind == "stuck" else self.ahead).append(one)


async def compare(switch: SwitchNode, desired: DesiredStore, batch: int) -> Findings:
    """Read what should be as one picture, then the switch, then what changed since."""
    found, untold = Findings(), set[str]()

    async def counted() -> AsyncGenerator[Sequence[Operation], None]:
        found.entries = 0
        async with desired.picture() as picture:
            untold.update(await picture.untold_flags())
            async with aclosing(picture.all(batch)) as batches:
                async for some in batches:
                    found.entries += len(some)
                    yield some

    some: list[Difference] = []
    async for one in switch.audit(counted):
        some.append(one)
        if len(some) >= batch:
            await _take_in(found, some, desired, untold)
            some = []
    await _take_in(found, some, desired, untold)
    return found


async def _take_in(
    found: Findings,
    some: Sequence[Difference],
    desired: DesiredStore,
    untold: AbstractSet[str],
) -> None:
    if some:
        changing = await desired.on_their_way(some, untold)
        for one in some:
            found.add(one, is_on_its_way=one.key in changing)
