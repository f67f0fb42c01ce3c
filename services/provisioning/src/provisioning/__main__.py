"""`python -m provisioning`."""

from chassis.commands import main
from chassis.settings import read
from provisioning.app import create_app
from provisioning.settings import Settings

if __name__ == "__main__":
    settings = read(Settings)
    main("provisioning", settings, lambda: create_app(settings))
