"""docs/operating/settings.md: every setting of every service, from the code itself."""

import json
from collections.abc import Iterator
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import AliasChoices, SecretStr, TypeAdapter
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from chassis.settings import KafkaSettings, ServiceSettings
from devstack.settings import SERVICES

HEAD = """\
# Settings

Written by `python -m devstack.manifests` from the services themselves; do not edit.

Every setting is an environment variable. Durations are ISO 8601 (`PT30S`, `P7D`).
With `SECRETS_DIR` set, a file there does as well, named in lower case.
A bad value stops the start and is named; a secret is never printed.
"""
CANARY = """\
Kafka's and those of the log are called as above; what it does is in
[its README](../../deploy/canary/README.md).
"""
TRACES = """
## Traces

`OTEL_EXPORTER_OTLP_ENDPOINT` names a collector of OpenTelemetry, such as
`http://127.0.0.1:4318`; without it no span is made. The other variables of its
exporter (`OTEL_EXPORTER_OTLP_HEADERS`, `OTEL_TRACES_SAMPLER`, …) work as it says.
"""
COLUMNS = "| variable | default | what it is |\n|---|---|---|\n"


def settings_page() -> str:
    """Return the page."""
    parts = [HEAD]
    common = [name for name in ServiceSettings.model_fields if name != "port"]
    parts.append(
        "\n## All services\n\n`<SERVICE>` is `PORTAL_GATEWAY`, `PROVISIONING`, "
        "`FORWARDING` or `OUTAGE_WATCHER`.\n\n" + COLUMNS
    )
    parts += _rows(ServiceSettings, common, "<SERVICE>_")
    for service in SERVICES:
        kind = _settings_of(service.package)
        own = [name for name in kind.model_fields if name not in common]
        parts.append(f"\n## {service.name}\n\n{COLUMNS}")
        parts += _rows(kind, own, f"{service.prefix}_")
    parts.append(f"\n## The canary\n\n{CANARY}\n{COLUMNS}")
    canary: type[KafkaSettings] = import_module("canary.settings").Settings
    own = [name for name in canary.model_fields if not _has_name(canary, name)]
    parts += _rows(canary, own, "CANARY_")
    parts.append(TRACES)
    return "".join(parts)


def _has_name(kind: type[KafkaSettings], name: str) -> bool:
    """Return whether a setting is called the same everywhere, as Kafka's are."""
    return kind.model_fields[name].validation_alias is not None


def _settings_of(package: str) -> type[ServiceSettings]:
    found: type[ServiceSettings] = import_module(f"{package}.settings").Settings
    return found


def _rows(kind: type[KafkaSettings], names: list[str], prefix: str) -> Iterator[str]:
    for name in names:
        field = kind.model_fields[name]
        what = " ".join((field.description or "").split()).replace("|", r"\|")
        variable = _variable(field, f"{prefix}{name.upper()}")
        yield f"| `{variable}` | {_default(field)} | {what} |\n"


def _variable(field: FieldInfo, plain: str) -> str:
    alias = field.validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else plain


def _default(field: FieldInfo) -> str:
    default: Any = field.get_default(call_default_factory=True)
    if default is PydanticUndefined:
        return "**required**"
    if default is None:
        return "none"
    if isinstance(default, SecretStr):
        return "secret"
    if isinstance(default, timedelta):
        default = json.loads(TypeAdapter(timedelta).dump_json(default))
    if isinstance(default, Path | str | int | float):
        return f"`{str(default).lower() if isinstance(default, bool) else default}`"
    return f"`{json.dumps(default)}`"
