"""
Sources that are asked: the same claims for the real Alertmanager and for two
simulated peers, which answer as Icinga 2 and OpenNMS do.
"""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import trustme

from chassis.clock import SetClock, SystemClock
from chassis.postgres import Transaction
from devstack.ports import free_port
from outage_watcher.asking import Asker, Peer, load_peers
from outage_watcher.asking.clients import (
    CLIENTS,
    CannotBeAsked,
    Client,
    Icinga2,
    OpenNms,
)
from outage_watcher.domain.policy import Holds, Policy
from outage_watcher.domain.remark import Remark
from outage_watcher.sources.formats import Inbound, Inbounds
from outage_watcher.sources.said import Said
from support.figures import Figures
from support.programs import program
from support.waiting import eventually
from support.watched import Watched, heard

Json = dict[str, Any]
HOST = "127.0.0.1"
EVERY = timedelta(seconds=60)


class Other(Protocol):
    """A source that can be asked, and in which lines fail."""

    @property
    def name(self) -> str:
        """The source."""

    @property
    def peer(self) -> Peer:
        """Where it is."""

    async def set(self, line: str, *, up: bool) -> None:
        """Let a line fail or come back."""


@dataclass
class RealAlertmanager:
    """The program from Debian, fed by its API as Prometheus does it."""

    peer: Peer
    name: str = "alertmanager"

    async def set(self, line: str, *, up: bool) -> None:
        now = SystemClock().now()
        alert = {
            "labels": {"alertname": "AccessLineDown", "line": line},
            "startsAt": (now - timedelta(seconds=60)).isoformat(),
            "endsAt": (now + timedelta(seconds=-1 if up else 600)).isoformat(),
        }
        async with httpx.AsyncClient() as client:
            url = f"{self.peer.url}/api/v2/alerts"
            (await client.post(url, json=[alert])).raise_for_status()


@dataclass
class Simulated:
    """An HTTP server that answers as its original, for one user alone."""

    name: str
    port: int = field(default_factory=free_port)
    lines: dict[str, bool] = field(default_factory=dict)
    since: dict[str, datetime] = field(default_factory=dict)
    answer: str | None = None
    """Says this in place of what the original would."""
    checks: bool = True
    known_by: str = "Basic d2F0Y2hlcjpzZWNyZXQ="
    """Whoever says another one is refused; the usual one is watcher:secret."""
    asked: list[str] = field(default_factory=list)

    @property
    def peer(self) -> Peer:
        secret = {"username": "watcher", "password": "secret", "page_size": 2}
        return Peer.model_validate({"url": f"http://{HOST}:{self.port}"} | secret)

    async def set(self, line: str, *, up: bool) -> None:
        self.lines[line] = up
        self.since[line] = SystemClock().now()

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        target = urlsplit(head.split()[1])
        self.asked.append(target.path)
        known = f" {self.known_by}\r" in head
        status, body = (200, self._body(target.path, parse_qs(target.query)))
        if not known:
            status, body = 401, "{}"
        elif not body:
            status = 204
        text = f"HTTP/1.1 {status} X\r\nConnection: close\r\n"
        text += f"Content-Length: {len(body.encode())}\r\n\r\n{body}"
        writer.write(text.encode())
        await writer.drain()
        writer.close()

    def _body(self, path: str, query: dict[str, list[str]]) -> str:
        if self.answer is not None:
            return self.answer
        if path == "/v1/status/IcingaApplication":
            app = {"enable_host_checks": True, "enable_service_checks": self.checks}
            status = {"icingaapplication": {"app": app}}
            return json.dumps({"results": [{"status": status}]})
        if path.startswith("/v1/objects/"):
            is_hosts = path.endswith("/hosts")
            return json.dumps({"results": [] if is_hosts else self._services()})
        return self._alarms(int(query["offset"][0]), int(query["limit"][0]))

    def _services(self) -> list[Json]:
        return [
            {
                "type": "Service",
                "name": f"node-1!{line}",
                "attrs": {
                    "__name": f"node-1!{line}",
                    "name": line,
                    "host_name": "node-1",
                    "state": 0 if up else 2,
                    "state_type": 1,
                    "last_hard_state_change": self.since[line].timestamp(),
                    "downtime_depth": 0,
                    "flapping": False,
                    "vars": {"line": line},
                },
            }
            for line, up in self.lines.items()
        ]

    def _alarms(self, offset: int, limit: int) -> str:
        failed = [line for line, up in self.lines.items() if not up]
        alarms = [
            {
                "id": number,
                "uei": "uei.opennms.org/nodes/interfaceDown",
                "reductionKey": f"interfaceDown::{line}",
                "severity": "MAJOR",
                "type": 1,
                "lastEventTime": int(self.since[line].timestamp() * 1000),
                "parameters": [{"name": "line", "value": line}],
            }
            for number, line in enumerate(failed)
        ]
        page = alarms[offset : offset + limit]
        if not page:
            return ""
        return json.dumps({"alarm": page, "totalCount": len(alarms), "offset": offset})


