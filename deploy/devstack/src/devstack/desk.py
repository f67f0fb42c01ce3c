"""
What people ask of an installation on Kafka: `python -m devstack.desk`.

    tell NumberProvisioned '{"number": "+49…", "customer_number": "…", …}'
    story outage | order | number ID

The image `release` has it; docs/operating/commands.md says how it is run. It comes to
Kafka as KAFKA_USERNAME: `auditor` reads stories, `inventory` and its like tell.
"""

import asyncio
import sys

from devstack import story, telling
from devstack.console import complain, say
from devstack.errors import StackError
from devstack.settings import Settings


def main(arguments: list[str]) -> int:
    """Run one command; an error that a person can mend is one paragraph."""
    if arguments[:1] in (["-h"], ["--help"]):
        say(str(__doc__).strip())
        return 0
    try:
        return asyncio.run(_run(Settings.from_env(), arguments))
    except StackError as error:
        complain(str(error))
        return 1


async def _run(settings: Settings, arguments: list[str]) -> int:
    match arguments:
        case ["tell", topic, text]:
            event_id = await telling.tell(settings, topic, text)
            say(f"Kafka has it: {topic} {event_id}")
            return 0
        case ["story", *asked]:
            return await story.tell(settings, asked)
        case _:
            complain(str(__doc__).strip())
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
