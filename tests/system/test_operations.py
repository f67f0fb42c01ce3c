"""What SREs see while an outage is played: dashboards, alerts, the canary."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
import yaml
from playwright.async_api import Error, FloatRect, Page, Response, expect

from chassis.clock import SystemClock
from contracts import canary as canary_names
from contracts.outages import OutageDetected
from devstack.demo_data.customers import CANARY, SIP_TRUNK
from devstack.demo_data.filling import fill
from devstack.journey.network import OPERATOR
from devstack.journey.world import World, urls
from devstack.ports import free_port
from devstack.programs import CANARY_LINE, DEMO_SOURCE, canary_program, sources
from devstack.settings import ROOT, SERVICES, Settings
from ops.dashboards.model import MARKS
from ops.dashboards.model import Page as Dashboard
from ops.dashboards.pages import PAGES
from support.browser import chromium
from support.programs import program
from support.promql import concrete, metrics_in
from support.waiting import eventually

SCRAPE = "1s"
STEP = "5"
SLOWEST_MS = 150_000
SHORT = "L-SHORT-OPERATIONS"
MARKED = {mark.expr for mark in MARKS}
ENDED = 'outage_duration_seconds_count{reason="recovered"}'
RULES = ROOT / "deploy" / "monitoring" / "prometheus"
UNRESOLVED = '=~"()"'
"""A variable of a page whose values it has yet to hear: it asks again with them."""
WAITING = """async (panels) => {
    await new Promise((idle) => requestIdleCallback(idle, { timeout: 1000 }));
    const waits = '.MuiSkeleton-root, .MuiCircularProgress-root';
    const all = [...document.querySelectorAll('[data-testid=panel]')];
    const some = all.filter((one) => one.querySelector(waits)
        || !one.querySelector('canvas') && !one.innerText.includes('No data'));
    return all.length === panels
        ? some.map((one) => one.innerText.slice(0, 80))
        : [`${all.length} of ${panels} panels`];
}"""
"""What a page has not drawn yet; it is asked when it has nothing else to do."""
GRAPHS = """async () => {
    for (let frames = 0; frames < 4; frames++) await new Promise(requestAnimationFrame);
    return [...document.querySelectorAll('[data-testid=panel]')]
        .filter((one) => one.querySelector('ul [role=listitem]'))
        .map((one) => one.querySelector('canvas').toDataURL());
}"""
"""What is painted in each panel that has a legend."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The operators' page and its Prometheus, beside the stack of all tests."""

    page: str
    prometheus: str
    canary: str
    http: httpx.AsyncClient

    async def ask(self, expr: str) -> list[dict[str, Any]]:
        """Return the series of an expression now, by way of the page."""
        url = f"{self.page}/prometheus/api/v1/query"
        answer = (await self.http.get(url, params={"query": expr})).json()
        assert answer["status"] == "success", f"{expr}: {answer.get('error')}"
        return list(answer["data"]["result"])

    async def course(self, expr: str) -> list[dict[str, Any]]:
        """Return the series of the last five minutes, in whole steps as a page does."""
        url = f"{self.page}/prometheus/api/v1/query_range"
        now = SystemClock().now().timestamp() // int(STEP) * int(STEP)
        asked = {"query": expr, "start": f"{now - 300}", "end": f"{now}", "step": STEP}
        answer = (await self.http.get(url, params=asked)).json()
        assert answer["status"] == "success", f"{expr}: {answer.get('error')}"
        return list(answer["data"]["result"])

    async def value(self, expr: str) -> float:
        """Return the one value of an expression; -1 where it has none."""
        found = await self.ask(expr)
        return float(found[0]["value"][1]) if found else -1.0


@pytest.fixture(scope="module")
async def canary(running: Settings, around: World) -> AsyncIterator[str]:
    """The canary, ordered and singing without a pause; its number is its own."""
    await fill(around, CANARY)
    settings = replace(running, canary_every="PT1S", canary_port=free_port())
    started = canary_program(settings)
    with process(started.command, started.environment()):
        yield settings.canary_url


