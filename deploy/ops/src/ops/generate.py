"""Writes what is generated: dashboards for Perses and Grafana, and the SLO rules."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from typing_extensions import override

from ops import slos
from ops.dashboards import grafana, perses
from ops.dashboards.pages import PAGES
from ops.paths import MONITORING

LINKS: Final = "http://127.0.0.1:8085/runbooks"
"""Those of `make ops`; in Grafana everybody may name the folder on his own forge."""
HEAD: Final = "# Generated from deploy/ops/src/ops/slos.py by: python -m ops generate\n"


def files() -> Mapping[Path, str]:
    """Return every generated file with its content."""
    boards = MONITORING / "dashboards"
    found = {
        MONITORING / "prometheus" / "slo.rules.yml": HEAD + _yaml(slos.rules()),
    }
    for page in PAGES:
        found[boards / "perses" / f"{page.name}.json"] = _json(perses.dashboard(page))
        made = grafana.dashboard(page, LINKS)
        found[boards / "grafana" / f"{page.name}.json"] = _json(made)
    return found


def write() -> list[Path]:
    """Write the files whose content changed, and return them."""
    changed = []
    for path, content in files().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
            changed.append(path)
    return changed


class _Dumper(yaml.SafeDumper):
    """Writes PromQL of several lines as it is read best, and every label in full."""

    @override
    def ignore_aliases(self, data: object) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def _yaml(content: object) -> str:
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, width=10_000)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
