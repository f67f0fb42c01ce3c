"""A slot that the customer uses himself is borrowed, and given back as it was."""

from collections.abc import AsyncIterator

import httpx
import pytest

from chassis.errors import Unavailable
from forwarding.switch import Operation, Throttled
from forwarding.switches.making import UnknownSwitch, make_switch
from forwarding.switches.web import Web
from forwarding.switches.xcap import XcapSlots
from support.rigs import LINE, MOBILE, SECOND, Rig, ngcp_rig, rule, xcap_rig
from support.stack import Stack

A, B, HIS = "+493023125001", "+493023125002", "+498999998001"


@pytest.fixture(scope="module")
async def running_xcap(stack: Stack) -> AsyncIterator[Rig]:
    async with xcap_rig(stack) as rig:
        yield rig


@pytest.fixture(scope="module")
async def running_ngcp(stack: Stack) -> AsyncIterator[Rig]:
    async with ngcp_rig(stack) as rig:
        yield rig


@pytest.fixture
async def xcap(running_xcap: Rig) -> Rig:
    await running_xcap.forget()
    return running_xcap


@pytest.fixture
async def ngcp(running_ngcp: Rig) -> Rig:
    await running_ngcp.forget()
    return running_ngcp


def customer_forwards(rig: Rig, number: str, to: str) -> None:
    """Let the customer forward all his calls himself."""
    if rig.kind == "xcap":
        rig.peer.sets(number, ("mine", "", to), active=True)
    else:
        rig.peer.forwards(number, "cfu", "mine", to)


@pytest.fixture(params=["xcap", "ngcp"])
def rig(request: pytest.FixtureRequest, xcap: Rig, ngcp: Rig) -> Rig:
    return {"xcap": xcap, "ngcp": ngcp}[request.param]


class TestTheCustomersOwn:
    async def test_forwarding_is_back_after_the_outage(self, rig: Rig) -> None:
        customer_forwards(rig, A, HIS)
        await rig.arm(A, MOBILE)
        assert await rig.rings(A) == HIS
        await rig.flag(LINE, raised=True)
        assert await rig.rings(A) == MOBILE
        await rig.flag(LINE, raised=False)
        assert await rig.rings(A) == HIS

    async def test_change_in_the_middle_stays(self, rig: Rig) -> None:
        await rig.arm(A, MOBILE)
        await rig.flag(LINE, raised=True)
        customer_forwards(rig, A, HIS)
        await rig.flag(LINE, raised=False)

        assert await rig.rings(A) == HIS

    async def test_change_in_the_middle_is_back_after_ours_was_renewed(
        self, rig: Rig
    ) -> None:
        await rig.arm(A, MOBILE)
        await rig.flag(LINE, raised=True)
        customer_forwards(rig, A, HIS)
        await rig.arm(A, SECOND)
        assert await rig.rings(A) == SECOND
        await rig.flag(LINE, raised=False)
        assert await rig.rings(A) == HIS

    async def test_forwarding_is_back_though_we_were_restarted_in_between(
        self, rig: Rig
    ) -> None:
        customer_forwards(rig, A, HIS)
        await rig.arm(A, MOBILE)
        await rig.flag(LINE, raised=True)
        await rig.restart()
        await rig.switch.apply([Operation(f"rule/{A}", 9, rule(A, MOBILE))])
        await rig.switch.ready((await rig.switch.incarnation()).boot)

        assert await rig.rings(A) == HIS

    async def test_silence_costs_no_request(self, rig: Rig) -> None:
        await rig.arm(A, MOBILE)
        await rig.flag(LINE, raised=False)

        assert rig.peer.puts == 0


