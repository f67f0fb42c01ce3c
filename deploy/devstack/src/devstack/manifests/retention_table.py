"""docs/operating/retention.md: what is kept where and how long, from the code."""

from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module

from chassis.retention import COMMON, Kept
from chassis.settings import ServiceSettings
from contracts.catalogue import dead_letter_topic
from devstack.settings import SERVICES
from devstack.topics import read_topics

HEAD = """\
# What is kept, where, why and for how long

Written by `python -m devstack.manifests` from the lines that the deletion jobs follow
(`retention_store.py` of each service) and from `deploy/kafka/topics.yaml`; do not edit.

Times are the defaults; [settings](settings.md) change them.
The grounds are what we rest on, to be confirmed by your data protection officer.
How it is done, exported and erased: [Data protection](data-protection.md).
"""
COLUMNS = (
    "| tables | data | purpose | ground | kept |\n|---|---|---|---|---|\n",
    "| topics | kept |\n|---|---|\n",
)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


def retention_page() -> str:
    """Return the page."""
    parts = [HEAD, "\n## In PostgreSQL, every service\n\n", COLUMNS[0]]
    parts += (_row(kept, _defaults(SERVICES[0].package)) for kept in COMMON)
    for service in SERVICES:
        parts += [f"\n## In PostgreSQL, {service.name}\n\n", COLUMNS[0]]
        settings = _defaults(service.package)
        parts += (_row(kept, settings) for kept in kept_by(service.package))
    parts += ["\n## In Kafka\n\n", COLUMNS[1], *_topics()]
    return "".join(parts)


def kept_by(package: str) -> tuple[Kept, ...]:
    """Return a service's own lines."""
    found: tuple[Kept, ...] = import_module(f"{package}.retention_store").TABLES
    return found


def _defaults(package: str) -> ServiceSettings:
    kind: type[ServiceSettings] = import_module(f"{package}.settings").Settings
    return kind.model_construct()


def _row(kept: Kept, settings: ServiceSettings) -> str:
    time = kept.time(settings)
    long = f"until {kept.until}" if time is None else said(time)
    long = long.replace("until for good", "for good")
    names = ", ".join(f"`{name.strip()}`" for name in kept.table.split(","))
    return f"| {names} | {kept.what} | {kept.purpose} | {kept.ground} | {long} |\n"


def _topics() -> Iterator[str]:
    by_time: dict[int, list[str]] = {}
    for topic in read_topics():
        if topic.name.endswith(dead_letter_topic("")):
            continue
        by_time.setdefault(int(topic.config["retention.ms"]), []).append(topic.name)
    for kept, names in sorted(by_time.items()):
        long = "for ever: names no customer"
        if kept >= 0:
            long = said(timedelta(milliseconds=kept))
        yield f"| {', '.join(f'`{name}`' for name in names)} | {long} |\n"
    week = said(timedelta(days=7))
    dead = dead_letter_topic("<topic>")
    yield f"| `{dead}`, what could not be processed | {week} |\n"


def said(time: timedelta) -> str:
    """Return a time as a person says it: 30 minutes, 180 days."""
    for unit, name in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if time >= unit and not time % unit:
            count = time // unit
            return f"{count} {name}{'s' if count > 1 else ''}"
    return f"{time.total_seconds():g} seconds"
