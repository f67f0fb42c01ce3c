"""The life of a stack on this machine: up, settled, down."""

import asyncio
import contextlib
import math
import os
import shlex
import shutil
import sys
import time
from collections.abc import Callable, Iterator

import httpx
from honcho import manager

from devstack import processes
from devstack.artifacts import Artifacts, obtain
from devstack.console import Printer, say
from devstack.deploy import deploy, wait_for_servers
from devstack.errors import AlreadyRunning, KeeperEnded, PortWantedTwice, StackError
from devstack.hooks import load_demo_data
from devstack.kafka import Kafka, train
from devstack.ports import require_free
from devstack.postgres import Postgres, data_folder
from devstack.programs import (
    CANARY,
    SWITCH,
    Program,
    deployed,
    me,
    ordered,
    ready,
    servers,
    services,
)
from devstack.settings import SERVICES, Settings, which
from devstack.waiting import until

SERVICES_SECONDS = 90.0
STOP_SECONDS = 45.0
DOWN_SECONDS = 60.0
WATCH = 0.5
# As honcho reports Ctrl-C, and `down`.
STOPPED_AS_WISHED = {130, 143}
STACK = "stack"
OWNER = "DEVSTACK_OWNER"
# Set by a program that runs a stack for itself: without it, the stack ends.
GUARDIAN = "DEVSTACK_GUARDIAN"


def up(settings: Settings) -> int:
    """Start everything, stay until told to stop, and leave nothing behind."""
    with _in_charge(settings):
        artifacts = prepare(settings, say)
        owner = me()
        # Services get the time that they need to finish what they are doing.
        manager.KILL_WAIT = STOP_SECONDS
        printer = Printer(quiet=STACK)
        honcho = manager.Manager(printer)
        for program in [*servers(settings, artifacts), *services(settings)]:
            line = program.shell_line(settings, owner)
            honcho.add_process(program.name, line, env=program.environment())
        line = f"exec {shlex.quote(sys.executable)} -m devstack settle"
        # It writes to our pipe: tell it whether a person reads at the other end.
        colour = {"FORCE_COLOR": "1"} if sys.stdout.isatty() else {}
        env = {**os.environ, OWNER: owner, **colour}
        honcho.add_process(STACK, line, env=env)
        honcho.loop()
    if honcho.returncode in STOPPED_AS_WISHED:
        return 0
    name, code = printer.first_stopped or (STACK, 1)
    # What brings the stack into service says itself why it cannot.
    if name != STACK or code < 0:
        raise KeeperEnded(name, code, str(settings.logs))
    return 1


def down(settings: Settings) -> None:
    """Stop the stack of this folder and wait until it is gone."""
    stack = processes.recorded(settings.run / "stack.pid")
    if stack:
        processes.end([stack], DOWN_SECONDS)
    left = processes.sweep(settings.run)
    _forget(settings)
    if left:
        say(f"Ended what a killed stack had left running: {', '.join(left)}")
    say("Stopped." if stack or left else "Nothing was running.")


