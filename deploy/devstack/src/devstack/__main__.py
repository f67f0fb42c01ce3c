"""
Kafka, PostgreSQL and the services on one machine.

  prepare   fetch the servers and make their data folders
  up        start everything, stay until Ctrl-C or `down`
  down      stop the stack of DEV_DIR
  clean     stop it and remove its data
  deploy    create topics, roles, schemas and tables on the servers that run
  demo      play the whole story
  bench     measure
  story     tell what became of an outage, an order or a number: story --help
  lock      write the servers' lock file anew
"""

import argparse
import asyncio
import logging
import signal
import sys
import time
from collections.abc import Callable
from functools import partial

from devstack import hooks, processes, story, supervise
from devstack.artifacts import relock
from devstack.console import complain, say
from devstack.deploy import deploy, wait_for_servers
from devstack.errors import StackError
from devstack.settings import Settings


def prepare(settings: Settings) -> int:
    """Fetch and unpack, and say how long it took."""
    started = time.monotonic()
    supervise.prepare(settings, say)
    say(f"Prepared in {time.monotonic() - started:.1f} s")
    return 0


def down(settings: Settings) -> int:
    """Stop the stack."""
    supervise.down(settings)
    return 0


def clean(settings: Settings) -> int:
    """Stop the stack and forget it."""
    supervise.clean(settings)
    return 0


def settle(settings: Settings) -> int:
    """Bring a stack that has been started into service; `up` runs this."""
    processes.record(settings.run / "settle.pid")
    asyncio.run(supervise.settle(settings))
    supervise.stay(settings)
    return 0


def deploy_now(settings: Settings) -> int:
    """Deploy to servers that run."""

    async def steps() -> None:
        await wait_for_servers(settings)
        await deploy(settings, say)

    asyncio.run(steps())
    return 0


def lock(_: Settings) -> int:
    """Pin the servers' files."""
    say(f"Pinned {relock()} files")
    return 0


def demo(settings: Settings) -> int:
    """Play the story."""
    return asyncio.run(hooks.call("demo", "play", settings))


def bench(settings: Settings) -> int:
    """Measure."""
    return asyncio.run(hooks.call("bench", "measure", settings))


def _story(settings: Settings, arguments: list[str]) -> int:
    return asyncio.run(story.tell(settings, arguments))


COMMANDS: dict[str, Callable[[Settings], int]] = {
    "prepare": prepare,
    "up": supervise.up,
    "down": down,
    "clean": clean,
    "settle": settle,
    "deploy": deploy_now,
    "demo": demo,
    "bench": bench,
    "lock": lock,
}


def main(arguments: list[str]) -> int:
    """Run one command; an error that a person can mend is one paragraph."""
    parser = argparse.ArgumentParser(
        prog="python -m devstack",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=[*COMMANDS, "story"], metavar="command")
    asked, more = parser.parse_args(arguments[:1]).command, arguments[1:]
    if more and asked != "story":
        parser.error(f"unrecognized arguments: {' '.join(more)}")
    command = COMMANDS.get(asked) or partial(_story, arguments=more)
    # Kafka's client logs each refused attempt as an error; while waiting they are none.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    # By default this would skip the cleaning up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return command(Settings.from_env())
    except StackError as error:
        complain(str(error))
    except ExceptionGroup as group:
        mendable, rest = group.split(StackError)
        for each in _flat(mendable):
            complain(str(each))
        if rest:
            raise rest from None
    except KeyboardInterrupt:
        return 130
    return 1


def _flat(group: ExceptionGroup[StackError] | None) -> list[Exception]:
    found: list[Exception] = []
    for error in group.exceptions if group else ():
        found += _flat(error) if isinstance(error, ExceptionGroup) else [error]
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