@pytest.fixture(scope="module")
async def desk(running: Settings, canary: str) -> AsyncIterator[Desk]:
    """`make ops`, on ports of its own and in a hurry."""
    for name in ("prometheus", "prometheus-alertmanager"):
        program(name)
    ports = [free_port() for _ in range(3)]
    named = zip(("OPS", "PROMETHEUS", "ALERTMANAGER"), ports, strict=True)
    env = os.environ | {
        "DEV_DIR": str(running.dev_dir),
        "OPS_INTERVAL": SCRAPE,
        "CANARY_PORT": canary.rpartition(":")[2],
        **{f"{name}_PORT": str(port) for name, port in named},
        **{f"{s.prefix}_PORT": str(running.ports[s.package]) for s in SERVICES},
    }
    page, prometheus = (f"http://127.0.0.1:{port}" for port in ports[:2])
    async with httpx.AsyncClient(timeout=30) as http:
        with process([sys.executable, "-m", "ops", "up"], env):
            found = Desk(page, prometheus, canary, http)
            await eventually(lambda: answers(http, page), within=60)
            yield found


@pytest.fixture(scope="module")
async def outage(desk: Desk, around: World) -> AsyncIterator[str]:
    """A block of a hundred numbers is diverted, and Prometheus has seen it."""
    [held] = SIP_TRUNK.holds
    told = {event.outage_id for event in around.ears.all(OutageDetected)}
    short = await around.monitoring.down(lines=[SHORT])
    alarm = await around.monitoring.down(lines=[held.line])
    # Earlier tests diverted as many: what Prometheus still shows may be theirs.
    for line in (SHORT, held.line):
        await _detected(around, line, but=told)

    async def diverted() -> bool:
        return await desk.value('max(forwarding_numbers{state="diverted"})') >= 100

    async def sang() -> bool:
        return await desk.value('sum(rate(canary_runs_total{result="ok"}[1m]))') > 0

    async def ends_are_watched() -> bool:
        return await desk.value(f"sum({ENDED})") >= 0

    async def one_ended() -> bool:
        return await desk.value(f"sum(increase({ENDED}[1h]))") > 0

    try:
        await eventually(diverted, within=120)
        # Who looks for the first time after it sees a count, and no increase.
        await eventually(ends_are_watched, within=120)
        await around.monitoring.up(short)
        await eventually(one_ended, within=120)
        await eventually(sang, within=120)
        yield held.line
    finally:
        await around.monitoring.up(alarm)


async def _detected(around: World, line: str, but: set[str]) -> None:
    """Wait until an outage of a line is told that is none of `but`."""

    def is_it(event: OutageDetected) -> bool:
        return event.outage_id not in but and line in event.places

    await around.ears.hear(f"outage of {line}", OutageDetected, is_it, within=120)


async def test_the_canary_plays_its_outage_end_to_end(desk: Desk) -> None:
    async def sang() -> bool:
        text = (await desk.http.get(f"{desk.canary}/metrics")).text
        return float(text.split('canary_runs_total{result="ok"} ')[1].split()[0]) >= 2

    await eventually(sang, within=60)
    text = (await desk.http.get(f"{desk.canary}/metrics")).text

    assert "canary_failures_in_a_row 0.0" in text


async def test_the_canary_is_in_nobodys_portal(
    desk: Desk, outage: str, around: World, demo: dict[str, Any]
) -> None:
    [customer] = [c for c in demo["customers"] if outage in c["lines"]]
    browser = await around.browser()
    await browser.log_in(customer["username"], customer["password"])

    outages = (await browser.get("/outages"))["outages"]

    assert "canary" not in json.dumps(outages).lower()
    await eventually(lambda: counts_all_but_the_canary(desk, around), within=60)


async def counts_all_but_the_canary(desk: Desk, around: World) -> bool:
    """Return whether the page counts the outages that operators see, and no other."""
    secret = sources(around.settings)[OPERATOR]
    answer = await desk.http.get(
        f"{urls(around.settings)['outage-watcher']}/v1/outages",
        headers={"Authorization": f"Bearer {secret}"},
    )
    others = [
        one
        for one in answer.json()["outages"]
        if one["state"] == "down" and CANARY_LINE not in json.dumps(one)
    ]
    assert others
    return await desk.value('max(outage_open{state="down"})') == len(others)


