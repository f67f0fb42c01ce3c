from collections.abc import AsyncIterator

import pytest

from support.rigs import Rig, kamailio_rig, ngcp_rig, simulated_rig, xcap_rig
from support.sip_lab import SipLab, sip_lab
from support.stack import Stack

RIGS = {
    "simulated": simulated_rig,
    "kamailio": kamailio_rig,
    "xcap": xcap_rig,
    "ngcp": ngcp_rig,
}


@pytest.fixture(scope="module", params=RIGS)
async def running(request: pytest.FixtureRequest, stack: Stack) -> AsyncIterator[Rig]:
    async with RIGS[request.param](stack) as rig:
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