@asynccontextmanager
async def alertmanager(folder: Path) -> AsyncIterator[RealAlertmanager]:
    port = free_port()
    file = folder / "alertmanager.yml"
    file.write_text(
        json.dumps({"route": {"receiver": "x"}, "receivers": [{"name": "x"}]})
    )
    process = await asyncio.create_subprocess_exec(
        program("prometheus-alertmanager"),
        f"--config.file={file}",
        f"--storage.path={folder}/alerts",
        f"--web.listen-address={HOST}:{port}",
        "--cluster.listen-address=",
        "--log.level=error",
    )
    url = f"http://{HOST}:{port}"

    async def answers() -> bool:
        try:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{url}/-/ready")).is_success
        except httpx.HTTPError:
            return False

    try:
        await eventually(answers, within=20)
        yield RealAlertmanager(Peer(url=url))
    finally:
        process.kill()
        await process.wait()


@asynccontextmanager
async def simulated(
    name: str, tls: ssl.SSLContext | None = None, **how: Any
) -> AsyncIterator[Simulated]:
    peer = Simulated(name, **how)
    server = await asyncio.start_server(peer.serve, HOST, peer.port, ssl=tls)
    async with server:
        yield peer


@pytest.fixture(params=["alertmanager", "icinga2", "opennms"])
async def other(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Other]:
    if request.param == "alertmanager":
        async with alertmanager(tmp_path) as real:
            yield real
    else:
        async with simulated(request.param) as peer:
            yield peer


@pytest.fixture
def clock() -> SetClock:
    return SetClock(SystemClock().now())


@pytest.fixture
async def icinga() -> AsyncIterator[Simulated]:
    async with simulated("icinga2") as peer:
        yield peer


def asker(
    watched: Watched,
    other: Other,
    clock: SetClock,
    way: Transaction,
    read: Callable[[Any, Said], None] | None = None,
) -> Asker:
    watched.watcher.policy = Policy(
        sources={other.name: Holds(timedelta(0), EVERY, asked=True)}
    )
    inbound = Inbounds().of(other.name)
    assert inbound
    if read:
        inbound = replace(inbound, format=replace(inbound.format, read=read))
    form = next(make for key, make in CLIENTS.items() if key == other.name)
    return Asker(
        watched.watcher, way, clock, {other.name: (form(other.peer), inbound)}, EVERY
    )


async def test_a_failure_that_nobody_told_is_found_by_one_answer(
    watched: Watched, other: Other, clock: SetClock, transaction: Transaction
) -> None:
    way = asker(watched, other, clock, transaction)
    await other.set("L-1", up=False)
    await other.set("L-2", up=False)
    await other.set("L-3", up=False)
    clock.move(timedelta(seconds=5))
    await way.ask(other.name)

    assert sorted(await watched.places()) == [f"detected L-{n}" for n in (1, 2, 3)]


