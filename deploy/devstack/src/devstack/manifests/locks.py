"""
What each image installs: the part of requirements.lock that its packages need.

The closure is read from the metadata of what is installed, for every Python and
processor that an image may have; versions and hashes are those of requirements.lock.
"""

import re
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, requires
from itertools import product

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

OURS = frozenset(
    (
        *("contracts", "chassis", "portal-gateway", "provisioning", "forwarding"),
        *("outage-watcher", "devstack", "simulated-switch", "canary", "ops"),
    )
)
IMAGES: Mapping[str, tuple[str, ...]] = {
    "portal-gateway": ("portal-gateway",),
    "provisioning": ("provisioning",),
    "forwarding": ("forwarding",),
    "outage-watcher": ("outage-watcher",),
    "simulated-switch": ("simulated-switch",),
    "canary": ("canary",),
    # Not all of devstack: the release job and the desk need no servers and no Java.
    "release": ("chassis", "pogo-migrate", "pyyaml", "rich"),
    "build": ("uv-build",),
}
MACHINES = [
    {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "platform_machine": machine,
        "python_version": python,
        "python_full_version": f"{python}.9",
    }
    for machine, python in product(("x86_64", "aarch64"), ("3.11", "3.12", "3.13"))
]


def runtime_locks(whole: str) -> dict[str, str]:
    """Return the lock file of each image by its name."""
    pinned = blocks(whole)
    return {
        f"{image}.lock": "".join(
            pinned[name] for name in sorted(closure(roots)) if name in pinned
        )
        for image, roots in IMAGES.items()
    }


def blocks(lock: str) -> dict[str, str]:
    """Return the lines of each package in a lock file, by its name."""
    found = re.split(r"\n(?=\S)", lock.strip())
    return {
        canonicalize_name(re.split(r"[=\[ ]", block, maxsplit=1)[0]): f"{block}\n"
        for block in found
        if not block.startswith("#")
    }


def closure(roots: Iterable[str]) -> set[str]:
    """Return every foreign package that the roots need, in whatever depth."""
    waiting = [(name, frozenset[str]()) for name in roots]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        waiting += [
            (canonicalize_name(need.name), frozenset(need.extras))
            for need in _needs(name)
            if _applies(need, extras)
        ]
    return {name for name, _ in seen} - OURS


def _needs(name: str) -> list[Requirement]:
    try:
        return [Requirement(line) for line in requires(name) or ()]
    except PackageNotFoundError:
        return []  # for another machine than this; what it needs stands in the lock


def _applies(need: Requirement, extras: frozenset[str]) -> bool:
    marker = need.marker
    return marker is None or any(
        marker.evaluate({**machine, "extra": extra})
        for machine in MACHINES
        for extra in extras | {""}
    )
