"""Who may talk to whom inside the namespace; everything else is denied."""

from collections.abc import Iterator

from devstack.manifests.shapes import SHAPES, Shape
from devstack.manifests.strimzi import Resource
from devstack.manifests.workloads import PORT

KAFKA = {"strimzi.io/cluster": "kafka"}
DATABASE = {"cnpg.io/cluster": "database"}
KAFKA_PORT, DATABASE_PORT, SWITCH_PORT, SPANS_PORT = 9093, 5432, 8090, 4318
CANARY = {"app.kubernetes.io/name": "canary"}
MONITORING = {"kubernetes.io/metadata.name": "monitoring"}
INGRESS = {"kubernetes.io/metadata.name": "ingress"}


def policies() -> Iterator[Resource]:
    """Return the policies: first nothing, then what is needed."""
    yield _policy("default-deny", {}, ingress=[], egress=[])
    yield _policy(
        "names",
        {},
        egress=[
            {
                "to": [{"namespaceSelector": {}}],
                "ports": [_port(53, "UDP"), _port(53, "TCP")],
            }
        ],
    )
    for name, shape in SHAPES.items():
        inwards = _inwards(shape)
        if name == "outage-watcher":
            inwards.append({"from": [_pods(CANARY)], "ports": [_port(PORT)]})
        policy = _policy(name, {}, ingress=inwards, egress=_outwards(shape))
        policy["spec"]["podSelector"] = _service_and_commands(name)
        yield policy
    yield _canary()
    release = {"app.kubernetes.io/name": "release"}
    desk = {"app.kubernetes.io/name": "desk-command"}
    yield _policy("desk", desk, egress=[_to(KAFKA, KAFKA_PORT)])
    yield _policy("release", release, egress=[_to(DATABASE, DATABASE_PORT)])
    yield _policy("kafka", KAFKA, ingress=_kafka(), egress=_operated(KAFKA))
    yield _policy("database", DATABASE, ingress=_database(), egress=_operated(DATABASE))


def _service_and_commands(name: str) -> Resource:
    """
    Select a service, and the pods in which its commands run.

    These have a name of their own, or the Service would send them requests, and the
    budget of disruptions would count a pod that nobody owns.
    """
    named = {
        "key": "app.kubernetes.io/name",
        "operator": "In",
        "values": [name, f"{name}-command"],
    }
    return {"matchExpressions": [named]}


def _canary() -> Resource:
    """Let it speak as a source, hear Kafka, and ask a switch that can be asked."""
    return _policy(
        "canary",
        CANARY,
        ingress=_inwards(Shape()),
        egress=[
            _to(KAFKA, KAFKA_PORT),
            _to({"app.kubernetes.io/name": "outage-watcher"}, PORT),
            _to({"app.kubernetes.io/name": "switch"}, SWITCH_PORT),
        ],
    )


def _inwards(shape: Shape) -> list[Resource]:
    doors = [MONITORING, *([INGRESS] if shape.from_outside else [])]
    return [
        {"from": [{"namespaceSelector": {"matchLabels": door}}], "ports": [_port(PORT)]}
        for door in doors
    ]


def _outwards(shape: Shape) -> list[Resource]:
    beyond = [{"ports": [_port(port) for port in shape.outwards]}]
    return [
        _to(KAFKA, KAFKA_PORT),
        _to(DATABASE, DATABASE_PORT),
        # To a collector of spans, where one is set (OTEL_EXPORTER_OTLP_ENDPOINT).
        {
            "to": [{"namespaceSelector": {"matchLabels": MONITORING}}],
            "ports": [_port(SPANS_PORT)],
        },
        *(beyond if shape.outwards else []),
    ]


def _kafka() -> list[Resource]:
    ours = {"app.kubernetes.io/part-of": "selfcare"}
    return [
        {
            # The porting system and its like, each with a user of its own.
            "from": [_pods(ours), {"namespaceSelector": {"matchLabels": _TELLERS}}],
            "ports": [_port(KAFKA_PORT)],
        },
        # Brokers and operators among themselves, and whoever reads the lag.
        {"from": [_pods(KAFKA), {"namespaceSelector": {"matchLabels": _OPERATORS}}]},
    ]


def _database() -> list[Resource]:
    clients = [
        _pods({"app.kubernetes.io/part-of": "selfcare"}),
        _pods({"app.kubernetes.io/name": "release"}),
    ]
    return [
        {"from": clients, "ports": [_port(DATABASE_PORT)]},
        {"from": [_pods(DATABASE), {"namespaceSelector": {"matchLabels": _OPERATORS}}]},
    ]


def _operated(peers: dict[str, str]) -> list[Resource]:
    # Operators' agents speak to the API server and to the store of back-ups.
    return [{"to": [_pods(peers)]}, {"ports": [_port(443), _port(6443)]}]


_OPERATORS = {"selfcare.example/operators": "true"}
_TELLERS = {"selfcare.example/tells": "true"}


def _to(labels: dict[str, str], port: int) -> Resource:
    return {"to": [_pods(labels)], "ports": [_port(port)]}


def _pods(labels: dict[str, str]) -> Resource:
    return {"podSelector": {"matchLabels": labels}}


def _port(number: int, protocol: str = "TCP") -> Resource:
    return {"port": number, "protocol": protocol}


def _policy(
    name: str,
    labels: dict[str, str],
    *,
    ingress: list[Resource] | None = None,
    egress: list[Resource] | None = None,
) -> Resource:
    directions = {"Ingress": ingress, "Egress": egress}
    given = {way: rules for way, rules in directions.items() if rules is not None}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": {
            "podSelector": {"matchLabels": labels} if labels else {},
            "policyTypes": list(given),
            **{way.lower(): rules for way, rules in given.items() if rules},
        },
    }