async def test_a_recovery_that_nobody_told_is_found(
    watched: Watched, other: Other, clock: SetClock, transaction: Transaction
) -> None:
    way = asker(watched, other, clock, transaction)
    await other.set("L-1", up=False)
    clock.move(timedelta(seconds=5))
    await way.ask(other.name)

    await other.set("L-1", up=True)
    for _ in range(3):
        clock.move(EVERY)
        await way.ask(other.name)
    await watched.waits(EVERY.total_seconds())

    assert await watched.told() == [("OutageDetected", 1), ("OutageCleared", 2)]


async def test_a_recovery_is_proved_by_a_list_that_dates_it_before_its_event(
    watched: Watched, icinga: Simulated, clock: SetClock, transaction: Transaction
) -> None:
    way = asker(watched, icinga, clock, transaction)
    await icinga.set("L-1", up=False)
    clock.move(timedelta(seconds=5))
    await way.ask("icinga2")

    await icinga.set("L-1", up=True)
    at = icinga.since["L-1"] + timedelta(microseconds=232)  # as captured
    alarm = {"source": "icinga2", "alarm_id": "node-1!L-1"}
    await watched.hears(heard("up", "L-1", at=at, **alarm))
    clock.move(EVERY / 2)
    await way.ask("icinga2")
    await watched.waits(EVERY.total_seconds() / 2)

    assert await watched.told() == [("OutageDetected", 1), ("OutageCleared", 2)]


async def test_flapping_ends_also_where_nobody_told_its_end(
    watched: Watched, icinga: Simulated, clock: SetClock, transaction: Transaction
) -> None:
    way = asker(watched, icinga, clock, transaction)
    await icinga.set("L-1", up=False)
    clock.move(timedelta(seconds=5))
    await way.ask("icinga2")
    await watched.heeds(Remark("icinga2", "flapping_began", "node-1!L-1"))
    await icinga.set("L-1", up=True)
    at, alarm = icinga.since["L-1"], "node-1!L-1"
    await watched.hears(heard("up", "L-1", at=at, source="icinga2", alarm_id=alarm))
    clock.move(EVERY)
    await way.ask("icinga2")
    quiet = Holds(up=EVERY).quiet.total_seconds()
    await watched.waits(quiet - 1)
    assert (await watched.told())[-1] == ("OutageDetected", 2)

    await watched.waits(1)
    assert (await watched.told())[-1] == ("OutageCleared", 3)


async def test_what_is_listed_again_after_its_outage_is_a_new_outage(
    watched: Watched, icinga: Simulated, clock: SetClock, transaction: Transaction
) -> None:
    way = asker(watched, icinga, clock, transaction)
    await icinga.set("L-1", up=False)
    began = icinga.since["L-1"]
    clock.move(timedelta(seconds=5))
    at = began + timedelta(microseconds=232)
    alarm = {"source": "icinga2", "alarm_id": "node-1!L-1"}
    await watched.hears(heard("down", "L-1", at=at, **alarm))
    await icinga.set("L-1", up=True)
    for _ in range(2):
        clock.move(EVERY)
        await way.ask("icinga2")
    await watched.waits(EVERY.total_seconds())
    assert await watched.told() == [("OutageDetected", 1), ("OutageCleared", 2)]

    await icinga.set("L-1", up=False)
    icinga.since["L-1"] = began
    clock.move(EVERY)
    await way.ask("icinga2")

    first, _, again = await watched.outages()
    assert (again["topic"], again["version"]) == ("OutageDetected", 1)
    assert again["outage_id"] != first["outage_id"]


async def test_a_source_that_gives_no_answer_is_not_read_as_clear(
    watched: Watched, icinga: Simulated, clock: SetClock, transaction: Transaction
) -> None:
    way = asker(watched, icinga, clock, transaction)
    await icinga.set("L-1", up=False)
    clock.move(timedelta(seconds=5))
    await way.ask("icinga2")
    for answer in ("", "{", "[]", '{"results": 1}', '{"results": []}'):
        icinga.answer = answer
        clock.move(EVERY)
        await way.ask("icinga2")
    await watched.waits(9999)

    assert await watched.told() == [("OutageDetected", 1)]


