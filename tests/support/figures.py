"""What /metrics says, and how it moved since a test began to look."""

import httpx
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette
from starlette.routing import Route

from chassis import metrics

Key = tuple[str, frozenset[tuple[str, str]]]


class Figures:
    """The figures of this process, as a Prometheus would read them."""

    def __init__(self) -> None:
        self._app = Starlette(routes=[Route("/metrics", metrics.show)])
        self._before: dict[Key, float] = {}

    async def remember(self) -> None:
        """Let what follows be measured from here."""
        self._before = await self._all()

    async def moved(self, name: str, **labels: str) -> float:
        """Return by how much a sample moved; the label `from` is given as `from_`."""
        key = _key(name, labels)
        moved = (await self._all()).get(key, 0.0) - self._before.get(key, 0.0)
        # Sums are of floats, and begin with what other tests of the process added.
        return round(moved, 6)

    async def now(self, name: str, **labels: str) -> float | None:
        """Return a sample, or None where there is none."""
        return (await self._all()).get(_key(name, labels))

    async def _all(self) -> dict[Key, float]:
        transport = httpx.ASGITransport(self._app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://service"
        ) as client:
            text = (await client.get("/metrics")).text
        return {
            (sample.name, frozenset(sample.labels.items())): sample.value
            for family in text_string_to_metric_families(text)
            for sample in family.samples
        }


def _key(name: str, labels: dict[str, str]) -> Key:
    plain = {label.rstrip("_"): value for label, value in labels.items()}
    return name, frozenset(plain.items())