@pytest.mark.usefixtures("outage")
async def test_every_metric_in_an_expression_exists(desk: Desk, around: World) -> None:
    exprs = {query.expr for page in PAGES for p in page.panels for query in p.queries}
    recorded = set()
    for file in ("alerts.rules.yml", "slo.rules.yml"):
        for group in yaml.safe_load((RULES / file).read_text())["groups"]:
            exprs |= {rule["expr"] for rule in group["rules"]}
            recorded |= {rule["record"] for rule in group["rules"] if "record" in rule}
    wanted = {name for expr in exprs for name in metrics_in(expr)}
    url = f"{desk.prometheus}/api/v1/label/__name__/values"
    known = set((await desk.http.get(url)).json()["data"])
    for address in (*urls(around.settings).values(), desk.canary):
        known |= declared((await desk.http.get(f"{address}/metrics")).text)

    assert wanted - recorded - known == set()


async def test_prometheus_understands_every_expression(desk: Desk) -> None:
    url = f"{desk.prometheus}/api/v1/format_query"
    for page in PAGES:
        for panel in page.panels:
            for query in panel.queries:
                asked = {"query": concrete(query.expr)}
                answer = (await desk.http.get(url, params=asked)).json()

                assert answer["status"] == "success", (panel.title, answer)


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where screenshots go: to a folder that SCREENSHOTS names, to be looked at."""
    folder = Path(os.environ.get("SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="module")
async def page() -> AsyncIterator[Page]:
    """One tab for all dashboards: it has the script and has compiled it."""
    async with chromium() as started:
        # Tall: Perses draws only what would be seen.
        page = await started.new_page(viewport={"width": 1600, "height": 2000})
        page.set_default_timeout(SLOWEST_MS)
        yield page


@pytest.mark.usefixtures("outage")
async def test_no_panel_is_empty(desk: Desk, page: Page, pictures: Path) -> None:
    # To draw a page costs seconds, to ask for what is on it nothing: first ask.
    await eventually(lambda: has_all(desk), within=120)
    for each in PAGES:
        empty = await shot(page, desk, each, pictures / f"{each.name}.png")
        assert empty == [], each.title
    for each in PAGES:
        assert (pictures / f"{each.name}.png").stat().st_size > 20_000


@pytest.mark.usefixtures("outage")
async def test_a_maintenance_window_is_marked_across_the_graphs(
    desk: Desk, page: Page, around: World, pictures: Path
) -> None:
    graphs = [one.title for one in page_of("impact").panels if one.kind != "stat"]

    [mark] = [mark for mark in MARKS if mark.name == "Maintenance windows"]

    async def seen() -> bool:
        return bool(await desk.course(mark.expr))

    async with work(around):
        await eventually(seen, within=60)
        kind = page.get_by_role("button", name="Maintenance windows")
        told = page.get_by_role("listitem").filter(has_text="Maintenance windows: ")

        async def marked() -> bool:
            """Draw the page again: a graph ends some seconds ago."""
            await page.goto(f"{desk.page}/d/impact?start=5m&refresh=0s")
            await settled(page, len(page_of("impact").panels))
            return bool(await told.count())

        await eventually(marked, within=60)
        await expect(told.first).to_contain_text("running")

        async def all_marked() -> bool:
            """Hide the marks and show them again: each graph is another without."""
            shown: list[str] = await page.evaluate(GRAPHS)
            await kind.click()
            await expect(told).to_have_count(0)
            hidden: list[str] = await page.evaluate(GRAPHS)
            await kind.click()
            await expect(told.first).to_be_visible()
            pairs = zip(graphs, shown, hidden, strict=True)
            return all(one != other for _, one, other in pairs)

        await eventually(all_marked, within=60)
        await page.screenshot(path=pictures / "marks.png")


@asynccontextmanager
async def work(around: World) -> AsyncIterator[None]:
    """Announce work that runs now and takes nobody's service."""
    now = SystemClock().now()
    window = {
        "lines": ["L-WORK-OPERATIONS"],
        "starts_at": now.isoformat(),
        "ends_at": (now + timedelta(hours=1)).isoformat(),
        "takes_service": False,
        "because": "Tausch einer Karte",
    }
    told = around.monitoring
    planned = await told.post("/v1/maintenance", window, source=OPERATOR)
    try:
        yield
    finally:
        over = f"/v1/maintenance/{planned['id']}/cancel"
        await told.post(over, {"because": "fertig"}, source=OPERATOR)


def page_of(name: str) -> Dashboard:
    [found] = [page for page in PAGES if page.name == name]
    return found