async def test_an_icinga_that_checks_nothing_proves_nothing(
    watched: Watched, icinga: Simulated, clock: SetClock, transaction: Transaction
) -> None:
    way = asker(watched, icinga, clock, transaction)
    await icinga.set("L-1", up=False)
    clock.move(timedelta(seconds=5))
    await way.ask("icinga2")
    icinga.checks = False
    icinga.lines.clear()
    for _ in range(4):
        clock.move(EVERY)
        await way.ask("icinga2")
    await watched.waits(9999)

    assert await watched.told() == [("OutageDetected", 1)]


async def test_a_list_at_which_a_reader_fails_proves_nothing(
    watched: Watched, icinga: Simulated, clock: SetClock, transaction: Transaction
) -> None:
    def fail(body: Any, _said: Said) -> None:
        raise ValueError(body)

    way = asker(watched, icinga, clock, transaction)
    await icinga.set("L-1", up=False)
    clock.move(timedelta(seconds=5))
    await way.ask("icinga2")
    broken = asker(watched, icinga, clock, transaction, fail)
    for _ in range(4):
        clock.move(EVERY)
        await broken.ask("icinga2")
    await watched.waits(9999)

    assert await watched.told() == [("OutageDetected", 1)]


async def test_one_of_two_instances_asks(
    watched: Watched, icinga: Simulated, clock: SetClock, transaction: Transaction
) -> None:
    ways = [asker(watched, icinga, clock, transaction) for _ in range(2)]
    await asyncio.gather(*(way.look() for way in ways))
    assert icinga.asked.count("/v1/objects/hosts") == 1

    clock.move(EVERY)
    await asyncio.gather(*(way.look() for way in ways))
    assert icinga.asked.count("/v1/objects/hosts") == 2


async def test_what_was_cut_off_is_asked_for_at_once(
    watched: Watched, icinga: Simulated, clock: SetClock, transaction: Transaction
) -> None:
    way = asker(watched, icinga, clock, transaction)
    await way.look()
    await icinga.set("L-1", up=False)
    clock.move(timedelta(seconds=5))
    await way.look()
    assert await watched.told() == []

    await watched.heeds(Remark("icinga2", "incomplete"))
    await way.look()
    assert await watched.told() == [("OutageDetected", 1)]


