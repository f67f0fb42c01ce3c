"""The second half: lines fail, calls are diverted, lines come back."""

import time
from typing import Any

from contracts.forwardings import ForwardingApplied
from contracts.outages import OutageDetected
from devstack.demo.scene import (
    BLOCK,
    HERO,
    IN_BLOCK,
    MOBILE,
    OFF,
    OFFICE,
    OTHER_MOBILE,
    OWN_RULE,
    Failure,
    Scene,
)
from devstack.demo.telling import duration
from devstack.journey.seeing import must, seen


async def outage(scene: Scene) -> Failure:
    """Let the line fail, with the patience that a raw signal gets."""
    scene.tell.chapter("5 · The line fails")
    world = scene.world
    what: dict[str, Any] = {"lines": [scene.line(HERO)]}
    failure = Failure(scene, time.monotonic(), what)
    with scene.tell.step("Monitoring reports the line down; it is held back") as step:
        failure.alarm = await world.monitoring.down(**what)
        early = await world.switch.call(HERO)
        told = await failure.detected()
        held = time.monotonic() - failure.began
        must(f"a hold of {scene.hold:g} s", held > scene.hold * 0.9, duration(held))
        if scene.hold:
            must("no call is diverted before", not early["diverted"], early)
        step.saw(f"OutageDetected after a hold-down of {scene.hold:g} s")
        confirmed = time.monotonic()
    with scene.tell.step("From OutageDetected on, calls ring at the mobile") as step:
        await world.switch.rings_at(HERO, MOBILE)
        step.took(time.monotonic() - confirmed)
        applied = await failure.applied(HERO)
        must("the mobile", applied.target == MOBILE, applied)
        step.saw(f"{HERO} → {MOBILE}; ForwardingApplied names {_short(told)}")
    with scene.tell.step("The customer's open page shows it by itself") as step:
        news = await scene.live.heard(
            "a live event of the diversion",
            "forwarding",
            lambda entry: entry["number"] == HERO and entry["state"] == "diverted",
        )
        step.took(max(0.0, news.at - confirmed))
        causes = [cause["id"] for cause in news.data["causes"]]
        must("it names the outage", causes == [told.outage_id], causes)
        step.saw("umgeleitet, with its cause; no reload")
    return failure


async def change_in_the_middle(scene: Scene) -> None:
    """Change the target while calls are diverted."""
    with scene.tell.step("He changes the target while the line is down") as step:
        began = time.monotonic()
        await scene.browser.set_rule(HERO, target="0152 28817386", enabled=True)
        await scene.world.switch.rings_at(HERO, OTHER_MOBILE)
        step.took(time.monotonic() - began)
        await scene.world.ears.hear(
            "the new target is in effect",
            ForwardingApplied,
            lambda event: scene.is_mine(event, HERO) and event.target == OTHER_MOBILE,
        )
        step.saw(f"{HERO} → {OTHER_MOBILE} at once")


async def overlap(scene: Scene, first: Failure) -> None:
    """Let the access node fail too; one end does not end the diversion."""
    world = scene.world
    second = Failure(scene, time.monotonic(), {"element": scene.node})
    with scene.tell.step("The access node above it fails as well") as step:
        second.alarm = await world.monitoring.down(confirmed=True, **second.what)
        await second.detected()
        await _causes(scene, 2)
        step.saw("still one diversion, now with two causes")
    with scene.tell.step("The line's outage is over: nothing changes") as step:
        await world.monitoring.up(first.alarm)
        await first.cleared()
        await _causes(scene, 1)
        await world.switch.rings_at(HERO, OTHER_MOBILE, within=1)
        step.saw(f"after a hold-up of {scene.hold:g} s; calls still ring at the mobile")
    with scene.tell.step("The node's outage is over: calls ring at the line") as step:
        took = await second.ends(HERO)
        step.took(took)
        await _told_off(scene, HERO)
        step.saw("ForwardingApplied: off; once on and once off for both outages")


