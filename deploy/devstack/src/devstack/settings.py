"""Where a stack lives and which ports it takes, read from the environment."""

import os
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args

from pydantic import TypeAdapter, ValidationError

from devstack.errors import StackError

ROOT = Path(__file__).resolve().parents[4]
HOST = "127.0.0.1"
DATABASE = "selfcare"
FIRST_PORT, LARGEST_PORT = 1024, 65535
DEBIANS_PATH = "/usr/sbin"
"""Where Debian puts kamailio; not everybody's PATH names it."""
AUTHORITY = "ca.pem"
"""The file in which a secured stack keeps whom its clients have to trust."""
LOGIN = ("KAFKA_USERNAME", "KAFKA_PASSWORD", "KAFKA_CA_FILE")
"""How somebody comes to a secured Kafka of others; called as services call it."""

SwitchKind = Literal["kamailio", "simulated"]


@dataclass(frozen=True, slots=True)
class Service:
    """One of our programs: its module, and the port its health answers on."""

    name: str
    package: str
    default_port: int

    @property
    def prefix(self) -> str:
        """What its environment variables start with."""
        return self.package.upper()


SERVICES = (
    Service("portal-gateway", "portal_gateway", 8080),
    Service("provisioning", "provisioning", 8081),
    Service("forwarding", "forwarding", 8082),
    Service("outage-watcher", "outage_watcher", 8083),
)


@dataclass(frozen=True, slots=True)
class Settings:
    """One stack; two stacks differ in their folder and their ports."""

    dev_dir: Path
    cache: Path
    kafka_port: int
    controller_port: int
    postgres_port: int
    switch_port: int
    mail_port: int
    sms_port: int
    switch: SwitchKind
    sip_network: str
    """The first three numbers of the loopback network that calls run in."""
    ports: Mapping[str, int]
    fsync: bool
    external_kafka: str | None
    external_database: str | None
    offline: bool
    demo_data: bool
    canary_port: int = 8084
    canary_every: str | None = None
    """How often the canary's outage is played, ISO 8601; None: never."""
    secure: bool = False
    """Kafka and PostgreSQL with TLS, passwords and rights for each service."""
    login: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Who we are to an external Kafka, as its variables; empty: it asks nobody."""

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Settings":
        """Read every variable once; a bad one is refused with its name."""
        ports = _ports(env)
        dev_dir = (ROOT / env.get("DEV_DIR", ".dev")).resolve()
        return cls(
            dev_dir=dev_dir,
            cache=_cache(env),
            kafka_port=ports["KAFKA_PORT"],
            controller_port=ports["KAFKA_CONTROLLER_PORT"],
            postgres_port=ports["POSTGRES_PORT"],
            switch_port=ports["SWITCH_PORT"],
            mail_port=ports["MAIL_PORT"],
            sms_port=ports["SMS_PORT"],
            switch=_switch(env),
            sip_network=_sip_network(env, ports["SWITCH_PORT"]),
            ports={each.package: ports[f"{each.prefix}_PORT"] for each in SERVICES},
            fsync=_is_on(env, "POSTGRES_FSYNC", unasked=True),
            external_kafka=env.get("KAFKA_BOOTSTRAP_SERVERS") or None,
            external_database=env.get("DATABASE_URL") or None,
            offline=_is_on(env, "SELFCARE_OFFLINE", unasked=False),
            demo_data=_is_on(env, "SELFCARE_DEMO_DATA", unasked=True),
            canary_port=ports["CANARY_PORT"],
            canary_every=_every(env),
            secure=_secure(env, dev_dir),
            login=_login(env),
        )

    @property
    def bootstrap_servers(self) -> str:
        """Where Kafka answers, ours or the given one."""
        return self.external_kafka or f"{HOST}:{self.kafka_port}"

    @property
    def secrets(self) -> Path:
        """Generated passwords, readable by the owner of the stack alone."""
        return self.dev_dir / "secrets"

    @property
    def tls(self) -> Path:
        """Certificates of a secured stack."""
        return self.dev_dir / "tls"

    @property
    def authority(self) -> Path:
        """Whom clients of a secured stack have to trust."""
        return self.tls / AUTHORITY

    @property
    def logs(self) -> Path:
        """One file a process."""
        return self.dev_dir / "logs"

    @property
    def run(self) -> Path:
        """Process ids and markers of the stack that runs now."""
        return self.dev_dir / "run"

    @property
    def switch_url(self) -> str:
        """Where the switch answers forwarding."""
        return f"http://{HOST}:{self.switch_port}"

    @property
    def mail(self) -> Path:
        """Where mails and short messages of the stack end, as files."""
        return self.dev_dir / "mail"

    @property
    def canary_url(self) -> str:
        """Where the canary answers."""
        return f"http://{HOST}:{self.canary_port}"

    @property
    def has_canary(self) -> bool:
        """Tell whether the canary plays: it is a customer of the demo data."""
        return self.demo_data and self.canary_every is not None

    def url(self, service: Service) -> str:
        """Where a service answers HTTP."""
        return f"http://{HOST}:{self.ports[service.package]}"


def _ports(env: Mapping[str, str]) -> dict[str, int]:
    """
    Return every port by its variable.

    Those of the servers and services have one unasked; the others lie beside them and
    make way, so that two stacks need no more variables than those to be apart.
    """
    found = {
        "KAFKA_PORT": port_of(env, "KAFKA_PORT", 9092),
        "POSTGRES_PORT": port_of(env, "POSTGRES_PORT", 5432),
    }
    for service in SERVICES:
        name = f"{service.prefix}_PORT"
        found[name] = port_of(env, name, service.default_port)
    beside = {
        "KAFKA_CONTROLLER_PORT": ("KAFKA_PORT", 1),
        "SWITCH_PORT": ("PORTAL_GATEWAY_PORT", 10),
        "MAIL_PORT": ("SWITCH_PORT", 1),
        "SMS_PORT": ("SWITCH_PORT", 2),
        "CANARY_PORT": ("PORTAL_GATEWAY_PORT", 4),
    }
    asked = {name: port_of(env, name, 0) for name in beside if env.get(name)}
    for name, (neighbour, away) in beside.items():
        taken = {*found.values(), *asked.values()}
        port = found[neighbour] + away
        while port in taken or port > LARGEST_PORT:
            port = port + 1 if port < LARGEST_PORT else FIRST_PORT
        found[name] = asked.get(name, port)
    return found


def port_of(env: Mapping[str, str], name: str, default: int) -> int:
    """Read a port; what is none is refused."""
    text = env.get(name) or str(default)
    if not text.isdecimal() or not 0 < int(text) <= LARGEST_PORT:
        raise StackError(f"{name}={text} is not a port: give a number from 1 to 65535")
    return int(text)


def _secure(env: Mapping[str, str], dev_dir: Path) -> bool:
    """Tell whether the stack is to be secured; unasked it stays what it is."""
    if env.get("KAFKA_BOOTSTRAP_SERVERS") or env.get("DATABASE_URL"):
        if not _is_on(env, "SECURE", unasked=False):
            return False
        raise StackError(
            "SECURE=1 secures the servers that come along. You gave your own "
            "(KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL): secure those by their own means."
        )
    return _is_on(env, "SECURE", unasked=secured_marker(dev_dir).exists())


def _is_on(env: Mapping[str, str], name: str, *, unasked: bool) -> bool:
    """Read what is on or off; a word that says neither is refused."""
    match env.get(name) or "":
        case "":
            return unasked
        case "1" | "on":
            return True
        case "0" | "off":
            return False
        case other:
            raise StackError(f"{name}={other} is neither on nor off: give 1 or 0")


def _login(env: Mapping[str, str]) -> dict[str, str]:
    """Take who we are where the Kafka is given, too: our own ones make their users."""
    if not env.get("KAFKA_BOOTSTRAP_SERVERS"):
        return {}
    given = {name: env[name] for name in LOGIN if env.get(name)}
    if given and not {"KAFKA_USERNAME", "KAFKA_PASSWORD"} <= given.keys():
        raise StackError("KAFKA_USERNAME and KAFKA_PASSWORD come together.")
    return given


def secured_marker(dev_dir: Path) -> Path:
    """Return the file that says: this stack's data was made secured."""
    return dev_dir / "kafka" / "secured"


