"""The composition root: what provisioning is made of."""

from starlette.applications import Starlette

from chassis.clock import Clock
from chassis.service import Service
from provisioning import handlers, retention_store
from provisioning.settings import Settings


def create_app(settings: Settings, *, clock: Clock | None = None) -> Starlette:
    """Return the service, not started yet."""
    service = Service("provisioning", settings, clock=clock)
    service.keeps(*retention_store.TABLES)
    handlers.register(service, calendar_poll=settings.calendar_poll)
    return service.app()
