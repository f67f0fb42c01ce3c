"""Alertmanager and Grafana in every variant that they send."""

from typing import Any

import pytest

from support.readings import outcome, said

STARTS, ENDS = "2026-11-23T00:51:54.548Z", "2026-11-23T00:55:00Z"
NEVER = "0001-01-01T00:00:00Z"


def alert(status: str = "firing", **labels: str) -> dict[str, Any]:
    return {
        "status": status,
        "labels": {"alertname": "LineDown"} | labels,
        "annotations": {},
        "startsAt": STARTS,
        "endsAt": NEVER if status == "firing" else ENDS,
        "generatorURL": "",
        "fingerprint": "f",
    }


def webhook(*alerts: Any, **more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"version": "4", "groupKey": "{}", "status": "firing"}
    return told | {"receiver": "r", "groupLabels": {}, "alerts": list(alerts)} | more


@pytest.mark.parametrize(
    "label",
    [
        *("line", "line_id", "lineId", "LINE", "line-name", "access_line"),
        *("accessLine", "access_line_id", "dsl_line", "circuit_id", "leitung"),
    ],
)
def test_the_line_has_one_of_the_usual_labels(label: str) -> None:
    assert outcome("alertmanager", webhook(alert(**{label: "L1"}))) == ["down L1"]


@pytest.mark.parametrize(
    "label", ["node", "element", "access_node", "dslam", "olt", "network_element"]
)
def test_without_a_line_the_element_counts(label: str) -> None:
    found = outcome("alertmanager", webhook(alert(**{label: "dslam-01"})))

    assert found == ["down dslam-01"]


def test_a_line_is_not_all_of_its_element() -> None:
    body = webhook(alert(line="L1", node="dslam-01"))

    assert outcome("alertmanager", body) == ["down L1"]


CASES: dict[str, tuple[object, list[str]]] = {
    "no alerts at all": (webhook(), []),
    "an empty label names nothing": (webhook(alert(line="")), ["quarantined"]),
    "region and instance name no place": (
        webhook(alert(region="nrw", instance="10.0.0.1:9100", job="lines")),
        ["quarantined"],
    ),
    "a warning is a doubt": (
        webhook(alert(line="L1", severity="warning")),
        ["unknown L1"],
    ),
    "the end of a warning ends no graver alert": (
        webhook(alert("resolved", line="L1", severity="warning")),
        ["ignored"],
    ),
    "a severity that says itself that it is over": (
        webhook(alert("resolved", line="L1", severity="ok")),
        ["up L1"],
    ),
    "an unknown severity is an outage": (
        webhook(alert(line="L1", severity="page")),
        ["down L1"],
    ),
    "severity none": (webhook(alert(line="L1", severity="none")), ["ignored"]),
    "planned work": (webhook(alert(line="L1", kind="planned")), ["down L1 planned"]),
    "Watchdog resolved is a loss": (
        webhook(alert("resolved", alertname="Watchdog")),
        ["blind"],
    ),
    "Watchdog under another name": (
        webhook(alert(alertname="DeadMansSwitch")),
        ["beat"],
    ),
    "a bad alert among good ones": (
        webhook(alert(line="L1"), 7, {"status": "firing"}, alert(line="L2")),
        ["down L1", "down L2", "rejected unknown_type", "rejected unknown_type"],
    ),
    "two replicas disagree": (
        webhook(
            alert("resolved", line="L1", replica="a"), alert(line="L1", replica="b")
        ),
        ["down L1", "ignored"],
    ),
    "two replicas disagree, other order": (
        webhook(
            alert(line="L1", replica="b"), alert("resolved", line="L1", replica="a")
        ),
        ["down L1", "ignored"],
    ),
    "no status is no clear": (
        webhook(
            {"labels": {"line": "L1"}, "startsAt": STARTS, "endsAt": ENDS}, status=""
        ),
        ["unknown L1"],
    ),
    "the group's status counts where the alert has none": (
        webhook({"labels": {"line": "L1"}}),
        ["down L1"],
    ),
    "a status nobody knows": (webhook(alert("pending", line="L1")), ["unknown L1"]),
    "no alertname": (
        webhook({"status": "firing", "labels": {"line": "L1"}}),
        ["down L1"],
    ),
    "a number as label": (
        webhook({"status": "firing", "labels": {"line": 17}}),
        ["down 17"],
    ),
    "truncated as text": (webhook(truncatedAlerts="3"), ["remark incomplete"]),
    "version 3": (webhook(alert(line="L1"), version="3", groupKey=7), ["down L1"]),
    "unknown fields": (webhook(alert(line="L1"), x={"y": 1}), ["down L1"]),
    "the list of the API": (
        [alert(line="L1") | {"status": {"state": "active", "silencedBy": []}}],
        ["down L1"],
    ),
    "silenced is not over": (
        [alert(line="L1") | {"status": {"state": "suppressed"}}],
        ["down L1"],
    ),
    "not yet processed": (
        [alert(line="L1") | {"status": {"state": "unprocessed"}}],
        ["unknown L1"],
    ),
    "a list of webhooks": (
        [webhook(alert(line="L1")), webhook(alert("resolved", line="L2"))],
        ["down L1", "up L2"],
    ),
    "the alerts of Prometheus itself": (
        {
            "status": "success",
            "data": {
                "alerts": [
                    {"labels": {"line": "L1"}, "state": "firing", "activeAt": STARTS},
                    {"labels": {"line": "L2"}, "state": "pending"},
                ]
            },
        },
        ["down L1", "unknown L2"],
    ),
    "something else": ({"hello": 1}, ["rejected unknown_type"]),
    "a text": ("firing", ["rejected unknown_type"]),
    "null": (None, ["rejected empty"]),
}


