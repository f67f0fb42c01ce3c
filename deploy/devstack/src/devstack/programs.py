"""What a stack consists of: each program with its command and its environment."""

import importlib.util
import json
import os
import shlex
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from devstack import processes, telephony
from devstack.artifacts import Artifacts
from devstack.clients import kafka_env
from devstack.database import Place
from devstack.kafka import Kafka
from devstack.passwords import key, secret, sources_file
from devstack.postgres import Postgres, admin_url
from devstack.postgres import owner as postgres_user
from devstack.settings import HOST, SERVICES, Service, Settings

SWITCH = "simulated_switch"
POSTBOX = "postbox"
CANARY = "canary"
DEMO_SOURCE = "demo"
CANARY_LINE = "L-CANARY-1"
CANARY_NUMBER = "+496990009990"
CANARY_TARGET = "+4915228817386"
DEMO_HOLD = "PT1S"


@dataclass(frozen=True, slots=True)
class Program:
    """Something to keep running."""

    name: str
    command: list[str]
    env: Mapping[str, str] = field(default_factory=dict)
    user: str | None = None
    stop: str = "SIGTERM"
    after_deploy: bool = False
    outlives: tuple[str, ...] = ()
    health: str | None = None
    gate: Path | None = None
    """A marker of its own that it waits for, instead of the deployed tables."""

    def keeper(self, settings: Settings, owner: str) -> list[str]:
        """Return the command that keeps it running as long as its owner lives."""
        options = ["--logs", str(settings.logs), "--run", str(settings.run)]
        options += ["--owner", owner, "--stop", self.stop]
        options += ["--user", self.user] if self.user else []
        gate = self.gate or deployed(settings)
        options += ["--gate", str(gate)] if self.after_deploy else []
        options += ["--outlive", *self.outlives] if self.outlives else []
        return [
            *(sys.executable, "-m", "devstack.keeper", self.name),
            *(*options, "--", *self.command),
        ]

    def shell_line(self, settings: Settings, owner: str) -> str:
        """Return the same for a supervisor that starts shells."""
        return f"exec {shlex.join(self.keeper(settings, owner))}"

    def environment(self) -> dict[str, str]:
        """Return everything we were given, and what is its own."""
        return {**os.environ, "PYTHONUNBUFFERED": "1", **self.env}


def deployed(settings: Settings) -> Path:
    """Return the marker that says: topics and tables are there."""
    return settings.run / "deployed"


def ready(settings: Settings) -> Path:
    """Return the marker that says: every part answers."""
    return settings.run / "ready"


def servers(settings: Settings, artifacts: Artifacts | None) -> list[Program]:
    """Return Kafka and PostgreSQL, as far as nobody gave us theirs."""
    clients = tuple(service.package for service in SERVICES)
    found = []
    if artifacts and not settings.external_kafka:
        command = Kafka.of(settings, artifacts).command()
        found.append(Program("kafka", command, outlives=clients))
    if artifacts and not settings.external_database:
        postgres = Postgres.of(settings, artifacts).command()
        found.append(
            Program(
                "postgres",
                postgres,
                user=postgres_user(),
                stop="SIGINT",  # on SIGTERM it would wait for its clients to leave
                outlives=clients,
            )
        )
    return found


def switch(settings: Settings) -> list[Program]:
    """Return the switch, with telephones where real calls run through it."""
    if settings.switch == "kamailio":
        env = {telephony.KEY: secret(settings.secrets, telephony.SECRET)}
        return [
            Program("kamailio", telephony.switch_command(settings), env=env),
            *(
                Program(name, telephony.phone_command(settings, name))
                for name in telephony.PHONES
            ),
        ]
    if not _is_runnable(SWITCH):
        return []
    command = [sys.executable, "-m", SWITCH, "--port", str(settings.switch_port)]
    return [Program(SWITCH, command, after_deploy=True)]


def services(settings: Settings) -> list[Program]:
    """Return the switch and those of our services that are written."""
    found = switch(settings)
    found.append(Program(POSTBOX, _postbox(settings)))
    found += [
        Program(
            service.package,
            [sys.executable, "-m", service.package],
            env=service_env(settings, service),
            after_deploy=True,
            health=settings.url(service),
        )
        for service in SERVICES
        if _is_runnable(service.package)
    ]
    if settings.has_canary and _is_runnable(CANARY):
        found.append(canary_program(settings))
    return found


