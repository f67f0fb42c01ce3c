"""
Telephones made of UDP sockets: fast enough to account for every call under load.

They speak as much SIP as a test needs and repeat what is not answered, as phones do.
"""

import asyncio
import itertools
import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, Self

from typing_extensions import override

Address = tuple[str, int]
T1 = 0.5
BUFFER = 8 * 1024 * 1024
"""Bytes that may wait for a test that is busy: what is more is lost."""
FORCE_RCVBUF = 33
"""Beyond what the machine allows everybody, where we are allowed to."""
_ids = itertools.count(1)


class Message:
    """A SIP message, read as far as anybody looks."""

    def __init__(self, data: bytes) -> None:
        head, _, self.body = data.decode(errors="replace").partition("\r\n\r\n")
        self.first, *self.lines = head.split("\r\n")

    @property
    def status(self) -> int:
        """Return the status of an answer; 0 for a request."""
        return int(self.first[8:11]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def method(self) -> str:
        """Return a request's method, or that of what is answered."""
        return self.one("CSeq").split()[-1]

    @property
    def uri(self) -> str:
        """Return the Request-URI."""
        return self.first.split(" ")[1]

    def all(self, name: str) -> list[str]:
        """Return every header of a name, topmost first."""
        begin = f"{name.lower()}:"
        return [
            line.partition(":")[2].strip()
            for line in self.lines
            if line.lower().startswith(begin)
        ]

    def one(self, name: str) -> str:
        """Return the topmost header of a name, or nothing."""
        return next(iter(self.all(name)), "")


def user_of(uri: str) -> str:
    """Return the number in a URI."""
    found = re.search(r"(?:sips?|tel):([^@;>]+)", uri)
    return found.group(1) if found else ""


class _Socket(asyncio.DatagramProtocol):
    def __init__(self, take: Callable[[bytes, Address], None]) -> None:
        self._take = take

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        plug: socket.socket = transport.get_extra_info("socket")
        for option in (socket.SO_RCVBUF, FORCE_RCVBUF):
            with suppress(OSError):
                plug.setsockopt(socket.SOL_SOCKET, option, BUFFER)

    @override
    def datagram_received(self, data: bytes, addr: Address) -> None:
        self._take(data, addr)


@dataclass
class Phone:
    """Somebody who is called."""

    name: str
    address: Address
    manner: Literal["answers", "rings", "busy", "dead", "away", "tried"] = "answers"
    """`dead`: says nothing; `away`: 480; `tried`: what is in front of it says 100."""
    calls: dict[str, Message] = field(default_factory=dict)
    """The INVITE of each call by Call-ID."""
    cancelled: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)
    acknowledged: set[str] = field(default_factory=set)

    async def plug_in(self) -> Self:
        """Listen."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Socket(self._take), local_addr=self.address
        )
        return self

    def unplug(self) -> None:
        """Listen no more."""
        self._transport.close()

    def _take(self, data: bytes, source: Address) -> None:
        message = Message(data)
        if message.status or self.manner == "dead":
            return
        call = message.one("Call-ID")
        match message.method:
            case "INVITE":
                self.calls.setdefault(call, message)
                for status in self._answers():
                    self._answer(message, status, source)
                if self.manner == "answers":
                    self._again(call, message, source, T1)
            case "ACK":
                self.acknowledged.add(call)
            case "CANCEL":
                self.cancelled.add(call)
                self._answer(message, "200 OK", source)
                if call in self.calls:
                    invite = self.calls[call]
                    self._answer(invite, "487 Request Terminated", source)
            case "BYE":
                self.ended.add(call)
                self._answer(message, "200 OK", source)
            case "OPTIONS":
                self._answer(message, "200 OK", source)

    def _again(self, call: str, invite: Message, source: Address, pause: float) -> None:
        """Repeat the answer until it is acknowledged: nobody else does."""

        def repeat() -> None:
            if call not in self.acknowledged and call not in self.ended:
                self._answer(invite, "200 OK", source)
                self._again(call, invite, source, pause * 2)

        if pause < 16 and not self._transport.is_closing():
            asyncio.get_running_loop().call_later(pause, repeat)

    def _answers(self) -> list[str]:
        return {
            "answers": ["200 OK"],
            "rings": ["180 Ringing"],
            "busy": ["486 Busy Here"],
            "away": ["480 Temporarily Unavailable"],
            "dead": [],
            "tried": ["100 Trying"],
        }[self.manner]

    def _answer(self, request: Message, status: str, source: Address) -> None:
        host, port = self.address
        tag = "" if ";tag=" in request.one("To") else f";tag={self.name}"
        lines = [
            f"SIP/2.0 {status}",
            *(f"Via: {via}" for via in request.all("Via")),
            *(f"Record-Route: {route}" for route in request.all("Record-Route")),
            f"From: {request.one('From')}",
            f"To: {request.one('To')}{tag}",
            f"Call-ID: {request.one('Call-ID')}",
            f"CSeq: {request.one('CSeq')}",
            f"Contact: <sip:{self.name}@{host}:{port}>",
            f"X-At: {self.name}",
            "Content-Length: 0",
        ]
        self._transport.sendto(("\r\n".join(lines) + "\r\n\r\n").encode(), source)


@dataclass
class Heard:
    """What a caller saw of his call."""

    number: str
    status: int = 0
    """0: no answer at all."""
    at: str = ""
    """Which phone answered."""
    final: Message | None = None
    began: float = 0.0
    ended: float = 0.0
    sent: int = 1

    @property
    def contact(self) -> str:
        """Return where a 302 points."""
        return user_of(self.final.one("Contact")) if self.final else ""

    @property
    def rings_at(self) -> str | None:
        """Return where a redirecting switch lets it ring; None: nowhere."""
        if self.status == 302:
            return self.contact
        return self.number if self.status == 404 else None


class Caller:
    """Somebody who calls, many at once if need be."""

    def __init__(self, address: Address, proxy: Address) -> None:
        self.address, self.proxy = address, proxy
        self._waiting: dict[str, asyncio.Queue[Message]] = {}

    async def plug_in(self) -> Self:
        """Be ready to call."""
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Socket(self._take), local_addr=self.address
        )
        return self

    def unplug(self) -> None:
        """Be gone."""
        self._transport.close()

    def _take(self, data: bytes, _source: Address) -> None:
        message = Message(data)
        if message.status and (box := self._waiting.get(message.one("Call-ID"))):
            box.put_nowait(message)

    async def call(
        self,
        number: str,
        *,
        uri: str | None = None,
        to: Address | None = None,
        headers: tuple[str, ...] = (),
        max_forwards: int = 70,
        within: float = 15.0,
        stay: asyncio.Event | None = None,
        cancel: asyncio.Event | None = None,
    ) -> Heard:
        """
        Call, and hang up once answered (with `stay`: when that is set).

        With `cancel` it is given up when that is set, unless it was answered before.
        """
        call = _Call(self, number, uri or f"sip:{number}@home.example;user=phone")
        call.extra = [f"Max-Forwards: {max_forwards}", *headers]
        call.to = to or self.proxy
        box = self._waiting[call.id] = asyncio.Queue()
        try:
            return await call.talk(box, within=within, stay=stay, cancel=cancel)
        finally:
            del self._waiting[call.id]

    async def options(self, to: Address | None = None) -> int:
        """Ask the proxy whether it takes calls; returns the status."""
        call = _Call(self, "", f"sip:{self.proxy[0]}")
        call.extra, call.to = ["Max-Forwards: 70"], to or self.proxy
        box = self._waiting[call.id] = asyncio.Queue()
        try:
            call.send("OPTIONS", "1 OPTIONS")
            return (await asyncio.wait_for(box.get(), 5)).status
        except TimeoutError:
            return 0
        finally:
            del self._waiting[call.id]

    def send(self, text: str, to: Address) -> None:
        """Send a message."""
        self._transport.sendto(text.encode(), to)


class _Call:
    def __init__(self, caller: Caller, number: str, uri: str) -> None:
        self.n = next(_ids)
        self.id = f"call-{self.n}-{caller.address[1]}@{caller.address[0]}"
        self.caller, self.number, self.uri = caller, number, uri
        self.extra: list[str] = []
        self.to: Address = caller.proxy
        self.peer = f"<sip:{number}@home.example>"

    def send(
        self, method: str, cseq: str, *, uri: str = "", routes: list[str] | None = None
    ) -> None:
        host, port = self.caller.address
        # An answer that is no 2xx is acknowledged in the transaction of its INVITE.
        branch = f"z9hG4bK{self.n}" + ("a" if routes is not None else "")
        lines = [
            f"{method} {uri or self.uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch={branch}{cseq[0]}",
            *(f"Route: {route}" for route in routes or ()),
            *(self.extra if method == "INVITE" else ["Max-Forwards: 70"]),
            f"From: <sip:+498999998000@caller.example>;tag=c{self.n}",
            f"To: {self.peer}",
            f"Call-ID: {self.id}",
            f"CSeq: {cseq}",
            f"Contact: <sip:caller@{host}:{port}>",
            "Content-Length: 0",
        ]
        self.caller.send("\r\n".join(lines) + "\r\n\r\n", self.to)

    async def talk(
        self,
        box: "asyncio.Queue[Message]",
        *,
        within: float,
        stay: asyncio.Event | None,
        cancel: asyncio.Event | None,
    ) -> Heard:
        heard = Heard(self.number, began=time.monotonic())
        final = await self._until_final(box, heard, within=within, cancel=cancel)
        heard.ended = time.monotonic()
        if final is None:
            return heard
        heard.status, heard.at, heard.final = final.status, final.one("X-At"), final
        self.peer = final.one("To")
        if final.status >= 300:
            self.send("ACK", "1 ACK")
            return heard
        routes = final.all("Record-Route")[::-1]
        target = final.one("Contact").strip("<>")
        self.send("ACK", "1 ACK", uri=target, routes=routes)
        if stay is not None:
            await stay.wait()
        for pause in (T1, 2 * T1, 4 * T1, 8 * T1):
            self.send("BYE", "2 BYE", uri=target, routes=routes)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    while (await box.get()).method != "BYE":
                        # The answer came again: ours to it was lost.
                        self.send("ACK", "1 ACK", uri=target, routes=routes)
                return heard
        return heard

    async def _until_final(
        self,
        box: "asyncio.Queue[Message]",
        heard: Heard,
        *,
        within: float,
        cancel: asyncio.Event | None,
    ) -> Message | None:
        self.send("INVITE", "1 INVITE")
        pause, answered, given_up = T1, False, False
        end = heard.began + within
        while (left := end - time.monotonic()) > 0:
            wait = min(left, 0.05 if cancel else (left if answered else pause))
            try:
                message = await asyncio.wait_for(box.get(), wait)
            except TimeoutError:
                if cancel and cancel.is_set() and not given_up:
                    self.send("CANCEL", "1 CANCEL")
                    given_up = True
                elif not answered and not cancel:
                    self.send("INVITE", "1 INVITE")
                    heard.sent += 1
                    pause *= 2
                continue
            if message.method != "INVITE":
                continue
            answered = True
            if message.status >= 200:
                return message
        return None