@pytest.mark.parametrize(("body", "read"), CASES.values(), ids=CASES)
def test_alertmanager(body: object, read: list[str]) -> None:
    assert outcome("alertmanager", body) == read


class TestAlarm:
    def test_has_the_same_key_whatever_a_restart_changes(self) -> None:
        again = alert(line="L1") | {"fingerprint": "other", "startsAt": ENDS}
        found = said("alertmanager", webhook(alert(line="L1"), again)).signals

        assert {each.alarm_id for each in found} == {"LineDown/L1"}

    def test_is_another_one_for_another_rule_or_line(self) -> None:
        body = webhook(
            alert(line="L1"), alert(line="L1", alertname="X"), alert(line="L2")
        )

        assert len({each.alarm_id for each in said("alertmanager", body).signals}) == 3

    def test_may_be_told_apart_by_more_labels(self) -> None:
        body = webhook(
            alert(line="L1", probe="a"), alert("resolved", line="L1", probe="b")
        )
        found = outcome("alertmanager", body, identity=["{alertname}", "{probe}"])

        assert found == ["down L1", "up L1"]

    def test_a_clear_says_when_its_failure_began(self) -> None:
        (signal,) = said("alertmanager", webhook(alert("resolved", line="L1"))).signals

        assert signal.started_at
        assert signal.occurred_at
        assert signal.started_at.isoformat() == "2026-11-23T00:51:54.548000+00:00"
        assert signal.occurred_at.isoformat() == "2026-11-23T00:55:00+00:00"

    def test_carries_no_label_and_no_text_into_the_signal(self) -> None:
        loud = alert(line="L1", customer="Müller") | {
            "annotations": {"summary": "Müller"}
        }
        (signal,) = said("alertmanager", webhook(loud)).signals

        assert "Müller" not in signal.model_dump_json()

    def test_of_a_list_is_part_of_a_snapshot(self) -> None:
        body = [alert(line="L1") | {"status": {"state": "active"}}]

        assert said("alertmanager", body).signals[0].evidence == "snapshot"


class TestRules:
    def test_may_name_another_label(self) -> None:
        body = webhook(alert(anschluss_nr="4711"))

        assert outcome("alertmanager", body, line=["{anschluss_nr}"]) == ["down 4711"]

    def test_may_put_a_name_together(self) -> None:
        body = webhook(alert(node="d1", port="3"))
        found = outcome("alertmanager", body, line=["{missing}", "{node}-{port}"])

        assert found == ["down d1-3"]

    def test_may_rename(self) -> None:
        body = webhook(alert(line="ext-1"))
        found = outcome("alertmanager", body, rename={"ext-1": "L-1"})

        assert found == ["down L-1"]

    def test_may_choose_alarms(self) -> None:
        body = webhook(alert(line="L1"), alert(line="L2", alertname="Other"))

        assert outcome("alertmanager", body, outages=["^Line"]) == [
            "down L1",
            "ignored",
        ]
        assert outcome("alertmanager", body, ignore=["^Line"]) == ["down L2", "ignored"]

    def test_may_choose_severities(self) -> None:
        body = webhook(
            alert(line="L1", severity="warning"), alert(line="L2", severity="critical")
        )
        found = outcome("alertmanager", body, severities=["warning"])

        assert found == ["down L1", "unknown L2"]

    def test_may_say_that_the_source_waits_itself(self) -> None:
        found = said("alertmanager", webhook(alert(line="L1")), debounced=True)

        assert found.signals[0].confirmed


def legacy(state: str, **more: Any) -> dict[str, Any]:
    matches = [{"metric": "m", "tags": {"line": "L1"}}, {"metric": "n", "tags": None}]
    told = {"ruleId": 7, "ruleName": "R", "title": "T", "state": state}
    return told | {"evalMatches": matches} | more


GRAFANA: dict[str, tuple[object, list[str]]] = {
    "unified": (webhook(alert(line="L1"), state="alerting", title="t"), ["down L1"]),
    "the source has no data": (
        webhook(alert(alertname="DatasourceNoData", rulename="LineDown")),
        ["blind DatasourceNoData/LineDown"],
    ),
    "one of two rules has data again": (
        webhook(
            alert(alertname="DatasourceNoData", rulename="North"),
            alert("resolved", alertname="DatasourceNoData", rulename="South"),
        ),
        ["blind DatasourceNoData/North", "beat DatasourceNoData/South"],
    ),
    "the source fails": (
        webhook(alert(alertname="DatasourceError", rulename="LineDown")),
        ["blind DatasourceError/LineDown"],
    ),
    "resolved because the series is gone": (
        webhook(
            alert("resolved", line="L1")
            | {"annotations": {"grafana_state_reason": "MissingSeries"}}
        ),
        ["unknown L1"],
    ),
    "firing because there is no data": (
        webhook(alert(line="L1") | {"annotations": {"grafana_state_reason": "NoData"}}),
        ["unknown L1"],
    ),
    "legacy alerting": (legacy("alerting"), ["down L1"]),
    "legacy ok has no matches": (legacy("ok", evalMatches=[]), ["up @7"]),
    "legacy no data": (legacy("no_data"), ["unknown L1"]),
    "legacy paused": (legacy("paused", evalMatches=[]), ["ignored"]),
    "legacy without a place": (legacy("alerting", evalMatches=[]), ["quarantined"]),
    "legacy with tags of the rule": (
        legacy("alerting", evalMatches=[], tags={"line": "L2"}),
        ["down L2"],
    ),
    "legacy of an unknown state": (legacy("perhaps"), ["rejected unknown_type"]),
}


@pytest.mark.parametrize(("body", "read"), GRAFANA.values(), ids=GRAFANA)
def test_grafana(body: object, read: list[str]) -> None:
    assert outcome("grafana", body) == read
