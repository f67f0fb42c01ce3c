"""`python -m outage_watcher [serve | dead-letters …]`."""

from chassis.commands import main
from outage_watcher.app import NAME, create_app
from outage_watcher.settings import Settings

if __name__ == "__main__":
    settings = Settings()
    main(NAME, settings, lambda: create_app(settings))
