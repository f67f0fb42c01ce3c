"""
Several nodes of one switch: a change counts when all that take calls have it.

A node that does not answer is waited for a moment; then calls are believed to go
elsewhere, and what it missed is made up for before it counts again. Until then the
switch is partial, and says so.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from enum import StrEnum

import structlog

from chassis.errors import Unavailable
from forwarding import metrics
from forwarding.switch import (
    Answer,
    Capabilities,
    Operation,
    SwitchNode,
    Unreachable,
)

log = structlog.get_logger()


class NodeState(StrEnum):
    """What is known of a node."""

    UNKNOWN = "unknown"
    """Not looked at yet: what it says counts, since it may take calls."""
    SERVING = "serving"
    """Holds what it should and takes calls."""
    FILLING = "filling"
    """A new life that does not know its rules yet."""
    AWAY = "away"
    """Does not answer; others take its calls."""


class Node:
    """One node of the switch and what is known of it."""

    def __init__(
        self,
        switch: SwitchNode,
        *,
        grace: float = 5.0,
        has_others: Callable[["Node"], bool] = lambda _: False,
    ) -> None:
        self.switch = switch
        self._grace, self._has_others = grace, has_others
        self.state = NodeState.UNKNOWN
        self.boot: str | None = None
        """The life that is known to hold what it should."""
        self.missed = False
        """Whether a change did not reach it that others have."""
        self.silent_since: float | None = None
        self.disturbed = asyncio.Event()
        """Set when it must be looked at before its turn."""

    def becomes(self, state: NodeState) -> None:
        """Note what is known of it now."""
        if state != self.state:
            log.info("switch_node", node=self.switch.name, state=state)
        self.state = state
        if state is NodeState.SERVING:
            self.silent_since = None
        for each in NodeState:
            metrics.NODES.labels(self.switch.name, each).set(each is state)

    @property
    def counts(self) -> bool:
        """Whether a change is done only when this node has it."""
        if self.state is NodeState.UNKNOWN:
            return not self.switch.capabilities.says_ready
        return self.state is NodeState.SERVING

    def answers(self) -> None:
        """Note that it said something."""
        self.silent_since = None

    def falls_silent(self, error: Unavailable) -> None:
        """Note that it did not answer, and for how long; others may take its calls."""
        self.silent_since = self.silent_since or time.monotonic()
        gone = isinstance(error, Unreachable)
        silent = time.monotonic() - self.silent_since
        if self.counts and (gone or silent >= self._grace) and self._has_others(self):
            self.becomes(NodeState.AWAY)
            self.disturbed.set()

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        """Send to this node; what a life that forgot its rules says does not count."""
        try:
            answers = await self.switch.apply(operations)
        except Unavailable as error:
            self.missed = True
            self.falls_silent(error)
            raise
        self.answers()
        if self.boot and self.switch.boot != self.boot:
            if self.counts:
                self.becomes(NodeState.FILLING)
                self.disturbed.set()
            raise Unavailable(f"{self.switch.name}: restarted, not filled yet")
        return answers


class Nodes:
    """All nodes of the switch as one."""

    def __init__(self, switches: Sequence[SwitchNode], *, grace: float) -> None:
        self.nodes = tuple(
            Node(switch, grace=grace, has_others=self._has_others)
            for switch in switches
        )
        self.name = ",".join(node.switch.name for node in self.nodes)

    @property
    def backend(self) -> str:
        """What kind its nodes are."""
        return self.nodes[0].switch.backend

    @property
    def capabilities(self) -> Capabilities:
        """What its nodes can do: they are of one kind."""
        return self.nodes[0].switch.capabilities

    @property
    def boot(self) -> str | None:
        """Which lives answered last."""
        boots = [node.switch.boot or "" for node in self.nodes]
        return ",".join(boots) if any(boots) else None

    @property
    def partial(self) -> bool:
        """Whether some node takes calls without being known to hold every change."""
        return any(not node.counts for node in self.nodes)

    async def apply(self, operations: Sequence[Operation]) -> Sequence[Answer]:
        """Send to all; done when each node that takes calls has it."""
        said = await self._ask(operations)
        found = []
        trouble: Unavailable | None = None
        for node, answers in zip(self.nodes, said, strict=True):
            if isinstance(answers, Unavailable):
                trouble = answers if node.counts else trouble
            elif isinstance(answers, BaseException):
                raise answers
            elif node.counts:
                found.append(answers)
        metrics.PARTIAL.set(self.partial)
        if trouble or not found:
            raise trouble or Unavailable("switch: no node is ready")
        return [_worst(answers) for answers in zip(*found, strict=True)]

    async def _ask(
        self, operations: Sequence[Operation]
    ) -> Sequence[Sequence[Answer] | BaseException]:
        if len(self.nodes) > 1:
            asked = (node.apply(operations) for node in self.nodes)
            return await asyncio.gather(*asked, return_exceptions=True)
        try:  # the usual case, without a task that a single flip would wait for
            return [await self.nodes[0].apply(operations)]
        except Unavailable as error:
            return [error]

    def _has_others(self, node: Node) -> bool:
        return any(n.counts and not n.silent_since for n in self.nodes if n != node)

    async def close(self) -> None:
        """Let go of connections."""
        for node in self.nodes:
            await node.switch.close()


def _worst(answers: Sequence[Answer]) -> Answer:
    """Return what must be acted upon: a refusal, else the newest stale, else ok."""
    order = ("ok", "stale", "refused")
    worst = max(answers, key=lambda one: (order.index(one.result), one.version or 0))
    left = {key: why for one in answers for key, why in one.left}
    return worst._replace(left=tuple(left.items())) if left else worst