def clean(settings: Settings) -> None:
    """Stop the stack and remove its data; the fetched servers stay in the cache."""
    down(settings)
    made = (
        "kafka",
        "postgres",
        "logs",
        "run",
        "secrets",
        "tls",
        "letters",
        "mail",
        "ops",
        "demo.json",
    )
    for path in (data_folder(settings.dev_dir), *(settings.dev_dir / n for n in made)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    with contextlib.suppress(OSError):  # somebody else keeps something there
        settings.dev_dir.rmdir()


async def settle(settings: Settings) -> None:
    """Wait for each part in turn, deploy between, and say when all is there."""
    await wait_for_servers(settings)
    say("Kafka and PostgreSQL answer")
    await deploy(settings)
    deployed(settings).touch()
    programs = services(settings)
    async with httpx.AsyncClient(timeout=5) as http, asyncio.TaskGroup() as all_of_them:
        for program in programs:
            if program.health:
                all_of_them.create_task(_healthy(http, settings, program))
    if settings.demo_data:
        await load_demo_data(settings)
        ordered(settings).touch()
    for service in SERVICES:
        if any(program.name == service.package for program in programs):
            say(f"{service.name:<15} {settings.url(service)}")


def stay(settings: Settings) -> None:
    """Say that all is there; live as long as the supervisor and its guardian do."""
    owner = processes.find(os.environ.get(OWNER, ""))
    named = os.environ.get(GUARDIAN, "")
    guardian = processes.find(named)
    ready(settings).touch()
    if owner:
        seconds = time.time() - owner.create_time()
        say(f"Ready after {seconds:.1f} s. Stop with Ctrl-C or: make down")
        if not named:
            processes.wait([owner], math.inf)
        while guardian and all(map(processes.is_alive, (owner, guardian))):
            time.sleep(WATCH)


def prepare(settings: Settings, say: Callable[[str], None] = say) -> Artifacts | None:
    """Fetch and unpack what is missing and make the data folders."""
    if settings.external_kafka and settings.external_database:
        return None
    artifacts = obtain(settings, say)
    if not settings.external_kafka:
        train(settings, artifacts, say)
        Kafka.of(settings, artifacts).prepare()
    if not settings.external_database:
        postgres = Postgres.of(settings, artifacts)
        postgres.prepare(artifacts)
        if not postgres.folder.is_relative_to(settings.dev_dir):
            say(
                f"PostgreSQL cannot enter {settings.dev_dir}: data in {postgres.folder}"
            )
    return artifacts


def check_ports(settings: Settings) -> None:
    """Raise before anything starts if a port is wanted twice, or somebody has it."""
    by_port: dict[int, tuple[str, str]] = {}
    for what, port, variable in _ports(settings):
        if other := by_port.get(port):
            raise PortWantedTwice(port, other, (what, variable))
        by_port[port] = what, variable
    for port, (what, variable) in by_port.items():
        require_free(what, port, variable)


def _ports(settings: Settings) -> Iterator[tuple[str, int, str]]:
    """Return who listens, where, and which variable says so."""
    if not settings.external_kafka:
        yield "Kafka", settings.kafka_port, "KAFKA_PORT"
        yield "Kafka's controller", settings.controller_port, "KAFKA_CONTROLLER_PORT"
    if not settings.external_database:
        yield "PostgreSQL", settings.postgres_port, "POSTGRES_PORT"
    names = {program.name for program in services(settings)}
    for service in SERVICES:
        if service.package in names:
            port = settings.ports[service.package]
            yield service.name, port, f"{service.prefix}_PORT"
    if CANARY in names:
        yield "the canary", settings.canary_port, "CANARY_PORT"
    if names & {SWITCH, "kamailio"}:
        yield "the switch", settings.switch_port, "SWITCH_PORT"
    yield "the postbox", settings.mail_port, "MAIL_PORT"
    yield "the postbox", settings.sms_port, "SMS_PORT"


def check_switch(settings: Settings) -> None:
    """Raise if the real switch was asked for and cannot run here."""
    if settings.switch == "kamailio" and not (which("kamailio") and which("sipp")):
        raise StackError(
            "SWITCH=kamailio needs kamailio and sipp. Install them (make programs), "
            "or take the simulated switch: write SWITCH=simulated before the command."
        )


@contextlib.contextmanager
def _in_charge(settings: Settings) -> Iterator[None]:
    """Be the one stack of this folder, after clearing away a killed one."""
    file = settings.run / "stack.pid"
    if other := processes.recorded(file):
        raise AlreadyRunning(str(settings.dev_dir), other.pid)
    _make_folders(settings)
    if left := processes.sweep(settings.run):
        say(f"Ended what a killed stack had left running: {', '.join(left)}")
    _forget(settings)
    check_switch(settings)
    check_ports(settings)
    processes.record(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        processes.sweep(settings.run)
        _forget(settings)


def _make_folders(settings: Settings) -> None:
    try:
        settings.dev_dir.mkdir(parents=True, exist_ok=True)
        for folder in (settings.logs, settings.run):
            folder.mkdir(exist_ok=True)
        for log in settings.logs.glob("*.log"):
            log.replace(log.with_suffix(".log.1"))
    except OSError as error:
        message = (
            f"Cannot write to {settings.dev_dir} ({error.strerror}). "
            "Point DEV_DIR at a folder that you may write to."
        )
        raise StackError(message) from error


def _forget(settings: Settings) -> None:
    deployed(settings).unlink(missing_ok=True)
    ready(settings).unlink(missing_ok=True)
    ordered(settings).unlink(missing_ok=True)


async def _healthy(
    http: httpx.AsyncClient, settings: Settings, program: Program
) -> None:
    async def answers() -> bool:
        try:
            answer = await http.get(f"{program.health}/health/ready")
        except httpx.HTTPError:
            return False
        return answer.status_code == httpx.codes.OK

    log = settings.logs / f"{program.name}.log"
    await until(program.name, answers, seconds=SERVICES_SECONDS, log=log)
    say(f"{program.name} is ready")
