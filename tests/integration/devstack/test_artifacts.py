"""What the lock pins is what runs."""

import functools
import hashlib
import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from jgo.env import LockedDependency, LockFile
from typing_extensions import override

from devstack.artifacts import LOCK, obtain, pins_of_this_machine
from devstack.errors import NotFetched, Tampered
from devstack.settings import Settings

RIGHT, WRONG = b"as it was released", b"as somebody changed it"
GROUP = "org.example"


class Silent(http.server.SimpleHTTPRequestHandler):
    @override
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def published(tmp_path: Path) -> Path:
    """A Maven repository with two files."""
    return tmp_path / "published"


@pytest.fixture
def lock(tmp_path: Path, published: Path) -> Path:
    """A lock file that pins both."""
    pinned = LockFile.load(LOCK).dependencies
    names = [pin.artifactId for pin in pins_of_this_machine(pinned)]
    postgres = next(name for name in names if name.startswith("embedded-postgres"))
    for name in ("kafka", postgres):
        file = published / "org" / "example" / name / "1" / f"{name}-1.jar"
        file.parent.mkdir(parents=True)
        file.write_bytes(RIGHT)
    checksum = hashlib.sha256(RIGHT).hexdigest()
    pins = [
        LockedDependency(GROUP, name, "1", sha256=checksum)
        for name in ("kafka", postgres)
    ]
    path = tmp_path / "lock.toml"
    LockFile(pins).save(path)
    return path


@pytest.fixture
def settings(
    tmp_path: Path, published: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """Settings with an empty cache, and the repository on a port of this machine."""
    handler = functools.partial(Silent, directory=str(published))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        monkeypatch.setenv(
            "SELFCARE_MAVEN_REPOSITORY", f"http://127.0.0.1:{server.server_port}"
        )
        yield replace(Settings.from_env(), cache=tmp_path / "cache", offline=False)
        server.shutdown()
        thread.join()


def unheard(_: str) -> None:
    pass


class TestObtain:
    def test_fetches_once_and_needs_no_network_afterwards(
        self, settings: Settings, lock: Path
    ) -> None:
        fetched = obtain(settings, unheard, lock)

        assert obtain(replace(settings, offline=True), unheard, lock) == fetched
        assert fetched.postgres.read_bytes() == RIGHT

    def test_refuses_a_file_that_was_changed_on_this_machine(
        self, settings: Settings, lock: Path
    ) -> None:
        changed = obtain(settings, unheard, lock).kafka[0]
        changed.write_bytes(WRONG)

        with pytest.raises(Tampered, match=str(changed)):
            obtain(settings, unheard, lock)

    def test_keeps_nothing_that_came_changed_over_the_network(
        self, settings: Settings, lock: Path, published: Path
    ) -> None:
        for file in published.rglob("*.jar"):
            file.write_bytes(WRONG)

        with pytest.raises(Tampered, match="kafka"):
            obtain(settings, unheard, lock)

        assert not list((settings.cache).rglob("*.jar"))

    def test_says_what_to_do_without_network(
        self, settings: Settings, lock: Path
    ) -> None:
        with pytest.raises(NotFetched, match="SELFCARE_CACHE"):
            obtain(replace(settings, offline=True), unheard, lock)


class TestLock:
    def test_gives_each_file_a_checksum(self) -> None:
        assert all(pin.sha256 for pin in LockFile.load(LOCK).dependencies)
