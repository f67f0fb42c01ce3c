"""The whole story of the product, played on a real stack: `make demo`."""

import os
import sys
import time
from dataclasses import replace
from datetime import timedelta

import httpx
from pydantic import TypeAdapter

from devstack.background import running_stack
from devstack.demo import ending, failing, setting_up
from devstack.demo.scene import HERO, MOBILE, Scene
from devstack.demo.telling import Teller
from devstack.demo.whole_node import whole_node
from devstack.journey.live import live
from devstack.journey.network import Refused
from devstack.journey.portal import Problem
from devstack.journey.seeing import NotSeen
from devstack.journey.world import urls, world
from devstack.programs import DEMO_HOLD
from devstack.settings import Settings


async def play(settings: Settings) -> int:
    """Play it on the stack of this folder, or on one that runs as long; 0: all seen."""
    tell = Teller()
    with running_stack(replace(settings, demo_data=False)):
        began = time.monotonic()
        try:
            async with world(settings) as around:
                await ending.clear_the_stage(around)
                scene = Scene(around, tell, _hold())
                await _play(scene)
        except (NotSeen, Problem, Refused, httpx.HTTPError) as error:
            return _broken_off(tell, error)
        tell.end(time.monotonic() - began)
        _where_to_go_on(settings, tell)
    return 0


async def _play(scene: Scene) -> None:
    await setting_up.order(scene)
    await setting_up.porting(scene)
    browser = await scene.world.browser()
    await setting_up.first_login(scene, browser)
    async with live(browser) as heard:
        scene.enters(browser, heard)
        await setting_up.targets(scene)
        await scene.shows_call(HERO, HERO)
        line_down = await failing.outage(scene)
        await scene.shows_call(HERO, MOBILE)
        await failing.change_in_the_middle(scene)
        await failing.overlap(scene, line_down)
        await scene.shows_call(HERO, HERO)
        await failing.block(scene)
        await whole_node(scene)
        await failing.false_alarm(scene)
        await ending.leave(scene)


def _hold() -> float:
    """Return how long a raw signal of the demo is held back."""
    text = os.environ.get("OUTAGE_WATCHER_HOLD_DOWN", DEMO_HOLD)
    return TypeAdapter(timedelta).validate_python(text).total_seconds()


def _broken_off(tell: Teller, error: Exception) -> int:
    if not tell.steps:
        print(f"The story could not begin: {error}", file=sys.stderr)
    return 1


def _where_to_go_on(settings: Settings, tell: Teller) -> None:
    tell.say("Go on yourself: `make up` keeps a stack with nine customers running.")
    tell.say(f"  portal  {urls(settings)['portal-gateway']}")
    tell.say(f"  logins  {settings.dev_dir / 'demo.json'}")
