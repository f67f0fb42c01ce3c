"""All pages, in the order in which one looks at them."""

from typing import Final

from ops.dashboards import forwarding, impact, kafka, portal, services, signals, slo

PAGES: Final = (
    impact.PAGE,
    slo.PAGE,
    signals.PAGE,
    forwarding.PAGE,
    kafka.PAGE,
    portal.PAGE,
    services.PAGE,
)
