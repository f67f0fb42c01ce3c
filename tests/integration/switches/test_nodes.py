"""Forwarding and the nodes of its switch: restarts, guards, two masters."""

import argparse
import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest
from prometheus_client import REGISTRY

from contracts.event import new_id
from forwarding.fence_store import Fence
from forwarding.switch import Fenced, Operation
from forwarding.switch_command import switch_command
from forwarding.switches.kamailio import KamailioSwitch
from forwarding.switches.told import ToldRules
from support.forwarding_facts import MOBILE, SECOND, numbers_for_tests
from support.forwarding_lab import Lab
from support.sip_lab import Node, SipLab, sip_lab
from support.stack import Stack, fresh_database
from support.switch_lab import SwitchLab
from support.waiting import eventually

AUDITED = "forwarding_audit_last_success_timestamp_seconds"

GRACE = 1.5
ENDED_WITHIN = 15.0
"""Seconds; Kamailio of itself would wait for a minute."""


@pytest.fixture(scope="module")
async def sip() -> AsyncIterator[SipLab]:
    async with sip_lab("-A", "LINE_FR_MS=400") as lab:
        await lab.add_node()
        yield lab


@pytest.fixture(scope="module")
async def module_lab(stack: Stack, kafka: str, sip: SipLab) -> AsyncIterator[Lab]:
    async with AsyncExitStack() as opened:
        database = await opened.enter_async_context(fresh_database(stack))
        none = SwitchLab("none", None)  # type: ignore[arg-type]  # real ones are asked
        lab = await opened.enter_async_context(Lab(kafka, database, none).listening())
        await opened.enter_async_context(lab.serving(**settings(sip)))
        yield lab


def settings(sip: SipLab) -> dict[str, Any]:
    return {
        "switch_url": ",".join(node.setting for node in sip.nodes),
        "switch_key": sip.key,
        "switch_timeout": "PT0.5S",
        "switch_node_grace": f"PT{GRACE}S",
        "reconcile_every": "PT2S",
        "failure_told_after": "PT30S",
    }


@pytest.fixture
async def lab(module_lab: Lab, sip: SipLab) -> Lab:
    """Two nodes that take calls."""
    for node in sip.nodes:
        await eventually(lambda node=node: serves(node), within=20)  # type: ignore[misc]  # bound now
    return module_lab


@pytest.fixture(scope="module")
def _numbers() -> Iterator[str]:
    return numbers_for_tests()


@pytest.fixture
def number(_numbers: Iterator[str]) -> str:
    return next(_numbers)


@pytest.fixture
def line() -> str:
    return f"line {new_id()}"


async def serves(node: Node) -> bool:
    adapter = node.adapter()
    try:
        return node.process is not None and (await adapter.incarnation()).ready
    finally:
        await adapter.close()


def gauge(name: str, **labels: str) -> float:
    return REGISTRY.get_sample_value(name, labels) or 0.0


async def until_rings(sip: SipLab, node: int, number: str, at: str) -> None:
    async def there() -> bool:
        return await sip.rings(number, node) == at

    await eventually(there, within=20)


async def armed(lab: Lab, number: str, line: str, **more: Any) -> str:
    await lab.open(number, line)
    await lab.arm(number, MOBILE, **more)
    return number


class TestBothNodes:
    async def test_divert_once_it_was_told(
        self, lab: Lab, sip: SipLab, number: str, line: str
    ) -> None:
        await armed(lab, number, line)
        await lab.send(lab.facts.detected(new_id(), line))
        await lab.quiet()

        assert lab.newest(number)["in_effect"]
        assert not lab.newest(number).get("partial")
        assert [await sip.rings(number, at) for at in (0, 1)] == [MOBILE, MOBILE]


class TestFilling:
    async def test_most_rules_are_told_as_the_database_writes_them(
        self, lab: Lab, number: str, line: str
    ) -> None:
        await armed(lab, number, line)

        told = await lab.row("SELECT value::text FROM arming WHERE scope = $1", number)

        assert list(ToldRules(f"{number} 7 {told}").unusual) == []


