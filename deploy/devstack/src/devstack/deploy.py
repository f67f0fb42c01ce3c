"""The step of a release before its services start: topics, roles, schemas, tables."""

import asyncio
import importlib
from collections.abc import Callable

from devstack import database, topics
from devstack.clients import brokers
from devstack.database import Place, deploy_database
from devstack.postgres import admin_url
from devstack.programs import database_password
from devstack.rights import DEPLOYER
from devstack.settings import SERVICES, Settings
from devstack.topics import Changes, deploy_topics
from devstack.waiting import until


async def wait_for_servers(settings: Settings) -> None:
    """Return once Kafka and PostgreSQL answer."""
    bootstrap, url = settings.bootstrap_servers, admin_url(settings)
    deployer = brokers(settings, DEPLOYER)
    async with asyncio.TaskGroup() as both:
        both.create_task(
            until(
                f"Kafka at {bootstrap}",
                lambda: topics.answers(deployer),
                log=settings.external_kafka or settings.logs / "kafka.log",
            )
        )
        both.create_task(
            until(
                "PostgreSQL",
                lambda: database.answers(url),
                log=settings.logs / "postgres.log",
            )
        )


async def deploy(settings: Settings, say: Callable[[str], None] = print) -> None:
    """Make topics and database what this release needs; twice is as good as once."""
    passwords = {
        service.package: database_password(settings, service) for service in SERVICES
    }
    async with asyncio.TaskGroup() as both:
        kafka = both.create_task(_deploy_kafka(settings, say))
        tables = both.create_task(
            deploy_database(Place(admin_url(settings)), passwords)
        )
    changes, applied = kafka.result(), tables.result()
    say(
        f"Topics: {len(changes.created)} created, {len(changes.grown)} grown, "
        f"{len(changes.configured)} reconfigured"
    )
    # On a new database they are all there are, and their names say nothing.
    named = " ".join(applied) if len(applied) < len(SERVICES) else ""
    say(f"Database: {len(applied)} migrations applied {named}".rstrip())


async def _deploy_kafka(settings: Settings, say: Callable[[str], None]) -> Changes:
    changes = await deploy_topics(brokers(settings, DEPLOYER))
    if settings.secure:
        # The library behind it is needed, and loaded, for a secured Kafka alone.
        access = importlib.import_module("devstack.access")
        granted = await access.deploy_access(settings)
        say(f"Rights: {granted.added} added, {granted.removed} taken away")
    return changes
