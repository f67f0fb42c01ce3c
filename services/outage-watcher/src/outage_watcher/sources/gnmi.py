"""gNMI: operational states in the JSON forms of gnmic, of protobuf and Telegraf."""

import base64
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json

from outage_watcher.domain.evidence import Level
from outage_watcher.sources import times, values
from outage_watcher.sources.rules import Rules
from outage_watcher.sources.said import Said, joined, planned, unknown_type
from outage_watcher.sources.values import first, listing, mapping

RULES = Rules(line=(*Rules().line, "{source}/{object}"), element=())
LEAVES = ("operstatus", "operstate", "operationalstate", "operationalstatus")
ADMIN = ("adminstatus", "adminstate")
NAMES = ("name", "id", "index")
"""How tags end that were keys in a path."""
STATES: dict[str, Level] = {
    "up": "up",
    "down": "down",
    "lowerlayerdown": "down",
    "notpresent": "down",
    "inservice": "up",
    "outofservice": "down",
    "enabled": "up",
    "disabled": "down",
    "1": "up",
    "2": "down",
    "6": "down",
    "7": "down",
    "ifoperstateready": "up",
    "ifoperstatenopass": "down",
    "ifoperstatenotpresent": "down",
    "ifoperstatelowerlayerdown": "down",
}
"""Words and numbers of OpenConfig and IETF, and those of Cisco's own model."""
ADMIN_DOWN = ("down", "disable", "disabled", "outofservice")
_KEY = re.compile(r"\[([^=\]]+)=((?:[^\]\\]|\\.)*)\]")


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value at its path."""

    path: str
    value: object

    @property
    def name(self) -> str:
        """Return the last part of the path, without module and keys."""
        return values.key(_KEY.sub("", self.path).rsplit("/", 1)[-1].rsplit(":", 1)[-1])

    @property
    def parent(self) -> str:
        """Return the path without its last part."""
        return self.path.strip("/").rpartition("/")[0]


def read(body: Any, said: Said) -> None:
    """Read a message, a list of them, or a batch of Telegraf."""
    if isinstance(body, list):
        return said.each(body, read)
    told = mapping(body)
    for name in ("metrics", "notification"):
        if isinstance(told.get(name), list | dict):
            return said.each(listing(told[name]), read)
    if "sync-response" in told or "syncResponse" in told or "sync_response" in told:
        return said.ignore("sync-response: all was told once")
    update = told.get("update")
    if isinstance(update, dict):  # a SubscribeResponse of protobuf
        inner = {"source": first(told, "source", "target")} | update
        return _message(inner, said)
    if {"updates", "update", "deletes", "delete", "values", "fields"} & told.keys():
        return _message(told, said)
    raise unknown_type("No message of gNMI: neither updates nor deletes nor values.")


def _message(told: dict[str, Any], said: Said) -> None:
    tags = values.facts(told.get("tags"))
    prefix = told.get("prefix")
    target = first(mapping(prefix), "target")
    source = first(told, "source", "target", "host") or tags.get("source", "")
    source = values.host(source or tags.get("target", "") or target)
    if not source:
        raise unknown_type("A message of gNMI that names no target.")
    leaves = list(_leaves(told, _path(prefix), tags))
    admins = {
        leaf.parent: values.text(leaf.value).casefold().rsplit(":", 1)[-1]
        for leaf in leaves
        if leaf.name in ADMIN
    }
    at = times.first(said.tz, told.get("timestamp"), told.get("time"))
    known = [leaf for leaf in leaves if leaf.name in LEAVES]
    for leaf in known:
        is_off = admins.get(leaf.parent) in ADMIN_DOWN
        _tell(leaf, source, tags, said, at=at, is_off=is_off)
    if not known:
        said.ignore(f"{source}: no state of an interface or service")


def _tell(
    leaf: Leaf, source: str, tags: dict[str, str], said: Said, *, at: Any, is_off: bool
) -> None:
    keys = _KEY.findall(leaf.parent)
    word = values.text(leaf.value).rsplit(":", 1)[-1]
    state = STATES.get(values.key(word), "unknown")
    object_ = ".".join(value.replace("\\", "") for _, value in keys)
    told = {"source": source, "object": object_, "path": leaf.parent}
    facts = values.facts(told, dict(keys), tags)
    name = keys[-1][1] if keys else ""
    place = said.rules.as_line(name) if name and said.rules.is_line(name) else None
    said.tell(
        state,
        joined(source, leaf.parent or leaf.name),
        facts,
        name=leaf.path,
        place=place,
        occurred_at=at,
        **planned(state == "down" and is_off),
    )


def _leaves(told: dict[str, Any], prefix: str, tags: dict[str, str]) -> Iterator[Leaf]:
    """Return every value; what was deleted is a value that says nothing."""
    for update in listing(told.get("updates", told.get("update"))):
        inner = mapping(update)
        named = inner.get("values")
        if isinstance(named, dict):  # the form of gnmic: only `Path` has the keys
            whole = _path(inner.get("Path", inner.get("path")))
            for path, value in named.items():
                bare = path.strip("/") == _KEY.sub("", whole)
                yield from _inside(_under(prefix, whole if bare else path), value)
        else:
            path = _path(inner.get("path", inner.get("Path")))
            yield from _inside(
                _under(prefix, path), _value(inner.get("val", inner.get("value")))
            )
    of_tags = "".join(
        f"[{name}={value}]"
        for name, value in tags.items()
        if name.endswith(NAMES) and name != "subscriptionname"
    )
    for name in ("values", "fields"):
        for path, value in mapping(told.get(name)).items():
            yield from _inside(_with_keys(path, of_tags), value)
    for deleted in listing(told.get("deletes", told.get("delete"))):
        path = _under(prefix, _path(deleted))
        if of_tags and not _KEY.search(path):
            path = _with_keys(path, of_tags)
        if Leaf(path, None).name in LEAVES:
            yield Leaf(path, None)
        elif path.endswith("]"):
            yield Leaf(f"{path}/oper-status", None)


def _inside(path: str, value: object) -> Iterator[Leaf]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _inside(f"{path}/{name}", inner)
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for inner in value:
            name = first(inner, "name", "index", "port-id", "id")
            yield from _inside(f"{path}[name={name}]" if name else path, inner)
    else:
        yield Leaf(path, value)


def _with_keys(path: str, keys: str) -> str:
    """Put the keys of tags where the event form took them out of the path."""
    parent, _, leaf = path.strip("/").rpartition("/")
    return f"{parent or 'tags'}{keys}/{leaf}"


def _under(prefix: str, path: str) -> str:
    inner = path.strip("/")
    if not prefix or inner.startswith(prefix):
        return inner
    return f"{prefix}/{inner}"


def _path(told: object) -> str:
    """Return a path as text; protobuf has it in elements."""
    if isinstance(told, dict):
        parts = [mapping(each) for each in listing(told.get("elem"))]
        plain = [
            first(part, "name")
            + "".join(f"[{name}={values.text(value)}]"
                      for name, value in mapping(part.get("key")).items())
            for part in parts
        ]  # fmt: skip
        return "/".join(plain)
    return values.text(told).strip("/")


def _value(told: object) -> object:
    """Return what a typed value of protobuf holds."""
    if not isinstance(told, dict):
        return told
    for name, value in told.items():
        if values.key(name) in ("jsonval", "jsonietfval"):
            return _json(value)
        if values.key(name).endswith("val"):
            return value
    return told


def _json(value: object) -> object:
    """Return JSON that came as text, or as the base64 that protobuf makes of it."""
    if not isinstance(value, str):
        return value
    try:
        return from_json(base64.b64decode(value, validate=True))
    except ValueError:
        pass
    try:
        return from_json(value)
    except ValueError:
        return value
