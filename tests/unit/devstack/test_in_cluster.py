"""A command in Kubernetes runs as its service does, and is not taken for one."""

import json
import os
import re
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from contracts.listeners import LISTENERS
from devstack.in_cluster import pod

ROOT = Path(__file__).resolve().parents[3]
BASE = ROOT / "deploy" / "kubernetes" / "base"
COMMAND = ROOT / "deploy" / "kubernetes" / "command"
Resource = dict[str, Any]


@cache
def generated(file: str) -> tuple[Resource, ...]:
    text = (BASE / "generated" / file).read_text(encoding="utf-8")
    return tuple(yaml.safe_load_all(text))


def one(file: str, kind: str, name: str) -> Resource:
    [found] = (
        each
        for each in generated(file)
        if (each["kind"], each["metadata"]["name"]) == (kind, name)
    )
    return found


def owner(service: str) -> Resource:
    return one(f"{service}.yaml", "StatefulSet", service)


def env_of(made: Resource) -> dict[str, Resource]:
    return {each["name"]: each for each in made["spec"]["containers"][0]["env"]}


@pytest.mark.parametrize("service", LISTENERS)
class TestPod:
    def test_is_one_that_kubernetes_knows(self, service: str) -> None:
        made = pod(owner(service), ["dead-letters", "list"])
        made["metadata"]["name"] = f"{service}-command-1"

        kubernetes_validate.validate(made, "1.37", strict=True)

    def test_has_what_the_service_has(self, service: str) -> None:
        made = pod(owner(service), ["dead-letters", "list"])
        before = owner(service)["spec"]["template"]["spec"]
        [was], [container] = before["containers"], made["spec"]["containers"]

        assert container["args"] == [*was["args"], "dead-letters", "list"]
        assert container["env"] == was["env"]
        assert container["envFrom"] == was["envFrom"]
        assert container["volumeMounts"] == was["volumeMounts"]
        assert made["spec"]["volumes"] == before["volumes"]
        assert made["spec"]["securityContext"] == before["securityContext"]
        assert not [key for key in container if key.endswith("Probe")]
        assert made["spec"]["restartPolicy"] == "Never"

    def test_gets_no_requests_and_counts_for_no_budget(self, service: str) -> None:
        labels = pod(owner(service), [])["metadata"]["labels"]
        for kind in ("Service", "PodDisruptionBudget", "StatefulSet"):
            selector = one(f"{service}.yaml", kind, service)["spec"]["selector"]
            wanted = selector.get("matchLabels", selector)
            assert not wanted.items() <= labels.items(), kind

    def test_reaches_what_the_service_reaches(self, service: str) -> None:
        labels = pod(owner(service), [])["metadata"]["labels"]
        policy = one("network-policies.yaml", "NetworkPolicy", service)["spec"]
        [named] = policy["podSelector"]["matchExpressions"]

        assert labels[named["key"]] in named["values"]
        for peer in ("kafka", "database"):
            entry = one("network-policies.yaml", "NetworkPolicy", peer)["spec"]
            doors = [
                each["podSelector"]["matchLabels"].items() <= labels.items()
                for each in entry["ingress"][0]["from"]
                if "podSelector" in each
            ]
            assert any(doors), peer

    def test_has_the_ordinal_that_its_settings_ask_for(self, service: str) -> None:
        made = pod(owner(service), [])
        instance = env_of(made)[f"{service.replace('-', '_').upper()}_INSTANCE"]
        path = instance["valueFrom"]["fieldRef"]["fieldPath"]
        label = path.removeprefix("metadata.labels['").removesuffix("']")

        assert made["metadata"]["labels"][label].isdecimal()


def test_comes_to_kafka_as_who_was_asked_for() -> None:
    made = pod(owner("forwarding"), [], "inventory")

    assert env_of(made)["KAFKA_USERNAME"]["value"] == "inventory"
    secret = env_of(made)["KAFKA_PASSWORD"]["valueFrom"]["secretKeyRef"]
    assert secret == {"name": "inventory", "key": "password"}
    assert env_of(pod(owner("forwarding"), [])) == env_of(owner_pod("forwarding"))


def owner_pod(service: str) -> Resource:
    return {"spec": owner(service)["spec"]["template"]["spec"]}


PRETENDED = """\
#!/bin/sh
echo "$@" >>"$SAID"
case "$1 $2" in
"get statefulsets,deployments") cat "$OWNERS" ;;
"get pod") printf %s "$PHASE" ;;
"run forwarding-command-"*) echo "3 messages in all"; exit 4 ;;
esac
"""


def ran(tmp_path: Path, phase: str, *owners: Resource) -> tuple[Any, str]:
    """Run the command with a kubectl that only notes what it was asked."""
    pretended, items, said = (tmp_path / name for name in ("kubectl", "o", "said"))
    pretended.write_text(PRETENDED, encoding="utf-8")
    pretended.chmod(0o755)
    items.write_text(json.dumps({"items": owners}), encoding="utf-8")
    path = f"{tmp_path}:{os.environ['PATH']}"
    env = {"PATH": path, "SAID": str(said), "OWNERS": str(items), "PHASE": phase}
    done = subprocess.run(
        [COMMAND, "forwarding", "rewind", "--earliest"],
        check=False,
        capture_output=True,
        text=True,
        env=env,
    )
    return done, said.read_text(encoding="utf-8")


def test_says_and_ends_as_the_command_and_leaves_no_pod(tmp_path: Path) -> None:
    done, said = ran(tmp_path, "Failed", owner("forwarding"))

    assert done.returncode == 4
    assert done.stdout == "3 messages in all\n"
    assert '"args": ["forwarding", "rewind", "--earliest"]' in said
    assert "delete pod forwarding-command-" in said


def test_a_command_goes_on_where_the_connection_breaks(tmp_path: Path) -> None:
    done, said = ran(tmp_path, "Running", owner("forwarding"))

    assert "kubectl logs --follow forwarding-command-" in done.stderr
    assert "delete" not in said


def test_a_service_that_is_not_there_is_named(tmp_path: Path) -> None:
    done, said = ran(tmp_path, "")

    assert done.returncode == 1
    assert "no forwarding in the namespace" in done.stderr
    assert "run" not in said


def test_pages_run_commands_of_what_there_is() -> None:
    told = re.compile(r"deploy/kubernetes/command (?:--as [a-z-]+ )?([a-z-]+)")
    named = {
        service
        for page in (ROOT / "docs").rglob("*.md")
        for service in told.findall(page.read_text(encoding="utf-8"))
    }

    assert {"desk", "forwarding", "outage-watcher"} <= named
    assert named <= {*LISTENERS, "desk"}
