"""What looks like a number and is none, and what no database keeps."""

from typing import Any

import pytest

from outage_watcher.sources.formats import Format, Inbound
from outage_watcher.sources.rules import Rules
from outage_watcher.sources.said import Said
from support.readings import NOW, lines, outcome

TAGS = [{"tag": "line", "value": "L1"}]
PROBLEM = {"eventid": "1", "clock": "1795396515", "value": 1, "name": "x", "tags": TAGS}
PING = {"type": "ping", "prb_id": 1, "msm_id": 1, "dst_name": "L1"}
LINK_DOWN = [{"oid": ".1.3.6.1.6.3.1.1.4.1.0", "value": ".1.3.6.1.6.3.1.1.5.²"}]
PORT = [{"oid": ".1.3.6.1.2.1.2.2.1.1.7", "value": 7}]
IN_MAINTENANCE = {
    "commonEventHeader": {"domain": "stateChange", "sourceName": "olt\x00"},
    "stateChangeFields": {"newState": "maintenance"},
}


@pytest.mark.parametrize(
    ("form", "body", "read"),
    [
        ("zabbix", PROBLEM | {"ns": "²"}, ["down L1"]),
        ("zabbix", PROBLEM | {"ns": "1" * 5000}, ["down L1"]),
        ("zabbix", PROBLEM | {"clock": "²", "ns": "1"}, ["down L1"]),
        ("snmp", {"agent": "d", "generic": "²", "varbinds": PORT}, ["ignored"]),
        ("snmp", {"agent": "d", "varbinds": LINK_DOWN}, ["ignored"]),
        ("opennms", {"alarm": [], "totalCount": "²"}, []),
        ("ripe-atlas", PING | {"sent": "3", "rcvd": "²"}, ["ignored"]),
        ("ripe-atlas", PING | {"sent": "²", "rcvd": 0}, ["ignored"]),
    ],
)
def test_what_counts_nothing_is_no_number(
    form: str, body: dict[str, Any], read: list[str]
) -> None:
    assert outcome(form, body) == read


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("ves", IN_MAINTENANCE),
        (
            "syslog",
            {"error": "AGENT_INITIALIZED", "host": "r\x001", "yang_message": {}},
        ),
    ],
)
def test_a_remark_without_a_name_that_can_be_kept_is_rejected(
    form: str, body: dict[str, Any]
) -> None:
    assert outcome(form, body) == ["rejected invalid"]


class TestReaderThatFails:
    """A bug of ours in one reader, on one value."""

    @staticmethod
    def read(body: Any, said: Said) -> None:
        if isinstance(body, list):
            return said.each(body, TestReaderThatFails.read)
        return said.tell("down", str(1 // body), {"line": "L1"})

    def said(self, body: bytes) -> Said:
        return Inbound("odd", Format(self.read, Rules()), Rules()).read(body, now=NOW)

    def test_harms_no_neighbour(self) -> None:
        said = self.said(b"[1, 0, 1]")

        assert lines(said) == ["down L1", "down L1", "rejected reader_failed"]
        assert said.rejected[0].item == 0

    def test_says_where_it_is(self) -> None:
        (reason,) = self.said(b"0").failures

        assert reason.startswith("test_odd_values.py:")
        assert "ZeroDivisionError" in reason


LOS = {"alarmCondition": "lossOfSignal", "eventSeverity": "MAJOR"}
PLACELESS: dict[str, tuple[str, dict[str, Any]]] = {
    "alertmanager": (
        "DiskFull",
        {"alerts": [{"status": "firing", "labels": {"alertname": "DiskFull"}}]},
    ),
    "icinga2": (
        "olt-1!disk",
        {
            "type": "StateChange",
            "host": "olt-1",
            "service": "disk",
            "state": 2,
            "state_type": 1,
        },
    ),
    "ves": (
        "lossOfSignal",
        {
            "event": {
                "commonEventHeader": {"domain": "fault", "sourceName": "olt-1"},
                "faultFields": LOS | {"eventSourceType": "port"},
            }
        },
    ),
    "syslog": ("PEM 0", {"host": "r1", "message": "Major alarm set, PEM 0"}),
    "tmf642": (
        "fan",
        {
            "eventType": "AlarmCreateEvent",
            "event": {
                "alarm": {
                    "id": "1",
                    "perceivedSeverity": "major",
                    "specificProblem": "fan",
                }
            },
        },
    ),
}


@pytest.mark.parametrize("form", PLACELESS)
class TestAFailureWithoutAPlace:
    def test_is_quarantined(self, form: str) -> None:
        assert outcome(form, PLACELESS[form][1]) == ["quarantined"]

    def test_is_nobodys_when_the_file_says_that_it_is_no_outage(
        self, form: str
    ) -> None:
        name, body = PLACELESS[form]
        assert outcome(form, body, ignore=[f"^{name}$"]) == ["ignored"]
        assert outcome(form, body, outages=["^LineDown$"]) == ["ignored"]


@pytest.mark.parametrize(
    ("status", "severity", "read"),
    [
        ("firing", "critical", "quarantined"),
        ("firing", "warning", "ignored"),
        ("resolved", "critical", "ignored"),
    ],
)
def test_an_alert_without_a_place_is_quarantined_where_it_is_a_failure(
    status: str, severity: str, read: str
) -> None:
    labels = {"alertname": "DiskFull", "severity": severity}
    body = {"alerts": [{"status": status, "labels": labels}]}

    assert outcome("alertmanager", body) == [read]
