"""
Run a command of a service in Kubernetes, whether the service runs or not.

    deploy/kubernetes/command forwarding rewind --to 2026-11-28T03:55:00+00:00

It makes a pod out of what the service runs in: the same image, secrets, settings and
rights, in the namespace that kubectl uses now. It says what the command says, ends as
that ends, and takes the pod away. Where the connection breaks, the command goes on.
`--as USER`, before the service, comes to Kafka as another user of the cluster.
It needs kubectl, and of Python nothing beside the standard library.
"""

import argparse
import copy
import json
import secrets
import subprocess
import sys
from typing import Any

NAME = "app.kubernetes.io/name"
PART = "app.kubernetes.io/part-of"
INDEX = "apps.kubernetes.io/pod-index"
OF_A_SERVER = ("ports", "startupProbe", "livenessProbe", "readinessProbe")
ENDED = ("Succeeded", "Failed")
Json = dict[str, Any]


def pod(owner: Json, words: list[str], user: str | None = None) -> Json:
    """Return the pod of a command, out of what its service runs in."""
    spec = copy.deepcopy(owner["spec"]["template"]["spec"])
    [container] = spec["containers"]
    for key in OF_A_SERVER:
        container.pop(key, None)
    container["args"] = [container["args"][0], *words]
    if user:
        container["env"] = [_come_as(user, each) for each in container["env"]]
    labels = {
        # The policies know this name, and no Service and no budget does.
        NAME: f"{owner['metadata']['name']}-command",
        PART: "selfcare",
        # Read as INSTANCE. A command is in no group, so that any number will do.
        INDEX: "0",
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"labels": labels},
        "spec": spec | {"restartPolicy": "Never"},
    }


def _come_as(user: str, variable: Json) -> Json:
    match variable["name"]:
        case "KAFKA_USERNAME":
            return {"name": "KAFKA_USERNAME", "value": user}
        case "KAFKA_PASSWORD":
            secret = {"secretKeyRef": {"name": user, "key": "password"}}
            return {"name": "KAFKA_PASSWORD", "valueFrom": secret}
        case _:
            return variable


def main(arguments: list[str]) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog="deploy/kubernetes/command",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--as", dest="user", help="a Kafka user, such as inventory")
    parser.add_argument("service", help="forwarding, portal-gateway, …, or desk")
    parser.add_argument("words", nargs=argparse.REMAINDER, help="the command")
    asked = parser.parse_args(arguments)
    selector = f"--selector={NAME}={asked.service}"
    found = _told("get", "statefulsets,deployments", selector, "--output=json")
    owners = json.loads(found)["items"]
    if not owners:
        sys.exit(f"There is no {asked.service} in the namespace that kubectl uses now.")
    name = f"{asked.service}-command-{secrets.token_hex(3)}"
    ended = _run(name, pod(owners[0], asked.words, asked.user))
    phase = _told("get", "pod", name, "--output=jsonpath={.status.phase}")
    if phase in ENDED:
        _told("delete", "pod", name, "--wait=false")
    else:
        print(
            f"It goes on ({phase}): kubectl logs --follow {name}\n"
            f"When it has ended: kubectl delete pod {name}",
            file=sys.stderr,
        )
    return ended


def _run(name: str, made: Json) -> int:
    """Let a pod run, show what it says, and return how it ended."""
    return _kubectl(
        *("run", name, "--restart=Never", "--attach", "--quiet"),
        "--pod-running-timeout=5m",
        f"--image={made['spec']['containers'][0]['image']}",
        f"--overrides={json.dumps(made)}",
    ).returncode


def _told(*words: str) -> str:
    """Return what kubectl says; where it refuses, it has said why."""
    said = _kubectl(*words, stdout=subprocess.PIPE)
    if said.returncode:
        sys.exit(said.returncode)
    return said.stdout.decode()


def _kubectl(
    *words: str, stdout: int | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = ["kubectl", *words]  # whichever the operator has
    return subprocess.run(command, check=False, stdout=stdout)  # noqa: S603 - his own


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
