"""Calls through the real switch: whole ones with SIPp, and quick ones of our own."""

import asyncio
import itertools
import re
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from typing_extensions import override

from devstack import telephony
from devstack.journey.seeing import NotSeen
from devstack.ports import free_port
from devstack.settings import Settings

REPEAT, LONGEST = 0.5, 5.0
MOVED, NO_FORWARDING = 302, 404
NOWHERE = 480


@dataclass(frozen=True, slots=True)
class Trace:
    """What became of one whole call: who answered, and what reached him."""

    number: str
    at: str
    """`line`, `target` or `nowhere`."""
    uri: str
    diversion: str = ""
    history: str = ""
    why: str = ""

    @property
    def rang_at(self) -> str:
        """Return the number that was called in the end."""
        found = re.match(r"sip:([^@]+)@", self.uri)
        return found.group(1) if found else self.uri

    @property
    def told(self) -> str:
        """Return it in a line: who rang where, with which headers."""
        if self.at == "nowhere":
            return f"{self.number} rang nowhere: {self.why}"
        if self.at == "line":
            return f"{self.number} rang at its line"
        why = f" because of {self.why}" if self.why else ""
        return (
            f"{self.number} rang at {self.rang_at}{why}; "
            f"Diversion: {self.diversion}; History-Info: {self.history}"
        )


async def call(settings: Settings, number: str) -> Trace:
    """
    Place one whole call with SIPp.

    The switch may have a reason to let it ring nowhere; raises NotSeen where nobody
    answered without one.
    """
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="call-") as folder:
        log = Path(folder) / "messages"
        command = telephony.caller_command(settings, number, port, str(log))
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            cwd=folder,
        )
        code = await process.wait()
        text = log.read_text(errors="replace") if log.exists() else ""
    said = dict(re.findall(r"^X-(At|Got-\w+): *(.*?)\s*$", text, flags=re.MULTILINE))
    if code or "At" not in said:
        if nowhere := re.search(r'^Reason: .*text="(.*)"', text, flags=re.MULTILINE):
            return Trace(number, "nowhere", "", why=nowhere.group(1))
        answers = re.findall(r"^SIP/2.0 (\d+ .*?)\s*$", text, flags=re.MULTILINE)
        raise NotSeen(f"an answered call to {number}", answers[-1:] or "silence")
    return Trace(
        number,
        said["At"],
        said["Got-URI"],
        said["Got-Diversion"],
        said["Got-History"],
        said["Got-Why"],
    )


@dataclass
class Dialler(asyncio.DatagramProtocol):
    """Asks the switch where calls ring, a thousand times a second if need be."""

    settings: Settings
    _waiting: dict[str, asyncio.Future[str]] = field(default_factory=dict)
    _count: Any = field(default_factory=itertools.count)

    async def plug_in(self) -> "Dialler":
        """Take an address to call from."""
        loop = asyncio.get_running_loop()
        here = (telephony.address(self.settings, "dialler"), 0)
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=here
        )
        self._here = ":".join(map(str, self._transport.get_extra_info("sockname")))
        return self

    def unplug(self) -> None:
        """Call no more."""
        self._transport.close()

    async def call(self, number: str) -> dict[str, Any]:
        """Dial, be told where to, and hang up: as the simulated switch says it."""
        answer = await self._ask(number)
        status = int(answer[8:11])
        contact = re.search(r"^Contact: *<sip:([^@]+)@", answer, flags=re.MULTILINE)
        if status == MOVED and contact:
            target: str | None = contact.group(1)
        elif status in {NO_FORWARDING, NOWHERE}:
            target = number if status == NO_FORWARDING else None
        else:
            raise NotSeen(f"an answer to a call to {number}", answer.splitlines()[0])
        return {"number": number, "rings_at": target, "diverted": target != number}

    async def _ask(self, number: str) -> str:
        n = next(self._count)
        call = f"{n}@{self._here}"
        answered = self._waiting[call] = asyncio.get_running_loop().create_future()
        invite = self._message("INVITE", number, n, f"<sip:{number}@home.example>")
        try:
            for pause in (REPEAT, 2 * REPEAT, LONGEST):
                self._transport.sendto(invite, self._switch)
                done, _ = await asyncio.wait([answered], timeout=pause)
                if done:
                    break
            else:
                raise NotSeen(f"an answer to a call to {number}", "silence")
        finally:
            del self._waiting[call]
        answer: str = answered.result()
        to = re.search(r"^To: *(.*?)\s*$", answer, flags=re.MULTILINE)
        ack = self._message("ACK", number, n, to.group(1) if to else "")
        self._transport.sendto(ack, self._switch)
        return answer

    @property
    def _switch(self) -> tuple[str, int]:
        return telephony.address(self.settings, "switch"), telephony.REDIRECTED

    def _message(self, method: str, number: str, n: int, to: str) -> bytes:
        lines = (
            f"{method} sip:{number}@home.example;user=phone SIP/2.0",
            f"Via: SIP/2.0/UDP {self._here};branch=z9hG4bK-d{n}",
            "Max-Forwards: 70",
            f"From: <sip:dialler@home.example>;tag=d{n}",
            f"To: {to}",
            f"Call-ID: {n}@{self._here}",
            f"CSeq: 1 {method}",
            f"Contact: <sip:dialler@{self._here}>",
            "Content-Length: 0",
        )
        return ("\r\n".join(lines) + "\r\n\r\n").encode()

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        text = data.decode(errors="replace")
        found = re.search(r"^Call-ID: *(.*?)\s*$", text, flags=re.MULTILINE)
        waiting = self._waiting.get(found.group(1)) if found else None
        if waiting and not waiting.done() and not text.startswith("SIP/2.0 1"):
            waiting.set_result(text)