def _postbox(settings: Settings) -> list[str]:
    ports = ["--smtp", str(settings.mail_port), "--sms", str(settings.sms_port)]
    return [sys.executable, "-m", "devstack.postbox", str(settings.mail), *ports]


def canary_program(settings: Settings) -> Program:
    """Return the canary, which waits until its customer has number and rule."""
    return Program(
        CANARY,
        [sys.executable, "-m", CANARY],
        env=_canary_env(settings),
        after_deploy=True,
        gate=ordered(settings),
    )


def ordered(settings: Settings) -> Path:
    """Return the marker that says: the canary's customer has his number and rule."""
    return settings.run / "canary-ordered"


def _canary_env(settings: Settings) -> dict[str, str]:
    watcher = next(each for each in SERVICES if each.name == "outage-watcher")
    env = {
        **kafka_env(settings, CANARY),
        "CANARY_EVERY": settings.canary_every or "",
        "CANARY_PORT": str(settings.canary_port),
        "CANARY_WATCHER_URL": settings.url(watcher),
        "CANARY_SECRET": sources(settings)[CANARY],
        "CANARY_LINE": CANARY_LINE,
        "CANARY_NUMBER": CANARY_NUMBER,
        "CANARY_TARGET": CANARY_TARGET,
    }
    if settings.switch == "simulated":  # a real one is asked by calls alone
        env["CANARY_SWITCH_URL"] = settings.switch_url
    return env


def service_env(settings: Settings, service: Service) -> dict[str, str]:
    """Return what a service has to know of its surroundings."""
    prefix = service.prefix
    own = {
        **kafka_env(settings, service.name),
        f"{prefix}_DATABASE_URL": database_url(settings, service),
        f"{prefix}_PORT": str(settings.ports[service.package]),
        **telephony.for_forwarding(settings),
        "OUTAGE_WATCHER_SOURCES_FILE": str(sources_file(settings.secrets)),
        "OUTAGE_WATCHER_PER_SOURCE": _per_source(),
        "PORTAL_GATEWAY_LETTERS_DIR": str(settings.dev_dir / "letters"),
        "PORTAL_GATEWAY_PUBLIC_URL": settings.url(SERVICES[0]),
        "PORTAL_GATEWAY_SMTP_HOST": HOST,
        "PORTAL_GATEWAY_SMTP_PORT": str(settings.mail_port),
        "PORTAL_GATEWAY_SMTP_STARTTLS": "false",
        "PORTAL_GATEWAY_SMS_URL": f"http://{HOST}:{settings.sms_port}/messages",
        "PORTAL_GATEWAY_SECRET_KEYS": key(settings.secrets, "portal_gateway_keys"),
    }
    others = [other.prefix for other in SERVICES if other != service]
    theirs = [name for name in own if name.startswith(tuple(others))]
    return {name: value for name, value in own.items() if name not in theirs}


def _per_source() -> str:
    """Let the demo's signals wait briefly: who tries it out will not wait minutes."""
    if given := os.environ.get("OUTAGE_WATCHER_PER_SOURCE"):
        return given
    holds = {
        name: os.environ.get(f"OUTAGE_WATCHER_{name.upper()}", DEMO_HOLD)
        for name in ("hold_down", "hold_up")
    }
    return json.dumps({DEMO_SOURCE: holds})


def database_password(settings: Settings, service: Service) -> str:
    """Return the password of a service's role: given, or made for this stack."""
    given = os.environ.get(f"{service.prefix}_DATABASE_PASSWORD")
    return given or secret(settings.secrets, service.package)


def database_url(settings: Settings, service: Service) -> str:
    """Return where a service finds its schema."""
    place = Place(admin_url(settings))
    return place.url_for(service, database_password(settings, service))


def sources(settings: Settings) -> dict[str, str]:
    """Return who may send signals, with the shared secrets."""
    text = sources_file(settings.secrets).read_text(encoding="utf-8")
    return {str(name): str(value) for name, value in json.loads(text).items()}


def me() -> str:
    """Name this process as the owner of what it starts."""
    return processes.identity()


def _is_runnable(package: str) -> bool:
    if importlib.util.find_spec(package) is None:
        return False
    return importlib.util.find_spec(f"{package}.__main__") is not None
