"""From a line that really fails, by real monitoring, to the switch and back."""

from pathlib import Path

from devstack.journey.seeing import seen
from devstack.journey.world import World, urls
from devstack.programs import sources
from devstack.settings import Settings
from support.demo_people import At
from support.monitoring import Monitoring, monitoring

NUMBER = "+4921122223338"
TARGET = "+4915228817386"


async def test_a_line_that_really_fails_is_forwarded_and_comes_back(
    office: At, around: World, running: Settings, tmp_path: Path
) -> None:
    await office.browser.set_rule(NUMBER, target="015228817386", enabled=True)
    [line] = {
        entry["line"]
        for entry in await office.browser.forwardings()
        if entry["number"] == NUMBER
    }
    hook = f"{urls(running)['outage-watcher']}/v1/webhooks/alertmanager"
    secret = sources(running)["alertmanager"]
    programs = Monitoring(tmp_path / "programs", hook, secret, line)

    async with monitoring(programs):
        await programs.target.stop()
        await around.switch.rings_at(NUMBER, TARGET)
        await seen("the alert", programs.alerts, lambda found: line in found)

        await programs.target.start()
        await around.switch.rings_at_home(NUMBER)
    await office.browser.remove_rule(NUMBER)
