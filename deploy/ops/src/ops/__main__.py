"""
What SREs look at.

  up             Prometheus, Alertmanager and the page beside the stack that runs
  shell SERVICE  a shell in which the commands of the runbooks work as they stand
  generate       write the dashboards and the rules of the objectives anew
"""

import argparse
import signal
import sys
from collections.abc import Callable
from functools import partial

import uvicorn

from devstack import processes
from devstack.console import complain, say
from devstack.errors import StackError
from devstack.settings import Settings as Stack
from ops import servers, shell
from ops.server import create_app
from ops.settings import Settings


def require(stack: Stack) -> None:
    """Raise StackError, which says how to start one, unless the stack runs."""
    if not processes.recorded(stack.run / "stack.pid"):
        raise StackError(
            f"No stack runs in {stack.dev_dir}. Start one with make up, leave it "
            "running, and try again in a second terminal. One that runs with another "
            "DEV_DIR, or with ports of its own, is found with the same variables."
        )


def up() -> int:
    """Serve until Ctrl-C."""
    settings = Settings.from_env()
    require(settings.stack)
    with servers.running(settings):
        say(f"Dashboards    {settings.url}")
        say(f"Prometheus    {settings.prometheus}")
        say(f"Alertmanager  {settings.alertmanager}")
        say("Stop with Ctrl-C.")
        uvicorn.run(
            create_app(settings),
            host="127.0.0.1",
            port=settings.port,
            log_level="warning",
            timeout_graceful_shutdown=3,
        )
    return 0


def generate() -> int:
    """Write what is generated."""
    from ops.generate import write  # noqa: PLC0415 - needs a library for developers

    changed = write()
    for path in changed:
        say(f"Written: {path.name} in {path.parent.name}")
    say(f"{len(changed)} files changed")
    return 0


COMMANDS: dict[str, Callable[[], int]] = {"up": up, "generate": generate}
SHELL = "shell"


def enter(name: str) -> int:
    """Open the shell of a service."""
    stack = Stack.from_env()
    require(stack)
    return shell.enter(stack, name)


def main(arguments: list[str]) -> int:
    """Run one command; an error that a person can mend is one paragraph."""
    parser = argparse.ArgumentParser(
        prog="python -m ops",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("command", choices=[*COMMANDS, SHELL], metavar="command")
    parser.add_argument("service", nargs="?", choices=shell.NAMES)
    asked = parser.parse_args(arguments)
    if (asked.command == SHELL) != bool(asked.service):
        parser.error(f"{SHELL} needs a service, and nothing else takes one")
    command = COMMANDS.get(asked.command) or partial(enter, asked.service)
    # By default this would skip the cleaning up.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        return command()
    except StackError as error:
        complain(str(error))
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