def _every(env: Mapping[str, str]) -> str | None:
    chosen = env.get("CANARY_EVERY") or "PT5M"
    if chosen in {"off", "PT0S"}:
        return None
    try:
        TypeAdapter(timedelta).validate_python(chosen)
    except ValidationError:
        message = f"CANARY_EVERY={chosen} is no duration: give one like PT5M, or off"
        raise StackError(message) from None
    return chosen


def which(program: str) -> str | None:
    """Return where a program is, or None."""
    return shutil.which(program, path=f"{os.environ.get('PATH', '')}:{DEBIANS_PATH}")


def _switch(env: Mapping[str, str]) -> SwitchKind:
    """Take a real switch where one can run, unless told which to take."""
    match env.get("SWITCH") or "auto":
        case "kamailio":
            return "kamailio"
        case "simulated":
            return "simulated"
        case "auto":
            can = sys.platform == "linux" and which("kamailio") and which("sipp")
            return "kamailio" if can else "simulated"
        case other:
            names = ", ".join(get_args(SwitchKind))
            raise StackError(f"SWITCH={other} is not a switch: give {names} or auto")


def own_network(switch_port: int) -> str:
    """Give each stack a loopback network of its own, as its ports are its own."""
    return f"127.{100 + (switch_port >> 8) % 128}.{switch_port & 255}"


def _sip_network(env: Mapping[str, str], port: int) -> str:
    network = env.get("SIP_NETWORK") or own_network(port)
    byte = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])"
    if not re.fullmatch(rf"127\.{byte}\.{byte}", network):
        message = f"SIP_NETWORK={network} is no loopback network: give 127.x.y"
        raise StackError(message)
    return network


def _cache(env: Mapping[str, str]) -> Path:
    if chosen := env.get("SELFCARE_CACHE"):
        return Path(chosen).expanduser().resolve()
    if os.geteuid() == 0:
        # PostgreSQL then runs as nobody, who cannot look into root's home.
        return Path("/var/cache/selfcare-devstack")
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "selfcare-devstack"
    base = env.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(base).expanduser() / "selfcare-devstack"
