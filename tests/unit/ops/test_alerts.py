"""Every alert fires, does not fire and recovers; somebody knows what to do then."""

import re
from typing import Any

import pytest
import yaml

from devstack.settings import ROOT, SERVICES
from ops import runbooks
from ops.dashboards.pages import PAGES
from ops.paths import RUNBOOKS
from support.programs import program, run

RULES = ROOT / "deploy" / "monitoring" / "prometheus"
TESTS = sorted((RULES / "tests").glob("*.test.yml"))
ALERTNAME = re.compile(r'alertname="(\w+)".*severity="(\w+)"')
LOGGED = {
    said
    for folder in ("chassis", "services", "deploy/canary")
    for file in (ROOT / folder).rglob("src/**/*.py")
    for said in re.findall(r'"([a-z_]+)"', file.read_text(encoding="utf-8"))
}
SECTIONS = ("What it means", "What customers feel", "What to look at", "What to do")


def read(file: str) -> dict[str, Any]:
    return dict(yaml.safe_load((RULES / file).read_text(encoding="utf-8")))


ALERTS: list[dict[str, Any]] = [
    rule
    for file in ("alerts.rules.yml", "slo.rules.yml")
    for group in read(file)["groups"]
    for rule in group["rules"]
    if "alert" in rule
]
NAMES = sorted({alert["alert"] for alert in ALERTS})
each_alert = pytest.mark.parametrize(
    "alert", ALERTS, ids=lambda alert: f"{alert['alert']}-{alert['labels']['severity']}"
)


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name)
def test_alerts_fire_stay_quiet_and_recover(file: Any) -> None:
    tested = run(program("promtool"), "test", "rules", file.name, cwd=file.parent)

    assert tested.returncode == 0, tested.stdout + tested.stderr


@each_alert
def test_an_alert_is_tested_in_all_three_ways(alert: dict[str, Any]) -> None:
    name, severity = alert["alert"], alert["labels"]["severity"]
    seen = [
        float(case["exp_samples"][0]["value"])
        for file in TESTS
        for test in yaml.safe_load(file.read_text(encoding="utf-8"))["tests"]
        for case in test["promql_expr_test"]
        if (found := ALERTNAME.search(case["expr"]))
        and found.groups() == (name, severity)
    ]

    # What always fires can neither be quiet nor recover.
    assert seen == ([1] if name == "Watchdog" else [0, 1, 0])


@each_alert
def test_an_alert_says_what_and_where(alert: dict[str, Any]) -> None:
    said = alert["annotations"]

    assert alert["labels"]["severity"] in {"page", "ticket", "none"}
    assert said["summary"]
    assert said["description"].endswith(".")
    assert said["runbook_url"] == f"docs/runbooks/{alert['alert']}.md"
    assert said["dashboard"] in {f"/d/{page.name}" for page in PAGES}


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_has_a_runbook_that_can_be_followed(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    headings = tuple(re.findall(r"^## (.+)$", text, re.MULTILINE))
    links = re.findall(r"\]\((\w+)\.md\)", text)

    assert text.startswith(f"# {name}\n")
    assert headings == SECTIONS
    assert re.search(r"^ {4}\S", text, re.MULTILINE), "no command to copy"
    assert set(links) <= set(runbooks.names())
    assert f"<h1>{name}</h1>" in (runbooks.page(name) or "")


@each_alert
def test_a_runbook_quotes_its_alert(alert: dict[str, Any]) -> None:
    text = (RUNBOOKS / f"{alert['alert']}.md").read_text(encoding="utf-8")
    row = re.findall(r"^\| .* \|$", text, re.MULTILINE)[1].replace(r"\|", "|")

    assert alert["labels"]["severity"] in row
    assert f"`{alert['annotations']['dashboard']}`" in row
    if "slo" not in alert["labels"]:  # an objective is said in words
        assert f"`{' '.join(alert['expr'].split())}`" in row
        assert f" for {alert['for']} |" in row if "for" in alert else " for " not in row


@pytest.mark.parametrize("name", NAMES)
def test_what_a_runbook_looks_for_is_there_to_be_found(name: str) -> None:
    text = (RUNBOOKS / f"{name}.md").read_text(encoding="utf-8")
    for command in re.findall(r"^ {4}(\S.*)$", text, re.MULTILINE):
        for words in re.findall(r"^grep (?:-\w+ )*'?([a-z_|]+)'? \.dev", command):
            for word in words.split("|"):
                if "_" in word:  # a log event, or how several of them begin
                    assert any(said.startswith(word) for said in LOGGED), command
        for selector in re.findall(r"kubectl \w+ .*?-l (\S+?)[; ]", command):
            key, _, value = selector.partition("=")
            assert key == "app.kubernetes.io/name"
            assert value in {service.name for service in SERVICES}


def test_no_runbook_is_left_over() -> None:
    assert runbooks.names() == NAMES


def test_a_runbook_has_a_name_and_no_path() -> None:
    assert runbooks.page("../README") is None
    assert runbooks.page("README") is None


def test_prometheus_and_alertmanager_take_their_configuration() -> None:
    prometheus = RULES / "prometheus.yml"
    alertmanager = RULES.parent / "alertmanager" / "alertmanager.yml"

    checked = run(program("promtool"), "check", "config", str(prometheus))
    routed = run(program("amtool"), "check-config", str(alertmanager))

    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert routed.returncode == 0, routed.stdout + routed.stderr


@pytest.mark.parametrize(
    ("labels", "receiver"),
    [
        (("alertname=NumbersUnprotected", "severity=page"), "pager"),
        (("alertname=DriftFound", "severity=ticket"), "ticket"),
        (("alertname=Watchdog", "severity=none"), "dead-mans-switch"),
    ],
)
def test_alerts_reach_who_they_are_for(labels: tuple[str, ...], receiver: str) -> None:
    file = f"--config.file={RULES.parent / 'alertmanager' / 'alertmanager.yml'}"

    routed = run(program("amtool"), "config", "routes", "test", file, *labels)

    assert routed.stdout.strip() == receiver
