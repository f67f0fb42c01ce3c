"""What each service is in Kubernetes; all four are alike, and a table has the rest."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from contracts.listeners import LISTENERS
from devstack.manifests.shapes import SHAPES, Shape
from devstack.manifests.strimzi import Resource
from devstack.settings import SERVICES, Service
from devstack.topics import read_topics

PORT = 8080
USER = 10001
STOP_SECONDS = 45
"""More than STOP_TIMEOUT and what comes after it: the outbox, the pool."""
LAG = 200
"""Messages that wait in one topic for one more instance to pay off."""


@dataclass(frozen=True, slots=True)
class Workload:
    """The resources of one service."""

    service: Service
    shape: Shape = field(default_factory=Shape)

    def resources(self) -> Iterator[Resource]:
        """Return all of them."""
        yield {
            **self._head("v1", "ServiceAccount"),
            "automountServiceAccountToken": False,
        }
        yield self._service()
        if self.shape.spool:
            yield self._claim()
        yield self._stateful_set()
        yield {
            **self._head("policy/v1", "PodDisruptionBudget"),
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": self.labels}},
        }
        yield self._scaling()

    @property
    def labels(self) -> dict[str, str]:
        """Return what its pods are selected by."""
        return {"app.kubernetes.io/name": self.service.name}

    def _head(self, version: str, kind: str, name: str = "") -> Resource:
        named = {"name": name or self.service.name, "labels": self._all_labels}
        return {"apiVersion": version, "kind": kind, "metadata": named}

    def _service(self) -> Resource:
        ports = [{"name": "http", "port": PORT, "targetPort": "http"}]
        return {
            **self._head("v1", "Service"),
            "spec": {"selector": self.labels, "ports": ports},
        }

    def _stateful_set(self) -> Resource:
        spec = {
            "serviceName": self.service.name,
            "replicas": self.shape.least,
            # All at once at first; an upgrade goes one by one all the same.
            "podManagementPolicy": "Parallel",
            "updateStrategy": {"type": "RollingUpdate"},
            "selector": {"matchLabels": self.labels},
            "template": {"metadata": {"labels": self._all_labels}, "spec": self._pod()},
        }
        return {**self._head("apps/v1", "StatefulSet"), "spec": spec}

    def _claim(self) -> Resource:
        """
        Return the one volume of all instances.

        One each would strand files when there are fewer instances, and a file that has
        to go could lie in another one's.
        """
        return {
            **self._head("v1", "PersistentVolumeClaim", self._spool),
            "spec": {
                "accessModes": ["ReadWriteMany"],
                "resources": {"requests": {"storage": "1Gi"}},
            },
        }

    @property
    def _spool(self) -> str:
        return f"{self.service.name}-spool"

    @property
    def _all_labels(self) -> dict[str, str]:
        """Return those, and what all of ours are stopped and started by together."""
        return {**self.labels, "app.kubernetes.io/part-of": "selfcare"}

    def _pod(self) -> Resource:
        return {
            "serviceAccountName": self.service.name,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "terminationGracePeriodSeconds": STOP_SECONDS,
            "securityContext": restricted_pod(),
            "topologySpreadConstraints": [
                self._spread("topology.kubernetes.io/zone", "ScheduleAnyway"),
                self._spread("kubernetes.io/hostname", "ScheduleAnyway"),
            ],
            "containers": [self._container()],
            "volumes": self._volumes(),
        }

    def _spread(self, key: str, otherwise: str) -> Resource:
        return {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": otherwise,
            "labelSelector": {"matchLabels": self.labels},
        }

    def _container(self) -> Resource:
        return {
            "name": self.service.name,
            "image": f"selfcare/{self.service.name}",
            "args": [self.service.package],
            "ports": [{"name": "http", "containerPort": PORT}],
            "env": self._env(),
            "envFrom": [{"configMapRef": {"name": "settings"}}],
            "startupProbe": _probe("/health/live", every=2, failures=60),
            "livenessProbe": _probe("/health/live", every=10, failures=6),
            "readinessProbe": _probe(self._readiness, every=5, failures=2),
            "resources": {
                "requests": {"cpu": self.shape.cpu, "memory": self.shape.memory},
                # No limit on the processor: an outage is when it is needed.
                "limits": {"memory": self.shape.most_memory},
            },
            "securityContext": restricted(),
            "volumeMounts": self._mounts(),
        }

    @property
    def _readiness(self) -> str:
        # Who does not hear Kafka still takes saves and signals: it keeps its door open.
        return "/health/serving" if self.shape.from_outside else "/health/ready"

    def _env(self) -> list[Resource]:
        prefix, name = self.service.prefix, self.service.name
        ordinal = "metadata.labels['apps.kubernetes.io/pod-index']"
        return [
            # Static membership: the pod that comes back is the member that left.
            {
                "name": f"{prefix}_INSTANCE",
                "valueFrom": {"fieldRef": {"fieldPath": ordinal}},
            },
            _secret(f"{prefix}_DATABASE_URL", f"{name}-database", "url"),
            {"name": "KAFKA_USERNAME", "value": name},
            _secret("KAFKA_PASSWORD", name, "password"),
            {"name": "KAFKA_CA_FILE", "value": "/kafka-ca/ca.crt"},
            *({"name": key, "value": value} for key, value in self.shape.env),
            *(
                _secret(f"{prefix}_{key.upper()}", f"{name}-secrets", key, needed=False)
                for key in self.shape.secrets
            ),
        ]

    def _volumes(self) -> list[Resource]:
        found: list[Resource] = [
            {"name": "tmp", "emptyDir": {"sizeLimit": "256Mi"}},
            {
                "name": "kafka-ca",
                "secret": {
                    "secretName": "kafka-cluster-ca-cert",
                    "items": [{"key": "ca.crt", "path": "ca.crt"}],
                },
            },
        ]
        if self.shape.files:
            secret = {"secretName": f"{self.service.name}-files"}
            found.append({"name": "config", "secret": secret})
        if self.shape.spool:
            claim = {"claimName": self._spool}
            found.append({"name": "spool", "persistentVolumeClaim": claim})
        return found

    def _mounts(self) -> list[Resource]:
        found: list[Resource] = [
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 - the container's own
            {"name": "kafka-ca", "mountPath": "/kafka-ca", "readOnly": True},
        ]
        if self.shape.files:
            found.append({"name": "config", "mountPath": "/config", "readOnly": True})
        if self.shape.spool:
            found.append({"name": "spool", "mountPath": self.shape.spool})
        return found

    def _scaling(self) -> Resource:
        target = {"apiVersion": "apps/v1", "kind": "StatefulSet"}
        return {
            **self._head("keda.sh/v1alpha1", "ScaledObject"),
            "spec": {
                "scaleTargetRef": {**target, "name": self.service.name},
                "minReplicaCount": self.shape.least,
                # One partition has one reader: more instances would have nothing.
                "maxReplicaCount": self.most,
                "cooldownPeriod": 900,
                "triggers": [self._trigger(topic) for topic in self._heard],
            },
        }

    @property
    def _heard(self) -> list[str]:
        return [event.topic() for event in LISTENERS[self.service.name]]

    @property
    def most(self) -> int:
        """Return how many instances have something to read."""
        partitions = {topic.name: topic.partitions for topic in read_topics()}
        return max(partitions[topic] for topic in self._heard)

    def _trigger(self, topic: str) -> Resource:
        return {
            "type": "kafka",
            "authenticationRef": {"name": "kafka-lag"},
            "metadata": {
                "bootstrapServers": "kafka-kafka-bootstrap:9093",
                "consumerGroup": f"{self.service.name}.{topic}",
                "topic": topic,
                "lagThreshold": str(LAG),
                "offsetResetPolicy": "earliest",
            },
        }


def workload(name: str) -> Workload:
    """Return the workload of a service."""
    service = next(each for each in SERVICES if each.name == name)
    return Workload(service, SHAPES[name])


def restricted_pod() -> Resource:
    """Return what the pod security standard `restricted` asks of a pod."""
    return {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def restricted() -> Resource:
    """Return what it asks of a container, and a file system that nobody changes."""
    return {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def _probe(path: str, *, every: int, failures: int) -> Resource:
    return {
        "httpGet": {"path": path, "port": "http"},
        "periodSeconds": every,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def _secret(name: str, secret: str, key: str, *, needed: bool = True) -> Resource:
    ref: Resource = {"name": secret, "key": key}
    if not needed:
        ref["optional"] = True
    return {"name": name, "valueFrom": {"secretKeyRef": ref}}
