"""CloudEvents around our own signal, and the watchers that others run."""

import base64
import json
from typing import Any, ClassVar

import pytest

from support.readings import lines, outcome, said

SIGNAL = {"source": "cloudevents", "alarm_id": "a", "lines": ["L1"], "state": "down"}


def cloud(**more: Any) -> dict[str, Any]:
    told = {
        "specversion": "1.0",
        "id": "1",
        "source": "/probe",
        "type": "NetworkSignal",
    }
    return told | {"time": "2026-11-23T01:00:00Z", "data": SIGNAL} | more


def packed(data: object) -> str:
    return base64.b64encode(json.dumps(data).encode()).decode()


CLOUDEVENTS: dict[str, tuple[object, list[str]]] = {
    "structured": (cloud(), ["down L1"]),
    "a type with a domain in front": (
        cloud(type="de.ecotel.NetworkSignal"),
        ["down L1"],
    ),
    "a batch": (
        [cloud(), cloud(id="2", data=SIGNAL | {"state": "up"})],
        ["down L1", "up L1"],
    ),
    "a batch with a bad one": ([cloud(), {}], ["down L1", "rejected unknown_type"]),
    "a list in the data": (cloud(data=[SIGNAL, SIGNAL]), ["down L1", "down L1"]),
    "data as text": (cloud(data=json.dumps(SIGNAL)), ["down L1"]),
    "data_base64": (cloud(data_base64=packed(SIGNAL)), ["down L1"]),
    "data_base64 that is none": (
        cloud(data_base64="... base64 ..."),
        ["rejected unreadable"],
    ),
    "data_base64 that holds no JSON": (
        cloud(data_base64="AAEC"),
        ["rejected unreadable"],
    ),
    "another type": (cloud(type="com.example.other"), ["rejected unknown_type"]),
    "no type": (cloud(type=None), ["rejected unknown_type"]),
    "version 2": (cloud(specversion="2.0"), ["rejected unknown_type"]),
    "no data": (cloud(data=None), ["rejected invalid"]),
    "no place": (cloud(data=SIGNAL | {"lines": []}), ["quarantined"]),
    "no state is unknown": (cloud(data=SIGNAL | {"state": None}), ["unknown L1"]),
    "a state nobody knows": (
        cloud(data=SIGNAL | {"state": "so so"}),
        ["rejected invalid"],
    ),
    "a heartbeat": (cloud(data={"alarm_id": "heartbeat", "state": "up"}), ["beat"]),
}


@pytest.mark.parametrize(("body", "read"), CLOUDEVENTS.values(), ids=CLOUDEVENTS)
def test_cloudevents(body: object, read: list[str]) -> None:
    assert outcome("cloudevents", body) == read


class TestCloudEvents:
    HEADERS: ClassVar = {
        "ce-specversion": "1.0",
        "ce-id": "1",
        "ce-source": "/probe",
        "ce-type": "NetworkSignal",
        "content-type": "application/json",
    }

    def test_binary(self) -> None:
        assert lines(said("cloudevents", SIGNAL, headers=self.HEADERS)) == ["down L1"]

    def test_binary_of_another_type(self) -> None:
        headers = self.HEADERS | {"ce-type": "com.example.other"}
        found = lines(said("cloudevents", SIGNAL, headers=headers))

        assert found == ["rejected unknown_type"]

    def test_the_time_of_the_envelope_counts_where_the_signal_has_none(self) -> None:
        of_java = cloud(data=SIGNAL | {"occurred_at": None})
        for signal in said("cloudevents", [cloud(), of_java]).signals:
            assert signal.occurred_at
            assert signal.occurred_at.isoformat() == "2026-11-23T01:00:00+00:00"

    def test_what_it_passes_on_for_others_keeps_its_own_keys(self) -> None:
        other = cloud(data=SIGNAL | {"source": "probe-7"})
        one, two = said("cloudevents", [cloud(), other]).signals

        assert {one.reported_by, two.reported_by} == {"cloudevents"}
        assert (one.alarm_id, two.alarm_id) == ("a", "probe-7/a")


def sns(state: str, **more: Any) -> dict[str, Any]:
    alarm = {
        "AlarmName": "line-1",
        "NewStateValue": state,
        "StateChangeTime": "2026-11-23T01:00:00.000+0000",
        "Trigger": {"Dimensions": [{"name": "line", "value": "L1"}]},
    }
    return {
        "Type": "Notification",
        "TopicArn": "a",
        "Message": json.dumps(alarm),
    } | more


def baa(severity: str, **more: Any) -> dict[str, Any]:
    alarm = {
        "resource": "/ietf-interfaces:interfaces/interface[name='uni-7']",
        "alarm-type-id": "bbf-alarm-types:loss-of-signal",
        "alarm-text": "x",
        "perceived-severity": severity,
        "time": "2026-11-23T01:00:00Z",
    }
    told = {"ietf-alarms:alarms": {"alarm-notification": alarm | more}}
    return {"payload": json.dumps(told), "deviceRefId": "olt-1"}


