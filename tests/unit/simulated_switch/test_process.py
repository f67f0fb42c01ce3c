"""The real process: what only a socket and a log can show."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from unit.simulated_switch.story import NODE, OFFICE, flag, rule

LISTENS = re.compile(r"http://127\.0\.0\.1:\d+")
DEADLINE_SECONDS = 20


@dataclass
class Running:
    process: subprocess.Popen[str]
    url: str
    log: list[str]

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        rest, _ = self.process.communicate(timeout=DEADLINE_SECONDS)
        self.log.append(rest)
        return self.process.returncode


@pytest.fixture
def running() -> Iterator[Running]:
    command = [sys.executable, "-m", "simulated_switch", "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        log = []
        for line in process.stdout:
            log.append(line)
            if found := LISTENS.search(line):
                break
        else:
            pytest.fail("".join(log))
        yield Running(process, found[0], log)
        process.kill()


class TestProcess:
    def test_breaks_a_connection_after_doing_the_work(self, running: Running) -> None:
        with httpx.Client(base_url=running.url) as client:
            client.post("/v1/nasty", json={"reset_after": 1})

            with pytest.raises(httpx.RemoteProtocolError, match="without sending"):
                client.post("/v1/apply", json={"operations": [flag(NODE)]})

            [entry] = client.get("/v1/audit").json()["entries"]
            assert entry == flag(NODE)

    def test_stops_when_asked_and_has_logged_no_number(self, running: Running) -> None:
        with httpx.Client(base_url=running.url) as client:
            client.post("/v1/apply", json={"operations": [rule(), {"key": OFFICE}]})
            client.post("/v1/nasty", json={"reset_after": 1, "refuse": [OFFICE]})
            with pytest.raises(httpx.RemoteProtocolError):
                client.post("/v1/apply", json={"operations": [rule()]})
            assert client.get(f"/v1/calls/{OFFICE}").status_code == 200
            assert client.get(f"/v1/calls/{OFFICE}x").status_code == 400

        assert running.stop() == -signal.SIGTERM
        log = "".join(running.log)
        assert OFFICE[1:] not in log
        assert "Traceback" not in log
        assert "ERROR" not in log
