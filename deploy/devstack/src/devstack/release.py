"""
The job of a release before its services start: `python -m devstack.release`.

  database   roles, schemas and tables
  topics     Kafka's topics; under Strimzi its operator makes them
  rights     change nothing: print what Kafka has to allow, for kafka-acls.sh

Without a word it does the first two; twice is as good as once. It comes to PostgreSQL
by ADMIN_DATABASE_URL, and to Kafka as services do: KAFKA_BOOTSTRAP_SERVERS,
KAFKA_USERNAME, KAFKA_PASSWORD, KAFKA_CA_FILE. What is not in the environment is a file
in SECRETS_DIR, with the same name in lower case.
"""

import argparse
import asyncio
import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path
from urllib.parse import unquote, urlsplit

import asyncpg
from aiokafka.errors import KafkaError
from pydantic import ValidationError

from chassis.brokers import client_options
from chassis.settings import KafkaSettings, complaints
from devstack.database import Place, deploy_database
from devstack.errors import StackError
from devstack.rights import Acl, acls, all_rights
from devstack.settings import LOGIN, ROOT, SERVICES
from devstack.topics import Brokers, deploy_topics, read_topics

HALVES = ("database", "topics")
RIGHTS = "rights"


def main(arguments: list[str], env: Mapping[str, str] = os.environ) -> int:
    """Deploy what is named, or everything."""
    parser = argparse.ArgumentParser(
        prog="python -m devstack.release",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", nargs="*", help=f"{', '.join(HALVES)} or {RIGHTS}")
    wanted = parser.parse_args(arguments).what or list(HALVES)
    if unknown := [word for word in wanted if word not in {*HALVES, RIGHTS}]:
        parser.error(f"unknown: {' '.join(unknown)}")
    if RIGHTS in wanted:
        print("\n".join(rights_to_give()))
        return 0
    try:
        asyncio.run(_deploy(wanted, env))
    except StackError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


async def _deploy(wanted: list[str], env: Mapping[str, str]) -> None:
    root = Path(_found(env, "RELEASE_ROOT") or ROOT)
    if "topics" in wanted:
        await _deploy_topics(root, env)
    if "database" in wanted:
        admin = _given(env, "ADMIN_DATABASE_URL")
        place = Place(admin, urlsplit(admin).path.strip("/"))
        try:
            applied = await deploy_database(place, passwords(env), root)
        except (OSError, TimeoutError, asyncpg.PostgresError) as error:
            raise StackError(_refused(place, error)) from error
        print(f"Database: {len(applied)} migrations applied {' '.join(applied)}")


async def _deploy_topics(root: Path, env: Mapping[str, str]) -> None:
    servers = _given(env, "KAFKA_BOOTSTRAP_SERVERS")
    topics = read_topics(root / "deploy" / "kafka" / "topics.yaml")
    try:
        changes = await deploy_topics(_brokers(servers, env), topics)
    except (KafkaError, OSError, TimeoutError) as error:
        raise StackError(
            f"Kafka at {servers} does not let us work: {error}\nLook at the address, "
            "the log-in (KAFKA_USERNAME, KAFKA_PASSWORD), who vouches for the brokers "
            "(KAFKA_CA_FILE), and what that user may do: it makes topics."
        ) from error
    print(
        f"Topics: {len(changes.created)} created, {len(changes.grown)} grown, "
        f"{len(changes.configured)} reconfigured"
    )


def _brokers(servers: str, env: Mapping[str, str]) -> Brokers:
    """Come as the services do: in the clear, or by TLS with name and password."""
    login = {name.lower(): _found(env, name) for name in LOGIN}
    try:
        return client_options(
            KafkaSettings.model_validate({"kafka_bootstrap_servers": servers, **login})
        )
    except ValidationError as error:
        raise StackError(complaints(KafkaSettings, error)) from error


def _refused(place: Place, error: Exception) -> str:
    """Say what PostgreSQL wants before this can work; a URL holds a password."""
    address = urlsplit(place.admin_url)
    said = f"PostgreSQL at {address.hostname}:{address.port or 5432}: {error}"
    match error:
        case asyncpg.InvalidCatalogNameError():
            role = address.username or "the role of ADMIN_DATABASE_URL"
            more = (
                f"Make it first: CREATE DATABASE {place.database} OWNER {role} "
                "TEMPLATE template0 ENCODING 'UTF8' "
                "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8' LOCALE 'C'"
            )
        case asyncpg.InsufficientPrivilegeError():
            more = (
                "The role of ADMIN_DATABASE_URL owns the database, may CREATEROLE, "
                "and made the services' roles itself (or has ADMIN OPTION on them)."
            )
        case asyncpg.InvalidAuthorizationSpecificationError():
            more = "Look at name and password in ADMIN_DATABASE_URL, and pg_hba.conf."
        case asyncpg.PostgresError():
            return said
        case _:
            more = "Look at ADMIN_DATABASE_URL, and whether it runs."
    return f"{said}\n{more}"


def rights_to_give() -> Iterator[str]:
    """Yield the lines that give a Kafka of others all rights of docs' table."""

    def kind(acl: Acl) -> tuple[str, str, str]:
        return acl.user, acl.operation, acl.kind

    every = (acl for rights in all_rights() for acl in acls(rights))
    for (user, operation, resource), some in groupby(every, kind):
        names = (f"--{resource} {shlex.quote(acl.name)}" for acl in some)
        yield (
            'kafka-acls.sh --bootstrap-server "$KAFKA" --command-config "$ADMIN" '
            f"--add --allow-principal User:{user} --operation {operation} "
            + " ".join(names)
        )


def passwords(env: Mapping[str, str]) -> dict[str, str]:
    """Return the password of each service's role, from the URL that it will use."""
    found = {}
    for service in SERVICES:
        url = _given(env, f"{service.prefix}_DATABASE_URL")
        password = urlsplit(url).password
        if not password:
            raise StackError(f"{service.prefix}_DATABASE_URL names no password")
        found[service.package] = unquote(password)
    return found


def _given(env: Mapping[str, str], name: str) -> str:
    if value := _found(env, name):
        return value
    raise StackError(f"{name} is not set, and there is no file {_file(env, name)}")


def _found(env: Mapping[str, str], name: str) -> str | None:
    if value := env.get(name):
        return value
    file = _file(env, name)
    return file.read_text(encoding="utf-8").strip() if file.is_file() else None


def _file(env: Mapping[str, str], name: str) -> Path:
    return Path(env.get("SECRETS_DIR", "/run/secrets")) / name.lower()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
