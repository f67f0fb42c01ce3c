"""Real Prometheus, Alertmanager and blackbox exporter, with lines that can fail."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import yaml
from prometheus_client.parser import text_string_to_metric_families

from devstack.ports import free_port
from support.programs import program
from support.waiting import eventually

HOST = "127.0.0.1"
NETWORK = Path(__file__).parents[2] / "deploy" / "monitoring" / "network"
"""The files that an operator copies; the tests only make them quicker."""
QUICK = {"for": "1s", "keep_firing_for": "0s", "interval": "1s"}


@dataclass
class Exporter:
    """A small exporter of `access_line_up`, which can be stopped."""

    port: int = field(default_factory=free_port)
    up: dict[str, int] = field(default_factory=dict)
    server: asyncio.Server | None = None

    async def start(self) -> None:
        self.server = await asyncio.start_server(self._answer, HOST, self.port)

    async def stop(self) -> None:
        if self.server:
            self.server.close()
            await self.server.wait_closed()
        self.server = None

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        await reader.readuntil(b"\r\n\r\n")
        lines = [f'access_line_up{{line="{n}"}} {up}\n' for n, up in self.up.items()]
        body = "".join(lines).encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n"
        head += "Content-Type: text/plain\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()


class Target:
    """What a probe connects to: a line that is there or not."""

    def __init__(self) -> None:
        self.port = free_port()
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._close, HOST, self.port)

    async def stop(self) -> None:
        if self._server:
            self._server.close()
            await self._server.wait_closed()
        self._server = None

    async def _close(
        self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        writer.close()


class Monitoring:
    """The programs by name, each of which can be killed and started again."""

    def __init__(self, folder: Path, webhook: str, secret: str, line: str) -> None:
        self.folder = folder
        folder.mkdir(exist_ok=True)
        self.exporter = Exporter()
        self.target = Target()
        self.probed_line = line
        self.ports = {n: free_port() for n in ("prometheus", "alertmanager", "probe")}
        self._commands = self._configured(webhook, secret)
        self._running: dict[str, asyncio.subprocess.Process] = {}

    def url(self, name: str) -> str:
        return f"http://{HOST}:{self.ports[name]}"

    async def start(self, name: str) -> None:
        with (self.folder / f"{name}.log").open("ab") as log:
            self._running[name] = await asyncio.create_subprocess_exec(
                *self._commands[name], stdout=log, stderr=log
            )
        await eventually(lambda: self._answers(name), within=20)

    async def kill(self, name: str) -> None:
        process = self._running.pop(name)
        process.send_signal(signal.SIGKILL)
        await process.wait()

    async def stop(self) -> None:
        for name in list(self._running):
            await self.kill(name)
        await self.exporter.stop()
        await self.target.stop()

    async def asks(self, query: str) -> list[Any]:
        async with httpx.AsyncClient() as client:
            url = f"{self.url('prometheus')}/api/v1/query"
            answer = await client.get(url, params={"query": query})
            return list(answer.json()["data"]["result"])

    async def alerts(self) -> set[str]:
        """Return the lines and names of what Alertmanager holds for active."""
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{self.url('alertmanager')}/api/v2/alerts")
        labels = [alert["labels"] for alert in answer.json()]
        return {each.get("line", each["alertname"]) for each in labels}

    async def refused(self) -> float:
        """Return how many notifications Alertmanager gave up, as it says itself."""
        async with httpx.AsyncClient() as client:
            answer = await client.get(f"{self.url('alertmanager')}/metrics")
        return sum(
            sample.value
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
            if sample.name == "alertmanager_notifications_failed_total"
            and sample.labels["integration"] == "webhook"
        )

    async def _answers(self, name: str) -> bool:
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{self.url(name)}/-/ready")).is_success
        except httpx.HTTPError:
            return False

    def _configured(self, webhook: str, secret: str) -> dict[str, list[str]]:
        files = {
            name: self.folder / f"{name}.yml"
            for name in ("rules", "prometheus", "alertmanager")
        }
        (self.folder / "secret").write_text(secret)
        written = {
            "rules": _rules(),
            "prometheus": self._prometheus(files["rules"]),
            "alertmanager": _alertmanager(webhook, self.folder / "secret"),
        }
        for name, file in files.items():
            file.write_text(json.dumps(written[name]))  # JSON is YAML
        own = {n: f"--web.listen-address={HOST}:{p}" for n, p in self.ports.items()}
        return {
            "prometheus": [
                program("prometheus"),
                f"--config.file={files['prometheus']}",
                f"--storage.tsdb.path={self.folder}/tsdb",
                own["prometheus"],
                "--rules.alert.resend-delay=1s",
                "--log.level=warn",
            ],
            "alertmanager": [
                program("prometheus-alertmanager"),
                f"--config.file={files['alertmanager']}",
                f"--storage.path={self.folder}/alerts",
                own["alertmanager"],
                "--cluster.listen-address=",
                "--log.level=warn",
            ],
            "probe": [
                program("prometheus-blackbox-exporter"),
                f"--config.file={_modules(self.folder)}",
                own["probe"],
                "--log.level=warn",
            ],
        }

    def _prometheus(self, rules: Path) -> dict[str, Any]:
        said = _yaml("prometheus.yml")
        said["global"] = {
            "scrape_interval": "1s",
            "scrape_timeout": "1s",
            "evaluation_interval": "1s",
        }
        said["rule_files"] = [str(rules)]
        [peer] = said["alerting"]["alertmanagers"]
        peer["static_configs"] = [{"targets": [f"{HOST}:{self.ports['alertmanager']}"]}]
        exporters, probes = said["scrape_configs"]
        exporters["static_configs"] = [{"targets": [f"{HOST}:{self.exporter.port}"]}]
        target = f"{HOST}:{self.target.port}"
        labels = {"line": self.probed_line}
        probes["static_configs"] = [{"targets": [target], "labels": labels}]
        probes["relabel_configs"][-1]["replacement"] = f"{HOST}:{self.ports['probe']}"
        return said


@asynccontextmanager
async def monitoring(programs: Monitoring) -> AsyncIterator[None]:
    """Run all of it until the first probe succeeds, and end it afterwards."""
    try:
        await programs.exporter.start()
        await programs.target.start()
        await asyncio.gather(*map(programs.start, programs.ports))
        await eventually(lambda: programs.asks("probe_success == 1"), within=20)
        yield
    finally:
        await programs.stop()


def _yaml(name: str) -> dict[str, Any]:
    return dict(yaml.safe_load((NETWORK / name).read_text(encoding="utf-8")))


def _rules() -> dict[str, Any]:
    said = _yaml("rules.yml")
    for group in said["groups"]:
        group["interval"] = QUICK["interval"]
        for rule in group["rules"]:
            rule |= {
                name: QUICK[name] for name in ("for", "keep_firing_for") if name in rule
            }
    return said


def _alertmanager(webhook: str, secret: Path) -> dict[str, Any]:
    said = _yaml("alertmanager.yml")
    said["route"] |= {"group_interval": "1s"}
    said["route"]["routes"][0] |= {"repeat_interval": "1s", "group_interval": "1s"}
    [hook] = said["receivers"][0]["webhook_configs"]
    hook["url"] = webhook
    hook["http_config"]["authorization"]["credentials_file"] = str(secret)
    return said


def _modules(folder: Path) -> Path:
    file = folder / "probe.yml"
    modules = {"tcp_connect": {"prober": "tcp", "timeout": "1s"}}
    file.write_text(json.dumps({"modules": modules}))
    return file
