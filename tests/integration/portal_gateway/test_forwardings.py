"""Seeing and changing forwardings through the API."""

import asyncio
from datetime import timedelta
from urllib.parse import quote

import asyncpg
import httpx
import pytest

from contracts.forwardings import ForwardingFailed, ForwardingRequested
from contracts.numbers import NumberPorted
from portal_gateway.store import wishes
from portal_gateway.usecases import many
from portal_gateway.usecases.admission import Who
from portal_gateway.usecases.many import Change
from support.portal import (
    BLOCK,
    BLOCK_END,
    INSIDE,
    MOBILE,
    NOON,
    OFFICE,
    OTHER_SINGLE,
    SINGLE,
    TODAY,
    Portal,
    answer_to,
    applied,
    connected,
    disabled,
    enabled,
    outage,
)
from support.stack import Database
from support.waiting import (
    eventually,
    until_one_waits_for_a_row,
    until_some_wait,
)

PATH = f"/forwardings/{quote(SINGLE)}"
ARMED = {"target": MOBILE, "enabled": True}


class TestList:
    async def test_shows_an_enabled_number_as_inactive(
        self, owner: httpx.AsyncClient
    ) -> None:
        answer = await owner.get("/forwardings")

        assert answer.status_code == 200
        [entry] = answer.json()["forwardings"]
        assert entry["number"] == SINGLE
        assert entry["kind"] == "number"
        assert entry["state"] == "inactive"
        assert entry["rule"]["source"] == "none"
        assert entry["rule"]["target"] is None

    @pytest.mark.parametrize(
        "written",
        ["%2B4921122223333", "+4921122223333", "4921122223333", "004921122223333",
         "021122223333", "0211 22223333", "+49 (0)211 2222-3333", "0211.2222 3333"],
    )  # fmt: skip
    async def test_is_named_however_it_is_written(
        self, owner: httpx.AsyncClient, written: str
    ) -> None:
        answer = await owner.get(f"/forwardings/{written}")
        body = {"number": written.replace("%2B", "+"), "target": MOBILE}
        checked = await owner.post("/targets/check", json=body)

        assert answer.json()["number"] == SINGLE
        assert checked.json()["ok"] is True

    @pytest.mark.parametrize("nothing", ["00021122223333", "0", "00", "2112222333x"])
    async def test_what_is_no_number_names_nothing(
        self, owner: httpx.AsyncClient, nothing: str
    ) -> None:
        assert (await owner.get(f"/forwardings/{nothing}")).status_code == 404


