"""What is said of sources: how long each is silent, and who is gone for good."""

from typing import Any

from outage_watcher.usecases.telling import GONE_AFTER, Telling
from support.figures import Figures
from support.watching import at

UP = "outage_source_up"
SILENT = "outage_source_silent_from_timestamp_seconds"
HEARTBEAT = "outage_source_last_heartbeat_timestamp_seconds"


def row(name: str, *, silent_from: float) -> dict[str, Any]:
    return {"name": name, "heartbeat_at": at(0), "silent_at": at(silent_from)}


async def test_a_source_is_silent_when_its_own_time_is_over() -> None:
    rows = [row("patient", silent_from=3600), row("quick", silent_from=60)]
    Telling({"patient", "quick"}).gauge_sources(rows, {"quick": at(60)}, {}, at(70))

    figures = Figures()
    assert await figures.now(SILENT, source="patient") == at(3600).timestamp()
    assert await figures.now(SILENT, source="quick") == at(60).timestamp()
    assert await figures.now(UP, source="patient") == 1
    assert await figures.now(UP, source="quick") == 0


async def test_of_sources_that_no_setting_names_the_first_to_be_silent_counts() -> None:
    rows = [row("lively", silent_from=3600), row("silent", silent_from=60)]
    Telling({"patient"}).gauge_sources(rows, {"silent": at(60)}, {}, at(70))

    figures = Figures()
    assert await figures.now(SILENT, source="other") == at(60).timestamp()
    assert await figures.now(UP, source="other") == 0


async def test_one_that_is_gone_for_good_does_not_page_for_ever() -> None:
    rows = [row("retired", silent_from=60)]
    later = at(60) + GONE_AFTER
    telling = Telling({"patient"})
    telling.gauge_sources(rows, {"retired": at(60)}, {}, at(70))
    telling.gauge_sources(rows, {"retired": at(60)}, {}, later)

    figures = Figures()
    for name in (UP, SILENT, HEARTBEAT):
        assert await figures.now(name, source="retired") is None
        assert await figures.now(name, source="other") is None
