"""
The story of an outage, an order or a number: who, what, when and why.

Read from the topics of Kafka and the logs of the services, which keep the same trace;
phone numbers are masked unless whoever asks may see them and says so.
"""

import argparse
import os
from pathlib import Path

from chassis.clock import SystemClock
from contracts.phone_number import mask
from devstack.clients import brokers
from devstack.errors import StackError
from devstack.rights import AUDITOR
from devstack.settings import Settings
from devstack.story.gathering import gather
from devstack.story.plot import plot
from devstack.story.subject import Subject, subject
from devstack.story.telling import show

KINDS = ("outage", "order", "number")


async def tell(settings: Settings, arguments: list[str]) -> int:
    """Print the story that the arguments ask for; 1 where there is none."""
    parser = argparse.ArgumentParser(
        prog="python -m devstack story", description=__doc__
    )
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("id", help="an outage's id or its start, an order's, or +49…")
    parser.add_argument("--reveal", action="store_true", help="show whole numbers")
    parser.add_argument(
        "--logs",
        type=Path,
        default=settings.logs,
        help="folder with the services' logs",
    )
    asked = parser.parse_args(arguments)
    about = subject(asked.kind, asked.id)
    if asked.reveal:
        _allow(settings, about)
    gathered = await gather(brokers(settings, AUDITOR), about, asked.logs)
    lines = plot(about, gathered, hide=not asked.reveal)
    show(about, lines, hide=not asked.reveal)
    return 0 if lines else 1


def _allow(settings: Settings, about: Subject) -> None:
    """Let whoever holds the stack's secrets see numbers, and note that he did."""
    me = os.geteuid()
    folder = settings.secrets
    if not folder.is_dir() or (me != 0 and folder.stat().st_uid != me):
        raise StackError(
            "Whole numbers are for who holds the secrets of this stack "
            f"({folder}). Without --reveal the story comes with masked ones."
        )
    settings.logs.mkdir(parents=True, exist_ok=True)
    shown = mask(about.id) if about.kind == "number" else about.id
    with (settings.logs / "revealed.log").open("a", encoding="utf-8") as log:
        at = SystemClock().now().isoformat(timespec="seconds")
        user = os.environ.get("SUDO_USER") or os.environ.get("USER") or str(me)
        log.write(f"{at} {user} saw whole numbers of {about.kind} {shown}\n")
