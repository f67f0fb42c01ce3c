"""Dashboards as code: generated, complete, and by the rules of the trade."""

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from devstack.settings import ROOT
from ops.dashboards import grafana, perses
from ops.dashboards.model import COLUMNS, MARKS, Page, Panel
from ops.dashboards.pages import PAGES
from ops.generate import files
from ops.server import UI
from ops.slos import SLOS
from support.programs import program, run
from support.promql import concrete, metrics_in

STORED = (
    "forwarding_drift_lines",
    "forwarding_held",
    "forwarding_numbers",
    "forwarding_oldest_clear_pending_seconds",
    "forwarding_state_lines",
    "forwarding_stuck",
    "kafka_dlq_waiting_records",
    "outage_gated_lines",
    "outage_lines",
    "outage_lines_flagged",
    "outage_open",
    "outage_reconcile_last_success_timestamp_seconds",
    "outage_source_last_heartbeat_timestamp_seconds",
    "outage_source_silent_from_timestamp_seconds",
    "outage_source_up",
    "outage_storm_gate_active",
    "outage_windows_running",
    "outbox_oldest_seconds",
    "outbox_pending_records",
    "portal_oldest_wish_seconds",
    "portal_wishes_waiting",
    "provisioning_next_opening_timestamp_seconds",
    "provisioning_numbers_contested",
    "provisioning_numbers_live",
)
"""Gauges of what is in a database: every instance of a service says the same."""
COUNTER = re.compile(r"\w+_(total|count|sum|bucket)$")
PANELS = [
    pytest.param(panel, id=f"{page.name}: {panel.title}")
    for page in PAGES
    for panel in page.panels
]
by_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def test_what_is_generated_is_up_to_date() -> None:
    stale = [
        str(path.relative_to(ROOT))
        for path, content in files().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != content
    ]

    assert stale == [], "run: python -m ops generate"


def test_nothing_generated_is_left_over() -> None:
    folder = ROOT / "deploy" / "monitoring" / "dashboards"

    assert set(folder.rglob("*.json")) <= set(files())


def test_the_front_page_is_about_customers() -> None:
    first = PAGES[0]
    asked = {name for panel in first.panels for name in names(panel)}

    assert first.name == "impact"
    assert {
        "outage_open",
        "forwarding_numbers",
        "forwarding_activation_duration_seconds_bucket",
        "forwarding_deactivation_duration_seconds_bucket",
        "forwarding_stuck",
    } <= asked


@pytest.mark.parametrize("panel", PANELS)
class TestPanel:
    def test_says_what_it_shows(self, panel: Panel) -> None:
        assert panel.title
        assert panel.description.endswith((".", ")"))
        assert panel.queries

    def test_reads_counters_as_rates(self, panel: Panel) -> None:
        for query in panel.queries:
            for name in metrics_in(query.expr):
                if COUNTER.search(name) and not name.startswith("slo:"):
                    rated = rf"(rate|increase)\(\s*{name}"

                    assert re.search(rated, query.expr), f"{name} needs a rate"

    def test_rates_fit_the_zoom(self, panel: Panel) -> None:
        for query in panel.queries:
            if "rate(" in query.expr and panel.kind == "graph":
                assert "$__rate_interval" in query.expr

    def test_names_its_lines(self, panel: Panel) -> None:
        if len(panel.queries) > 1:
            legends = [query.legend for query in panel.queries]

            assert all(legends)
            assert len(set(legends)) == len(legends)

    def test_its_runbook_exists(self, panel: Panel) -> None:
        assert (ROOT / "docs" / "runbooks" / f"{panel.runbook}.md").is_file()


def test_what_every_instance_says_alike_is_not_added_up() -> None:
    asked = {query.expr for page in PAGES for p in page.panels for query in p.queries}
    asked |= {mark.expr for mark in MARKS} | {slo.base for slo in SLOS if slo.base}
    rules = ROOT / "deploy" / "monitoring" / "prometheus" / "alerts.rules.yml"
    for group in yaml.safe_load(rules.read_text(encoding="utf-8"))["groups"]:
        asked |= {rule["expr"] for rule in group["rules"]}
    seen = set()
    for expr in asked:
        for name in STORED:
            named = re.findall(rf"\b{name}\b", expr)
            taken = re.findall(rf"\b(?:max|min)(?: by \([^)]*\))? ?\({name}\b", expr)
            seen |= {name} if named else set()

            assert len(named) == len(taken), expr

    assert seen == set(STORED)