class TestXcap:
    async def test_leaves_the_customers_rules_and_the_rest_of_the_document(
        self, xcap: Rig
    ) -> None:
        own = [("busy-rule", "busy", HIS), ("away", "not-reachable", SECOND)]
        xcap.peer.sets(A, *own, active=True)
        before = xcap.peer.document(A)
        await xcap.arm(A, MOBILE)
        await xcap.flag(LINE, raised=True)
        during = xcap.peer.rule_ids(A)
        await xcap.flag(LINE, raised=False)

        assert during == ["ecotel-once-selfcare", "busy-rule", "away"]
        assert xcap.peer.rule_ids(A) == ["busy-rule", "away"]
        assert "<NoReplyTimer>20" in before
        assert "NoReplyTimer>20" in xcap.peer.document(A)

    async def test_what_was_off_is_off_again(self, xcap: Rig) -> None:
        xcap.peer.sets(A, ("mine", "", HIS), active=False)
        await xcap.arm(A, MOBILE)
        await xcap.flag(LINE, raised=True)
        assert await xcap.rings(A) == MOBILE
        await xcap.flag(LINE, raised=False)
        assert await xcap.rings(A) == A

    async def test_reads_again_when_somebody_was_quicker(self, xcap: Rig) -> None:
        async def quicker(number: str) -> None:
            xcap.peer.sets(number, ("mine", "busy", HIS), active=True)

        await xcap.arm(A, MOBILE)
        xcap.peer.meanwhile = quicker
        await xcap.flag(LINE, raised=True)

        assert await xcap.rings(A) == MOBILE
        assert "mine" in xcap.peer.rule_ids(A)

    async def test_a_line_that_is_tried_first_is_a_condition(self, xcap: Rig) -> None:
        await xcap.arm(A, MOBILE, line_first=True)
        await xcap.flag(LINE, raised=True)

        assert xcap.peer.rings(A, reachable=True) == A
        assert xcap.peer.rings(A, reachable=False) == MOBILE


class TestNgcp:
    async def test_uses_a_destination_set_of_its_own(self, ngcp: Rig) -> None:
        ngcp.peer.forwards(A, "cfb", "colleague", HIS)
        await ngcp.arm(A, MOBILE)
        await ngcp.flag(LINE, raised=True)
        mappings = ngcp.peer.mappings[ngcp.peer.subscriber(A)]
        assert [one["destinationset"] for one in mappings["cfu"]] == [
            "ecotel-once-selfcare"
        ]
        assert [one["destinationset"] for one in mappings["cfb"]] == ["colleague"]

    async def test_a_mode_changed_in_the_middle_loses_nothing(self, ngcp: Rig) -> None:
        ngcp.peer.forwards(A, "cfu", "mine", HIS)
        await ngcp.arm(A, MOBILE)
        await ngcp.flag(LINE, raised=True)
        await ngcp.arm(A, MOBILE, line_first=True)
        await ngcp.flag(LINE, raised=False)

        assert await ngcp.rings(A) == HIS


class TestTrouble:
    async def test_an_unknown_number_is_refused_when_it_is_armed(
        self, rig: Rig
    ) -> None:
        rig.peer.unknown.add(A)
        answer = await rig.arm(A, MOBILE)

        assert (answer.result, answer.reason) == ("refused", "no_such_subscriber")

    async def test_a_number_that_vanished_keeps_nobody_waiting(self, rig: Rig) -> None:
        await rig.arm(A, MOBILE)
        await rig.arm(B, MOBILE)
        rig.peer.unknown.add(A)
        await rig.restart()
        await rig.switch.apply(
            [Operation(f"rule/{n}", 1, rule(n, MOBILE)) for n in (A, B)]
        )
        await rig.switch.ready((await rig.switch.incarnation()).boot)
        answer = await rig.flag(LINE, raised=True)

        assert answer.result == "ok"
        assert await rig.rings(B) == MOBILE

    async def test_a_lost_answer_is_unknown_and_the_same_again_is_fine(
        self, rig: Rig
    ) -> None:
        customer_forwards(rig, A, HIS)
        await rig.arm(A, MOBILE)
        rig.peer.lost = 1
        flag = Operation(f"flag/fault/{LINE}", 50, {"raised": True})
        with pytest.raises(Unavailable):
            await rig.switch.apply([flag])
        await rig.switch.apply([flag])
        assert await rig.rings(A) == MOBILE
        await rig.switch.apply([Operation(flag.key, 51, {"raised": False})])
        assert await rig.rings(A) == HIS

    async def test_a_switch_that_takes_no_more_says_when(self, rig: Rig) -> None:
        await rig.arm(A, MOBILE)
        rig.peer.busy = 1
        flag = Operation(f"flag/fault/{LINE}", 50, {"raised": True})
        with pytest.raises(Throttled) as said:
            await rig.switch.apply([flag])
        assert said.value.after == (2 if rig.kind == "xcap" else 1)
        await rig.switch.apply([flag])
        assert await rig.rings(A) == MOBILE

    async def test_an_audit_finds_a_diversion_that_somebody_took_away(
        self, rig: Rig
    ) -> None:
        await rig.arm(A, MOBILE)
        await rig.flag(LINE, raised=True)
        customer_forwards(rig, A, HIS)
        desired = [
            Operation(f"rule/{A}", 1, rule(A, MOBILE)),
            Operation(f"flag/fault/{LINE}", 2, {"raised": True}),
        ]

        found = await rig.audit(*desired)
        assert [(one.key, one.kind) for one in found] == [(f"rule/{A}", "missing")]
        await rig.switch.apply(desired[:1])
        assert await rig.rings(A) == MOBILE