class TestCrowd:
    async def test_many_changes_of_one_customer_leave_room_for_all_others(
        self, portal: Portal, owner: httpx.AsyncClient, portal_database: Database
    ) -> None:
        other = await portal.customer("C-2002")
        url = portal_database.url("portal_gateway")
        async with asyncpg.create_pool(url, min_size=1, max_size=2) as pool:
            async with pool.acquire() as busy, busy.transaction():
                await wishes.lock_customer(busy, "C-1001")
                crowd = [
                    asyncio.create_task(owner.put(PATH, json={"target": MOBILE}))
                    for _ in range(30)
                ]
                await until_some_wait(pool)

                assert (await other.get("/forwardings")).status_code == 200
            answers = await asyncio.gather(*crowd)

        assert {answer.status_code for answer in answers} <= {200, 202}
        assert len(await portal.sent()) == 1

    async def test_a_change_of_many_and_answers_never_wait_in_a_circle(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        numbers = (SINGLE, OTHER_SINGLE)
        await portal.tell(enabled(OTHER_SINGLE))
        for number in numbers:
            await owner.put(f"/forwardings/{quote(number)}", json=ARMED)
        asked = [ForwardingRequested(**wish) for wish in await portal.sent()]
        first, second = map(answer_to, asked)
        who = Who("C-1001", "somebody", is_confirmed=True)
        changes = [Change((one, one), {"target": OFFICE}) for one in reversed(numbers)]

        async with portal.gateway.transaction() as connection:
            await wishes.settle(connection, [first])
            changing = asyncio.create_task(many.change(portal.gateway, who, changes))
            await until_one_waits_for_a_row(portal.gateway.service.pool)
            # Whoever changes many has no lock of the second while it waits.
            await wishes.settle(connection, [second])

        assert [done.refused for done in await changing] == [None, None]


class TestPut:
    async def test_is_pending_until_forwarding_answers(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        answer = await owner.put(PATH, json=ARMED)

        assert answer.status_code == 202
        assert answer.json()["state"] == "pending"
        [wish] = await portal.sent()
        assert wish["rule"]["target"] == MOBILE
        await portal.answer()
        shown = (await owner.get(PATH)).json()
        assert shown["state"] == "ready"
        assert shown["rule"]["source"] == "own"

    @pytest.mark.parametrize(
        "typed", ["015228817386", "+4915228817386", "004915228817386", "0152/288 17386"]
    )
    async def test_stores_what_it_shows_and_a_repeat_is_no_event(
        self, portal: Portal, owner: httpx.AsyncClient, typed: str
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()

        answer = await owner.put(PATH, json={"target": typed, "enabled": True})

        assert answer.status_code == 200
        assert answer.json()["rule"]["target"] == MOBILE
        assert len(await portal.sent()) == 1

    async def test_what_nobody_answers_is_asked_again_by_the_same_save(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        for minutes in (0, 1, 1):
            portal.clock.move(timedelta(minutes=minutes))
            await owner.put(PATH, json=ARMED)
        first, again = await portal.sent()  # Kafka lost the first one

        assert again["version"] > first["version"]
        assert again["rule"] == first["rule"]
        await portal.tell(answer_to(ForwardingRequested(**again)))
        assert (await owner.get(PATH)).json()["state"] == "ready"

        for minutes in (0, 2):
            portal.clock.move(timedelta(minutes=minutes))
            await owner.delete(PATH)
        asked = [wish["action"] for wish in (await portal.sent())[2:]]
        assert asked == ["remove", "remove"]

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"target": "4917717712345", "enabled": True}, "target_missing_plus"),
            ({"target": "110", "enabled": True}, "target_emergency"),
            ({"target": "0900 1234567", "enabled": True}, "target_premium"),
            ({"target": SINGLE, "enabled": True}, "target_own_number"),
            ({"target": OTHER_SINGLE, "enabled": True}, "target_same_line"),
            ({"target": "+33612345678", "enabled": True}, "target_country_not_allowed"),
            ({"enabled": True}, "target_missing"),
            ({"target": None, "enabled": True}, "target_missing"),
            ({"target": "", "enabled": True}, "target_missing"),
            (ARMED | {"keep_extension": True}, "keep_extension_needs_block"),
            (ARMED | {"fallback_target": MOBILE}, "fallback_is_target"),
            (ARMED | {"fallback_target": "112"}, "target_emergency"),
            (ARMED | {"surprise": 1}, "unknown_field"),
            ({"target": 5, "enabled": True}, "invalid_field"),
            ({"target": "1\x00", "enabled": True}, "invalid_field"),
            ([], "invalid_body"),
        ],
    )
    async def test_refuses_with_a_code_and_a_sentence(
        self, portal: Portal, owner: httpx.AsyncClient, body: object, code: str
    ) -> None:
        await portal.tell(enabled(OTHER_SINGLE))

        answer = await owner.put(PATH, json=body)

        assert (answer.status_code, answer.json()["code"]) == (422, code)
        assert answer.json()["type"] == f"/problems/{code}"
        assert answer.json()["detail"]
        assert await portal.sent() == []

    async def test_suggests_the_number_that_was_meant(
        self, owner: httpx.AsyncClient
    ) -> None:
        body = {"target": "4917717712345", "enabled": True}
        answer = await owner.put(PATH, json=body)

        assert answer.json()["suggestion"] == "+4917717712345"
        check = await owner.post(
            "/targets/check", json={"number": SINGLE, "target": "4917717712345"}
        )
        assert check.status_code == 200
        assert check.json()["ok"] is False
        assert check.json()["code"] == "target_missing_plus"
        assert check.json()["detail"] == answer.json()["detail"]
        assert check.json()["suggestion"] == "+4917717712345"

    @pytest.mark.parametrize("target", ["", " ", "\u00a0", "-", "112", MOBILE])
    async def test_a_check_says_what_a_save_would_say(
        self, owner: httpx.AsyncClient, target: str
    ) -> None:
        asked = {"number": SINGLE, "target": target}
        check = (await owner.post("/targets/check", json=asked)).json()
        saved = await owner.put(PATH, json={"target": target, "enabled": True})

        assert check["ok"] is (saved.status_code < 400)
        assert check.get("code") == saved.json().get("code")
        assert check.get("detail") == saved.json().get("detail")

    async def test_shows_the_circle_that_a_target_would_close(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(OTHER_SINGLE, line="L2"))
        body = {"target": OTHER_SINGLE, "enabled": True}
        await owner.put(PATH, json=body)

        back = {"target": SINGLE, "enabled": True}
        answer = await owner.put(f"/forwardings/{OTHER_SINGLE}", json=back)

        assert answer.json()["code"] == "target_circle"
        assert answer.json()["chain"] == [OTHER_SINGLE, SINGLE, OTHER_SINGLE]

    async def test_a_rule_that_ended_with_its_option_closes_no_circle(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(OTHER_SINGLE, line="L2"))
        await owner.put(PATH, json={"target": OTHER_SINGLE, "enabled": True})
        await portal.answer()
        await portal.tell(disabled(SINGLE))
        back = {"number": OTHER_SINGLE, "target": SINGLE}

        gone = (await owner.post("/targets/check", json=back)).json()
        await portal.tell(enabled(SINGLE, version=3))
        anew = await owner.put(
            f"/forwardings/{OTHER_SINGLE}", json={"target": SINGLE, "enabled": True}
        )

        assert (gone["ok"], anew.status_code) == (True, 202)

    async def test_lets_only_one_of_two_circling_saves_through(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(OTHER_SINGLE, line="L2"))

        answers = await asyncio.gather(
            owner.put(PATH, json={"target": OTHER_SINGLE, "enabled": True}),
            owner.put(
                f"/forwardings/{OTHER_SINGLE}", json={"target": SINGLE, "enabled": True}
            ),
        )

        assert sorted(answer.status_code for answer in answers) == [202, 422]

    async def test_keeps_what_is_left_out(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED | {"fallback_target": OFFICE})
        await portal.answer()

        answer = await owner.put(PATH, json={"enabled": False})

        rule = answer.json()["rule"]
        assert (rule["enabled"], rule["target"]) == (False, MOBILE)
        assert rule["fallback_target"] == OFFICE
        erased = await owner.put(PATH, json={"target": None})
        assert erased.json()["rule"]["target"] is None

    async def test_switching_on_again_needs_no_target(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json={"target": MOBILE, "enabled": False})
        await portal.answer()

        answer = await owner.put(PATH, json={"enabled": True})

        assert answer.json()["rule"]["target"] == MOBILE
        assert answer.json()["rule"]["enabled"] is True

    async def test_refusal_by_forwarding_keeps_the_old_rule_in_force(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()
        in_force = (await portal.sent())[-1]["rule"]

        await owner.put(PATH, json={"target": OFFICE})
        await portal.answer("refused", code="target_circle", rule=in_force)

        shown = (await owner.get(PATH)).json()
        assert shown["rule"]["target"] == MOBILE
        assert shown["state"] == "ready"

    @pytest.mark.parametrize("path", ["/forwardings/+49301", "/forwardings/abc"])
    async def test_unknown_numbers_are_not_found(
        self, owner: httpx.AsyncClient, path: str
    ) -> None:
        answer = await owner.put(path, json=ARMED)

        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    async def test_plain_digits_name_the_number_too(
        self, owner: httpx.AsyncClient
    ) -> None:
        answer = await owner.get(f"/forwardings/{SINGLE[1:]}")

        assert answer.json()["number"] == SINGLE


class TestVersion:
    async def test_one_of_two_saves_on_the_same_version_wins(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        seen = (await owner.get(PATH)).headers["etag"]

        answers = await asyncio.gather(
            *(
                owner.put(
                    PATH,
                    json={"target": target, "enabled": True},
                    headers={"If-Match": seen},
                )
                for target in (MOBILE, OFFICE)
            )
        )

        assert sorted(answer.status_code for answer in answers) == [202, 412]
        assert len(await portal.sent()) == 1
        [won] = [a for a in answers if a.status_code == 202]
        [lost] = [a for a in answers if a.status_code == 412]
        assert lost.json()["code"] == "version_mismatch"
        assert lost.json()["current"]["rule"] == won.json()["rule"]
        assert lost.headers["etag"] == won.headers["etag"] == '"1"'

    @pytest.mark.parametrize(
        ("named", "status"),
        [
            ('"1"', 202),
            ('W/"1"', 202),  # as a proxy that compresses makes of it
            ('"7", W/"1"', 202),
            ("1", 202),
            ("*", 202),
            ('"0"', 412),
            ('W/"11"', 412),
            ('""', 412),
            ("", 412),
        ],
    )
    async def test_is_named_as_clients_and_proxies_write_it(
        self, owner: httpx.AsyncClient, named: str, status: int
    ) -> None:
        await owner.put(PATH, json={"target": MOBILE})

        answer = await owner.put(
            PATH, json={"target": OFFICE}, headers={"If-Match": named}
        )

        assert answer.status_code == status

    async def test_is_of_the_rule_and_not_of_the_state(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json={"target": MOBILE, "enabled": True})
        seen = await owner.get(PATH)
        await portal.tell(applied(SINGLE))

        now = await owner.get(PATH, headers={"If-None-Match": seen.headers["etag"]})

        assert now.headers["etag"] == seen.headers["etag"]
        assert (now.status_code, now.json()["state"]) == (200, "diverted")

    async def test_grows_with_each_wish(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        for target in (MOBILE, OFFICE):
            await owner.put(PATH, json={"target": target, "enabled": True})

        assert [wish["version"] for wish in await portal.sent()] == [1, 2]


class TestWaiting:
    async def test_answers_200_when_forwarding_is_quick(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        object.__setattr__(
            portal.gateway.settings, "confirm_wait", timedelta(seconds=5)
        )
        saving = asyncio.create_task(owner.put(PATH, json=ARMED))
        await eventually(portal.sent)
        await portal.answer()

        answer = await saving

        assert answer.status_code == 200
        assert answer.json()["state"] == "ready"

    async def test_answers_422_when_forwarding_refuses_quickly(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        object.__setattr__(
            portal.gateway.settings, "confirm_wait", timedelta(seconds=5)
        )
        saving = asyncio.create_task(owner.put(PATH, json=ARMED))
        await eventually(portal.sent)
        await portal.answer(
            "refused", code="target_circle", chain=(SINGLE, MOBILE, SINGLE), rule=None
        )

        answer = await saving

        assert (answer.status_code, answer.json()["code"]) == (422, "target_circle")
        assert answer.json()["chain"] == [SINGLE, MOBILE, SINGLE]


class TestBlock:
    async def test_a_number_inside_follows_its_block(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END))
        await owner.put(f"/forwardings/{BLOCK}", json=ARMED)
        await portal.answer()

        inside = (await owner.get(f"/forwardings/{INSIDE}")).json()
        listed = (await owner.get("/forwardings")).json()["forwardings"]

        assert inside["rule"]["source"] == "block"
        assert inside["rule"]["target"] == MOBILE
        assert (inside["block"], inside["state"]) == (BLOCK, "ready")
        assert [entry["number"] for entry in listed] == [SINGLE, BLOCK]
        assert (listed[1]["kind"], listed[1]["last"]) == ("block", BLOCK_END)

    async def test_an_own_off_wins_and_is_listed(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END))
        await owner.put(f"/forwardings/{BLOCK}", json=ARMED)
        await portal.answer()

        await owner.put(f"/forwardings/{INSIDE}", json={"enabled": False})
        await portal.answer()
        await portal.tell(applied(BLOCK, BLOCK_END))

        listed = (await owner.get("/forwardings")).json()["forwardings"]
        states = {entry["number"]: entry["state"] for entry in listed}
        assert states == {SINGLE: "inactive", BLOCK: "diverted", INSIDE: "inactive"}
        assert listed[2]["rule"]["source"] == "own"

    async def test_removing_the_own_rule_gives_the_block_back(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END))
        await owner.put(f"/forwardings/{BLOCK}", json=ARMED)
        await portal.answer()
        inside = f"/forwardings/{INSIDE}"
        await owner.put(inside, json={"target": OFFICE, "enabled": True})
        await portal.answer()

        answer = await owner.delete(inside)
        await portal.answer()

        assert answer.status_code == 202
        assert (await portal.sent())[-1]["action"] == "remove"
        assert (await owner.get(inside)).json()["rule"]["source"] == "block"
        assert (await owner.delete(inside)).status_code == 200
        assert len(await portal.sent()) == 3

    async def test_a_block_may_go_to_a_block_with_the_same_extensions(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END))

        body = {"target": "+493023125000", "enabled": True, "keep_extension": True}
        answer = await owner.put(f"/forwardings/{BLOCK}", json=body)
        await portal.answer()
        await portal.tell(
            applied(BLOCK, BLOCK_END, target="+493023125000", keep_extension=True)
        )

        assert answer.status_code == 202
        inside = (await owner.get(f"/forwardings/{INSIDE}")).json()
        assert inside["target_in_effect"] == "+493023125123"
        assert inside["rule"]["target"] == "+493023125123"
        assert inside["rule"]["source"] == "block"
        assert inside["rule"]["keep_extension"] is False

    async def test_a_number_on_another_line_keeps_its_extension_too(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(
            connected("L2"), enabled(BLOCK, BLOCK_END), enabled(INSIDE, line="L2")
        )
        body = {"target": "+493023125000", "enabled": True, "keep_extension": True}
        await owner.put(f"/forwardings/{BLOCK}", json=body)
        await portal.answer()

        told = (await owner.post("/what-if", json={"line": "L2"})).json()["numbers"]
        found = (await owner.get("/forwardings", params={"query": "23125123"})).json()

        assert [(one["number"], one["target"]) for one in told] == [
            (INSIDE, "+493023125123")
        ]
        assert [one["number"] for one in found["forwardings"]] == [INSIDE]

    async def test_a_number_waits_with_its_block(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END))
        inside = f"/forwardings/{INSIDE}"

        await owner.put(f"/forwardings/{BLOCK}", json=ARMED)

        assert (await owner.get(inside)).json()["state"] == "pending"
        await portal.answer()
        assert (await owner.get(inside)).json()["state"] == "ready"

    async def test_kind_block_means_no_number_inside(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END))
        shown = await owner.get(f"/forwardings/{BLOCK}?kind=block")
        of_number = f"/forwardings/{INSIDE}?kind=block"

        assert shown.json()["last"] == BLOCK_END
        assert (await owner.get(of_number)).status_code == 404
        asked = await owner.put(of_number, json={"target": MOBILE})
        assert asked.status_code == 404
        assert await portal.sent() == []

    async def test_kind_number_means_the_first_number_alone(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END))

        path = f"/forwardings/{BLOCK}"
        await owner.put(path, params={"kind": "number"}, json=ARMED)

        [wish] = await portal.sent()
        assert wish["last"] is None
        single = (await owner.get(path, params={"kind": "number"})).json()
        assert (single["kind"], single["rule"]["source"]) == ("number", "own")
        assert (await owner.get(path)).json()["rule"]["source"] == "none"

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"target": MOBILE}, (MOBILE, False, None)),
            ({"target": "030 23125 042"}, ("+493023125042", False, MOBILE)),
            ({"target": "0221 4711 000"}, ("+492214711000", True, MOBILE)),
            ({"enabled": False}, ("+493023125000", True, MOBILE)),
            ({"target": MOBILE, "keep_extension": True}, "target_block_extension"),
            ({"target": MOBILE, "fallback_target": MOBILE}, "fallback_is_target"),
            ({"fallback_target": "+493023125000"}, "fallback_is_target"),
            ({"target": "110"}, "target_emergency"),
        ],
    )
    async def test_what_fitted_the_former_target_alone_does_not_refuse_a_new_one(
        self, portal: Portal, owner: httpx.AsyncClient, changes: object, told: object
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END))
        path = f"/forwardings/{BLOCK}"
        rule = {"target": "+493023125000", "enabled": True, "keep_extension": True}
        await owner.put(path, json=rule | {"fallback_target": MOBILE})
        await portal.answer()

        answer = (await owner.put(path, json=changes)).json()

        names = ("target", "keep_extension", "fallback_target")
        kept = answer.get("code") or tuple(answer["rule"][name] for name in names)
        assert kept == told

    async def test_a_number_ported_out_is_flagged_and_cannot_be_set(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END), disabled(INSIDE))

        listed = (await owner.get("/forwardings")).json()["forwardings"]
        answer = await owner.put(f"/forwardings/{INSIDE}", json=ARMED)

        flagged = {entry["number"]: entry["ported_out"] for entry in listed}
        assert flagged == {SINGLE: False, BLOCK: False, INSIDE: True}
        assert (answer.status_code, answer.json()["code"]) == (409, "ported_out")
        body = {"number": INSIDE, "target": MOBILE}
        assert (await owner.post("/targets/check", json=body)).json() == answer.json()

    async def test_a_number_that_left_is_none_of_the_block_when_another_has_it(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END))
        await owner.put(f"/forwardings/{BLOCK}", json=ARMED)
        await portal.answer()
        theirs = enabled(INSIDE, customer="C-1002", line="L2", version=3)
        await portal.tell(disabled(INSIDE), theirs)

        listed = (await owner.get("/forwardings")).json()["forwardings"]
        flagged = {entry["number"]: entry["ported_out"] for entry in listed}
        assert flagged[INSIDE] is True
        found = (await owner.get(f"/forwardings/{INSIDE}")).json()
        assert (found["state"], found["rule"]["source"]) == ("inactive", "none")
        answer = await owner.put(f"/forwardings/{INSIDE}", json=ARMED)
        assert (answer.status_code, answer.json()["code"]) == (409, "ported_out")


