"""
A switch that real calls run through: Kamailio with our configuration, and telephones.

Every lab takes a loopback network of its own, so labs of other tests, workers and
stacks never meet, and nothing has to be set up or cleaned up but processes.
"""

import asyncio
import os
import secrets
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from chassis.errors import Unavailable
from forwarding.switches.kamailio import KamailioSwitch
from support.programs import program
from support.sip import Caller, Phone
from support.waiting import eventually

CONFIG = Path(__file__).parents[2] / "deploy" / "sip" / "selfcare.cfg"
SIP, REDIRECT, MANAGEMENT = 5060, 5061, 5080


class NoNetwork(RuntimeError):
    """All loopback networks for labs are taken."""


def claim_network() -> tuple[str, socket.socket]:
    """Take 127.78.N.0/24; it is free again when the socket closes."""
    for at in range(200):
        network = f"127.78.{(os.getpid() + at) % 200 + 20}"
        claim = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            claim.bind((f"{network}.250", 9))
        except OSError:
            claim.close()
        else:
            return network, claim
    raise NoNetwork


@dataclass
class Node:
    """One Kamailio."""

    host: str
    line: str
    target: str
    folder: Path
    key: str
    config: Path = CONFIG
    options: tuple[str, ...] = ()
    memory: int = 64
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Return where forwarding speaks to it."""
        return f"http://{self.host}:{MANAGEMENT}"

    @property
    def setting(self) -> str:
        """Return what forwarding's setting says."""
        return f"kamailio://{self.host}:{MANAGEMENT}"

    def adapter(
        self, *, timeout: float = 5, fence: int | Callable[[], int] = 1
    ) -> KamailioSwitch:
        """Return an adapter of its own."""
        return KamailioSwitch(
            self.url,
            key=self.key,
            timeout=timedelta(seconds=timeout),
            fence=fence if callable(fence) else lambda: fence,
        )

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        await eventually(self.answers, within=20)

    def launch(self) -> None:
        """Start it."""
        command = [
            *(program("kamailio"), "-DD", "-E", "-f", str(self.config)),
            *("-Y", str(self.folder), "-P", str(self.folder / f"{self.host}.pid")),
            *("-m", str(self.memory), "-x", "tlsf", "-M", "16", "-n", "4", "-N", "3"),
            *("-l", f"udp:{self.host}:{SIP}", "-l", f"tcp:{self.host}:{SIP}"),
            *("-l", f"udp:{self.host}:{REDIRECT}"),
            *("-l", f"tcp:{self.host}:{MANAGEMENT}", "--debug=1"),
            *("-A", f'MGMT_ADDR="{self.host}"', "-A", f"MGMT_PORT={MANAGEMENT}"),
            *("-A", f"REDIRECT_PORT={REDIRECT}", "-A", "TRACE_HEADERS"),
            *(
                "-A",
                f'LINE_GW="sip:{self.line}"',
                "-A",
                f'TARGET_GW="sip:{self.target}"',
            ),
            *self.options,
        ]
        with (self.folder / f"{self.host}.log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=os.environ | {"SELFCARE_SWITCH_KEY": self.key},
                start_new_session=True,
            )

    async def answers(self) -> bool:
        """Tell whether it speaks HTTP."""
        assert self.process is not None
        assert self.process.poll() is None, self.log()
        adapter = self.adapter()
        try:
            await adapter.incarnation()
        except Unavailable:
            return False
        finally:
            await adapter.close()
        return True

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it and what it forked."""
        if self.process is None:
            return
        for _ in range(8):
            self.process.send_signal(how)  # again: one that comes at its start is lost
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(2)
                break
        else:
            # Not waited for yet, so the number is still its own.
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(15)
        self.process = None

    def log(self) -> str:
        """Return the end of its log."""
        path = self.folder / f"{self.host}.log"
        return path.read_text(errors="replace")[-2000:]


@dataclass
class SipLab:
    """A node (more if asked), the line, the target, and a caller."""

    network: str
    folder: Path
    config: Path = CONFIG
    nodes: list[Node] = field(default_factory=list)
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    version: int = 0

    async def add_node(self, *options: str, memory: int = 64) -> Node:
        """Start one more node."""
        node = Node(
            f"{self.network}.{10 + len(self.nodes)}",
            f"{self.network}.2:{SIP}",
            f"{self.network}.3:{SIP}",
            self.folder,
            self.key,
            self.config,
            options,
            memory,
        )
        self.nodes.append(node)
        await node.start()
        return node

    async def plug_in(self) -> None:
        """Connect the telephones."""
        self.switch: KamailioSwitch
        self.line = await Phone("line", (f"{self.network}.2", SIP)).plug_in()
        self.target = await Phone("target", (f"{self.network}.3", SIP)).plug_in()
        proxy = (f"{self.network}.10", SIP)
        self.caller = await Caller((f"{self.network}.4", SIP), proxy).plug_in()

    async def rings(self, number: str, node: int = 0) -> str | None:
        """Return where a call rings: the number itself is its line; None: nowhere."""
        redirecting = (self.nodes[node].host, REDIRECT)
        heard = await self.caller.call(number, to=redirecting)
        assert heard.status in {302, 404, 480}, heard
        return heard.rings_at

    def close(self) -> None:
        """End everything."""
        for node in self.nodes:
            node.stop()
        for phone in (self.line, self.target):
            phone.unplug()
        self.caller.unplug()


@asynccontextmanager
async def sip_lab(
    *options: str, memory: int = 64, config: Path | None = None
) -> AsyncIterator[SipLab]:
    """Run a lab with one node."""
    network, claim = claim_network()
    chosen = config or Path(os.environ.get("SELFCARE_SIP_CONFIG", CONFIG))
    with tempfile.TemporaryDirectory(prefix="sip-") as folder, claim:
        lab = SipLab(network, Path(folder), chosen)
        await lab.plug_in()
        try:
            await lab.add_node(*options, memory=memory)
            yield lab
        finally:
            lab.close()
            await asyncio.sleep(0)
