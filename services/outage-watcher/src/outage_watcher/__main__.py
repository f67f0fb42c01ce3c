"""`python -m outage_watcher [serve | outages | maintenance | …]`."""

import sys

from chassis.commands import audit, main
from chassis.settings import read
from outage_watcher import after_loss, command_line, dry_run
from outage_watcher.app import create_app
from outage_watcher.intake import NAME
from outage_watcher.settings import Settings

if __name__ == "__main__":
    if dry_run.is_asked_for(sys.argv):
        sys.exit(dry_run.main(sys.argv[2:]))  # needs no database and no Kafka
    settings = read(Settings)
    main(
        NAME,
        settings,
        lambda: create_app(settings),
        dry_run.COMMAND,
        *command_line.commands(settings),
        *after_loss.commands(settings),
        audit(settings),
    )
