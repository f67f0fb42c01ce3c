"""A switch, and a folder for a back-up."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from support.switch_lab import SwitchLab, running_switch


@pytest.fixture
async def switch() -> AsyncIterator[SwitchLab]:
    async with running_switch() as running:
        yield running


@pytest.fixture
def backup() -> Iterator[Path]:
    """A folder that PostgreSQL may enter, whoever it runs as."""
    with tempfile.TemporaryDirectory(prefix="selfcare-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "data"
