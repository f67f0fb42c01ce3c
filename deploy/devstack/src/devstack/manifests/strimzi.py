"""Topics and users for Strimzi, from the table of topics and the table of rights."""

from collections.abc import Iterator
from typing import Any

from devstack.rights import Rights, acls, all_rights
from devstack.topics import read_topics

Resource = dict[str, Any]

CLUSTER = {"strimzi.io/cluster": "kafka"}
COPIES, IN_SYNC = 3, 2


def topics() -> Iterator[Resource]:
    """Return every topic: three copies, of which two must have what is acknowledged."""
    for topic in read_topics():
        yield {
            "apiVersion": "kafka.strimzi.io/v1",
            "kind": "KafkaTopic",
            # Kubernetes allows no capital letters in names; Kafka's own name is below.
            "metadata": {"name": resource_name(topic.name), "labels": CLUSTER},
            "spec": {
                "topicName": topic.name,
                "partitions": topic.partitions,
                "replicas": COPIES,
                "config": {
                    **{name: int(value) for name, value in topic.config.items()},
                    "min.insync.replicas": IN_SYNC,
                },
            },
        }


def users() -> Iterator[Resource]:
    """Return every user with what it may do; the operator makes the passwords."""
    for rights in all_rights():
        yield {
            "apiVersion": "kafka.strimzi.io/v1",
            "kind": "KafkaUser",
            "metadata": {"name": rights.user, "labels": CLUSTER},
            "spec": {
                "authentication": {"type": "scram-sha-512"},
                "authorization": {"type": "simple", "acls": [*_acls(rights)]},
            },
        }


def _acls(rights: Rights) -> Iterator[Resource]:
    for acl in acls(rights):
        yield {
            "resource": {"type": acl.kind, "name": acl.name, "patternType": "literal"},
            "operations": [acl.operation],
            "host": "*",
        }


def resource_name(topic: str) -> str:
    """Return a resource's name: OutageDetected.dlq → outage-detected.dlq."""
    dashed = "".join(f"-{each.lower()}" if each.isupper() else each for each in topic)
    return dashed.removeprefix("-")
