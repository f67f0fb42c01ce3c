"""What each service has in Kubernetes that others do not: a table of four rows."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Shape:
    """What a service has that others do not."""

    least: int = 2
    cpu: str = "200m"
    memory: str = "256Mi"
    most_memory: str = "512Mi"
    env: tuple[tuple[str, str], ...] = ()
    files: tuple[str, ...] = ()
    """Keys of the secret `<service>-files` that are mounted under /config."""
    secrets: tuple[str, ...] = ()
    """Settings that may stand in `<service>-secrets`: `smtp_password` is one's key."""
    spool: str | None = None
    """Where files wait that must outlive a pod; all instances share it."""
    from_outside: bool = False
    outwards: tuple[int, ...] = ()
    """Ports that it reaches outside of the namespace."""


SHAPES = {
    "portal-gateway": Shape(
        cpu="500m",
        memory="384Mi",
        most_memory="768Mi",
        env=(
            ("PORTAL_GATEWAY_HTTPS", "true"),
            ("PORTAL_GATEWAY_LETTERS_DIR", "/spool/letters"),
        ),
        spool="/spool",
        secrets=("secret_keys", "smtp_password", "sms_token"),
        from_outside=True,
        outwards=(443, 587),
    ),
    "provisioning": Shape(),
    "forwarding": Shape(
        cpu="500m",
        memory="384Mi",
        most_memory="1Gi",
        secrets=("switch_key",),
        outwards=(443, 5080, 8090),
    ),
    "outage-watcher": Shape(
        env=(("OUTAGE_WATCHER_SOURCES_FILE", "/config/sources.json"),),
        files=("sources.json",),
        from_outside=True,
        # What it asks: Icinga, OpenNMS, Alertmanager, each at its usual port.
        outwards=(443, 5665, 8443, 9093),
    ),
}
