"""Zabbix, OpenNMS, TMF642 and VES in every variant of their formats."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from support.readings import outcome, said, source

AT = 1795396515


def problem(**more: Any) -> dict[str, Any]:
    tags = [{"tag": "line", "value": "L1"}]
    told: dict[str, Any] = {
        "clock": AT,
        "ns": 5,
        "value": 1,
        "eventid": 22,
        "severity": 4,
    }
    hosts = [{"host": "dslam-01", "name": "DSLAM 1"}]
    return told | {"name": "no sync", "tags": tags, "hosts": hosts} | more


def media(**more: Any) -> dict[str, Any]:
    told = {"event_id": "22", "event_value": "1", "event_status": "PROBLEM"}
    when = {"event_date": "2026.11.23", "event_time": "01:15:19", "event_source": "0"}
    tags = '[{"tag":"line","value":"L1"}]'
    return told | when | {"event_nseverity": "4", "event_tags": tags} | more


GOOD_AND_BROKEN = (
    b'{"clock":1,"value":1,"eventid":1,"tags":[{"tag":"line","value":"L1"}]}\n'
    b'{"x\n'
    b'{"clock":1,"value":0,"eventid":2,"p_eventid":1}'
)
ZABBIX: dict[str, tuple[object, list[str]]] = {
    "problem": (problem(), ["down L1"]),
    "problem of old": (
        problem(
            hosts=["dslam-01"], severity=None, tags=[{"tag": "line_id", "value": "L1"}]
        ),
        ["down L1"],
    ),
    "recovery": (
        {"clock": AT, "ns": 0, "value": 0, "eventid": 24, "p_eventid": 22},
        ["up @22"],
    ),
    "recovery of nothing": (
        {"clock": AT, "ns": 0, "value": 0, "eventid": 24},
        ["ignored"],
    ),
    "not classified is in doubt an outage": (problem(severity=0), ["down L1"]),
    "information": (problem(severity=1), ["unknown L1"]),
    "warning": (problem(severity="2"), ["unknown L1"]),
    "average": (problem(severity=3), ["down L1"]),
    "disaster": (problem(severity=5), ["down L1"]),
    "suppressed by a maintenance": (problem(suppressed="1"), ["down L1 planned"]),
    "host that is a line": (
        problem(tags=[], hosts=[{"host": "line-7", "name": "x"}]),
        ["down line-7"],
    ),
    "host that is unavailable": (
        problem(tags=[], name="Unavailable by ICMP ping"),
        ["down dslam-01"],
    ),
    "host by its scope": (
        problem(tags=[{"tag": "scope", "value": "availability"}]),
        ["down dslam-01"],
    ),
    "a disk of a host": (problem(tags=[], name="Disk space is low"), ["quarantined"]),
    "a port of a host, by its tag": (
        problem(
            name="Gi0/1: no carrier",
            tags=[
                {"tag": "interface", "value": "Gi0/1"},
                {"tag": "scope", "value": "availability"},
            ],
        ),
        ["quarantined"],
    ),
    "a port of a host, by its name": (
        media(
            event_tags="[]",
            event_name="Interface Gi0/1(uplink): Link down",
            host_host="dslam-01",
        ),
        ["quarantined"],
    ),
    "a part of a host, by its component": (
        problem(
            name="PS-1 is in critical state",
            tags=[
                {"tag": "component", "value": "power"},
                {"tag": "scope", "value": "availability"},
            ],
        ),
        ["quarantined"],
    ),
    "a sensor of a host": (
        problem(
            name="CPU: Temperature is above critical threshold",
            tags=[{"tag": "scope", "value": "availability"}],
        ),
        ["quarantined"],
    ),
    "what a host says of a neighbour": (
        problem(tags=[], name="BGP peer 10.0.0.1 down"),
        ["quarantined"],
    ),
    "a line that no tag names": (
        media(event_tags="{EVENT.TAGSJSON}", event_name="Line down", host_host="d-1"),
        ["quarantined"],
    ),
    "a host that is offline": (
        problem(tags=[], name="dslam-01 is offline"),
        ["down dslam-01"],
    ),
    "a host by its scope and component": (
        problem(
            name="No answer for 3 minutes",
            tags=[
                {"tag": "component", "value": "health"},
                {"tag": "scope", "value": "availability"},
            ],
        ),
        ["down dslam-01"],
    ),
    "two hosts": (
        problem(tags=[], hosts=[{"host": "a"}, {"host": "b"}]),
        ["quarantined"],
    ),
    "a value of an item": ({"itemid": 1, "clock": AT, "value": 1}, ["ignored"]),
    "webhook problem": (media(), ["down L1"]),
    "webhook recovery": (media(event_value="0", event_status="RESOLVED"), ["up L1"]),
    "webhook with status only": (
        {"eventid": "5", "status": "PROBLEM", "line": "L1"},
        ["down L1"],
    ),
    "webhook acknowledged": (
        media(event_update_status="1", event_update_action="acknowledged, commented"),
        ["down L1", "remark acknowledged"],
    ),
    "webhook unacknowledged": (
        media(event_update_status="1", event_update_action="unacknowledged"),
        ["down L1", "remark unacknowledged"],
    ),
    "webhook tags as text": (media(event_tags="scope:x, line:L4"), ["down L4"]),
    "webhook of discovery": (media(event_source="1"), ["ignored"]),
    "webhook of Zabbix itself": (media(event_source="3"), ["ignored"]),
    "webhook of a service": (media(event_source="4"), ["down L1"]),
    "macros that nobody filled": (
        {"event_id": "{EVENT.ID}", "event_value": "{EVENT.VALUE}"},
        ["rejected unknown_type"],
    ),
    "an unknown host": (
        media(event_tags="[]", host_host="*UNKNOWN*", host_name="*UNKNOWN*"),
        ["quarantined"],
    ),
    "an open problem of the API": (
        {
            "jsonrpc": "2.0",
            "id": 1,
            "result": [
                {
                    "eventid": "9",
                    "value": "1",
                    "r_eventid": "0",
                    "clock": str(AT),
                    "severity": "4",
                    "tags": [{"tag": "line", "value": "L1"}],
                }
            ],
        },
        ["down L1"],
    ),
    "problem.get has no value": (
        {
            "jsonrpc": "2.0",
            "id": 1,
            "result": [
                {
                    "eventid": "9",
                    "r_eventid": "0",
                    "clock": str(AT),
                    "severity": "4",
                    "tags": [{"tag": "line", "value": "L1"}],
                }
            ],
        },
        ["down L1"],
    ),
    "a problem that is over": (
        {
            "jsonrpc": "2.0",
            "id": 1,
            "result": [
                {"eventid": "9", "value": "1", "r_eventid": "10", "clock": str(AT)}
            ],
        },
        ["ignored"],
    ),
    "no event": ({"hello": 1}, ["rejected unknown_type"]),
    "a value that is none": (problem(value=7), ["rejected unknown_type"]),
    "good and broken lines": (
        GOOD_AND_BROKEN,
        ["down L1", "up @1", "rejected not_json"],
    ),
}


@pytest.mark.parametrize(("body", "read"), ZABBIX.values(), ids=ZABBIX)
def test_zabbix(body: object, read: list[str]) -> None:
    assert outcome("zabbix", body) == read


class TestZabbix:
    def test_a_recovery_has_the_key_of_its_problem(self) -> None:
        recovery = {"clock": AT, "ns": 0, "value": 0, "eventid": 24, "p_eventid": 22}
        found = said("zabbix", [problem(), recovery, media(event_value="0")]).signals

        assert {each.alarm_id for each in found} == {"22"}

    def test_so_has_one_in_the_history(self) -> None:
        tags = [{"tag": "line", "value": "L1"}]
        problem_ = {"eventid": "22", "value": "1", "r_eventid": "24", "clock": AT}
        recovery = {"eventid": "24", "value": "0", "r_eventid": "0", "clock": AT}
        body = {"jsonrpc": "2.0", "result": [problem_, recovery | {"tags": tags}]}
        (signal,) = said("zabbix", body).signals

        assert (signal.state, signal.alarm_id) == ("up", "22")

    def test_local_times_are_of_the_zone_that_is_set(self) -> None:
        (signal,) = said("zabbix", media(), zone="Europe/Berlin").signals

        assert signal.occurred_at
        assert signal.occurred_at.isoformat() == "2026-11-23T00:15:19+00:00"

    def test_of_an_hour_that_comes_twice_the_one_that_has_been_counts(self) -> None:
        day = {"event_date": "2026.10.25", "event_recovery_date": "2026.10.25"}
        down = media(**day, event_time="02:50:00")
        up = down | {"event_value": "0", "event_recovery_time": "02:10:00"}
        for told, minutes in ((down, 50), (up, 70)):
            at = datetime(2026, 10, 25, tzinfo=UTC) + timedelta(minutes=minutes)
            now = at + timedelta(seconds=2)
            zabbix = source("zabbix", zone="Europe/Berlin")
            (signal,) = zabbix.read(json.dumps(told).encode(), now=now).signals

            assert signal.occurred_at == at

    def test_of_an_hour_that_does_not_come_the_later_counts(self) -> None:
        """Whose clock was not put forward writes it; an hour off would be old."""
        told = media(event_date="2026.03.29", event_time="02:30:00")
        now = datetime(2026, 3, 29, 1, 30, 2, tzinfo=UTC)
        zabbix = source("zabbix", zone="Europe/Berlin")
        (signal,) = zabbix.read(json.dumps(told).encode(), now=now).signals

        assert signal.occurred_at == now - timedelta(seconds=2)

    def test_a_recovery_without_its_own_time_takes_not_that_of_the_problem(
        self,
    ) -> None:
        body = media(event_value="0", event_recovery_date="{EVENT.RECOVERY.DATE}")

        assert said("zabbix", body).signals[0].occurred_at is None

    def test_nanoseconds_count(self) -> None:
        (signal,) = said("zabbix", problem(ns=687693472)).signals

        assert signal.occurred_at
        assert signal.occurred_at.microsecond == 687693


def alarm(**more: Any) -> dict[str, Any]:
    told: dict[str, Any] = {"id": 1, "uei": "uei.opennms.org/nodes/nodeDown", "type": 1}
    key = "uei.opennms.org/nodes/nodeDown::166"
    told |= {"reductionKey": key, "severity": "MAJOR", "lastEventTime": 1498062027050}
    return told | {"nodeLabel": "wan4"} | more


LINK = "uei.opennms.org/generic/traps/SNMP_Link_Down"
OPENNMS: dict[str, tuple[object, list[str]]] = {
    "node down": (alarm(), ["down wan4"]),
    "cleared": (alarm(severity="CLEARED"), ["up wan4"]),
    "a resolution": (
        alarm(
            type=2,
            severity="NORMAL",
            uei="uei.opennms.org/nodes/nodeUp",
            reductionKey="up",
            clearKey="uei.opennms.org/nodes/nodeDown::166",
        ),
        ["up wan4"],
    ),
    "type 3 has no resolution": (alarm(type=3), ["down wan4"]),
    "minor": (alarm(severity="MINOR"), ["unknown wan4"]),
    "warning": (alarm(severity="WARNING"), ["unknown wan4"]),
    "indeterminate is noise here": (alarm(severity="INDETERMINATE"), ["unknown wan4"]),
    "no severity": (alarm(severity=None), ["unknown wan4"]),
    "one service of a node": (
        alarm(uei="uei.opennms.org/nodes/nodeLostService"),
        ["quarantined"],
    ),
    "a threshold": (
        alarm(uei="uei.opennms.org/threshold/highThresholdExceeded"),
        ["quarantined"],
    ),
    "a line among the parameters": (
        alarm(uei="uei.x/y", parameters=[{"name": "lineId", "value": "L1"}]),
        ["down L1"],
    ),
    "a line in the event": (
        alarm(
            uei="uei.x/y", lastEvent={"parameters": [{"name": "line", "value": "L1"}]}
        ),
        ["down L1"],
    ),
    "a port by its alias": (
        alarm(uei=LINK, parameters=[{"name": "ifAlias", "value": "L-17"}]),
        ["down L-17"],
    ),
    "a port by its name": (
        alarm(uei=LINK, parameters=[{"name": "ifName", "value": "ge-0/0/1"}]),
        ["down wan4/ge-0/0/1"],
    ),
    "a node that is a line": (
        alarm(nodeLabel="line-9", uei="uei.x/y"),
        ["down line-9"],
    ),
    "acknowledged": (
        alarm(ackUser="noc", ackTime=1498062027050),
        ["down wan4", "remark acknowledged"],
    ),
    "a list": (
        {"count": 2, "totalCount": 2, "alarm": [alarm(), alarm(severity="CLEARED")]},
        ["down wan4", "up wan4"],
    ),
    "a page of a list": (
        {"count": 1, "totalCount": 9, "alarm": [alarm()]},
        ["down wan4", "remark incomplete"],
    ),
    "an empty list": ({"count": 0, "totalCount": 0, "alarm": []}, []),
    "a bad one in a list": (
        {"alarm": [alarm(), {}]},
        ["down wan4", "rejected unknown_type"],
    ),
    "attributes as older versions write them": (
        {f"@{name}": value for name, value in alarm().items()},
        ["down wan4"],
    ),
    "no node": (alarm(nodeLabel=None), ["quarantined"]),
    "no alarm": ({"hello": 1}, ["rejected unknown_type"]),
}


@pytest.mark.parametrize(("body", "read"), OPENNMS.values(), ids=OPENNMS)
def test_opennms(body: object, read: list[str]) -> None:
    assert outcome("opennms", body) == read


def test_a_resolution_of_opennms_has_the_key_of_its_problem() -> None:
    resolution = alarm(type=2, clearKey=alarm()["reductionKey"], reductionKey="x")
    found = said("opennms", [alarm(), resolution]).signals

    assert len({each.alarm_id for each in found}) == 1


def tmf(kind: str, **told: Any) -> dict[str, Any]:
    return {
        "eventId": "e",
        "eventTime": "2026-11-23T01:01:00+01:00",
        "eventType": kind,
        "event": {"alarm": {"id": "8812"} | told},
    }


OBJECT = {"alarmedObject": [{"id": "L1", "@referredType": "AccessLine"}]}
RAISED: dict[str, Any] = OBJECT | {"state": "raised", "perceivedSeverity": "critical"}
CREATE, CHANGE = "AlarmCreateEvent", "AlarmAttributeValueChangeEvent"
STATE, DELETE = "AlarmStateChangeEvent", "AlarmDeleteEvent"
TMF642: dict[str, tuple[object, list[str]]] = {
    "create": (tmf(CREATE, **RAISED), ["down L1"]),
    "create, object as an object": (
        tmf(
            CREATE,
            state="raised",
            perceivedSeverity="major",
            alarmedObject={"id": "L1"},
        ),
        ["down L1"],
    ),
    "create of an element": (
        tmf(CREATE, perceivedSeverity="major", alarmedObject={"id": "olt-1"}),
        ["down olt-1"],
    ),
    "create of many": (
        tmf(
            CREATE,
            perceivedSeverity="major",
            alarmedObject=[{"id": "L1"}, {"id": "L2"}, {"id": "olt-1"}],
        ),
        ["down olt-1 L1 L2"],
    ),
    "create by its service": (
        tmf(
            CREATE,
            perceivedSeverity="major",
            affectedService=[{"id": "S1", "@type": "AccessLine"}],
        ),
        ["down S1"],
    ),
    "create, only a href": (
        tmf(
            CREATE, perceivedSeverity="major", alarmedObject={"href": "https://x/y/L1"}
        ),
        ["down L1"],
    ),
    "create without an object": (
        tmf(CREATE, perceivedSeverity="major"),
        ["quarantined"],
    ),
    "create, minor": (
        tmf(CREATE, **(RAISED | {"perceivedSeverity": "minor"})),
        ["unknown L1"],
    ),
    "create, indeterminate": (
        tmf(CREATE, **(RAISED | {"perceivedSeverity": "Indeterminate"})),
        ["down L1"],
    ),
    "create, severity as number": (
        tmf(CREATE, **(RAISED | {"perceivedSeverity": 3})),
        ["down L1"],
    ),
    "create, cleared as number": (
        tmf(CREATE, **(RAISED | {"perceivedSeverity": 1})),
        ["up L1"],
    ),
    "create, nothing is affected": (
        tmf(CREATE, **RAISED, serviceAffecting=False),
        ["unknown L1"],
    ),
    "create in planned work": (
        tmf(CREATE, **RAISED, plannedOutageIndicator="planned"),
        ["down L1 planned"],
    ),
    "create, unplanned": (
        tmf(CREATE, **RAISED, plannedOutageIndicator="unplanned"),
        ["down L1"],
    ),
    "change of the severity alone": (
        tmf(CHANGE, perceivedSeverity="critical"),
        ["ignored"],
    ),
    "change of a text": (tmf(CHANGE, alarmDetails="x"), ["ignored"]),
    "change to cleared": (tmf(CHANGE, perceivedSeverity="cleared"), ["up @8812"]),
    "change with its object": (
        tmf(CHANGE, perceivedSeverity="critical", **OBJECT),
        ["down L1"],
    ),
    "change, a clear time": (
        tmf(CHANGE, alarmClearedTime="2026-11-23T01:00:00Z"),
        ["up @8812"],
    ),
    "change, a clear time that is none": (
        tmf(CHANGE, alarmClearedTime="0001-01-01T00:00:00Z"),
        ["ignored"],
    ),
    "state cleared": (tmf(STATE, state="cleared"), ["up @8812"]),
    "state raised without an object": (tmf(STATE, state="raised"), ["quarantined"]),
    "state acknowledged": (
        tmf(STATE, state="acknowledged"),
        ["remark acknowledged", "ignored"],
    ),
    "acknowledged, cleared, not affecting": (
        tmf(
            STATE,
            state="acknowledged",
            perceivedSeverity="cleared",
            serviceAffecting=False,
        ),
        ["up @8812", "remark acknowledged"],
    ),
    "delete": (tmf(DELETE), ["up @8812"]),
    "version 5 has only @type": (
        {
            "@type": CREATE,
            "eventTime": "2026-11-23T01:00:00Z",
            "event": {"alarm": {"id": 7} | RAISED},
        },
        ["down L1"],
    ),
    "the name of an older version": (
        {
            "eventType": "AlarmCreateNotification",
            "event": {"alarm": {"id": 7} | RAISED},
        },
        ["down L1"],
    ),
    "thin": (
        {"eventType": CREATE, "event": {"id": "7", "href": "https://x/7"}},
        ["ignored"],
    ),
    "an alarm itself": ({"id": "7", "@type": "Alarm"} | RAISED, ["down L1"]),
    "a list of alarms": (
        [
            {"id": "7"} | RAISED,
            {"id": "8", "state": "cleared", "perceivedSeverity": "cleared"},
        ],
        ["down L1", "up @8"],
    ),
    "what people do": ({"eventType": "AckAlarmsCreateEvent", "event": {}}, ["ignored"]),
    "what people clear": (
        {"eventType": "ClearAlarmsStateChangeEvent", "event": {}},
        ["ignored"],
    ),
    "no id": (
        {"eventType": CREATE, "event": {"alarm": RAISED}},
        ["rejected unknown_type"],
    ),
    "another API": (
        {"eventType": "ServiceOrderCreateEvent", "event": {}},
        ["rejected unknown_type"],
    ),
}


@pytest.mark.parametrize(("body", "read"), TMF642.values(), ids=TMF642)
def test_tmf642(body: object, read: list[str]) -> None:
    assert outcome("tmf642", body) == read


def test_a_deleted_alarm_of_tmf642_is_not_a_cleared_one() -> None:
    deleted, cleared = said(
        "tmf642", [tmf(DELETE), tmf(STATE, state="cleared")]
    ).signals

    assert (deleted.deleted, cleared.deleted) == (True, False)


HEADER: dict[str, Any] = {
    "version": "4.1",
    "vesEventListenerVersion": "7.2",
    "domain": "fault",
    "eventId": "e",
    "eventName": "n",
    "sourceName": "olt-1",
    "startEpochMicrosec": 1795396515000000,
    "lastEpochMicrosec": 1795396519000000,
}


def ves(header: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    fault = {"alarmCondition": "lossOfSignal", "eventSeverity": "CRITICAL"}
    fault |= {"eventSourceType": "other", "specificProblem": "p", "vfStatus": "Active"}
    return {
        "event": {
            "commonEventHeader": HEADER | (header or {}),
            "faultFields": fault | fields,
        }
    }


def threegpp(kind: str, **data: Any) -> dict[str, Any]:
    header = HEADER | {
        "domain": "stndDefined",
        "stndDefinedNamespace": "3GPP-FaultSupervision",
    }
    told = {
        "notificationType": kind,
        "alarmId": "17",
        "eventTime": "2026-11-23T01:00:00Z",
    }
    fields = {"data": told | data}
    return {"event": {"commonEventHeader": header, "stndDefinedFields": fields}}


def state_change(**fields: Any) -> dict[str, Any]:
    header = HEADER | {"domain": "stateChange"}
    return {"event": {"commonEventHeader": header, "stateChangeFields": fields}}


VES: dict[str, tuple[object, list[str]]] = {
    "fault": (ves(), ["down olt-1"]),
    "fault, major": (ves(eventSeverity="MAJOR"), ["down olt-1"]),
    "fault, minor": (ves(eventSeverity="MINOR"), ["unknown olt-1"]),
    "fault, warning": (ves(eventSeverity="WARNING"), ["unknown olt-1"]),
    "fault is over": (ves(eventSeverity="NORMAL"), ["up olt-1"]),
    "fault of a port": (ves(alarmInterfaceA="1/1/1"), ["down olt-1/1/1/1"]),
    "fault of some port": (ves(eventSourceType="port"), ["quarantined"]),
    "fault of a line": (
        ves(alarmAdditionalInformation={"lineId": "L1"}, alarmInterfaceA="1/1/1"),
        ["down L1"],
    ),
    "fault of a line, as a list": (
        ves(alarmAdditionalInformation=[{"name": "line", "value": "L1"}]),
        ["down L1"],
    ),
    "a source that is a line": (ves({"sourceName": "line-4"}), ["down line-4"]),
    "version 5": (
        ves({"version": 3.0, "vesEventListenerVersion": None}),
        ["down olt-1"],
    ),
    "no severity": (ves(eventSeverity=None), ["rejected unknown_type"]),
    "severity as number": (ves(eventSeverity=1), ["rejected unknown_type"]),
    "no condition": (ves(alarmCondition=""), ["rejected unknown_type"]),
    "no source": (ves({"sourceName": ""}), ["rejected unknown_type"]),
    "an unknown domain": (ves({"domain": "moon"}), ["rejected unknown_type"]),
    "a version that is not there": (
        ves({"vesEventListenerVersion": "30.0.1"}),
        ["rejected unknown_type"],
    ),
    "heartbeat": (ves({"domain": "heartbeat"}), ["beat"]),
    "measurement": (ves({"domain": "measurement"}), ["ignored"]),
    "syslog": (ves({"domain": "syslog"}), ["ignored"]),
    "out of service": (
        state_change(
            newState="outOfService", oldState="inService", stateInterface="1/1/2"
        ),
        ["down olt-1/1/1/2"],
    ),
    "in service": (
        state_change(newState="inService"),
        ["up olt-1", "remark maintenance_ended olt-1"],
    ),
    "in maintenance": (
        state_change(newState="maintenance"),
        ["remark maintenance_began olt-1"],
    ),
    "a port in maintenance": (
        state_change(newState="maintenance", stateInterface="1/1/2"),
        ["remark maintenance_began olt-1/1/1/2"],
    ),
    "a port in service again": (
        state_change(newState="inService", stateInterface="1/1/2"),
        ["up olt-1/1/1/2", "remark maintenance_ended olt-1/1/1/2"],
    ),
    "batch with a bad one": (
        {"eventList": [ves()["event"], {"commonEventHeader": {}}]},
        ["down olt-1", "rejected unknown_type"],
    ),
    "3GPP new": (threegpp("notifyNewAlarm", perceivedSeverity="MAJOR"), ["down olt-1"]),
    "3GPP cleared": (
        threegpp("notifyClearedAlarm", perceivedSeverity="CLEARED"),
        ["up olt-1"],
    ),
    "3GPP changed": (
        threegpp("notifyChangedAlarm", perceivedSeverity="MAJOR"),
        ["ignored"],
    ),
    "3GPP changed to cleared": (
        threegpp("notifyChangedAlarm", perceivedSeverity="CLEARED"),
        ["up olt-1"],
    ),
    "3GPP acknowledged": (threegpp("notifyAckStateChanged"), ["ignored"]),
    "3GPP list rebuilt": (threegpp("notifyAlarmListRebuilt"), ["remark incomplete"]),
    "3GPP heartbeat": (threegpp("notifyHeartbeat"), ["beat"]),
    "3GPP without VES": (
        {
            "notificationType": "notifyNewAlarm",
            "alarmId": "1",
            "perceivedSeverity": "MAJOR",
            "objectInstance": "SubNetwork=1,ManagedElement=olt-7",
        },
        ["down olt-7"],
    ),
    "3GPP told by the manager of an element": (
        threegpp(
            "notifyNewAlarm",
            perceivedSeverity="MAJOR",
            objectInstance="SubNetwork=1,ManagedElement=olt-7",
        ),
        ["down olt-7"],
    ),
    "3GPP without namespace": (
        ves({"domain": "stndDefined"}),
        ["rejected unknown_type"],
    ),
}


@pytest.mark.parametrize(("body", "read"), VES.values(), ids=VES)
def test_ves(body: object, read: list[str]) -> None:
    assert outcome("ves", body) == read


def test_a_ves_fault_and_its_end_have_one_key_and_two_times() -> None:
    down, up = said("ves", [ves(), ves(eventSeverity="NORMAL")]).signals

    assert down.alarm_id == up.alarm_id
    assert down.occurred_at == up.started_at
    assert up.occurred_at
    assert up.started_at
    assert up.occurred_at > up.started_at
