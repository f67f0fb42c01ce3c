"""
The last look before a target reaches the switch, whatever way it came.

Rules are checked when they are set and every night, with all that is known. Here, a
row that none of that saw, or that an older release let pass, finds no way out.
"""

import re
from collections.abc import AsyncIterator, Sequence
from typing import Final

import structlog

from contracts.denied_ranges import denied_range
from forwarding import metrics
from forwarding.switch import (
    Answer,
    Capabilities,
    Desired,
    Difference,
    Incarnation,
    Operation,
    SwitchNode,
)
from forwarding.switches.told import ToldRules

log = structlog.get_logger()

BARRED: Final = "target_barred"
_E164: Final = re.compile(r"\+[1-9][0-9]{6,14}")


class Gate:
    """A node of the switch that is told of no target which nobody may call."""

    def __init__(self, node: SwitchNode) -> None:
        self._node = node
        self.name, self.backend = node.name, node.backend
        self.capabilities: Capabilities = node.capabilities

    @property
    def boot(self) -> str | None:
        """Return which life of the switch answered last."""
        return self._node.boot

    @property
    def partial(self) -> bool:
        """Tell whether some part of it may not have every change."""
        return self._node.partial

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        """Send what may pass; the rest is refused here, and logged."""
        kept = barred(operations)
        if not kept:
            return await self._node.apply(operations)
        metrics.BARRED.inc(len(kept))
        log.error("barred_target_kept_from_switch", operations=len(kept))
        passing = [one for at, one in enumerate(operations) if at not in kept]
        said = iter(await self._node.apply(passing) if passing else ())
        return [
            Answer(one.key, "refused", None, BARRED) if at in kept else next(said)
            for at, one in enumerate(operations)
        ]

    async def incarnation(self) -> Incarnation:
        """Ask which life it is."""
        return await self._node.incarnation()

    def audit(self, desired: Desired) -> AsyncIterator[Difference]:
        """Compare what the switch holds with what it should hold."""
        return self._node.audit(desired)

    async def ready(self, boot: str) -> None:
        """Say that this life knows its rules now."""
        await self._node.ready(boot)

    async def close(self) -> None:
        """Let go of connections."""
        await self._node.close()


def barred(operations: Sequence[Operation]) -> set[int]:
    """Return where those stand that must not pass."""
    if isinstance(operations, ToldRules) and not any(
        map(denied_range, operations.targets)
    ):
        looked_at = operations.unusual
    else:
        looked_at = enumerate(operations)
    return {at for at, one in looked_at if not may_pass(one)}


def may_pass(operation: Operation) -> bool:
    """Tell whether every target that it names may be called at all."""
    value = operation.value or {}
    targets = (value.get("target"), value.get("fallback"))
    return all(
        _E164.fullmatch(target) and denied_range(target) is None
        for target in targets
        if target is not None
    )
