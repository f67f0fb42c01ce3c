"""`make demo` on a running stack, and where it cannot run."""

import asyncio
import os
import socket
import subprocess
import sys

import pytest

from devstack.background import environment
from devstack.settings import Settings
from support.stack import HOLDS, separate_settings

LONGEST = 180.0


Ran = subprocess.CompletedProcess[str]


async def devstack(command: str, settings: Settings) -> Ran:
    return await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-m", "devstack", command],
        env=environment(settings) | HOLDS,
        capture_output=True,
        text=True,
        check=False,
        timeout=LONGEST,
    )


@pytest.fixture(scope="module")
async def played(running: Settings) -> Ran:
    return await devstack("demo", running)


class TestDemo:
    def test_sees_every_step(self, played: Ran) -> None:
        assert played.returncode == 0, played.stdout + played.stderr
        steps = [line for line in played.stdout.splitlines() if line.startswith("ok ")]
        assert f"All {len(steps)} steps seen in" in played.stdout
        assert len(steps) >= 30

    def test_measures_from_signal_to_diverted_call(self, played: Ran) -> None:
        assert "From the signal until a call rings at the target: p50" in played.stdout


class TestPortTaken:
    async def test_names_the_port_and_the_way_out(self) -> None:
        with (
            separate_settings(external_kafka=None, external_database=None) as settings,
            socket.socket() as other,
        ):
            other.bind(("127.0.0.1", settings.ports["portal_gateway"]))
            other.listen()

            refused = await devstack("demo", settings)

        assert refused.returncode == 1
        port = settings.ports["portal_gateway"]
        assert f"Port {port} for portal-gateway is taken" in refused.stderr
        assert f"pid {os.getpid()}" in refused.stderr
        assert "PORTAL_GATEWAY_PORT=" in refused.stderr
        assert "Traceback" not in refused.stderr
