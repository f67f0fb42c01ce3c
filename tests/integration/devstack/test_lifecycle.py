"""A stack from `up` to `down`, with stand-ins for the services."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
import pytest

from devstack import processes
from devstack.background import environment
from devstack.programs import SWITCH, ready
from devstack.settings import SERVICES, Settings
from devstack.topics import answers
from support.stack import Stack, separate_settings
from support.waiting import eventually

STAND_IN = """
import http.server, os, sys

class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

name = os.path.basename(os.path.dirname(__file__)).upper()
port = os.environ.get(f"{name}_PORT") or sys.argv[-1]
http.server.HTTPServer(("127.0.0.1", int(port)), Health).serve_forever()
"""
AROUND = """
import signal
from devstack.background import running_stack
from devstack.settings import Settings

with running_stack(Settings.from_env()):
    signal.pause()
"""
START = 60.0
STOP = 30.0


@dataclass(frozen=True, slots=True)
class Running:
    """A stack in a process of its own, and what it says."""

    settings: Settings
    up: subprocess.Popen[bytes]
    console: Path

    @property
    def said(self) -> str:
        return self.console.read_text(encoding="utf-8")

    def pid(self, name: str) -> int | None:
        process = processes.recorded(self.settings.run / f"{name}.pid")
        return int(process.pid) if process else None

    def left(self) -> list[str]:
        files = self.settings.run.glob("*.pid")
        return [file.stem for file in files if processes.recorded(file)]


@pytest.fixture(scope="module")
def stand_ins(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Packages that are found before the real ones."""
    folder = tmp_path_factory.mktemp("stand-ins")
    for package in (SWITCH, *(service.package for service in SERVICES)):
        (folder / package).mkdir()
        (folder / package / "__init__.py").touch()
        (folder / package / "__main__.py").write_text(STAND_IN, encoding="utf-8")
    return folder


def apart() -> contextlib.AbstractContextManager[Settings]:
    """Return settings of a stack that starts servers of its own."""
    return separate_settings(
        demo_data=False, external_kafka=None, external_database=None
    )


@pytest.fixture
def settings() -> Iterator[Settings]:
    with apart() as separate:
        yield separate


@pytest.fixture(scope="module")
async def running(stand_ins: Path) -> AsyncIterator[Running]:
    with apart() as separate, started(separate, stand_ins) as stack:
        await eventually(is_up(stack), within=START)
        yield stack


@pytest.fixture(scope="module")
async def second(running: Running, stand_ins: Path) -> AsyncIterator[Running]:
    """A stack that starts the moment the one before it is killed."""
    running.up.kill()
    running.up.wait(STOP)
    (scratch(running.settings) / "of a killed one").touch()
    with started(running.settings, stand_ins) as stack:
        ready(stack.settings).unlink(missing_ok=True)
        await eventually(is_up(stack), within=START)
        yield stack


@contextlib.contextmanager
def started(settings: Settings, stand_ins: Path) -> Iterator[Running]:
    console = settings.dev_dir / "console"
    with console.open("wb") as out:
        up = subprocess.Popen(
            [sys.executable, "-m", "devstack", "up"],
            env=environment(settings) | found_before_others(stand_ins),
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            yield Running(settings, up, console)
        finally:
            up.terminate()
            up.wait(STOP)
            processes.sweep(settings.run)


def found_before_others(folder: Path) -> dict[str, str]:
    """Return what makes Python look there first, and then where it looked before."""
    places = str(folder), os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": os.pathsep.join(filter(None, places))}


def scratch(settings: Settings) -> Path:
    return settings.dev_dir / "kafka/scratch"


def is_up(stack: Running) -> Callable[[], Awaitable[bool]]:
    async def ask() -> bool:
        assert stack.up.poll() is None, stack.said
        return ready(stack.settings).exists()

    return ask


def devstack(command: str, settings: Settings) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "devstack", command],
        env=environment(settings),
        capture_output=True,
        text=True,
        check=False,
        timeout=START,
    )


