"""
The job of a release before its services start: `python -m devstack.release`.

It makes topics, roles, schemas and tables what the release needs; twice is as good as
once. `database` and `topics` do only one half: under Strimzi the topics are made by the
operator. SECRETS_DIR holds the same files that the services get, and one for the admin.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from devstack.database import Place, deploy_database
from devstack.errors import StackError
from devstack.settings import ROOT, SERVICES
from devstack.topics import deploy_topics, read_topics

HALVES = ("database", "topics")


def main(arguments: list[str], env: Mapping[str, str] = os.environ) -> int:
    """Deploy what is named, or everything."""
    wanted = arguments or list(HALVES)
    if unknown := [word for word in wanted if word not in HALVES]:
        print(f"Unknown: {' '.join(unknown)}; say database, topics or nothing")
        return 2
    try:
        asyncio.run(_deploy(wanted, env))
    except StackError as error:
        print(error)
        return 1
    return 0


async def _deploy(wanted: list[str], env: Mapping[str, str]) -> None:
    root = Path(env.get("RELEASE_ROOT", ROOT))
    if "topics" in wanted:
        servers = _given(env, "KAFKA_BOOTSTRAP_SERVERS")
        topics = read_topics(root / "deploy" / "kafka" / "topics.yaml")
        changes = await deploy_topics(servers, topics)
        print(f"Topics: {len(changes.created)} created, {len(changes.grown)} grown")
    if "database" in wanted:
        admin = _given(env, "ADMIN_DATABASE_URL")
        place = Place(admin, urlsplit(admin).path.strip("/"))
        applied = await deploy_database(place, passwords(env), root)
        print(f"Database: {len(applied)} migrations applied {' '.join(applied)}")


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
    if value := env.get(name):
        return value
    file = Path(env.get("SECRETS_DIR", "/run/secrets")) / name.lower()
    if file.is_file():
        return file.read_text(encoding="utf-8").strip()
    raise StackError(f"{name} is not set, and there is no file {file}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
