"""Prometheus and Alertmanager beside a running stack, as long as somebody looks."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
import yaml

from devstack.errors import NotReady, StackError
from devstack.ports import require_free
from devstack.programs import me
from devstack.settings import HOST, SERVICES
from ops.paths import MONITORING
from ops.settings import Settings

PATH: Final = f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/usr/local/bin"
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 20.0
POLL: Final = 0.1


class Missing(StackError):
    """A program is not installed; says how it gets there."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"There is no {name} on this machine. Debian and Ubuntu: "
            "apt install prometheus prometheus-alertmanager (or: make programs). "
            "macOS: brew install prometheus alertmanager. Elsewhere unpack their "
            "release and put both on the PATH."
        )


@contextmanager
def running(settings: Settings) -> Iterator[None]:
    """Run both servers; they end with the block, also when we are killed."""
    commands = {
        "prometheus": [_program("prometheus"), *_prometheus(settings)],
        "alertmanager": [
            _program("prometheus-alertmanager", "alertmanager"),
            *_alertmanager(settings),
        ],
    }
    require_free("Prometheus", settings.prometheus_port, "PROMETHEUS_PORT")
    require_free("Alertmanager", settings.alertmanager_port, "ALERTMANAGER_PORT")
    require_free("the operators' page", settings.port, "OPS_PORT")
    _configure(settings)
    kept = [_keep(settings, name, command) for name, command in commands.items()]
    try:
        for url, name in (
            (settings.prometheus, "prometheus"),
            (settings.alertmanager, "alertmanager"),
        ):
            _wait_for(f"{url}/-/ready", name, settings)
        yield
    finally:
        for process in kept:
            process.send_signal(signal.SIGTERM)
        for process in kept:
            process.wait(STOP_SECONDS)


def prometheus_config(settings: Settings) -> dict[str, Any]:
    """Return the checked-in configuration with the targets of this stack."""
    file = MONITORING / "prometheus" / "prometheus.yml"
    config: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    ports = {
        service.name: settings.stack.ports[service.package] for service in SERVICES
    }
    ports |= {
        "canary": settings.stack.canary_port,
        "prometheus": settings.prometheus_port,
        "alertmanager": settings.alertmanager_port,
    }
    for scrape in config["scrape_configs"]:
        at = f"{HOST}:{ports[scrape['job_name']]}"
        scrape["static_configs"] = [{"targets": [at]}]
    config["alerting"]["alertmanagers"] = [
        {"static_configs": [{"targets": [f"{HOST}:{settings.alertmanager_port}"]}]}
    ]
    rules = file.parent
    if settings.interval:
        rules = settings.folder
        config["global"] = {
            "scrape_interval": settings.interval,
            "scrape_timeout": settings.interval,
            "evaluation_interval": settings.interval,
        }
    config["rule_files"] = [str(rules / name) for name in config["rule_files"]]
    return config


def _hurried_rules(settings: Settings) -> None:
    """Write the rules once more without the pauses of their groups."""
    for file in (MONITORING / "prometheus").glob("*.rules.yml"):
        rules = yaml.safe_load(file.read_text(encoding="utf-8"))
        for group in rules["groups"]:
            group["interval"] = settings.interval
        written = yaml.safe_dump(rules, sort_keys=False)
        (settings.folder / file.name).write_text(written, encoding="utf-8")


def _configure(settings: Settings) -> None:
    settings.folder.mkdir(parents=True, exist_ok=True)
    for folder in (settings.stack.logs, settings.folder / "run"):
        folder.mkdir(exist_ok=True)
    if settings.interval:
        _hurried_rules(settings)
    written = yaml.safe_dump(prometheus_config(settings), sort_keys=False)
    (settings.folder / "prometheus.yml").write_text(written, encoding="utf-8")


def _prometheus(settings: Settings) -> list[str]:
    return [
        f"--config.file={settings.folder / 'prometheus.yml'}",
        f"--storage.tsdb.path={settings.folder / 'prometheus'}",
        "--storage.tsdb.retention.time=30d",
        f"--web.listen-address={HOST}:{settings.prometheus_port}",
        "--enable-feature=exemplar-storage",
        "--log.level=warn",
    ]


def _alertmanager(settings: Settings) -> list[str]:
    return [
        f"--config.file={MONITORING / 'alertmanager' / 'alertmanager.yml'}",
        f"--storage.path={settings.folder / 'alertmanager'}",
        f"--web.listen-address={HOST}:{settings.alertmanager_port}",
        "--cluster.listen-address=",  # else it opens a port to everybody
        "--log.level=warn",
    ]


def _program(*names: str) -> str:
    for name in names:
        if found := shutil.which(name, path=PATH):
            return found
    raise Missing(names[0])


def _keep(settings: Settings, name: str, command: list[str]) -> subprocess.Popen[bytes]:
    options = [
        "--logs",
        str(settings.stack.logs),
        "--run",
        str(settings.folder / "run"),
    ]
    keeper = [sys.executable, "-m", "devstack.keeper", name, *options]
    return subprocess.Popen(  # noqa: S603 - our own command
        [*keeper, "--owner", me(), "--", *command],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _wait_for(url: str, name: str, settings: Settings) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            if httpx.get(url, timeout=2).is_success:
                return
        except httpx.HTTPError:
            pass
        time.sleep(POLL)
    raise NotReady(name, START_SECONDS, str(settings.stack.logs / f"{name}.log"))