class TestHanging:
    """A source that takes what is asked, and never says an end."""

    @pytest.fixture
    async def hanging(self) -> AsyncIterator[Peer]:
        over = asyncio.Event()
        answering: list[asyncio.Task[Any] | None] = []

        async def drip(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter
        ) -> None:
            answering.append(asyncio.current_task())
            with suppress(asyncio.IncompleteReadError, ConnectionError):
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n[")
                while not over.is_set():
                    writer.write(b" ")
                    await asyncio.sleep(0.05)
            writer.transport.abort()
            with suppress(ConnectionError):
                await writer.wait_closed()

        port = free_port()
        async with await asyncio.start_server(drip, HOST, port):
            yield Peer(url=f"http://{HOST}:{port}")
            over.set()
            await asyncio.gather(*(each for each in answering if each))

    @pytest.fixture
    def known(
        self, hanging: Peer, icinga: Simulated
    ) -> dict[str, tuple[Client, Inbound]]:
        found: dict[str, tuple[Client, Inbound]] = {}
        for name, peer in {"alertmanager": hanging, "icinga2": icinga.peer}.items():
            form = next(make for key, make in CLIENTS.items() if key == name)
            inbound = Inbounds().of(name)
            assert inbound
            found[name] = (form(peer), inbound)
        return found

    async def test_no_other_waits_for_it(
        self,
        known: dict[str, tuple[Client, Inbound]],
        watched: Watched,
        icinga: Simulated,
        clock: SetClock,
        transaction: Transaction,
    ) -> None:
        turn = 1

        async def asked() -> bool:
            return icinga.asked.count("/v1/objects/hosts") == turn

        way = Asker(watched.watcher, transaction, clock, known, EVERY)
        asking = asyncio.create_task(way.run())
        await eventually(asked)
        for turn in (2, 3):  # noqa: B007 - asked() looks at it
            await watched.heeds(Remark("icinga2", "incomplete"))
            await eventually(asked)
        asking.cancel()
        await asyncio.wait([asking])

    async def test_it_is_given_up_and_counted(
        self,
        known: dict[str, tuple[Client, Inbound]],
        watched: Watched,
        clock: SetClock,
        transaction: Transaction,
    ) -> None:
        figures = Figures()
        await figures.remember()
        soon = timedelta(seconds=3)
        way = Asker(watched.watcher, transaction, clock, known, EVERY, longest=soon)
        await asyncio.wait_for(way.ask("alertmanager"), 30)

        name = "outage_reconcile_runs_total"
        of_it = {"source": "alertmanager", "result": "failed"}
        assert await figures.moved(name, **of_it) == 1


class TestFigures:
    @pytest.fixture
    async def figures(self) -> Figures:
        figures = Figures()
        await figures.remember()
        return figures

    async def test_questions_are_counted_by_their_outcome(
        self,
        figures: Figures,
        watched: Watched,
        icinga: Simulated,
        clock: SetClock,
        transaction: Transaction,
    ) -> None:
        way = asker(watched, icinga, clock, transaction)
        answered_at = clock.now().timestamp()
        await way.look()
        clock.move(EVERY)
        icinga.answer = "{"
        await way.look()

        name = "outage_reconcile_runs_total"
        for result in ("ok", "failed"):
            moved = await figures.moved(name, source="icinga2", result=result)
            assert moved == 1
        name = "outage_reconcile_last_success_timestamp_seconds"
        assert await figures.now(name, source="icinga2") == answered_at

    async def test_a_restart_makes_no_late_source_young(
        self,
        figures: Figures,
        watched: Watched,
        icinga: Simulated,
        clock: SetClock,
        transaction: Transaction,
    ) -> None:
        name = "outage_reconcile_last_success_timestamp_seconds"
        icinga.answer = "{"
        never = clock.now().timestamp()
        await asker(watched, icinga, clock, transaction).look()
        assert await figures.now(name, source="icinga2") == never

        icinga.answer = None
        clock.move(EVERY)
        answered_at = clock.now().timestamp()
        await asker(watched, icinga, clock, transaction).look()
        icinga.answer = "{"
        clock.move(EVERY)
        await asker(watched, icinga, clock, transaction).look()
        assert await figures.now(name, source="icinga2") == answered_at

    async def test_repairs_are_counted_by_their_kind(
        self,
        figures: Figures,
        watched: Watched,
        icinga: Simulated,
        clock: SetClock,
        transaction: Transaction,
    ) -> None:
        way = asker(watched, icinga, clock, transaction)
        await icinga.set("L-1", up=False)
        await icinga.set("L-2", up=False)
        clock.move(timedelta(seconds=5))
        await way.ask("icinga2")

        await watched.hears(
            heard(
                "up",
                "L-1",
                source="icinga2",
                alarm_id="node-1!L-1",
                at=clock.now(),
            )
        )
        await icinga.set("L-2", up=True)
        clock.move(EVERY)
        await way.ask("icinga2")

        kinds = {"missed_detect": 2, "missed_clear": 1, "phantom": 1}
        name = "outage_reconcile_corrections_total"
        for kind, number in kinds.items():
            moved = await figures.moved(name, source="icinga2", kind=kind)
            assert (kind, moved) == (kind, number)


async def test_a_wrong_password_is_no_answer(icinga: Simulated) -> None:
    wrong = icinga.peer.model_copy(update={"username": "nobody"})

    with pytest.raises(CannotBeAsked, match="401"):
        await OpenNms(wrong).listing()


class TestSecrets:
    """A peer with TLS that knows us by a token, as Alertmanager behind a proxy."""

    TOKEN = "Bearer a-token"  # noqa: S105 - of a peer in the test

    @pytest.fixture
    def authority(self) -> trustme.CA:
        return trustme.CA()

    @pytest.fixture
    def tls(self, authority: trustme.CA) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert(HOST).configure_cert(context)
        return context

    @pytest.fixture
    def ca_file(self, authority: trustme.CA, tmp_path: Path) -> Path:
        file = tmp_path / "ca.pem"
        authority.cert_pem.write_to_path(file)
        return file

    @staticmethod
    def client(peer: Simulated, **how: Any) -> Icinga2:
        url = {"url": f"https://{HOST}:{peer.port}"}
        return Icinga2(Peer.model_validate(url | how))

    async def test_the_token_and_the_authority_of_the_file_are_used(
        self, tls: ssl.SSLContext, ca_file: Path
    ) -> None:
        async with simulated("icinga2", tls, known_by=self.TOKEN) as peer:
            await peer.set("L-1", up=False)
            said = {"icinga2": {"url": f"https://{HOST}:{peer.port}"}}
            said["icinga2"] |= {"token": "a-token", "ca_file": str(ca_file)}
            file = ca_file.with_name("ask.json")
            file.write_text(json.dumps(said))
            listing = await Icinga2(load_peers(file, Inbounds())["icinga2"]).listing()

        assert [each["name"] for each in listing.bodies[1]["results"]] == ["node-1!L-1"]

    async def test_a_wrong_token_is_no_answer(
        self, tls: ssl.SSLContext, ca_file: Path
    ) -> None:
        async with simulated("icinga2", tls, known_by=self.TOKEN) as peer:
            with pytest.raises(CannotBeAsked, match="401"):
                await self.client(peer, token="other", ca_file=ca_file).listing()  # noqa: S106 - wrong on purpose

    async def test_nobody_is_told_the_token_whom_the_authority_does_not_know(
        self, tls: ssl.SSLContext, tmp_path: Path
    ) -> None:
        other = tmp_path / "other.pem"
        trustme.CA().cert_pem.write_to_path(other)
        async with simulated("icinga2", tls, known_by=self.TOKEN) as peer:
            for ca_file in (None, other):
                with pytest.raises(CannotBeAsked, match="CERTIFICATE_VERIFY_FAILED"):
                    await self.client(peer, token="a-token", ca_file=ca_file).listing()  # noqa: S106 - of the test

            assert peer.asked == []

    async def test_a_certificate_of_our_own_is_shown(
        self, authority: trustme.CA, tls: ssl.SSLContext, ca_file: Path
    ) -> None:
        authority.configure_trust(tls)
        tls.verify_mode = ssl.CERT_REQUIRED
        certificate = ca_file.with_name("own.pem")
        own = authority.issue_cert("outage-watcher")
        own.private_key_and_cert_chain_pem.write_to_path(certificate)
        async with simulated("icinga2", tls, known_by=self.TOKEN) as peer:
            known = {"token": "a-token", "ca_file": ca_file}
            with pytest.raises(CannotBeAsked):
                await self.client(peer, **known).listing()
            listing = await self.client(
                peer, certificate=certificate, **known
            ).listing()

        assert listing.sees


async def test_pages_are_read_to_the_end() -> None:
    async with simulated("opennms") as peer:
        for number in range(5):
            await peer.set(f"L-{number}", up=False)
        listing = await OpenNms(peer.peer).listing()

    assert len(listing.bodies[0]["alarm"]) == 5
    assert len(peer.asked) == 3


async def test_nobody_there_is_no_answer() -> None:
    with pytest.raises(CannotBeAsked):
        await OpenNms(Peer(url=f"http://{HOST}:{free_port()}")).listing()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"alertmanager": {}}, "url"),
        ({"alertmanager": {"url": "ftp://x"}}, "url"),
        ({"alertmanager": {"url": "http://x", "colour": 1}}, "colour"),
        ({"unheard-of": {"url": "http://x"}}, "format"),
        ([], "json"),
    ],
)
def test_a_bad_file_stops_the_start(tmp_path: Path, said: object, why: str) -> None:
    file = tmp_path / "ask.json"
    file.write_text(json.dumps(said))

    with pytest.raises(ValueError, match=why):
        load_peers(file, Inbounds())
