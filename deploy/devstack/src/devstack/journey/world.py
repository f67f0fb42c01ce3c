"""Everybody around one running stack."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass

import httpx

from chassis.clock import SystemClock
from devstack import logins
from devstack.errors import StackError
from devstack.journey import letters
from devstack.journey.carrier import BY_TOPIC, Carrier, Ears, carrier, ears
from devstack.journey.network import TIMEOUT, Monitoring, SwitchView, switch_view
from devstack.journey.portal import Portal, Problem
from devstack.logins import Login
from devstack.programs import sources
from devstack.settings import SERVICES, Settings


@dataclass(frozen=True, slots=True)
class World:
    """The people and systems that meet our services."""

    settings: Settings
    carrier: Carrier
    ears: Ears
    monitoring: Monitoring
    switch: SwitchView
    agent: Portal
    agent_login: Login
    _open: contextlib.AsyncExitStack

    async def browser(self, language: str = "de") -> Portal:
        """Return a browser in which nobody is logged in; it closes with the world."""
        return await self._open.enter_async_context(Portal(self.gateway, language))

    @property
    def gateway(self) -> str:
        """Return where the portal is."""
        return urls(self.settings)["portal-gateway"]

    def letter(self, customer_number: str) -> Login:
        """Open the newest letter to a customer; raises NotSeen where there is none."""
        return letters.newest(self.settings.dev_dir / "letters", customer_number)

    async def first_login(self, customer_number: str, login: Login) -> Portal:
        """Log in with the posted password and change both, as everybody must."""
        letter = await asyncio.to_thread(self.letter, customer_number)  # slow to open
        browser = await self.browser()
        if await browser.log_in(letter.username, letter.password):
            await browser.change_credentials(
                login.username, login.password, letter.password
            )
        return browser


@contextlib.asynccontextmanager
async def world(
    settings: Settings, topics: Iterable[str] = BY_TOPIC
) -> AsyncIterator[World]:
    """Meet everybody around a stack that runs; the agent is logged in."""
    async with contextlib.AsyncExitStack() as opened:
        http = await opened.enter_async_context(httpx.AsyncClient(timeout=TIMEOUT))
        agent = await opened.enter_async_context(
            Portal(urls(settings)["portal-gateway"])
        )
        yield World(
            settings=settings,
            carrier=await opened.enter_async_context(carrier(settings)),
            ears=await opened.enter_async_context(ears(settings, topics)),
            monitoring=Monitoring(
                http, urls(settings)["outage-watcher"], sources(settings)
            ),
            switch=await opened.enter_async_context(switch_view(settings, http)),
            agent=agent,
            agent_login=await _log_in_agent(settings, agent),
            _open=opened,
        )


async def _log_in_agent(settings: Settings, browser: Portal) -> Login:
    """Create him only where the log-in fails: that takes a process of its own."""
    login = logins.login(settings, logins.AGENT)
    try:
        await browser.log_in(login.username, login.password)
    except Problem as problem:
        if problem.code == "second_factor_required":
            raise StackError(
                f"{login.username} has a second factor, so nobody can log in for him. "
                "Remove it in the portal, or begin anew in another DEV_DIR."
            ) from None
        if problem.code != "invalid_credentials":
            raise
        await logins.create_staff(settings, logins.AGENT)
        await browser.log_in(login.username, login.password)
    return login


def urls(settings: Settings) -> dict[str, str]:
    """Return where each service answers HTTP."""
    return {service.name: settings.url(service) for service in SERVICES}


def stamp() -> str:
    """Return a text that no earlier run had, for customer numbers and lines."""
    return f"{SystemClock().now():%y%m%d%H%M%S%f}"[:-3]
