"""The composition root: what provisioning is made of."""

from starlette.applications import Starlette

from chassis.clock import Clock
from chassis.service import Service
from provisioning import handlers
from provisioning.settings import Settings


def create_app(settings: Settings, *, clock: Clock | None = None) -> Starlette:
    """Return the service, not started yet."""
    service = Service("provisioning", settings, clock=clock)
    handlers.register(service, calendar_poll=settings.calendar_poll)
    return service.app()
