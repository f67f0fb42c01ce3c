"""
The servers' own files: what jgo.lock.toml pins, and nothing else.

jgo downloads straight into its repository and leaves half a file behind when it is
interrupted. So a pin is fetched into a folder of its own, checked, and only then
moved to where servers look.
"""

import hashlib
import os
import platform
import shutil
import ssl
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from fcntl import LOCK_EX, flock
from pathlib import Path

import requests
from jgo.env import EnvironmentBuilder, EnvironmentSpec, LockedDependency, LockFile
from jgo.maven import MavenContext

from devstack.errors import NotFetched, StackError, Tampered
from devstack.settings import Settings

INFRA = Path(__file__).resolve().parents[2] / "infra"
LOCK = INFRA / "jgo.lock.toml"
POSTGRES = "embedded-postgres-binaries"
FETCHES_AT_ONCE = 4

MACHINES = {"x86_64": "amd64", "aarch64": "arm64v8", "arm64": "arm64v8"}


@dataclass(frozen=True, slots=True)
class Artifacts:
    """Checked files on this machine."""

    kafka: tuple[Path, ...]
    postgres: Path


def obtain(
    settings: Settings, say: Callable[[str], None] = print, lock: Path = LOCK
) -> Artifacts:
    """Return every pinned file of this platform, fetched if needed, always checked."""
    pins = pins_of_this_machine(LockFile.load(lock).dependencies)
    repository = settings.cache / "maven"
    missing = [pin for pin in pins if not _path(repository, pin).exists()]
    if missing:
        with exclusive(settings.cache):
            _fetch(settings, repository, missing, say)
    _verify(repository, pins)
    files = [_path(repository, pin) for pin in pins]
    return Artifacts(
        kafka=tuple(file for file in files if POSTGRES not in file.name),
        postgres=next(file for file in files if POSTGRES in file.name),
    )


def pins_of_this_machine(pins: list[LockedDependency]) -> list[LockedDependency]:
    """Leave out PostgreSQL for other platforms; refuse a pin without a checksum."""
    system = "darwin" if sys.platform == "darwin" else "linux"
    machine = MACHINES.get(platform.machine(), platform.machine())
    ours = f"{POSTGRES}-{system}-{machine}"
    chosen = [
        pin
        for pin in pins
        if not pin.artifactId.startswith(POSTGRES) or pin.artifactId == ours
    ]
    if not any(pin.artifactId == ours for pin in chosen):
        message = (
            f"There is no PostgreSQL for {system} on {machine} in {LOCK.name}. "
            "Set DATABASE_URL to a server of your own."
        )
        raise StackError(message)
    if unsafe := [pin.artifactId for pin in chosen if not pin.sha256]:
        raise Tampered([f"{name} has no checksum in the lock" for name in unsafe])
    return chosen


def relock() -> int:
    """Write jgo.lock.toml anew from jgo.toml and return how many files it pins."""
    with tempfile.TemporaryDirectory() as folder:
        builder = EnvironmentBuilder(
            _maven(Path(folder)), cache_dir=Path(folder) / "jgo"
        )
        lock = builder.resolve_lockfile(EnvironmentSpec.load(INFRA / "jgo.toml"))
    lock.save(LOCK)
    return len(lock.dependencies)


@contextmanager
def exclusive(folder: Path) -> Iterator[None]:
    """Let one stack at a time fill the shared cache."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = (folder / ".lock").open("w")
    except OSError as error:
        message = (
            f"Cannot write to {folder} ({error.strerror}). "
            "Point SELFCARE_CACHE at a folder that you may write to."
        )
        raise StackError(message) from error
    with handle:
        flock(handle, LOCK_EX)
        yield


def _fetch(
    settings: Settings,
    repository: Path,
    pins: list[LockedDependency],
    say: Callable[[str], None],
) -> None:
    pins = [pin for pin in pins if not _path(repository, pin).exists()]
    if not pins:
        return
    if settings.offline:
        what = f"{len(pins)} files of Kafka and PostgreSQL"
        raise NotFetched(what, str(settings.cache), "SELFCARE_OFFLINE is set")
    say(f"Fetching {len(pins)} files of Kafka and PostgreSQL (60 MB, once)")
    with (
        tempfile.TemporaryDirectory(dir=settings.cache) as staging,
        ThreadPoolExecutor(FETCHES_AT_ONCE) as threads,
    ):
        context = _maven(Path(staging))
        fetched = threads.map(lambda pin: _fetch_one(context, repository, pin), pins)
        for count, file in enumerate(fetched, start=1):
            say(f"  {count:>2}/{len(pins)} {file.name}")


def _maven(repository: Path) -> MavenContext:
    if trusted := _certificates_of_this_machine():
        os.environ.setdefault("REQUESTS_CA_BUNDLE", trusted)
    mirror = os.environ.get("SELFCARE_MAVEN_REPOSITORY")
    remotes = {"mirror": mirror.rstrip("/")} if mirror else None
    return MavenContext(repo_cache=repository, remote_repos=remotes, timeout=30)


def _certificates_of_this_machine() -> str | None:
    """Find what pip and curl trust too: a company's proxy is not in jgo's own list."""
    paths = ssl.get_default_verify_paths()
    if paths.cafile:
        return paths.cafile
    filled = paths.capath and any(Path(paths.capath).glob("*.0"))
    return paths.capath if filled else None


def _fetch_one(context: MavenContext, repository: Path, pin: LockedDependency) -> Path:
    project = context.project(pin.groupId, pin.artifactId)
    artifact = project.at_version(pin.version).artifact(
        packaging=pin.packaging, classifier=pin.classifier or ""
    )
    try:
        fetched = artifact.resolve()
    except (requests.RequestException, OSError, RuntimeError) as error:
        raise NotFetched(pin.artifactId, str(repository.parent), str(error)) from error
    if _sha256(fetched) != pin.sha256:
        raise Tampered([f"{pin.artifactId} {pin.version}, as it came over the network"])
    target = _path(repository, pin)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(fetched, target)
    return target


def _verify(repository: Path, pins: list[LockedDependency]) -> None:
    wrong = [
        str(_path(repository, pin))
        for pin in pins
        if _sha256(_path(repository, pin)) != pin.sha256
    ]
    if wrong:
        raise Tampered(wrong)


def _path(repository: Path, pin: LockedDependency) -> Path:
    classifier = f"-{pin.classifier}" if pin.classifier else ""
    name = f"{pin.artifactId}-{pin.version}{classifier}.{pin.packaging}"
    return repository.joinpath(
        *pin.groupId.split("."), pin.artifactId, pin.version, name
    )


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