class TestANode:
    async def test_that_restarts_takes_no_calls_until_it_knows_its_rules(
        self, lab: Lab, sip: SipLab, number: str, line: str
    ) -> None:
        await armed(lab, number, line)
        await lab.send(lab.facts.detected(new_id(), line))
        await lab.quiet()
        (first, _) = sip.nodes
        seen: list[int] = []
        first.stop()
        await first.start()

        async def takes_calls() -> bool:
            seen.append(await sip.caller.options())
            return seen[-1] == 200

        await eventually(takes_calls, within=20)
        assert await sip.rings(number) == MOBILE  # whoever says 200 knows it
        assert set(seen) <= {0, 503, 200}

    async def test_that_is_gone_does_not_hold_up_the_others_and_it_is_said(
        self, lab: Lab, sip: SipLab, number: str, line: str
    ) -> None:
        await armed(lab, number, line)
        second = sip.nodes[1]
        second.stop()
        await lab.send(lab.facts.detected(new_id(), line))
        await lab.quiet()

        told = lab.newest(number)
        assert (told["in_effect"], told.get("partial")) == (True, True)
        assert await sip.rings(number, 0) == MOBILE
        assert gauge("forwarding_switch_partial") == 1
        await second.start()
        await eventually(lambda: serves(second), within=20)
        assert await sip.rings(number, 1) == MOBILE

    async def test_that_hangs_is_waited_for_then_done_without_then_caught_up(
        self, lab: Lab, sip: SipLab, number: str, line: str
    ) -> None:
        await armed(lab, number, line)
        second = sip.nodes[1]
        assert second.process
        os.killpg(second.process.pid, signal.SIGSTOP)
        outage = new_id()
        try:
            await lab.send(lab.facts.detected(outage, line))
            await lab.quiet()
            assert lab.newest(number).get("partial")
            assert await sip.rings(number, 0) == MOBILE
        finally:
            os.killpg(second.process.pid, signal.SIGCONT)
        await until_rings(sip, 1, number, MOBILE)
        await lab.send(lab.facts.cleared(outage))
        await lab.quiet()
        assert lab.newest(number)["in_effect"] is False
        assert [await sip.rings(number, at) for at in (0, 1)] == [number, number]


class TestTheGuard:
    async def test_leaves_many_foreign_rules_until_an_operator_says_yes(
        self, lab: Lab, sip: SipLab, number: str, line: str
    ) -> None:
        await armed(lab, number, line)
        adapter = sip.nodes[0].adapter()
        foreign = [f"+4940669690{n:02}0-+4940669690{n:02}9" for n in range(60)]
        more = [f"+4940669691{n:02}0-+4940669691{n:02}9" for n in range(60)]
        value = {"line": "x", "places": ["x"], "target": SECOND}
        await adapter.apply(
            [
                Operation(
                    f"rule/{scope}",
                    1,
                    value | dict(zip(("first", "last"), scope.split("-"), strict=True)),
                )
                for scope in foreign + more
            ]
        )
        name = sip.nodes[0].url.removeprefix("http://")

        async def waits() -> bool:
            return gauge("forwarding_reconcile_waits", node=name) == 1

        await eventually(waits, within=20)
        other = sip.nodes[1].url.removeprefix("http://")
        before = gauge(AUDITED, node=other)
        await eventually(lambda: asyncio.sleep(0, gauge(AUDITED, node=other) > before))
        # What another node's clean audit says hides nothing of it.
        assert gauge("forwarding_drift_lines", kind="stuck", node=name) == 120
        assert "120 unknown here" in await command(lab, sip, "status")
        assert "120 differences repaired" in await command(lab, sip, "approve")
        await adapter.close()
        await eventually(lambda: _not(waits), within=20)


async def _not(ask: Any) -> bool:
    return not await ask()


async def command(lab: Lab, sip: SipLab, action: str) -> str:
    """Run `python -m forwarding switch …`."""
    found = lab.settings(**settings(sip))
    return await switch_command(found).run(argparse.Namespace(action=action))


