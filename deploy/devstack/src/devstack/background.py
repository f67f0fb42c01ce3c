"""Stacks that a program starts for itself: servers alone, or everything."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping

from devstack import processes
from devstack.errors import NotReady, StackError
from devstack.programs import me, ready, servers
from devstack.settings import SERVICES, Settings
from devstack.supervise import GUARDIAN, prepare

START_SECONDS = 240.0
STOP_SECONDS = 60.0
POLL = 0.1


@contextlib.contextmanager
def running_servers(settings: Settings) -> Iterator[None]:
    """Run Kafka and PostgreSQL of our own, without deploying anything to them."""
    for folder in (settings.logs, settings.run):
        folder.mkdir(parents=True, exist_ok=True)
    artifacts = prepare(settings, _silent)
    keepers: list[subprocess.Popen[bytes]] = []
    try:
        for program in servers(settings, artifacts):
            command = program.keeper(settings, me())
            keepers.append(_start(command, program.environment()))
        yield
    finally:
        _stop(keepers)
        processes.sweep(settings.run)


@contextlib.contextmanager
def running_stack(settings: Settings) -> Iterator[None]:
    """Use the stack of this folder if it is up, else run one for as long as needed."""
    if processes.recorded(settings.run / "stack.pid"):
        _wait_until_ready(settings, None)
        yield
        return
    settings.dev_dir.mkdir(parents=True, exist_ok=True)
    env = {**environment(settings), GUARDIAN: me()}
    up = _start([sys.executable, "-m", "devstack", "up"], env)
    try:
        _wait_until_ready(settings, up)
        yield
    finally:
        _stop([up])
        processes.sweep(settings.run)


def environment(settings: Settings) -> dict[str, str]:
    """Return the environment in which another process reads these same settings."""
    own = {
        "DEV_DIR": str(settings.dev_dir),
        "SELFCARE_CACHE": str(settings.cache),
        "KAFKA_PORT": str(settings.kafka_port),
        "KAFKA_CONTROLLER_PORT": str(settings.controller_port),
        "POSTGRES_PORT": str(settings.postgres_port),
        "POSTGRES_FSYNC": "on" if settings.fsync else "off",
        "SWITCH_PORT": str(settings.switch_port),
        "MAIL_PORT": str(settings.mail_port),
        "SMS_PORT": str(settings.sms_port),
        "SWITCH": settings.switch,
        "SIP_NETWORK": settings.sip_network,
        "KAFKA_BOOTSTRAP_SERVERS": settings.external_kafka or "",
        "DATABASE_URL": settings.external_database or "",
        "SELFCARE_OFFLINE": "1" if settings.offline else "",
        "SELFCARE_DEMO_DATA": "on" if settings.demo_data else "off",
        "CANARY_PORT": str(settings.canary_port),
        "CANARY_EVERY": settings.canary_every or "off",
        "SECURE": "1" if settings.secure else "0",
    }
    for service in SERVICES:
        own[f"{service.prefix}_PORT"] = str(settings.ports[service.package])
    return {**os.environ, **own}


def _wait_until_ready(settings: Settings, up: subprocess.Popen[bytes] | None) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready(settings).exists():
        if up and up.poll() is not None:
            message = "The stack did not come up; the reason stands above."
            raise StackError(message)
        if time.monotonic() > deadline:
            raise NotReady(settings.dev_dir.name, START_SECONDS, str(settings.logs))
        time.sleep(POLL)


def _start(command: list[str], env: Mapping[str, str]) -> subprocess.Popen[bytes]:
    # In a session of its own, a Ctrl-C reaches it when we are done with it.
    return subprocess.Popen(  # noqa: S603 - our own command
        command, env=dict(env), stdin=subprocess.DEVNULL, start_new_session=True
    )


def _stop(started: list[subprocess.Popen[bytes]]) -> None:
    for process in started:
        process.send_signal(signal.SIGTERM)
    for process in started:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _silent(_: str) -> None:
    """Say nothing."""