class TestUp:
    async def test_answers_on_every_port(self, running: Running) -> None:
        async with httpx.AsyncClient() as http:
            for service in SERVICES:
                url = f"{running.settings.url(service)}/health/ready"
                assert (await http.get(url)).status_code == httpx.codes.OK

    async def test_stands_beside_another_stack(
        self, stack: Stack, running: Running
    ) -> None:
        assert await answers(stack.bootstrap_servers)
        assert await answers(running.settings.bootstrap_servers)

    async def test_starts_again_what_died_and_says_so(self, running: Running) -> None:
        died = running.pid("forwarding")
        assert died
        os.kill(died, signal.SIGKILL)

        async def again() -> bool:
            return running.pid("forwarding") not in {None, died}

        await eventually(again)
        assert "forwarding: ended with -9, starts again" in running.said

    async def test_refuses_a_second_stack_in_the_same_folder(
        self, running: Running
    ) -> None:
        second = devstack("up", running.settings)

        assert second.returncode == 1
        assert f"pid {running.up.pid}" in second.stderr
        assert "make down" in second.stderr


class TestPortTaken:
    def test_names_port_program_and_way_out(self, settings: Settings) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", settings.kafka_port))
            other.listen()

            refused = devstack("up", settings)

        assert refused.returncode == 1
        assert f"Port {settings.kafka_port} for Kafka is taken" in refused.stderr
        assert f"pid {os.getpid()}" in refused.stderr
        assert "KAFKA_PORT=" in refused.stderr
        # It may be `make demo` that was asked for.
        assert "make up" not in refused.stderr


class TestStackAfterAKilledOne:
    async def test_starts_at_once(self, second: Running) -> None:
        assert await is_up(second)()

    def test_finds_what_the_killed_one_left_and_adds_to_no_shared_folder(
        self, second: Running
    ) -> None:
        folder = scratch(second.settings)
        command = Path(f"/proc/{second.pid('kafka')}/cmdline").read_bytes()

        assert not (folder / "of a killed one").exists()
        assert f"-Djava.io.tmpdir={folder}".encode() in command.split(b"\0")


class TestDown:
    def test_leaves_no_process(self, second: Running) -> None:
        stopped = devstack("down", second.settings)

        assert stopped.returncode == 0
        assert second.up.wait(STOP) == 0
        assert second.left() == []

    def test_says_when_there_is_nothing_to_stop(self, second: Running) -> None:
        assert "Nothing was running" in devstack("down", second.settings).stdout


class TestKilledKeeper:
    async def test_ends_the_stack_which_says_who_was_killed_and_what_to_do(
        self, settings: Settings, stand_ins: Path
    ) -> None:
        with started(settings, stand_ins) as stack:
            await eventually(is_up(stack), within=START)
            keeper = psutil.Process(stack.pid("kafka")).ppid()
            os.kill(keeper, signal.SIGKILL)

            assert stack.up.wait(STOP) == 1
            assert "What keeps kafka was ended by SIGKILL" in stack.said
            assert "make up" in stack.said
            assert stack.left() == []


class TestKilledSupervisor:
    async def test_takes_everything_along(
        self, settings: Settings, stand_ins: Path
    ) -> None:
        with started(settings, stand_ins) as stack:
            await eventually(is_up(stack), within=START)
            stack.up.kill()

            async def all_gone() -> bool:
                return not stack.left()

            await eventually(all_gone, within=STOP)


class TestKilledProgramAroundAStack:
    async def test_takes_its_stack_along(
        self, settings: Settings, stand_ins: Path
    ) -> None:
        around = subprocess.Popen(  # noqa: ASYNC220 - it is killed, not awaited
            [sys.executable, "-c", AROUND],
            env=environment(settings) | found_before_others(stand_ins),
            stdout=subprocess.DEVNULL,
        )
        up = Running(settings, around, settings.dev_dir / "console")
        try:
            await eventually(is_up(up), within=START)
        finally:
            around.kill()
            around.wait(STOP)

        async def all_gone() -> bool:
            return not up.left()

        await eventually(all_gone, within=STOP)