class TestTwoDatabases:
    async def test_the_one_that_took_over_is_in_charge(
        self, lab: Lab, sip: SipLab, number: str, line: str, stack: Stack
    ) -> None:
        async with (
            fresh_database(stack) as other,
            asyncpg.create_pool(other.url("forwarding"), min_size=1) as pool,
        ):
            theirs = Fence(pool)
            await theirs.pass_by(await Fence(lab.pool).read())
            adapter = sip.nodes[0].adapter(fence=theirs.value)
            await adapter.apply([Operation("hold", 1, {"held": False})])
            ours = sip.nodes[0].adapter(fence=await Fence(lab.pool).read())
            with pytest.raises(Fenced):
                await ours.apply([Operation("hold", 2, {"held": False})])
            await asyncio.gather(adapter.close(), ours.close())
            assert "fence" in await command(lab, sip, "take-over")
            # From here on ours counts again, and the service follows by itself.
            await armed(lab, number, line)


class TestALineThatIsTriedFirst:
    async def test_gets_calls_also_while_it_is_down(
        self, lab: Lab, sip: SipLab, number: str, line: str
    ) -> None:
        await armed(lab, number, line, rule={"line_first": True})
        await lab.send(lab.facts.detected(new_id(), line))
        await lab.quiet()

        assert (await sip.caller.call(number)).at == "line"
        sip.line.manner = "away"
        assert (await sip.caller.call(number)).at == "target"
        sip.line.manner = "answers"


async def test_a_node_ends_though_a_child_of_it_hears_nothing() -> None:
    async with sip_lab() as lab:
        main = lab.nodes[0].process
        assert main
        deaf = psutil.Process(main.pid).children()[-1]
        deaf.suspend()

        async def ended() -> bool:
            main.terminate()  # again: one that comes at its start is lost
            return main.poll() is not None

        await eventually(ended, within=ENDED_WITHIN)
        _, alive = psutil.wait_procs([deaf], timeout=ENDED_WITHIN)
        assert alive == []


@asynccontextmanager
async def closing_all() -> AsyncIterator[Callable[..., KamailioSwitch]]:
    """Make adapters of nodes, and close them in the end."""
    async with AsyncExitStack() as stack:

        def adapter(node: Node, *, fence: int) -> KamailioSwitch:
            made = node.adapter(fence=fence)
            stack.push_async_callback(made.close)
            return made

        yield adapter


@pytest.mark.parametrize("lost", ["", ".2", "torn", "ended at once"])
async def test_a_node_with_a_file_knows_after_a_restart_who_is_in_charge(
    tmp_path: Path, lost: str
) -> None:
    file = tmp_path / "fence of the node"
    async with sip_lab("-A", f'FENCE_FILE="{file}"') as sip:
        (node,) = sip.nodes
        async with closing_all() as adapter:
            await adapter(node, fence=5).apply([])
            match lost:
                case "torn":
                    file.write_text("", encoding="utf-8")
                case "ended at once":
                    assert node.process
                    os.killpg(node.process.pid, signal.SIGKILL)
                case _:
                    file.with_name(file.name + lost).unlink()
            node.stop()
            await node.start()

            # Started anew as well, it knows of nobody who passed it by.
            old, new = adapter(node, fence=4), adapter(node, fence=5)
            with pytest.raises(Fenced):
                await old.apply([Operation("hold", 1, {"held": True})])
            life = await new.incarnation()
            assert (life.fence, life.ready) == (5, False)
            with pytest.raises(Fenced):
                await adapter(node, fence=4).ready(life.boot)
            assert not await new.apply([])

            await adapter(node, fence=6).apply([])  # a take-over goes past it, as ever
            assert (await new.incarnation()).fence == 6


async def test_a_fence_that_cannot_be_kept_is_told_and_holds_up_nothing(
    tmp_path: Path,
) -> None:
    async with (
        sip_lab("-A", f'FENCE_FILE="{tmp_path}/nowhere/fence"') as sip,
        closing_all() as adapter,
    ):
        (node,) = sip.nodes
        await adapter(node, fence=5).apply([])

        assert (await adapter(node, fence=5).incarnation()).fence == 5
        assert "cannot keep fence 5" in node.log()
