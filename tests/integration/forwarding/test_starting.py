"""Forwarding starts while Kafka is away: what the switch has to do does not wait."""

from chassis.clock import SystemClock
from contracts.event import new_id
from devstack.ports import free_port
from forwarding.flip_store import FlipStore, detected
from support.forwarding_facts import MOBILE
from support.forwarding_lab import Lab
from support.stack import Stack, fresh_database
from support.switch_lab import SwitchLab
from support.waiting import eventually
from support.wires import forwarded, port_of


async def test_calls_divert_before_kafka_is_back_and_are_told_then(
    stack: Stack, kafka: str, switch: SwitchLab, number: str, line: str
) -> None:
    async with (
        fresh_database(stack) as database,
        Lab(kafka, database, switch).listening() as lab,
    ):
        async with lab.serving():
            await lab.open(number, line)
            await lab.arm(number, MOBILE)
        # What a crash leaves that comes between the record and the flip.
        fact = detected(lab.facts.detected(new_id(), line))
        store = FlipStore(lab.pool)
        await store.record([fact], at=SystemClock().now(), first=8)
        await store.close()
        port = free_port()
        app = lab.app(kafka_bootstrap_servers=f"127.0.0.1:{port}")
        async with app.router.lifespan_context(app):
            await lab.until_rings(number, MOBILE)
            assert not app.state.service.started
            assert lab.story(number) == []

            async def told() -> bool:
                return lab.story(number) == [f"on {MOBILE}"]

            async with forwarded(port, port_of(kafka)):
                await eventually(told, within=20)
