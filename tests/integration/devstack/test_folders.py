"""A stack lives in whatever folder it is given."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from devstack.background import running_servers
from devstack.clients import brokers
from devstack.deploy import wait_for_servers
from devstack.rights import DEPLOYER
from devstack.settings import Settings
from devstack.topics import partition_counts
from support.stack import separate_settings


@pytest.fixture
def home() -> Iterator[Path]:
    """A person's folder, which PostgreSQL may enter: it runs as nobody."""
    folder = Path(tempfile.mkdtemp(prefix="selfcare-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


async def test_a_folder_may_have_umlauts_spaces_and_quotes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "C")  # as in a service's unit or a container
    folder = home / 'Jürgens "Büro" \\ 電話'
    with separate_settings(
        dev_dir=folder, secure=True, external_kafka=None, external_database=None
    ) as settings:
        for _ in range(2):  # what the first start made, the second finds
            await start_and_stop(settings)

    assert names(home) == [folder.name]


async def start_and_stop(settings: Settings) -> None:
    with running_servers(settings):
        await wait_for_servers(settings)
        await partition_counts(brokers(settings, DEPLOYER))


def names(home: Path) -> list[str]:
    return [each.name for each in home.iterdir()]
