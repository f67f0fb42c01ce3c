"""
Write what follows from tables: `python -m devstack.manifests [--check]`.

Kubernetes resources of services, topics and users, the lock file of each image, the
page of all settings and that of what is kept. `--check` writes nothing and names what
is stale.
"""

import argparse
import sys
from collections.abc import Iterable, Mapping

import yaml
from typing_extensions import override

from devstack.manifests.locks import runtime_locks
from devstack.manifests.policies import policies
from devstack.manifests.retention_table import retention_page
from devstack.manifests.rights_page import rights_page
from devstack.manifests.settings_table import settings_page
from devstack.manifests.shapes import SHAPES
from devstack.manifests.strimzi import Resource, topics, users
from devstack.manifests.workloads import workload
from devstack.settings import ROOT

GENERATED = "deploy/kubernetes/base/generated"
FOLDERS = (GENERATED, "deploy/locks")
HEAD = "# Written by `python -m devstack.manifests`; do not edit.\n"
RULES = "deploy/monitoring/prometheus"


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m devstack.manifests",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--check", action="store_true", help="write nothing")
    if parser.parse_args(arguments).check:
        if old := stale():
            print(f"stale: {', '.join(old)}; run python -m devstack.manifests")
        return int(bool(old))
    files = generated()
    for path in _there() - files.keys():
        (ROOT / path).unlink()
    for path, text in files.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, encoding="utf-8")
    return 0


def generated() -> dict[str, str]:
    """Return the text of every generated file by its path."""
    each = {
        "topics.yaml": topics(),
        "users.yaml": users(),
        "network-policies.yaml": policies(),
        **{f"{name}.yaml": workload(name).resources() for name in SHAPES},
        "rules.yaml": _rules(),
    }
    # Kustomize takes no file without a resource.
    manifests = {name: found for name, some in each.items() if (found := list(some))}
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": sorted(manifests),
    }
    files = {name: _as_yaml(resources) for name, resources in manifests.items()}
    files["kustomization.yaml"] = _as_yaml([kustomization])
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return {
        **{f"{GENERATED}/{name}": text for name, text in files.items()},
        **{f"deploy/locks/{name}": text for name, text in runtime_locks(lock).items()},
        "docs/operating/settings.md": settings_page(),
        "docs/operating/retention.md": retention_page(),
        "docs/operating/rights.md": rights_page(),
    }


def stale(files: Mapping[str, str] | None = None) -> list[str]:
    """Return the paths that are missing, differ, or have no reason any more."""
    wanted = files or generated()
    different = {
        path
        for path, text in wanted.items()
        if not (ROOT / path).is_file()
        or (ROOT / path).read_text(encoding="utf-8") != text
    }
    return sorted(different | (_there() - wanted.keys()))


def _there() -> set[str]:
    return {
        str(file.relative_to(ROOT))
        for folder in FOLDERS
        for file in (ROOT / folder).glob("*")
        if file.is_file()
    }


def _rules() -> Iterable[Resource]:
    """Return the rules of Prometheus as its operator reads them."""
    for file in sorted((ROOT / RULES).glob("*.rules.yml")):
        name = file.name.removesuffix(".rules.yml")
        yield {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": f"selfcare-{name}"},
            "spec": yaml.safe_load(file.read_text(encoding="utf-8")),
        }


class _Plain(yaml.SafeDumper):
    @override
    def ignore_aliases(self, _data: object) -> bool:
        """Write everything out: people read these files."""
        return True


def _as_yaml(resources: Iterable[Resource]) -> str:
    text = yaml.dump_all(
        resources, Dumper=_Plain, sort_keys=False, allow_unicode=True, width=88
    )
    return HEAD + str(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
