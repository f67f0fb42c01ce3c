"""Passwords that are made on the first start and stay on this machine."""

import base64
import json
import os
import secrets
from pathlib import Path

# Who may send signals; the names are the `source` of a signal and the last part of
# a webhook's address.
SOURCES = (
    "alertmanager",
    "canary",
    "checkmk",
    "cloudevents",
    "cloudwatch",
    "demo",
    "gnmi",
    "grafana",
    "icinga2",
    "librenms",
    "meraki",
    "nagios",
    "opennms",
    "operator",
    "pingdom",
    "rfc8632",
    "ripe-atlas",
    "snmp",
    "syslog",
    "thousandeyes",
    "tmf642",
    "uptimerobot",
    "ves",
    "zabbix",
)


def secret(folder: Path, name: str) -> str:
    """Return the secret of that name, made if it is new."""
    return _once(folder / name, secrets.token_urlsafe(24))


def key(folder: Path, name: str) -> str:
    """Return the key of that name, for what is stored encrypted; made if it is new."""
    return _once(folder / name, base64.urlsafe_b64encode(os.urandom(32)).decode())


def sources_file(folder: Path) -> Path:
    """Return the file that gives each source of signals its shared secret."""
    file = folder / "sources.json"
    made = {source: secrets.token_urlsafe(24) for source in SOURCES}
    known = json.loads(_once(file, json.dumps(made, indent=2)))
    if made.keys() - known.keys():  # a stack from before there was such a source
        file.unlink()
        _once(file, json.dumps(made | known, indent=2))
    return file


def _once(file: Path, content: str) -> str:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Written aside and linked, so that of two starters both see the same whole secret.
    draft = file.with_name(f".{file.name}-{os.getpid()}-{secrets.token_hex(4)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write(content)
    try:
        file.hardlink_to(draft)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return file.read_text(encoding="utf-8")