@by_page
class TestPage:
    def test_its_rows_fill_the_width(self, page: Page) -> None:
        for row in page.rows:
            lines: dict[int, int] = {}
            for panel, x, y in row.placed():
                assert x + panel.width <= COLUMNS
                lines[y] = lines.get(y, 0) + panel.width

            assert all(width == COLUMNS for width in list(lines.values())[:-1]), row

    def test_both_kinds_ask_the_same(self, page: Page) -> None:
        ours = [query.expr for panel in page.panels for query in panel.queries]

        assert list(perses_queries(perses.dashboard(page))) == ours
        assert list(grafana_queries(grafana.dashboard(page, "/r"))) == ours

    def test_grafana_may_choose_the_source_and_nobody_edits(self, page: Page) -> None:
        board = grafana.dashboard(page, "/r")
        variables = {one["name"]: one for one in board["templating"]["list"]}
        panels = [panel for panel in board["panels"] if panel["type"] != "row"]

        assert variables["datasource"]["type"] == "datasource"
        assert board["editable"] is False
        for panel in panels:
            assert panel["datasource"]["uid"] == "$datasource"
            assert panel["fieldConfig"]["defaults"]["unit"]
            for target in panel["targets"]:
                assert target["datasource"]["uid"] == "$datasource"

    def test_services_can_be_looked_at_alone(self, page: Page) -> None:
        board = grafana.dashboard(page, "/r")
        names = {one["name"]: one for one in board["templating"]["list"]}

        assert ({"job", "instance"} <= names.keys()) is page.by_instance
        if page.by_instance:
            # 2: the choices are read again when the time range changes
            assert names["instance"]["refresh"] == 2
            for panel in page.panels:
                for query in panel.queries:
                    assert 'job=~"$job", instance=~"$instance"' in query.expr


@by_page
def test_grafana_marks_what_happened(page: Page) -> None:
    marks = grafana.dashboard(page, "/r")["annotations"]["list"]

    assert {mark["name"] for mark in marks} >= {mark.name for mark in MARKS}
    for mark, wanted in zip(marks[-len(MARKS) :], MARKS, strict=True):
        assert mark["expr"] == wanted.expr
        assert mark["datasource"]["uid"] == "$datasource"


@by_page
def test_a_panel_of_grafana_leads_to_its_runbook(page: Page) -> None:
    board = grafana.dashboard(page, "https://forge.example/runbooks")
    shown = [panel for panel in board["panels"] if panel["type"] != "row"]
    [at] = [v for v in board["templating"]["list"] if v["name"] == "runbooks"]

    assert at["query"] == "https://forge.example/runbooks"
    for panel, made in zip(page.panels, shown, strict=True):
        links = [link["url"] for link in made.get("links", ())]
        assert links == [f"${{runbooks}}/{panel.runbook}.md"]


def test_the_heat_of_activations_is_shown_with_its_traces() -> None:
    [page] = [page for page in PAGES if page.name == "slo"]
    board = grafana.dashboard(page, "/r")
    [heat] = [panel for panel in board["panels"] if panel["type"] == "heatmap"]
    [target] = heat["targets"]

    assert "forwarding_activation_duration_seconds_bucket" in target["expr"]
    assert (target["format"], target["exemplar"]) == ("heatmap", True)


def test_every_objective_is_on_its_page() -> None:
    [page] = [page for page in PAGES if page.name == "slo"]
    shown = " ".join(query.expr for panel in page.panels for query in panel.queries)

    assert all(f'slo="{slo.name}"' in shown for slo in SLOS)


def test_prometheus_parses_every_expression(tmp_path: Any) -> None:
    """Prometheus' own parser, without a server: as rules that nobody evaluates."""
    exprs = [
        concrete(query.expr)
        for page in PAGES
        for panel in page.panels
        for query in panel.queries
    ]
    rules = [{"record": f"e{at}", "expr": expr} for at, expr in enumerate(exprs)]
    file = tmp_path / "expressions.yml"
    file.write_text(json.dumps({"groups": [{"name": "all", "rules": rules}]}))

    checked = run(program("promtool"), "check", "rules", str(file))

    assert checked.returncode == 0, checked.stdout + checked.stderr


def names(panel: Panel) -> set[str]:
    return {name for query in panel.queries for name in metrics_in(query.expr)}


def perses_queries(board: dict[str, Any]) -> Iterator[str]:
    for panel in board["spec"]["panels"].values():
        for query in panel["spec"]["queries"]:
            yield query["spec"]["plugin"]["spec"]["query"]


def grafana_queries(board: dict[str, Any]) -> Iterator[str]:
    for panel in board["panels"]:
        for target in panel.get("targets", ()):
            yield target["expr"]


def test_the_vendored_script_is_the_one_that_was_built() -> None:
    sums = (ROOT / "deploy" / "ops" / "ui" / "SHA512SUMS").read_text(encoding="utf-8")
    built = {name: digest for digest, name in map(str.split, sums.splitlines())}

    assert built.keys() == {"dashboard.js.gz", "LICENCES.txt"}
    for name, digest in built.items():
        assert hashlib.sha512((UI / name).read_bytes()).hexdigest() == digest