class TestByHand:
    async def test_needs_an_armed_rule(self, owner: httpx.AsyncClient) -> None:
        for path, body in ((f"{PATH}/manual", None), (f"{PATH}/drill", {"minutes": 5})):
            answer = (
                await owner.post(path, json=body) if body else await owner.post(path)
            )
            assert (answer.status_code, answer.json()["code"]) == (409, "not_armed")

    async def test_starts_and_stops_as_a_cause(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()

        started = await owner.post(f"{PATH}/manual")
        await portal.answer()

        assert started.status_code == 202
        causes = (await owner.get(PATH)).json()["causes"]
        assert [cause["type"] for cause in causes] == ["manual"]
        assert (await owner.post(f"{PATH}/manual")).status_code == 200
        await owner.delete(f"{PATH}/manual")
        await portal.answer()
        assert (await owner.get(PATH)).json()["causes"] == []
        assert (await owner.delete(f"{PATH}/manual")).status_code == 200
        actions = [wish["action"] for wish in await portal.sent()]
        assert actions == ["set", "start", "stop"]

    async def test_a_drill_ends_by_itself(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()

        await owner.post(f"{PATH}/drill", json={"minutes": 10})
        await portal.answer()

        assert len((await owner.get(PATH)).json()["causes"]) == 1
        portal.clock.move(timedelta(minutes=11))
        assert (await owner.get(PATH)).json()["causes"] == []

    @pytest.mark.parametrize("body", [None, {"minutes": 60}])
    @pytest.mark.parametrize("is_late", [False, True])
    async def test_what_ended_with_the_option_does_not_run_and_may_start_again(
        self,
        portal: Portal,
        owner: httpx.AsyncClient,
        *,
        body: dict[str, int] | None,
        is_late: bool,
    ) -> None:
        path = f"{PATH}/{'drill' if body else 'manual'}"
        await owner.put(PATH, json=ARMED)
        await portal.answer()
        await owner.post(path, json=body)
        end = disabled(SINGLE, disabled_at=NOON + timedelta(minutes=1))
        again = enabled(SINGLE, version=3)
        if is_late:
            await portal.tell(again, end)
            await portal.answer()
        else:
            await portal.answer()
            await portal.tell(end, again)
        portal.clock.move(timedelta(minutes=2))
        await owner.put(PATH, json=ARMED)
        await portal.answer()

        entry = (await owner.get(PATH)).json()
        started = await owner.post(path, json=body)
        await portal.answer()

        assert (entry["state"], entry["causes"]) == ("ready", [])
        assert started.status_code == 202
        assert [wish["action"] for wish in await portal.sent()][-1] == "start"
        [cause] = (await owner.get(PATH)).json()["causes"]
        assert cause["since"] > "2026-11-23T12:02"

    async def test_a_drill_ends_when_forwarding_said(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()

        await owner.post(f"{PATH}/drill", json={"minutes": 20})
        await portal.answer(ends_at=NOON + timedelta(minutes=10))

        portal.clock.move(timedelta(minutes=9))
        assert len((await owner.get(PATH)).json()["causes"]) == 1
        portal.clock.move(timedelta(minutes=2))
        assert (await owner.get(PATH)).json()["causes"] == []

    @pytest.mark.parametrize("minutes", [0, 61, "x", None])
    async def test_a_drill_lasts_one_to_sixty_minutes(
        self, owner: httpx.AsyncClient, minutes: object
    ) -> None:
        answer = await owner.post(f"{PATH}/drill", json={"minutes": minutes})

        assert answer.json()["code"] == "invalid_field"


class TestSavedWhileDiverted:
    @pytest.fixture
    async def diverted(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> httpx.AsyncClient:
        await owner.put(PATH, json=ARMED)
        await portal.answer()
        await portal.tell(outage(), applied(SINGLE))
        return owner

    @pytest.mark.parametrize("change", [{"target": OFFICE}, {"enabled": False}])
    async def test_a_change_waits_for_its_answer_and_a_repeat_with_it(
        self, portal: Portal, diverted: httpx.AsyncClient, change: dict[str, object]
    ) -> None:
        first, again = [await diverted.put(PATH, json=change) for _ in range(2)]

        assert (first.status_code, again.status_code) == (202, 202)
        assert len(await portal.sent()) == 2
        shown = again.json()
        assert (shown["state"], shown["pending"]) == ("diverted", True)
        assert shown["target_in_effect"] == MOBILE
        await portal.answer()
        settled = await diverted.put(PATH, json=change)
        assert (settled.status_code, settled.json()["pending"]) == (200, False)

    async def test_the_story_says_so(
        self, portal: Portal, diverted: httpx.AsyncClient
    ) -> None:
        async def told() -> str:
            return " ".join((await diverted.get(f"{PATH}/why")).json()["sentences"])

        await diverted.put(PATH, json={"target": OFFICE})

        assert "wird übernommen" in await told()
        await portal.answer()
        assert "wird übernommen" not in await told()

    async def test_a_file_says_both(
        self, portal: Portal, diverted: httpx.AsyncClient
    ) -> None:
        await diverted.put(PATH, json={"target": OFFICE})

        waiting = (await diverted.get("/forwardings.csv")).text
        await portal.answer()
        settled = (await diverted.get("/forwardings.csv")).text

        assert "umgeleitet, wird übernommen" in waiting
        assert "umgeleitet;" in settled

    async def test_what_failed_waits_as_well(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()
        await portal.tell(
            ForwardingFailed(
                number=SINGLE,
                customer_number="C-1001",
                code="switch_away",
                attempts=3,
                version=4,
                failed_at=NOON,
            )
        )

        answers = [await owner.put(PATH, json={"target": OFFICE}) for _ in range(2)]

        assert [answer.status_code for answer in answers] == [202, 202]
        assert answers[1].json()["state"] == "failed"


class TestState:
    async def test_diverted_names_causes_target_and_outage(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()
        end = NOON + timedelta(hours=2)

        await portal.tell(outage(estimated_end=end), applied(SINGLE))

        entry = (await owner.get(PATH)).json()
        assert entry["state"] == "diverted"
        assert entry["target_in_effect"] == MOBILE
        assert entry["since"] == "2026-11-23T12:00:01Z"
        [cause] = entry["causes"]
        assert (cause["type"], cause["id"]) == ("outage", "O1")
        assert entry["outage"] == {
            "id": "O1",
            "kind": "fault",
            "since": "2026-11-23T12:00:00Z",
            "estimated_end": "2026-11-23T14:00:00Z",
            "voice_reachable": False,
            "clears_at": None,
            "flapping": False,
        }

    async def test_backup_keeps_the_number_ready_and_says_why(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()

        await portal.tell(outage(voice_reachable=True))

        entry = (await owner.get(PATH)).json()
        assert (entry["state"], entry["causes"]) == ("ready", [])
        assert entry["outage"]["voice_reachable"] is True

    async def test_an_outage_of_an_element_above_touches_the_line(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(outage(element="region-1", lines=()))

        entry = (await owner.get(PATH)).json()

        assert entry["outage"]["id"] == "O1"


class TestTenancy:
    @pytest.mark.parametrize(
        ("method", "path", "body"),
        [
            ("GET", PATH, None),
            ("PUT", PATH, ARMED),
            ("DELETE", PATH, None),
            ("GET", f"{PATH}/why", None),
            ("POST", f"{PATH}/manual", None),
            ("DELETE", f"{PATH}/manual", None),
            ("POST", f"{PATH}/drill", {"minutes": 5}),
            ("DELETE", f"{PATH}/drill", None),
            ("POST", "/targets/check", {"number": SINGLE, "target": MOBILE}),
            ("GET", "/outages/O1", None),
            ("GET", "/orders/order-1", None),
            ("DELETE", "/orders/order-1", None),
            ("POST", "/what-if", {"line": "L1"}),
            ("GET", "/forwardings?customer_number=C-1001", None),
        ],
    )
    @pytest.mark.usefixtures("owner")
    async def test_a_foreign_thing_is_like_an_unknown_one(
        self,
        portal: Portal,
        method: str,
        path: str,
        body: dict[str, object] | None,
    ) -> None:
        await portal.tell(outage(), applied(SINGLE))
        stranger = await portal.customer("C-2002")
        unknown = path.replace("33333", "30000").replace("/O1", "/O9")

        foreign = await stranger.request(method, path, json=body)
        missing = await stranger.request(method, unknown, json=body)

        assert foreign.status_code == missing.status_code == 404
        assert foreign.content == missing.content
        assert (await portal.actions())[-2:] == ["foreign_access"] * 2
        assert await portal.sent() == []

    async def test_nothing_foreign_is_listed(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()
        await portal.tell(outage(), applied(SINGLE))
        stranger = await portal.customer("C-2002")

        assert (await stranger.get("/forwardings")).json()["forwardings"] == []
        assert (await stranger.get("/outages")).json()["outages"] == []
        assert (await stranger.get("/history")).json()["history"] == []
        assert (await stranger.get("/coverage")).json()["numbers"] == []

    async def test_a_later_owner_sees_nothing_of_the_earlier_one(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()
        await portal.tell(applied(SINGLE), disabled(SINGLE))
        later = await portal.customer("C-2002")

        await portal.tell(enabled(SINGLE, customer="C-2002", version=3, line="L9"))

        entry = (await later.get(PATH)).json()
        assert (entry["state"], entry["rule"]["source"]) == ("inactive", "none")
        assert (await later.get("/history")).json()["history"] == []
        assert (await owner.get(PATH)).status_code == 404
        assert len((await owner.get("/history")).json()["history"]) == 2
        await later.put(PATH, json=ARMED)
        assert (await portal.sent())[-1]["version"] == 2

    async def test_the_same_owner_begins_anew_after_the_option_ended(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.put(PATH, json=ARMED)
        await portal.answer()

        await portal.tell(disabled(SINGLE), enabled(SINGLE, version=3))

        entry = (await owner.get(PATH)).json()
        assert (entry["state"], entry["rule"]["source"]) == ("inactive", "none")


class TestPaging:
    async def test_pages_hold_everything_once(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(
            connected("L2"),
            enabled(BLOCK, BLOCK_END),
            *(enabled(f"+49211222233{n}", line="L2") for n in range(34, 40)),
        )
        seen: list[str] = []
        cursor: str | None = None
        while True:
            params: dict[str, str | int] = {"limit": 3}
            if cursor:
                params["cursor"] = cursor
            page = (await owner.get("/forwardings", params=params)).json()
            seen += [entry["number"] for entry in page["forwardings"]]
            if not (cursor := page["next_cursor"]):
                break

        everything = (await owner.get("/forwardings")).json()["forwardings"]
        assert seen == [entry["number"] for entry in everything]
        assert len(seen) == 8

    async def test_two_blocks_that_begin_alike_stand_on_pages_of_their_own(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await owner.post("/orders", json={"product": "office-flat-ngn"})
        part = f"{BLOCK[:-3]}099"
        come = NumberPorted(
            number=BLOCK,
            last=BLOCK_END,
            customer_number="C-1001",
            line="L1",
            effective_on=TODAY + timedelta(days=3),
        )
        await portal.tell(enabled(BLOCK, part), come)

        first = (await owner.get("/forwardings", params={"limit": 2})).json()
        cursor = first["next_cursor"]
        params: dict[str, str | int] = {"limit": 2, "cursor": cursor}
        rest = (await owner.get("/forwardings", params=params)).json()

        shown = [*first["forwardings"], *rest["forwardings"]]
        assert [(one["number"], one["last"]) for one in shown] == [
            (SINGLE, None),
            (BLOCK, part),
            (BLOCK, BLOCK_END),
        ]

    async def test_refuses_a_place_to_go_on_from_that_it_never_gave(
        self, owner: httpx.AsyncClient
    ) -> None:
        answer = await owner.get("/forwardings", params={"cursor": "next"})

        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_field")

    async def test_finds_numbers_as_people_write_them(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(BLOCK, BLOCK_END))

        found = await owner.get("/forwardings", params={"query": "0221 4710"})

        assert [entry["number"] for entry in found.json()["forwardings"]] == [BLOCK]

    async def test_finds_what_the_page_finds(
        self, portal: Portal, owner: httpx.AsyncClient
    ) -> None:
        await portal.tell(enabled(OTHER_SINGLE, line="L-Köln_7"))

        async def found(query: str) -> list[str]:
            answer = await owner.get("/forwardings", params={"query": query})
            return [entry["number"] for entry in answer.json()["forwardings"]]

        assert await found("l-köln_7") == [OTHER_SINGLE]
        assert await found("%") == []
        assert await found("_") == []
        assert len(await found(" ")) == 2
