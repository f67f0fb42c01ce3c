"""Kafka and PostgreSQL of our own, on disks that fill, behind links that break."""

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from random import Random
from signal import SIGINT

from chaos.disk import Disk, can_mount, mounted
from chaos.link import HOST, Link
from chaos.server import Server
from devstack import database, topics
from devstack.database import Place, deploy_database
from devstack.kafka import Kafka
from devstack.ports import free_port
from devstack.postgres import Postgres, admin_url, owner
from devstack.programs import database_password
from devstack.settings import SERVICES, Settings
from devstack.supervise import prepare
from devstack.topics import deploy_topics
from support.second_hand import read_template
from support.stack import Stack, separate_settings

DISK_MEGABYTES = 600
SMALL_JOURNAL = ("max_wal_size = '96MB'", "min_wal_size = '48MB'")
"""Else PostgreSQL's own journal alone would fill the disk."""
SOON_BACK = ("broker.session.timeout.ms=2000", "broker.heartbeat.interval.ms=500")
"""Else a killed broker waits 9 s for itself to be declared dead."""
SWITCH, PORTAL, WATCHER = "switch", "portal_gateway http", "outage_watcher http"


@dataclass
class Machines:
    """Everything that stands below the services."""

    stack: Stack
    kafka: Server
    postgres: Server
    links: Mapping[str, Link]
    disks: Mapping[str, Disk] = field(default_factory=dict)
    """By server; none where we may not mount."""

    @property
    def servers(self) -> tuple[Server, Server]:
        """Both servers."""
        return self.kafka, self.postgres

    def rewired(self, package: str, env: Mapping[str, str]) -> dict[str, str]:
        """Return a service's environment with every way through a link of its own."""
        prefix, rewired = package.upper(), dict(env)
        port = self.links[f"{package} kafka"].port
        rewired["KAFKA_BOOTSTRAP_SERVERS"] = f"{HOST}:{port}"
        url, port = f"{prefix}_DATABASE_URL", self.links[f"{package} postgres"].port
        rewired[url] = rewired[url].replace(
            f":{self.stack.settings.postgres_port}/", f":{port}/"
        )
        if "FORWARDING_SWITCH_URL" in rewired:
            port = self.links[SWITCH].port
            rewired["FORWARDING_SWITCH_URL"] = f"http://{HOST}:{port}"
        return rewired


@asynccontextmanager
async def running_machines(rng: Random) -> AsyncIterator[Machines]:
    """Run the servers with all topics and a template of the database."""
    ways = {f"{s.package} kafka": free_port() for s in SERVICES}
    async with AsyncExitStack() as stack:
        settings = stack.enter_context(_settings())
        disks = stack.enter_context(_disks(settings))
        settings.logs.mkdir(parents=True, exist_ok=True)
        artifacts = prepare(settings, lambda _words: None)
        assert artifacts, "chaos runs servers of its own: unset the external ones"
        kafka = Kafka.of(settings, artifacts)
        links = _links(settings, ways, rng)
        _listen_behind(kafka, {ways[n]: links[n].port for n in ways})
        postgres = Postgres.of(settings, artifacts)
        with (postgres.folder / "data" / "postgresql.conf").open("a") as file:
            file.write("\n".join(("", *SMALL_JOURNAL, "")))
        servers = [
            Server(
                "kafka",
                kafka.command(),
                settings.logs / "kafka.log",
                partial(topics.answers, settings.bootstrap_servers),
            ),
            Server(
                "postgres",
                postgres.command(),
                settings.logs / "postgres.log",
                partial(database.answers, admin_url(settings)),
                user=owner(),
                clean_stop=SIGINT,
            ),
        ]
        for server in servers:
            stack.push_async_callback(server.kill)
            await server.start()
        for link in links.values():
            stack.push_async_callback(link.close)
            await link.open()
        await deploy_topics(settings.bootstrap_servers)
        template = Place(admin_url(settings), "selfcare_template")
        passwords = {s.package: database_password(settings, s) for s in SERVICES}
        await deploy_database(template, passwords)
        first, second = servers
        made = Stack(settings, await read_template(template))
        yield Machines(made, first, second, links, disks)


@contextmanager
def _settings() -> Iterator[Settings]:
    """Return settings of servers that are certainly ours to kill."""
    given = {"external_kafka": None, "external_database": None, "fsync": True}
    with separate_settings(**given) as settings:
        yield settings


@contextmanager
def _disks(settings: Settings) -> Iterator[dict[str, Disk]]:
    if not can_mount():
        yield {}
        return
    folders = {name: settings.dev_dir / name for name in ("kafka", "postgres")}
    with ExitStack() as stack:
        yield {
            name: stack.enter_context(mounted(folder, DISK_MEGABYTES))
            for name, folder in folders.items()
        }


def _links(settings: Settings, ways: Mapping[str, int], rng: Random) -> dict[str, Link]:
    """Return a link for each way; Kafka's own ports lie behind those it advertises."""
    onward = dict(ways)
    for service in SERVICES:
        onward[f"{service.package} postgres"] = settings.postgres_port
    onward[SWITCH] = settings.switch_port
    onward[PORTAL] = settings.ports["portal_gateway"]
    onward[WATCHER] = settings.ports["outage_watcher"]
    return {
        name: Link(name, free_port(), port, Random(rng.random()))  # noqa: S311 - chances, no secret
        for name, port in onward.items()
    }


def _listen_behind(kafka: Kafka, advertised: Mapping[int, int]) -> None:
    """Let Kafka listen once more for each link, and send callers back through it."""
    names = {port: f"LINK{n}" for n, port in enumerate(advertised)}
    own, seen = [], []
    for port, shown in advertised.items():
        own.append(f"{names[port]}://{HOST}:{port}")
        seen.append(f"{names[port]}://{HOST}:{shown}")
    lines = []
    for line in kafka.properties.read_text(encoding="utf-8").splitlines():
        name = line.partition("=")[0]
        more = {"listeners": own, "advertised.listeners": seen}.get(name, [])
        lines.append(",".join((line, *more)))
    kinds = ("PLAINTEXT", "CONTROLLER", *names.values())
    kind = ",".join(f"{name}:PLAINTEXT" for name in kinds)
    lines += [f"listener.security.protocol.map={kind}", *SOON_BACK]
    kafka.properties.write_text("\n".join((*lines, "")), encoding="utf-8")