@pytest.mark.parametrize("manner", ["unreadable", "500", "put 500", "hangs"])
class TestOneSubscriberIsServedBadly:
    """He is told as failed, and tried again; nobody else waits for him."""

    async def test_an_outage_diverts_the_others_and_names_him(
        self, rig: Rig, manner: str
    ) -> None:
        await rig.arm(A, MOBILE)
        await rig.arm(B, MOBILE)
        rig.peer.broken[A] = manner
        answer = await rig.flag(LINE, raised=True)

        assert (answer.result, [key for key, _ in answer.left]) == ("ok", [f"rule/{A}"])
        assert await rig.rings(B) == MOBILE

    async def test_his_rule_is_refused_and_that_of_others_is_taken(
        self, rig: Rig, manner: str
    ) -> None:
        await rig.flag(LINE, raised=True)
        rig.peer.broken[A] = manner
        first, second = await rig.put_all(
            {f"rule/{A}": rule(A, MOBILE), f"rule/{B}": rule(B, MOBILE)}
        )

        assert (first.result, second.result) == ("refused", "ok")
        assert await rig.rings(B) == MOBILE

    async def test_he_alone_keeps_an_outage_waiting_no_more_than_others(
        self, rig: Rig, manner: str
    ) -> None:
        await rig.arm(A, MOBILE, places=[LINE])
        await rig.arm(B, MOBILE, places=[LINE, "another line"])
        rig.peer.broken[A] = manner
        both = await rig.put_all(
            {
                f"cause/{A}/manual": {"active": True},
                "flag/fault/another line": {"raised": True},
            }
        )

        assert [one.result for one in both] == ["ok", "ok"]
        assert [key for key, _ in both[0].left] == [f"rule/{A}"]
        assert await rig.rings(B) == MOBILE

    async def test_the_same_again_is_done_when_he_is_served(
        self, rig: Rig, manner: str
    ) -> None:
        await rig.arm(A, MOBILE)
        await rig.arm(B, MOBILE)
        rig.peer.broken[A] = manner
        await rig.flag(LINE, raised=True)
        refused = await rig.arm(A, MOBILE)
        rig.peer.broken.clear()
        rule_again = Operation(refused.key, rig.version, rule(A, MOBILE))
        (answer,) = await rig.switch.apply([rule_again])

        assert (refused.result, answer.result) == ("refused", "ok")
        assert await rig.rings(A) == MOBILE

    async def test_a_diversion_that_cannot_be_ended_is_not_forgotten(
        self, rig: Rig, manner: str
    ) -> None:
        await rig.arm(A, MOBILE)
        await rig.arm(B, MOBILE)
        await rig.flag(LINE, raised=True)
        rig.peer.broken[A] = manner
        ended = await rig.flag(LINE, raised=False)
        (removed,) = await rig.put_all({f"rule/{A}": None})
        rig.peer.broken.clear()
        again = Operation(removed.key, rig.version, None)
        (done,) = await rig.switch.apply([again])

        assert [key for key, _ in ended.left] == [f"rule/{A}"]
        assert (removed.result, removed.version) == ("refused", rig.version)
        assert (done.result, await rig.rings(A)) == ("ok", A)
        assert await rig.rings(B) == B

    async def test_a_restart_is_ready_and_its_audit_names_him(
        self, rig: Rig, manner: str
    ) -> None:
        desired = [
            Operation(f"flag/fault/{LINE}", 1, {"raised": True}),
            *(Operation(f"rule/{n}", 1, rule(n, MOBILE)) for n in (A, B)),
        ]
        rig.peer.broken[A] = manner
        await rig.restart()
        await rig.switch.apply(desired)
        await rig.switch.ready((await rig.switch.incarnation()).boot)
        found = await rig.audit(*desired)

        assert [(one.key, one.kind) for one in found] == [(f"rule/{A}", "missing")]
        assert await rig.rings(B) == MOBILE

    async def test_where_nobody_is_served_all_wait(self, rig: Rig, manner: str) -> None:
        await rig.arm(A, MOBILE)
        await rig.arm(B, MOBILE)
        many = [f"+4930231252{n:02}" for n in range(25)]
        for number in many:
            await rig.arm(number, MOBILE)
        rig.peer.broken |= dict.fromkeys([A, B, *many], manner)
        with pytest.raises(Unavailable):
            await rig.flag(LINE, raised=True)


