"""Real calls through Kamailio: where they ring, what they carry, what guards them."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest

from forwarding.switch import Fenced, Operation
from support.rigs import LINE, MOBILE, NODE, SECOND, rule
from support.sip import Heard, Message
from support.sip_lab import CONFIG, MANAGEMENT, REDIRECT, SIP, SipLab
from support.waiting import eventually

A, B = "+493023125001", "+493023125002"
BLOCK = "+492214710000-+492214710999"


@pytest.fixture
async def lab(running_lab: SipLab) -> AsyncIterator[SipLab]:
    node = running_lab.nodes[0]
    node.stop()
    await node.start()
    running_lab.switch = node.adapter()
    yield running_lab
    await running_lab.switch.close()
    for phone in (running_lab.line, running_lab.target):
        phone.manner = "answers"
        phone.calls.clear()
        phone.cancelled.clear()
        phone.ended.clear()


async def arm(lab: SipLab, number: str, target: str | None, **more: object) -> None:
    lab.version += 1
    operation = Operation(f"rule/{number}", lab.version, rule(number, target, **more))
    (answer,) = await lab.switch.apply([operation])
    assert answer.result == "ok", answer


async def flag(lab: SipLab, place: str = LINE, *, raised: bool = True) -> None:
    lab.version += 1
    operation = Operation(f"flag/fault/{place}", lab.version, {"raised": raised})
    await lab.switch.apply([operation])


async def cause(lab: SipLab, number: str) -> None:
    lab.version += 1
    key = f"cause/{number}/manual"
    await lab.switch.apply([Operation(key, lab.version, {"active": True})])


def only(calls: dict[str, Message]) -> Message:
    (invite,) = calls.values()
    return invite


class TestADivertedCall:
    async def test_says_where_it_comes_from_and_why(self, lab: SipLab) -> None:
        await arm(lab, A, MOBILE)
        await flag(lab, NODE)

        heard = await lab.caller.call(A)

        assert (heard.status, heard.at) == (200, "target")
        invite = only(lab.target.calls)
        assert invite.uri == f"sip:{MOBILE}@home.example;user=phone"
        assert invite.one("To") == f"<sip:{A}@home.example>"
        assert invite.all("Diversion") == [
            f"<sip:{A}@home.example;user=phone>;reason=unavailable;counter=1;privacy=off"
        ]
        assert invite.all("History-Info") == [
            f"<sip:{A}@home.example;user=phone>;index=1",
            f"<sip:{MOBILE}@home.example;user=phone;cause=503>;index=1.1;mp=1",
        ]
        assert invite.one("X-Why") == "fault/an%2Fk%C3%B6ln%7C1%2C2"
        assert not lab.line.calls

    async def test_by_hand_is_told_as_the_customers_wish(self, lab: SipLab) -> None:
        await arm(lab, A, MOBILE)
        await cause(lab, A)

        await lab.caller.call(A)

        invite = only(lab.target.calls)
        assert "reason=unconditional" in invite.one("Diversion")
        assert ";cause=302>" in invite.all("History-Info")[-1]

    async def test_that_was_diverted_before_carries_both_newest_on_top(
        self, lab: SipLab
    ) -> None:
        await arm(lab, A, MOBILE)
        await flag(lab)
        before = "<sip:+4940669690001@other.example>;reason=user-busy;counter=1"
        headers = (
            f"Diversion: {before}",
            "History-Info: <sip:+4940669690001@other.example>;index=1",
            f"History-Info: <sip:{A}@home.example;cause=486>;index=1.1;mp=1",
        )

        await lab.caller.call(A, headers=headers)

        invite = only(lab.target.calls)
        assert [d.split(";reason")[0] for d in invite.all("Diversion")] == [
            f"<sip:{A}@home.example;user=phone>",
            "<sip:+4940669690001@other.example>",
        ]
        assert invite.all("History-Info")[-1] == (
            f"<sip:{MOBILE}@home.example;user=phone;cause=503>;index=1.1.1;mp=1.1"
        )
        assert len(invite.all("History-Info")) == 3

    @pytest.mark.parametrize(
        ("before", "index"),
        [
            ("<sip:+49401@x>;index=1, <sip:+49402@x>;index=1.2;mp=1", "1.2"),
            ("<sip:+49401@x;index=7>;index=1", "1"),
            ("<sip:+49401@x>", "1"),
            (
                f"<sip:+49401@x?Reason={'x' * 9000}>;index=1, <sip:+49402@x>;index=2",
                "2",
            ),
        ],
    )
    async def test_goes_on_in_the_history_of_others(
        self, lab: SipLab, before: str, index: str
    ) -> None:
        await arm(lab, A, MOBILE)
        await flag(lab)

        await lab.caller.call(A, headers=(f"History-Info: {before}",))

        assert (
            only(lab.target.calls)
            .all("History-Info")[-1]
            .endswith(f";cause=503>;index={index}.1;mp={index}")
        )

    async def test_to_a_block_keeps_the_extension(self, lab: SipLab) -> None:
        await arm(lab, BLOCK, "+493023125000", keep_extension=True)
        await flag(lab)

        await lab.caller.call("+49221471012377")

        uri = only(lab.target.calls).uri
        assert uri.startswith("sip:+49302312512377@")

    async def test_is_answered_302_where_the_caller_follows_by_himself(
        self, lab: SipLab
    ) -> None:
        await arm(lab, A, MOBILE)
        await flag(lab)

        heard = await lab.caller.call(A, to=(lab.nodes[0].host, REDIRECT))

        assert (heard.status, heard.contact) == (302, MOBILE)
        assert heard.final
        assert "reason=unavailable" in heard.final.one("Diversion")
        assert not lab.target.calls

    @pytest.mark.parametrize(
        "dialled",
        [
            A,
            "00493023125001",
            "03023125001",
            "%2B49-30-23125-001",
            "+49(30)23125001",
            "03023125001;phone-context=+49",
        ],
    )
    async def test_is_found_however_it_was_dialled(
        self, lab: SipLab, dialled: str
    ) -> None:
        await arm(lab, A, MOBILE)
        await flag(lab)

        heard = await lab.caller.call(A, uri=f"sip:{dialled}@home.example;user=phone")

        assert heard.at == "target"

    async def test_is_found_by_a_tel_uri(self, lab: SipLab) -> None:
        await arm(lab, A, MOBILE)
        await flag(lab)

        assert (await lab.caller.call(A, uri=f"tel:{A}")).at == "target"


class TestACallThatRuns:
    async def test_stays_where_it_is_while_flags_come_and_go(self, lab: SipLab) -> None:
        await arm(lab, A, MOBILE)
        stay = asyncio.Event()
        home = asyncio.create_task(lab.caller.call(A, stay=stay))
        await eventually(lambda: _has(lab.line.calls))
        await flag(lab)
        away = asyncio.create_task(lab.caller.call(A, stay=stay))
        await eventually(lambda: _has(lab.target.calls))
        await flag(lab, raised=False)

        stay.set()

        assert [(await call).at for call in (home, away)] == ["line", "target"]
        assert len(lab.line.ended) == len(lab.target.ended) == 1

    async def test_is_given_up_at_the_target_too(self, lab: SipLab) -> None:
        await arm(lab, A, MOBILE)
        await flag(lab)
        lab.target.manner = "rings"
        cancel = asyncio.Event()
        call = asyncio.create_task(lab.caller.call(A, cancel=cancel))
        await eventually(lambda: _has(lab.target.calls))

        cancel.set()

        assert (await call).status == 487
        await eventually(lambda: _has(lab.target.cancelled))


async def _has(things: object) -> bool:
    return bool(things)


class TestALineThatIsTriedFirst:
    @pytest.mark.parametrize("manner", ["dead", "away", "tried"])
    async def test_is_followed_by_the_target_when_it_cannot_be_reached(
        self, lab: SipLab, manner: str
    ) -> None:
        await arm(lab, A, MOBILE, line_first=True)
        await flag(lab)
        lab.line.manner = manner  # type: ignore[assignment]  # one of its manners

        heard = await lab.caller.call(A)

        assert heard.at == "target"
        assert lab.line.calls or manner == "dead"
        invite = only(lab.target.calls)
        assert f"<sip:{A}@" in invite.one("Diversion")
        assert invite.uri.startswith(f"sip:{MOBILE}@")

    async def test_keeps_the_call_that_it_answers(self, lab: SipLab) -> None:
        await arm(lab, A, MOBILE, line_first=True)
        await flag(lab)

        assert (await lab.caller.call(A)).at == "line"

    async def test_is_tried_also_while_the_target_is_down(self, lab: SipLab) -> None:
        await arm(lab, A, MOBILE, line_first=True, target_places=["line 2"])
        await flag(lab)
        await flag(lab, "line 2")

        answered = await lab.caller.call(A)
        lab.line.manner = "away"
        not_answered = await lab.caller.call(A)

        assert (answered.status, answered.at) == (200, "line")
        assert not_answered.status == 480
        assert not_answered.final
        assert "target not reachable" in not_answered.final.one("Reason")

    async def test_may_ring_for_long(self, lab: SipLab) -> None:
        await arm(lab, A, MOBILE, line_first=True)
        await flag(lab)
        lab.line.manner = "rings"

        heard = await lab.caller.call(A, within=2.5)

        assert heard.status == 0
        assert not lab.target.calls
        assert not lab.line.cancelled

    async def test_may_be_busy(self, lab: SipLab) -> None:
        await arm(lab, A, MOBILE, line_first=True)
        await flag(lab)
        lab.line.manner = "busy"

        assert (await lab.caller.call(A)).status == 486

    async def test_is_the_end_without_an_outage(self, lab: SipLab) -> None:
        await arm(lab, A, MOBILE, line_first=True)
        lab.line.manner = "away"

        assert (await lab.caller.call(A)).status == 480
        assert not lab.target.calls

    async def test_may_be_given_up(self, lab: SipLab) -> None:
        await arm(lab, A, MOBILE, line_first=True)
        await flag(lab)
        lab.line.manner = "rings"
        cancel = asyncio.Event()
        call = asyncio.create_task(lab.caller.call(A, cancel=cancel))
        await eventually(lambda: _has(lab.line.calls))

        cancel.set()

        assert (await call).status == 487
        assert not lab.target.calls


class TestLoops:
    def looping(self, heard: Heard) -> bool:
        assert heard.final
        return heard.status == 480 and "loop" in heard.final.one("Reason")

    async def test_of_one_number_end(self, lab: SipLab) -> None:
        await arm(lab, A, MOBILE)
        await flag(lab)
        headers = (f"Diversion: <sip:{A}@home.example>;reason=unavailable",)

        assert self.looping(await lab.caller.call(A, headers=headers))

    async def test_of_two_numbers_end(self, lab: SipLab) -> None:
        await arm(lab, A, B)
        await flag(lab)
        headers = (f"Diversion: <sip:{B}@home.example>;reason=unavailable",)

        assert self.looping(await lab.caller.call(A, headers=headers))

    @pytest.mark.parametrize(
        ("headers", "goes_on"),
        [
            (tuple(f"Diversion: <sip:+4940{n}@x>;counter=1" for n in range(4)), True),
            (tuple(f"Diversion: <sip:+4940{n}@x>;counter=1" for n in range(5)), False),
            (("Diversion: <sip:+49401@x>;reason=unknown;counter=5",), False),
            (("Diversion: <sip:+49401@x>;reason=unknown;counter=4",), True),
            (("Diversion: <sip:+49401@x>;counter=1, <sip:+49402@x>;counter=4",), False),
            (("Diversion: <sip:+49401@x>;counter=1, <sip:+49402@x>;counter=3",), True),
            (("Diversion: <sip:+49401@x>;counter=2,<sip:+49402@x>;counter=3",), False),
            (
                tuple(
                    f"History-Info: <sip:+4940{n}@x>;index=1.{n};mp=1" for n in range(5)
                ),
                False,
            ),
            (
                tuple(
                    f"History-Info: <sip:+4940{n}@x?a={'b' * 1800}>;index=1.{n};mp=1"
                    for n in range(5)
                ),
                False,
            ),
        ],
    )
    async def test_end_after_five_diversions(
        self, lab: SipLab, headers: tuple[str, ...], *, goes_on: bool
    ) -> None:
        await arm(lab, A, MOBILE)
        await flag(lab)

        heard = await lab.caller.call(A, headers=headers)

        assert heard.at == "target" if goes_on else self.looping(heard)

    async def test_of_the_network_end_too(self, lab: SipLab) -> None:
        assert (await lab.caller.call(A, max_forwards=0)).status == 483


class TestNever:
    @pytest.mark.parametrize(
        "uri",
        [
            "sip:110@home.example",
            "sip:112@home.example;user=phone",
            "sip:0112@home.example",
            "sip:+49112@home.example",
            "tel:112",
            "urn:service:sos",
            "urn:service:sos.police",
        ],
    )
    async def test_is_an_emergency_call_looked_up(self, lab: SipLab, uri: str) -> None:
        # No adapter of ours would send such rules: written past it, as by hand.
        place = LINE.replace(" ", "%20")
        rules = [
            f"r {number} 1|d|f|p|d|{MOBILE}||{place}|"
            for number in ("+49110", "+49112", "112", "sos")
        ]
        await lab.switch._lines("/apply", rules)  # noqa: SLF001 - by hand
        await flag(lab)

        heard = await lab.caller.call("112", uri=uri)

        assert heard.at == "line"
        assert only(lab.line.calls).uri == uri

    @pytest.mark.parametrize("dialled", ["115", "11833", "reception", "0", "%2B49"])
    async def test_is_a_call_lost_that_we_cannot_read(
        self, lab: SipLab, dialled: str
    ) -> None:
        await flag(lab)

        heard = await lab.caller.call(dialled, uri=f"sip:{dialled}@home.example")

        assert (heard.status, heard.at) == (200, "line")

    async def test_does_a_bad_target_stop_a_call(self, lab: SipLab) -> None:
        # No adapter of ours would send it: written past the adapter, as by hand.
        for target in ("112", "+49110", "mobile", "", "+49"):
            lab.version += 1
            value = (
                f"{lab.version}|d|f|p|d|{target or '0'}||{LINE.replace(' ', '%20')}|"
            )
            await lab.switch._lines("/apply", [f"r {A} {value}"])  # noqa: SLF001 - by hand
            await flag(lab)
            heard = await lab.caller.call(A)
            assert (heard.status, heard.at) == (200, "line"), target

    async def test_does_the_emergency_centre_call_back_in_vain(
        self, lab: SipLab
    ) -> None:
        priority = ("Priority: psap-callback",)
        await arm(lab, A, MOBILE)
        await arm(lab, B, MOBILE, places=["line 2"], line="line 2")
        await cause(lab, A)
        await flag(lab, "line 2")

        by_hand = await lab.caller.call(A, headers=priority)
        dead_line = await lab.caller.call(B, headers=priority)

        assert (by_hand.at, dead_line.at) == ("line", "target")

    async def test_does_a_target_that_is_down_keep_a_caller_waiting(
        self, lab: SipLab
    ) -> None:
        await arm(lab, A, SECOND, target_places=["line 2"])
        await flag(lab)
        await flag(lab, "line 2")

        heard = await lab.caller.call(A)

        assert heard.status == 480
        assert heard.final
        assert "target not reachable" in heard.final.one("Reason")


async def _free_memory(lab: SipLab) -> int:
    return int((await lab.switch.sizes())["memory"]["result"]["free"])


async def _answer_of(url: str, headers: dict[str, str]) -> httpx.Response:
    """Return what a node that was just started says of itself."""
    transport = httpx.AsyncHTTPTransport(retries=8)  # the pause doubles each time
    async with httpx.AsyncClient(transport=transport, trust_env=False) as http:
        return await http.get(f"{url}/state", headers=headers)


class TestManagement:
    async def test_is_refused_without_the_secret(self, lab: SipLab) -> None:
        lab.nodes[0].key, right = "wrong", lab.nodes[0].key
        stranger = lab.nodes[0].adapter()
        lab.nodes[0].key = right
        response = await stranger._http.get("/state")  # noqa: SLF001 - what it answers
        await stranger.close()

        assert (response.status_code, response.text) == (401, "X-Key\n")

    async def test_may_have_a_secret_of_any_letters(self, lab: SipLab) -> None:
        node, right = lab.nodes[0], lab.key
        node.stop()
        node.key = "Schlüssel €"
        try:
            await node.start()
        finally:
            node.key = right

    @pytest.mark.parametrize("shown", [{}, {"x-key": ""}])
    async def test_is_refused_by_a_node_without_a_secret(
        self, lab: SipLab, shown: dict[str, str]
    ) -> None:
        node, right = lab.nodes[0], lab.key
        node.stop()
        node.key = ""
        try:
            node.launch()
            response = await _answer_of(node.url, shown)
        finally:
            node.key = right

        assert (response.status_code, response.text) == (401, "X-Key\n")

    async def test_is_refused_where_calls_come_in(self, lab: SipLab) -> None:
        url = f"http://{lab.nodes[0].host}:{SIP}/state"
        headers = {"x-key": lab.key}
        response = await lab.switch._http.get(url, headers=headers)  # noqa: SLF001 - what it answers

        assert response.status_code == 403

    async def test_takes_no_calls(self, lab: SipLab) -> None:
        reader, writer = await asyncio.open_connection(lab.nodes[0].host, MANAGEMENT)
        writer.write(
            b"INVITE sip:1@x SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\n"
            b"From: <sip:a@x>;tag=1\r\nTo: <sip:1@x>\r\nCall-ID: x\r\n"
            b"CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        )
        assert b"403" in await reader.readuntil(b"\r\n")
        writer.close()

    async def test_takes_rules_whose_places_have_long_names(self, lab: SipLab) -> None:
        places = [LINE, *("ü" * 199 + str(n) for n in range(3))]
        numbers = [f"+493023126{n:03}" for n in range(1000)]
        rules = [
            Operation(f"rule/{number}", 1, rule(number, MOBILE, places=places))
            for number in numbers
        ]

        answers = await lab.switch.apply([*rules, Operation("hold", -1, None)])

        assert [one.result for one in answers[:-1]] == ["ok"] * 1000
        assert answers[-1].reason == "bad_version"
        await flag(lab, places[-1])
        assert (await lab.caller.call(numbers[-1])).at == "target"

    async def test_is_not_kept_out_by_connections_that_say_nothing(
        self, lab: SipLab
    ) -> None:
        node = lab.nodes[0]
        before = await _free_memory(lab)
        async with AsyncExitStack() as silent:
            for _ in range(40):
                _, writer = await asyncio.open_connection(node.host, SIP)
                silent.callback(writer.close)
            newcomer = node.adapter()
            silent.push_async_callback(newcomer.close)

            assert (await newcomer.incarnation()).boot
            assert await _free_memory(lab) > before - 16 * 1024 * 1024

    @pytest.mark.parametrize("fence", ["3000000000", "x", ""])
    async def test_refuses_a_fence_that_it_cannot_count_with(
        self, lab: SipLab, fence: str
    ) -> None:
        response = await lab.switch._http.post(  # noqa: SLF001 - what it answers
            "/apply", content="", headers={"x-fence": fence}
        )

        assert response.status_code == 400

    async def test_refuses_whoever_is_no_longer_in_charge(self, lab: SipLab) -> None:
        old, new = (lab.nodes[0].adapter(fence=fence) for fence in (4, 5))
        hold = Operation("hold", 1, {"held": True})
        await new.apply([])
        with pytest.raises(Fenced):
            await old.apply([hold])
        life = await new.incarnation()
        with pytest.raises(Fenced):
            await old.ready(life.boot)
        assert (await new.incarnation()).ready is False
        assert life.fence == 5
        assert [one.result for one in await new.apply([hold])] == ["ok"]
        await asyncio.gather(old.close(), new.close())

    @pytest.mark.parametrize("hears", ["asks", "is refused"])
    async def test_who_knows_that_another_is_in_charge_writes_nothing_after_a_restart(
        self, lab: SipLab, hears: str
    ) -> None:
        fence = 4
        old = lab.nodes[0].adapter(fence=lambda: fence)
        new = lab.nodes[0].adapter(fence=9)
        await new.apply([])
        if hears == "asks":
            await old.incarnation()
        else:
            with pytest.raises(Fenced):
                await old.apply([])
        lab.nodes[0].stop()
        await lab.nodes[0].start()
        life = await old.incarnation()
        hold = Operation("hold", 1, {"held": True})
        for write in (lambda: old.apply([hold]), lambda: old.ready(life.boot)):
            with pytest.raises(Fenced):
                await write()
        assert (life.fence, (await new.incarnation()).fence) == (0, 0)

        fence += 1  # it takes over, and the node has heard of nobody since

        assert [one.result for one in await old.apply([hold])] == ["ok"]
        await new.apply([])
        await asyncio.gather(old.close(), new.close())

    async def test_refuses_a_version_that_it_cannot_count_with(
        self, lab: SipLab
    ) -> None:
        page = await lab.switch._lines(  # noqa: SLF001 - past the adapter's own check
            "/apply", ["f hold 3000000000|1", "f hold |1", "x y 1|1", "f hold 1|2"]
        )

        assert page.lines == ["0 bad", "1 bad", "2 bad", "3 bad"]

    def test_lists_more_rules_than_fit_a_large_machine(self) -> None:
        # A loop that has no turns left ends as if the table did.
        [turns] = re.findall(
            r"^max_while_loops=(\d+)$", CONFIG.read_text(encoding="utf-8"), re.MULTILINE
        )
        a_gib, gibs = 4_200_000, 16

        assert int(turns) > a_gib * gibs
