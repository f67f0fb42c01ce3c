"""A real Alertmanager that tells outage-watcher what Prometheus would have found."""

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import httpx

from chassis.clock import SystemClock
from devstack.ports import free_port
from support.programs import program
from support.waiting import eventually

CONFIG = """
route:
  receiver: outage-watcher
  group_by: ['...']
  group_wait: 0s
  group_interval: 1s
receivers:
  - name: outage-watcher
    webhook_configs:
      - url: {url}
        send_resolved: true
        http_config:
          authorization: {{credentials: "{secret}"}}
"""


class Alertmanager:
    """Takes alerts on lines, and passes them on."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def fires(self, line: str) -> None:
        """Say that a line is down."""
        await self._tell(line, ends_in=timedelta(hours=1))

    async def resolves(self, line: str) -> None:
        """Say that it works again."""
        await self._tell(line, ends_in=timedelta(0))

    async def _tell(self, line: str, *, ends_in: timedelta) -> None:
        now = SystemClock().now()
        labels = {"alertname": "LineDown", "line": line, "severity": "critical"}
        alert = {"labels": labels, "endsAt": (now + ends_in).isoformat()}
        answer = await self._http.post("/api/v2/alerts", json=[alert])
        answer.raise_for_status()


@asynccontextmanager
async def alertmanager(watcher: str, secret: str) -> AsyncIterator[Alertmanager]:
    """Run one that sends to outage-watcher."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="alertmanager-") as folder:
        config = Path(folder) / "alertmanager.yml"
        url = f"{watcher}/v1/webhooks/alertmanager"
        text = CONFIG.format(url=url, secret=secret)
        await asyncio.to_thread(config.write_text, text)
        process = subprocess.Popen(  # noqa: ASYNC220 - started once; Debian's program
            [
                program("prometheus-alertmanager"),
                f"--config.file={config}",
                f"--storage.path={folder}/data",
                f"--web.listen-address=127.0.0.1:{port}",
                "--cluster.listen-address=",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            base = f"http://127.0.0.1:{port}"
            async with httpx.AsyncClient(base_url=base) as http:

                async def answers() -> bool:
                    try:
                        return (await http.get("/-/ready")).is_success
                    except httpx.HTTPError:
                        return False

                await eventually(answers, within=20)
                yield Alertmanager(http)
        finally:
            process.terminate()
            process.wait(10)