async def arm_many(rig: Rig, count: int) -> list[str]:
    many = [f"+4930231252{n:02}" for n in range(count)]
    await rig.put_all({f"rule/{number}": rule(number, MOBILE) for number in many})
    return many


async def test_who_hangs_is_waited_for_once(rig: Rig) -> None:
    await rig.arm(A, MOBILE)
    await rig.arm(B, MOBILE)
    rig.peer.broken[A] = "hangs"
    answer = await rig.flag(LINE, raised=True)

    assert answer.left == ((f"rule/{A}", "no_answer"),)
    assert rig.peer.waited == 1


async def test_a_switch_that_hangs_is_not_waited_for_number_by_number(
    rig: Rig,
) -> None:
    many = await arm_many(rig, 80)
    rig.peer.broken |= dict.fromkeys(many, "hangs")
    with pytest.raises(Unavailable):
        await rig.flag(LINE, raised=True)

    assert rig.peer.waited < 40


async def test_a_switch_that_can_be_read_and_takes_nothing_is_no_customers_failure(
    rig: Rig,
) -> None:
    await rig.arm(B, MOBILE, places=["another line"])
    many = await arm_many(rig, 10)
    rig.peer.broken |= dict.fromkeys([B, *many], "put 500")
    with pytest.raises(Unavailable):
        await rig.flag(LINE, raised=True)
    rig.peer.broken.clear()
    again = Operation(f"flag/fault/{LINE}", rig.version, {"raised": True})
    (answer,) = await rig.switch.apply([again])

    assert (answer.result, answer.left) == ("ok", ())
    assert [await rig.rings(number) for number in many] == [MOBILE] * 10


async def test_an_audit_goes_past_a_number_that_vanished(rig: Rig) -> None:
    desired = [
        Operation(f"flag/fault/{LINE}", 9, {"raised": True}),
        Operation(f"rule/{A}", 1, rule(A, MOBILE)),
    ]
    await rig.switch.apply(desired)
    rig.peer.unknown.add(A)

    assert await rig.audit(*desired) == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx.Response(200, text="<html>"), Unavailable),
        (httpx.Response(200, text="<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), None),
        (httpx.Response(401), Unavailable),
        (httpx.Response(503), Unavailable),
    ],
)
async def test_what_is_not_its_answer_is_unavailable(
    answer: httpx.Response, error: type[Exception] | None
) -> None:
    transport = httpx.MockTransport(lambda _: answer)
    http = httpx.AsyncClient(transport=transport, base_url="http://x")
    slots = XcapSlots(Web("xcap", http), "", "home.example")
    with pytest.raises(error or Unavailable):
        await slots.read(A)
    await slots.close()


def test_an_unknown_kind_of_switch_is_named() -> None:
    class Settings:
        switch_url = "ftp://switch"
        switch_timeout = None

    with pytest.raises(UnknownSwitch, match="'ftp': give http, kamailio"):
        make_switch(Settings(), slots=None)  # type: ignore[arg-type]  # refused before
