from collections.abc import AsyncIterator, Iterator

import pytest

from contracts.event import new_id
from support.forwarding_facts import blocks_for_tests, numbers_for_tests
from support.forwarding_lab import Lab
from support.forwarding_world import World, running_world
from support.stack import Stack, fresh_database
from support.switch_lab import SwitchLab, running_switch


@pytest.fixture(scope="session")
async def switch() -> AsyncIterator[SwitchLab]:
    """One switch for all: tests differ in their numbers and places."""
    async with running_switch() as running:
        yield running


@pytest.fixture(scope="module")
async def own_switch() -> AsyncIterator[SwitchLab]:
    """One for a module that begins it anew for each test."""
    async with running_switch() as running:
        yield running


@pytest.fixture
async def world(stack: Stack, own_switch: SwitchLab) -> AsyncIterator[World]:
    """Forwarding without Kafka, anew for each test."""
    async with running_world(stack, own_switch) as world:
        yield world


@pytest.fixture(scope="module")
async def module_lab(stack: Stack, kafka: str, switch: SwitchLab) -> AsyncIterator[Lab]:
    """Forwarding and its database, which the tests of a module share."""
    await switch.restart()
    async with (
        fresh_database(stack) as database,
        Lab(kafka, database, switch).listening() as lab,
        lab.serving(reconcile_every="PT1S", failure_told_after="PT1S"),
    ):
        yield lab


@pytest.fixture
async def lab(module_lab: Lab) -> AsyncIterator[Lab]:
    """The same, with what has to hold after every test."""
    yield module_lab
    await module_lab.switch.misbehave()
    await module_lab.quiet()
    await module_lab.switch.check_journal()
    told = [t for t in module_lab.told if t.topic == "ForwardingApplied"]
    assert len({t.id for t in told}) == len(told)


@pytest.fixture(scope="session")
def _numbers() -> Iterator[str]:
    return numbers_for_tests()


@pytest.fixture(scope="session")
def _blocks() -> Iterator[tuple[str, str]]:
    return blocks_for_tests()


@pytest.fixture
def number(_numbers: Iterator[str]) -> str:
    """A number that no other test uses."""
    return next(_numbers)


@pytest.fixture
def other(_numbers: Iterator[str]) -> str:
    """One more."""
    return next(_numbers)


@pytest.fixture
def block(_blocks: Iterator[tuple[str, str]]) -> tuple[str, str]:
    """A block of ten that no other test uses."""
    return next(_blocks)


@pytest.fixture
def second_block(_blocks: Iterator[tuple[str, str]]) -> tuple[str, str]:
    """One more."""
    return next(_blocks)


@pytest.fixture
def line() -> str:
    """A line that no other test uses."""
    return f"line {new_id()}"