@pytest.mark.usefixtures("outage")
async def test_the_alerts_of_a_healthy_outage_wake_nobody(desk: Desk) -> None:
    # Budgets are spent by slowness too, and how fast a machine is that runs all tests
    # is not asked here; promtool plays when they burn and when not. Nor are sources
    # that this outage has nothing to do with: earlier tests let some speak and go.
    ours = f'slo="", source=~"|{DEMO_SOURCE}|{canary_names.SOURCE}"'
    firing = await desk.ask(f'ALERTS{{alertstate="firing", severity="page", {ours}}}')
    html = (await desk.http.get(f"{desk.page}/alerts")).text

    assert [alert["metric"] for alert in firing] == []
    assert "Watchdog" in html
    assert "Alerting works" in html


async def test_the_page_passes_nothing_else_on(desk: Desk) -> None:
    refused = await desk.http.post(f"{desk.page}/prometheus/-/quit")
    traversed = await desk.http.get(f"{desk.page}/ui/..%2Fserver.py")

    assert refused.status_code == 404
    assert traversed.status_code == 404


async def has_all(desk: Desk) -> bool:
    """Return whether Prometheus has something to draw for each expression."""
    exprs = {query.expr for page in PAGES for p in page.panels for query in p.queries}
    found = await asyncio.gather(*(desk.course(concrete(expr)) for expr in exprs))
    return all(found)


def declared(text: str) -> set[str]:
    """Return what a /metrics declares, also where no label has a value yet."""
    families = re.findall(r"^# TYPE (\w+) (\w+)$", text, re.MULTILINE)
    ends = {"histogram": ("_bucket", "_sum", "_count")}
    return {name + end for name, kind in families for end in ends.get(kind, ("",))}


async def shot(page: Page, desk: Desk, shown: Dashboard, picture: Path) -> list[str]:
    """Look at a dashboard; return what is empty on it for long, and its complaints."""
    errors: list[str] = []
    empty: list[str] = []

    def note(error: Error) -> None:
        errors.append(f"script: {error}")

    async def full() -> bool:
        url = f"{desk.page}/d/{shown.name}?start=5m&refresh=0s"
        empty[:] = await empty_on(page, url, shown)
        return not empty

    page.on("pageerror", note)
    # Steps are whole: what Prometheus saw a moment ago may come with the next one.
    with suppress(AssertionError):
        await eventually(full, within=60)
    height = await page.evaluate("document.querySelector('#dashboard').scrollHeight")
    # Part of the tab: in one of another size, each graph would be drawn again.
    part: FloatRect = {"x": 0, "y": 0, "width": 1600, "height": 120 + int(height)}
    await page.screenshot(path=picture, clip=part)
    page.remove_listener("pageerror", note)
    return errors + empty


async def empty_on(page: Page, url: str, shown: Dashboard) -> list[str]:
    """Return the queries of a page that gave nothing, and the panels that say so."""
    asked: list[Response] = []

    def note(response: Response) -> None:
        if "/query_range" in response.url:
            asked.append(response)

    page.on("response", note)
    await page.goto(url)
    await settled(page, len(shown.panels))
    page.remove_listener("response", note)
    empty = await page.get_by_text("No data").all_inner_texts()
    answered = set()
    for response in asked:
        [query] = parse_qs(response.request.post_data or "").get("query", [""])
        if query in MARKED or UNRESOLVED in query:
            continue  # nothing happened, which is well; or it is asked again
        answered.add(query)
        answer = await response.json()
        if answer["status"] != "success" or not answer["data"]["result"]:
            empty.append(response.request.post_data or response.url)
    exprs = {query.expr for panel in shown.panels for query in panel.queries} - MARKED
    if len(answered) < len(exprs):
        empty.append(f"{len(answered)} of {len(exprs)} queries")
    return empty


async def settled(page: Page, panels: int) -> None:
    """Wait until every panel is there and none waits for its data."""
    waiting: list[str] = []

    # Not wait_for_function: the page's own policy lets nobody evaluate text.
    async def complete() -> bool:
        waiting[:] = await page.evaluate(WAITING, panels)
        return not waiting

    try:
        await eventually(complete, within=150)
    except AssertionError:
        raise RuntimeError(f"not drawn: {waiting}") from None


@contextmanager
def process(command: list[str], env: dict[str, str]) -> Iterator[None]:
    """Run a process of ours as long as the block."""
    running = subprocess.Popen(
        command,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)


async def answers(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/d/impact")).is_success
    except httpx.HTTPError:
        return False