OTHERS: dict[str, tuple[str, object, list[str]]] = {
    "CloudWatch, alarm": ("cloudwatch", sns("ALARM"), ["down L1"]),
    "CloudWatch, ok": ("cloudwatch", sns("OK"), ["up L1"]),
    "CloudWatch, no data": ("cloudwatch", sns("INSUFFICIENT_DATA"), ["unknown L1"]),
    "CloudWatch, subscription": (
        "cloudwatch",
        {"Type": "SubscriptionConfirmation", "SubscribeURL": "x"},
        ["ignored"],
    ),
    "CloudWatch, a text": (
        "cloudwatch",
        sns("OK", Message="hi"),
        ["rejected unknown_type"],
    ),
    "CloudWatch, EventBridge": (
        "cloudwatch",
        {
            "detail": {
                "alarmName": "x",
                "state": {"value": "ALARM"},
                "dimensions": {"line": "L1"},
            }
        },
        ["down L1"],
    ),
    "UptimeRobot, placeholders": (
        "uptimerobot",
        {"monitorID": "*monitorID*", "alertType": "*alertType*"},
        ["rejected unknown_type"],
    ),
    "UptimeRobot, down": (
        "uptimerobot",
        {"monitorID": "7", "alertType": "1", "monitorFriendlyName": "line-7"},
        ["down line-7"],
    ),
    "UptimeRobot, up": (
        "uptimerobot",
        {"monitorID": "7", "alertType": 2, "monitorFriendlyName": "line-7"},
        ["up line-7"],
    ),
    "UptimeRobot, certificate": (
        "uptimerobot",
        {"monitorID": "7", "alertType": "3"},
        ["ignored"],
    ),
    "Pingdom": (
        "pingdom",
        {"check_id": 1, "check_name": "line-7", "current_state": "DOWN"},
        ["down line-7"],
    ),
    "LibreNMS, alert": (
        "librenms",
        {"hostname": "line-7", "state": 1, "severity": "critical", "rule": "r"},
        ["down line-7"],
    ),
    "LibreNMS, recovered": (
        "librenms",
        {"hostname": "line-7", "state": "0", "rule": "r"},
        ["up line-7"],
    ),
    "LibreNMS, acknowledged": (
        "librenms",
        {"hostname": "line-7", "state": 2, "rule": "r"},
        ["remark acknowledged"],
    ),
    "ThousandEyes": (
        "thousandeyes",
        {
            "eventType": "ALERT_NOTIFICATION_TRIGGER",
            "alert": {"alertId": 5, "line": "L1"},
        },
        ["down L1"],
    ),
    "ThousandEyes, clear": (
        "thousandeyes",
        {
            "eventType": "ALERT_NOTIFICATION_CLEAR",
            "alert": {"alertId": 5, "line": "L1"},
        },
        ["up L1"],
    ),
    "ThousandEyes, test": ("thousandeyes", {"eventType": "WEBHOOK_TEST"}, ["ignored"]),
    "Meraki": (
        "meraki",
        {
            "alertType": "gateway went down",
            "deviceSerial": "Q2",
            "deviceName": "line-7",
        },
        ["down line-7"],
    ),
    "Meraki, settings": (
        "meraki",
        {"alertType": "Settings changed", "networkId": "N"},
        ["ignored"],
    ),
    "RIPE Atlas, none came back": (
        "ripe-atlas",
        [
            {
                "type": "ping",
                "msm_id": 1,
                "prb_id": 2,
                "sent": 3,
                "rcvd": 0,
                "line": "L1",
                "result": [{"x": "*"}],
            }
        ],
        ["down L1"],
    ),
    "RIPE Atlas, late answers": (
        "ripe-atlas",
        [
            {
                "type": "ping",
                "msm_id": 1,
                "prb_id": 2,
                "sent": 3,
                "rcvd": 0,
                "line": "L1",
                "result": [{"x": "*"}, {"late": 2}],
            }
        ],
        ["unknown L1"],
    ),
    "RIPE Atlas, the probe fails": (
        "ripe-atlas",
        [
            {
                "type": "ping",
                "msm_id": 1,
                "prb_id": 2,
                "sent": 3,
                "rcvd": 0,
                "line": "L1",
                "result": [{"error": "no route"}],
            }
        ],
        ["unknown L1"],
    ),
    "RFC 8632": ("rfc8632", baa("major"), ["down olt-1/uni-7"]),
    "RFC 8632, cleared": ("rfc8632", baa("cleared"), ["up olt-1/uni-7"]),
    "RFC 8632, minor": ("rfc8632", baa("minor"), ["unknown olt-1/uni-7"]),
    "RFC 8632, a list": (
        "rfc8632",
        [baa("major"), {"a": 1}, baa("cleared") | {"deviceRefId": "olt-2"}],
        ["down olt-1/uni-7", "up olt-2/uni-7", "rejected unknown_type"],
    ),
    "RFC 8632, one brace too many": (
        "rfc8632",
        json.dumps(baa("cleared")).encode() + b"}",
        ["rejected not_json"],
    ),
    "RFC 8632, something else": ("rfc8632", {"a": [1]}, ["rejected unknown_type"]),
}


@pytest.mark.parametrize(("name", "body", "read"), OTHERS.values(), ids=OTHERS)
def test_other_watchers(name: str, body: object, read: list[str]) -> None:
    assert outcome(name, body) == read
