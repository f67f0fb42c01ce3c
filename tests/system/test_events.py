"""What others hear and say: live events, signals, messages on Kafka."""

import time
from typing import Any

import httpx

from contracts.options import OptionEnabled
from contracts.orders import OrderPlaced
from devstack.journey.live import live
from devstack.journey.world import World
from support.demo_people import At

Demo = dict[str, Any]


class TestLiveEvents:
    async def test_come_within_a_second(self, office: At, around: World) -> None:
        number = "+4921122223336"
        async with live(office.browser) as heard:
            began = time.monotonic()
            alarm = await around.monitoring.down(
                lines=office.customer["lines"], confirmed=True
            )
            news = await heard.heard(
                "diverted",
                "forwarding",
                lambda e: e["number"] == number and e["state"] == "diverted",
            )
            await around.monitoring.up(alarm)
            await heard.heard(
                "ready again",
                "forwarding",
                lambda e: e["number"] == number and e["state"] == "ready",
                after=news.at,
            )

        assert news.at - began < 1
        assert news.data["target_in_effect"] == "+4917717712345"
        assert news.data["outage"]["kind"] == "fault"
        [outage, *_] = (await office.browser.get("/outages"))["outages"]
        assert outage["id"] == news.data["outage"]["id"]
        assert (await office.browser.get("/history"))["history"]


class TestSignals:
    async def test_need_the_secret(
        self, demo: Demo, anybody: httpx.AsyncClient
    ) -> None:
        url = f"{demo['services']['outage-watcher']}/v1/signals"
        body = {"source": "demo", "alarm_id": "a", "state": "down", "lines": ["x"]}

        answer = await anybody.post(url, json=body)

        assert answer.status_code == httpx.codes.UNAUTHORIZED

    async def test_a_dry_run_says_how_it_was_read(self, around: World) -> None:
        signal = {"source": "demo", "alarm_id": "dry", "state": "down"}

        said = await around.monitoring.post(
            "/v1/signals?dry_run=true",
            [signal | {"lines": ["L-1"]}, signal | {"state": "broken"}, signal],
        )

        [read] = said["signals"]
        assert (read["state"], read["line"], read["element"]) == ("down", "L-1", None)
        assert len(said["rejected"]) == 1
        assert len(said["quarantined"]) == 1
        assert said["heartbeats"] == []


class TestEvents:
    async def test_are_cloudevents_in_binary_mode(
        self, around: World, demo: Demo
    ) -> None:
        number = demo["newcomer"]["customer_number"]
        order = await around.agent.order(
            customer_number=number, product="sip-trunk-2.0", channel="phone"
        )
        await around.ears.hear(
            "the order", OrderPlaced, lambda e: e.order_id == order["order_id"]
        )

        for kind in (OrderPlaced, OptionEnabled):
            for heard in around.ears.envelopes(kind):
                assert heard.headers["ce_specversion"] == "1.0"
                assert heard.headers["ce_type"] == kind.topic()
                assert heard.headers["ce_source"] == kind.source
                assert heard.headers["ce_id"]
                assert heard.headers["ce_time"]