async def _causes(scene: Scene, count: int) -> None:
    entry = await seen(
        f"{count} causes in the portal",
        lambda: scene.browser.forwarding(HERO),
        lambda entry: len(entry["causes"]) == count,
    )
    must("umgeleitet", entry["state"] == "diverted", entry)


async def _told_off(scene: Scene, number: str) -> None:
    await scene.world.ears.hear(
        f"{number} is off again",
        ForwardingApplied,
        lambda event: scene.is_mine(event, number) and not event.in_effect,
    )
    told = scene.world.ears.all(ForwardingApplied, lambda e: scene.is_mine(e, number))
    ons_and_offs = [e.reason for e in told if e.reason in {"outage", "cleared"}]
    must("one on, one off", ons_and_offs == ["outage", "cleared"], ons_and_offs)


async def block(scene: Scene) -> None:
    """Divert a block in which one number has its own rule and one is off."""
    scene.tell.chapter("6 · A block, and exceptions in it")
    put = scene.browser.set_rule
    with scene.tell.step("A rule for ten numbers, two exceptions inside") as step:
        await put(BLOCK[0], target=MOBILE, enabled=True)
        await put(OWN_RULE, target=OFFICE, enabled=True)
        await put(OFF, enabled=False)
        step.saw(f"…{OWN_RULE[-3:]} has its own target, …{OFF[-3:]} is Inaktiv")
    where = {"lines": [scene.line(BLOCK[0])]}
    with scene.tell.step("Its line fails") as step:
        failure = await scene.fails(where, IN_BLOCK, MOBILE)
        step.took(failure.diverted_after)
        rings = scene.world.switch.rings_at
        await rings(OWN_RULE, OFFICE)
        await rings(OFF, OFF, within=1)
        await rings(f"{IN_BLOCK}7", MOBILE, within=1)
        step.saw("block → mobile, own rule → office, Inaktiv → stays, …9117 as …911")
    with scene.tell.step("The line is back") as step:
        step.took(await failure.ends(IN_BLOCK, OWN_RULE))
        step.saw("all ten ring at their line")


async def false_alarm(scene: Scene) -> None:
    """Withdraw an outage, and rehearse one."""
    scene.tell.chapter("8 · A false alarm, and a rehearsal")
    world = scene.world
    with scene.tell.step("An operator withdraws an outage") as step:
        where = {"lines": [scene.line(HERO)]}
        already = {event.outage_id for event in world.ears.all(OutageDetected)}
        failure = await scene.fails(where, HERO, OTHER_MOBILE)
        told = await world.ears.hear(
            "a new outage", OutageDetected, lambda e: e.outage_id not in already
        )
        began = time.monotonic()
        await world.monitoring.withdraw(told.outage_id)
        await world.switch.rings_at_home(HERO)
        step.took(time.monotonic() - began)
        await seen(
            "the portal calls it withdrawn",
            lambda: scene.browser.get(f"/outages/{told.outage_id}"),
            lambda outage: outage["reason"] == "withdrawn",
        )
        await world.monitoring.up(failure.alarm)
        step.saw("calls ring at the line at once; the portal says zurückgezogen")
    with scene.tell.step("The customer rehearses") as step:
        began = time.monotonic()
        await scene.browser.start_drill(HERO)
        await world.switch.rings_at(HERO, OTHER_MOBILE)
        step.took(time.monotonic() - began)
        entry = await scene.browser.forwarding(HERO)
        kinds = [cause["type"] for cause in entry["causes"]]
        must("the cause is a drill", kinds == ["drill"], entry)
        await scene.browser.stop_drill(HERO)
        await world.switch.rings_at_home(HERO)
        step.saw("diverted as in an outage, and home again when he stops it")


def _short(outage: OutageDetected) -> str:
    return f"outage {outage.outage_id[:8]}…"
