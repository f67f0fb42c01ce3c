"""People of the demo data."""

from dataclasses import dataclass

import httpx

from devstack.journey.portal import Json, Portal


@dataclass(frozen=True)
class At:
    """A demo customer at his browser, and a number of his for one test."""

    browser: Portal
    customer: Json
    number: str
    http: httpx.AsyncClient
