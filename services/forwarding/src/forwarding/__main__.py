"""Run forwarding: `python -m forwarding`."""

import argparse

from chassis.clock import SystemClock
from chassis.commands import Command, main, moment
from chassis.settings import read
from forwarding import handlers, over
from forwarding.app import create_app
from forwarding.hold import set_hold
from forwarding.settings import Settings
from forwarding.switch_command import switch_command
from forwarding.versions import go_past_told, open_pool


def _hold(settings: Settings) -> Command:
    async def run(arguments: argparse.Namespace) -> str:
        held = arguments.state == "on"
        url = settings.database_url.get_secret_value()
        async with await open_pool(url, size=2) as pool:
            changed = await set_hold(pool, held=held, at=SystemClock().now())
        if not changed:
            return "Nothing to do: it is so already."
        return (
            "Every forwarding is taken off and held off."
            if held
            else "Forwardings follow the facts again."
        )

    return Command(
        "hold",
        "the kill switch: take every forwarding off and hold it off, or lift that",
        run,
        {"state": {"choices": ["on", "off"]}},
    )


def _tell_over(settings: Settings) -> Command:
    async def run(arguments: argparse.Namespace) -> str:
        count = await over.tell_over_since(settings, arguments.since)
        return f"{count} outages are told to be over; the running service tells it."

    return Command(
        "tell-over",
        "after a restore: tell once more that outages are over which began since then",
        run,
        {"--since": {"type": moment, "required": True, "help": "as for rewind"}},
    )


if __name__ == "__main__":
    settings = read(Settings)
    main(
        "forwarding",
        settings,
        lambda: create_app(settings),
        _hold(settings),
        switch_command(settings),
        _tell_over(settings),
        replays=handlers.REPLAYED,
        goes_on=lambda: go_past_told(settings),
    )
