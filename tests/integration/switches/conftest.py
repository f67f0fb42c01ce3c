from collections.abc import AsyncIterator, Iterator

import pytest

from support.rigs import Rig, kamailio_rig, simulated_rig
from support.sip_lab import SipLab, sip_lab

RIGS = {"simulated": simulated_rig, "kamailio": kamailio_rig}


@pytest.fixture(scope="module", params=RIGS)
async def running(request: pytest.FixtureRequest) -> AsyncIterator[Rig]:
    async with RIGS[request.param]() as rig:
        yield rig


@pytest.fixture
async def rig(running: Rig) -> Rig:
    """A switch that knows nothing, and calls to see what it does."""
    await running.forget()
    return running


@pytest.fixture(scope="module")
async def running_lab() -> AsyncIterator[SipLab]:
    async with sip_lab("-A", "LINE_FR_MS=400", "-A", "FR_MS=1500") as lab:
        yield lab


@pytest.fixture
def versions() -> Iterator[int]:
    return iter(range(1, 10_000))
