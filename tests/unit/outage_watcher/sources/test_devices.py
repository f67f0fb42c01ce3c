"""SNMP traps, lines of syslog and gNMI, as each maker and collector writes them."""

import re
from typing import Any

import pytest

from support.readings import NOW, SAMPLES, outcome, said

LINK_DOWN, LINK_UP = ".1.3.6.1.6.3.1.1.5.3", ".1.3.6.1.6.3.1.1.5.4"
TRAP = ".1.3.6.1.6.3.1.1.4.1.0"
IF = ".1.3.6.1.2.1.2.2.1"


def trap(oid: str, *more: tuple[str, str, object], **told: Any) -> dict[str, Any]:
    bound = [(TRAP, "OID", oid), (f"{IF}.1.7", "INTEGER", 7), *more]
    varbinds = [{"oid": o, "type": t, "value": v} for o, t, v in bound]
    return {"agent": "dslam-1", "varbinds": varbinds} | told


NAME = (".1.3.6.1.2.1.31.1.1.1.1.7", "STRING", "ge-0/0/1")
SNMP: dict[str, tuple[object, list[str]]] = {
    "link down": (trap(LINK_DOWN, NAME), ["down dslam-1/ge-0/0/1"]),
    "link up": (trap(LINK_UP, NAME), ["up dslam-1/ge-0/0/1"]),
    "only an index": (trap(LINK_DOWN), ["down dslam-1/7"]),
    "switched off": (
        trap(LINK_DOWN, NAME, (f"{IF}.7.7", "INTEGER", "down(2)")),
        ["down dslam-1/ge-0/0/1 planned"],
    ),
    "up, but not operational": (
        trap(LINK_UP, NAME, (f"{IF}.8.7", "INTEGER", 2)),
        ["unknown dslam-1/ge-0/0/1"],
    ),
    "up, enumerated": (
        trap(LINK_UP, NAME, (f"{IF}.8.7", "INTEGER", "up(1)")),
        ["up dslam-1/ge-0/0/1"],
    ),
    "alias": (
        trap(LINK_DOWN, NAME, (".1.3.6.1.2.1.31.1.1.1.18.7", "STRING", "L-17")),
        ["down L-17"],
    ),
    "alias in hex, Latin-1": (
        trap(LINK_DOWN, (".1.3.6.1.2.1.31.1.1.1.18.7", "Hex-STRING", "4B F6 6C 6E 00")),
        ["down Köln"],
    ),
    "alias in hex that is no text": (
        trap(LINK_DOWN, (".1.3.6.1.2.1.31.1.1.1.18.7", "Hex-STRING", "01 02")),
        ["down 0102"],
    ),
    "names in place of numbers": (
        {
            "agent": "d",
            "varbinds": [
                {
                    "oid": "SNMPv2-MIB::snmpTrapOID.0",
                    "type": "OID",
                    "value": "IF-MIB::linkDown",
                },
                {"oid": "IF-MIB::ifName.3", "type": "STRING", "value": "eth3"},
            ],
        },
        ["down d/eth3"],
    ),
    "an object of varbinds": (
        {"agent": "d", "varbinds": {TRAP: LINK_DOWN, f"{IF}.2.3": "eth3"}},
        ["down d/eth3"],
    ),
    "varbinds as text": (
        {
            "agent": "d",
            "varbinds": f'{TRAP} = OID: {LINK_DOWN}\t{IF}.2.3 = STRING: "eth3"',
        },
        ["down d/eth3"],
    ),
    "iso. in front": (trap("iso.3.6.1.6.3.1.1.5.3", NAME), ["down dslam-1/ge-0/0/1"]),
    "version 1, generic": (
        {"agent": "d", "generic": 2, "varbinds": [{"oid": f"{IF}.1.7", "value": 7}]},
        ["down d/7"],
    ),
    "version 1, up": (
        {"agent": "d", "generic": "3", "varbinds": [{"oid": f"{IF}.1.7", "value": 7}]},
        ["up d/7"],
    ),
    "version 1, of a maker": (
        {
            "agent": "d",
            "generic": 6,
            "enterprise": "1.3.6.1.4.1.9",
            "specific": 5,
            "varbinds": [],
        },
        ["ignored"],
    ),
    "cold start": (trap(".1.3.6.1.6.3.1.1.5.1"), ["remark restarted"]),
    "warm start": (trap(".1.3.6.1.6.3.1.1.5.2"), ["remark restarted"]),
    "authentication failure": (trap(".1.3.6.1.6.3.1.1.5.5"), ["ignored"]),
    "of BGP": (trap(".1.3.6.1.2.1.15.7.2"), ["ignored"]),
    "telegraf": (
        {
            "name": "snmp_trap",
            "tags": {"name": "linkDown", "source": "10.0.0.9", "version": "2c"},
            "fields": {"ifIndex": 7, "ifDescr": "eth7"},
            "timestamp": 1795396515,
        },
        ["down 10.0.0.9/eth7"],
    ),
    "logstash": (
        {
            "host": {"ip": "10.0.0.9"},
            "SNMPv2-MIB::snmpTrapOID.0": "IF-MIB::linkDown",
            "IF-MIB::ifDescr.3": "eth3",
        },
        ["down 10.0.0.9/eth3"],
    ),
    "ALARM-MIB, active": (
        {
            "agent": "d",
            "trap": "alarmActiveState",
            "varbinds": [
                {"oid": "ituAlarmPerceivedSeverity", "value": 3},
                {"oid": "perceivedSeverity", "value": 3},
            ],
        },
        ["down d"],
    ),
    "ALARM-MIB, minor": (
        {
            "agent": "d",
            "trap": "alarmActiveState",
            "varbinds": [{"oid": "perceivedSeverity", "value": 5}],
        },
        ["unknown d"],
    ),
    "no port": ({"agent": "d", "trap": "linkDown"}, ["quarantined"]),
    "no agent": ({"varbinds": {TRAP: LINK_DOWN}}, ["rejected unknown_type"]),
    "no trap": ({"agent": "d", "varbinds": []}, ["rejected unknown_type"]),
}


@pytest.mark.parametrize(("body", "read"), SNMP.values(), ids=SNMP)
def test_snmp(body: object, read: list[str]) -> None:
    assert outcome("snmp", body) == read


class TestSnmp:
    def test_down_with_alias_and_up_without_have_one_key(self) -> None:
        alias = (".1.3.6.1.2.1.31.1.1.1.18.7", "STRING", "L-17")
        down, up = said("snmp", [trap(LINK_DOWN, alias), trap(LINK_UP)]).signals

        assert down.alarm_id == up.alarm_id == "dslam-1/7"

    def test_a_restart_names_all_alarms_of_its_agent(self) -> None:
        found = said("snmp", [trap(LINK_DOWN), trap(".1.3.6.1.6.3.1.1.5.1")])

        (signal,), (remark,) = found.signals, found.remarks
        assert remark.alarm_id
        assert signal.alarm_id.startswith(remark.alarm_id)

    def test_is_an_edge(self) -> None:
        assert said("snmp", trap(LINK_DOWN)).signals[0].evidence == "edge"

    def test_traps_of_a_maker_may_be_named(self) -> None:
        body = trap("1.3.6.1.4.1.637.61.1.0.9", NAME)
        found = outcome("snmp", body, down_traps=["1.3.6.1.4.1.637.61.1.0.9"])

        assert found == ["down dslam-1/ge-0/0/1"]


BLOCK = re.compile(r"# (.+)\n(.+)\n=> (.+)\n")
LINES = {
    name: (line, read.split(", "))
    for name, line, read in BLOCK.findall(
        (SAMPLES / "syslog" / "lines.txt").read_text(encoding="utf-8")
    )
}


def test_lines_of_every_maker_are_tried() -> None:
    assert len(LINES) > 20


@pytest.mark.parametrize(("line", "read"), LINES.values(), ids=LINES)
class TestLineOfSyslog:
    def test_as_it_is(self, line: str, read: list[str]) -> None:
        assert outcome("syslog", line.encode()) == read

    def test_in_json(self, line: str, read: list[str]) -> None:
        assert outcome("syslog", {"message": line}) == read


def test_bytes_of_another_alphabet_harm_no_neighbour() -> None:
    good, old = (
        f"<189>Nov 23 01:00:00 r1 Interface Gi0/{n} (Müller), changed state to down"
        for n in (1, 2)
    )
    body = good.encode() + b"\n" + old.encode("latin-1")

    assert outcome("syslog", body) == ["down r1/Gi0/1", "down r1/Gi0/2"]


EVENTS: dict[str, tuple[object, list[str]]] = {
    "the host beside the text": (
        {
            "host": "r1",
            "message": "%LINK-3-UPDOWN: Interface Gi0/2, changed state to down",
        },
        ["down r1/Gi0/2"],
    ),
    "rsyslog": (
        {
            "fromhost": "r1",
            "timereported": "2026-11-23T01:00:00Z",
            "msg": " %LINK-3-UPDOWN: Interface Gi0/2, changed state to down",
        },
        ["down r1/Gi0/2"],
    ),
    "no host": (
        {"message": "%LINK-3-UPDOWN: Interface Gi0/2, changed state to down"},
        ["rejected unknown_type"],
    ),
    "no host, as RFC 5424 says it": (
        b"<189>1 2026-11-23T01:00:00Z - mgd 9 - - Interface Gi0/2, changed state to up",
        ["rejected unknown_type"],
    ),
    "no host in the line, and one beside it": (
        {
            "fromhost-ip": "10.0.0.1",
            "message": "<189>1 - - mgd 9 - - Interface Gi0/2, changed state to down",
        },
        ["down 10.0.0.1/Gi0/2"],
    ),
    "no time, as RFC 5424 says it": (
        b"<189>1 - r1 mgd 9 - - Interface Gi0/2, changed state to down",
        ["down r1/Gi0/2"],
    ),
    "no message": ({"host": "r1"}, ["rejected unknown_type"]),
    "napalm-logs could not read it": (
        {
            "error": "RAW",
            "host": "r1",
            "message_details": {
                "message": "%LINK-3-UPDOWN: Interface Gi0/2, changed state to down"
            },
        },
        ["down r1/Gi0/2"],
    ),
    "napalm-logs": (
        {
            "error": "INTERFACE_DOWN",
            "host": "r1",
            "os": "junos",
            "timestamp": 1500587159,
            "yang_message": {
                "interfaces": {
                    "interface": {"xe-0/0/0": {"state": {"oper_status": "DOWN"}}}
                }
            },
        },
        ["down r1/xe-0/0/0"],
    ),
    "napalm-logs, switched off": (
        {
            "error": "INTERFACE_DOWN",
            "host": "r1",
            "os": "ios",
            "yang_message": {
                "interfaces": {
                    "interface": {"Gi2": {"state": {"admin_status": "DOWN"}}}
                }
            },
        },
        ["down r1/Gi2 planned"],
    ),
    "napalm-logs, of BGP": (
        {"error": "BGP_NEIGHBOR_STATE_CHANGED", "host": "r1", "yang_message": {}},
        ["ignored"],
    ),
    "napalm-logs, no port": (
        {"error": "INTERFACE_DOWN", "host": "r1", "yang_message": {}},
        ["rejected unknown_type"],
    ),
    "napalm-logs, maintenance": (
        {"error": "MAINTENANCE_MODE_STARTED", "host": "r1", "yang_message": {}},
        ["remark maintenance_began r1"],
    ),
}


@pytest.mark.parametrize(("body", "read"), EVENTS.values(), ids=EVENTS)
def test_syslog(body: object, read: list[str]) -> None:
    assert outcome("syslog", body) == read


@pytest.mark.parametrize("kind", ["major", "critical"])
def test_an_alarm_of_napalm_and_its_end_have_one_key(kind: str) -> None:
    alarms = [
        {
            "error": f"{kind.upper()}_ALARM_{word.upper()}",
            "host": "r1",
            "yang_message": {},
            "message_details": {"message": f"{kind.title()} alarm {word}, xe-1/0/1 x"},
        }
        for word in ("set", "cleared")
    ]
    down, up = said("syslog", alarms).signals

    assert (down.state, up.state) == ("down", "up")
    assert down.alarm_id == up.alarm_id


class TestTimeOfSyslog:
    def at(self, line: str) -> str | None:
        (signal,) = said("syslog", line.encode()).signals
        return signal.occurred_at.isoformat() if signal.occurred_at else None

    TEXT = " %LINK-3-UPDOWN: Interface Gi0/2, changed state to down"

    def test_without_a_year_is_the_last_such_day(self) -> None:
        assert (
            self.at(f"r1: Nov 22 10:00:00:{self.TEXT}") == "2026-11-22T10:00:00+00:00"
        )
        assert (
            self.at(f"r1: Dec 31 10:00:00:{self.TEXT}") == "2025-12-31T10:00:00+00:00"
        )

    def test_of_a_zone_that_is_named(self) -> None:
        at = self.at(f"r1: Nov 22 10:00:00.5 MEST:{self.TEXT}")

        assert at == "2026-11-22T08:00:00.500000+00:00"

    @pytest.mark.parametrize(
        "line",
        [
            "r1: Nov 22 10:05:02.100:",
            "r1: Nov 22 2026 10:05:02.100:",
            "Nov 22 10:05:02.100 r1",
            "2026 Nov 22 10:05:02.100 r1",
            "2026-11-22 10:05:02.100 r1",
        ],
    )
    def test_keeps_its_fraction(self, line: str) -> None:
        assert self.at(line + self.TEXT) == "2026-11-22T10:05:02.100000+00:00"

    @pytest.mark.parametrize("mark", ["*", "."])
    def test_is_not_believed_of_a_clock_that_is_not_set(self, mark: str) -> None:
        line = f"r1: {mark}Nov 22 10:00:00:{self.TEXT}"
        body = {"message": line, "timestamp": "2026-11-22T10:00:00Z"}

        assert self.at(line) is None
        assert said("syslog", body).signals[0].occurred_at is None

    def test_of_arrival_is_now(self) -> None:
        assert said("syslog", b"").now == NOW


def told(path: str, value: object, **more: Any) -> dict[str, Any]:
    updates = [{"Path": path, "values": {path: value}}]
    return {
        "source": "r1:57400",
        "timestamp": 1594065869313065895,
        "updates": updates,
    } | more


OPENCONFIG = "interfaces/interface[name=eth1]/state/oper-status"
GNMI: dict[str, tuple[object, list[str]]] = {
    "OpenConfig": (told(OPENCONFIG, "DOWN"), ["down r1/eth1"]),
    "OpenConfig, up": (told(OPENCONFIG, "UP"), ["up r1/eth1"]),
    "lower layer": (told(OPENCONFIG, "LOWER_LAYER_DOWN"), ["down r1/eth1"]),
    "not present": (told(OPENCONFIG, "NOT_PRESENT"), ["down r1/eth1"]),
    "dormant": (told(OPENCONFIG, "DORMANT"), ["unknown r1/eth1"]),
    "testing": (told(OPENCONFIG, "TESTING"), ["unknown r1/eth1"]),
    "an identity": (told(OPENCONFIG, "openconfig-interfaces:DOWN"), ["down r1/eth1"]),
    "modules in the path": (
        told(
            "openconfig-interfaces:interfaces/interface[name=eth1]/state/oper-status",
            "UP",
        ),
        ["up r1/eth1"],
    ),
    "a tree": (
        told(
            "interfaces/interface[name=eth1]",
            {
                "state": {
                    "oper-status": "DOWN",
                    "admin-status": "UP",
                    "counters": {"in-octets": 1},
                }
            },
        ),
        ["down r1/eth1"],
    ),
    "switched off": (
        told(
            "interfaces/interface[name=eth1]",
            {"state": {"oper-status": "DOWN", "admin-status": "DOWN"}},
        ),
        ["down r1/eth1 planned"],
    ),
    "a list in a tree": (
        told(
            "interfaces",
            {
                "interface": [
                    {"name": "eth1", "state": {"oper-status": "DOWN"}},
                    {"name": "eth2", "state": {"oper-status": "UP"}},
                ]
            },
        ),
        ["down r1/eth1", "up r1/eth2"],
    ),
    "a subinterface": (
        told(
            "interfaces/interface[name=eth1]/subinterfaces/subinterface[index=0]/state"
            "/oper-status",
            "DOWN",
        ),
        ["down r1/eth1.0"],
    ),
    "SR OS": (
        told("state/port[port-id=1/1/c1/1]/oper-state", "down"),
        ["down r1/1/1/c1/1"],
    ),
    "an interface called after a line": (
        told("interfaces/interface[name=line-7]/state/oper-status", "DOWN"),
        ["down line-7"],
    ),
    "counters": (
        told("interfaces/interface[name=eth1]/state/counters/in-octets", 5),
        ["ignored"],
    ),
    "only switched off says nothing": (
        told("interfaces/interface[name=eth1]/state/admin-status", "DOWN"),
        ["ignored"],
    ),
    "deleted": (
        {
            "source": "r1",
            "timestamp": 1,
            "deletes": ["interfaces/interface[name=eth1]"],
        },
        ["unknown r1/eth1"],
    ),
    "deleted state": (
        {"source": "r1", "timestamp": 1, "deletes": [OPENCONFIG]},
        ["unknown r1/eth1"],
    ),
    "sync": ({"sync-response": True}, ["ignored"]),
    "events of gnmic": (
        [
            {
                "name": "sub",
                "timestamp": 1594065869313065895,
                "tags": {
                    "interface_name": "eth1",
                    "source": "r1:57400",
                    "subscription-name": "sub",
                },
                "values": {"/interface/oper-state": "down"},
            }
        ],
        ["down r1/eth1"],
    ),
    "protobuf": (
        {
            "update": {
                "timestamp": "1594065869313065895",
                "prefix": {"target": "r1"},
                "update": [
                    {
                        "path": {
                            "elem": [
                                {"name": "interfaces"},
                                {"name": "interface", "key": {"name": "eth1"}},
                                {"name": "state"},
                                {"name": "oper-status"},
                            ]
                        },
                        "val": {"stringVal": "DOWN"},
                    }
                ],
            }
        },
        ["down r1/eth1"],
    ),
    "protobuf with JSON in base64": (
        {
            "update": {
                "timestamp": "1594065869313065895",
                "prefix": {"target": "r1"},
                "update": [
                    {
                        "path": {
                            "elem": [
                                {"name": "interface", "key": {"name": "eth1"}},
                                {"name": "oper-status"},
                            ]
                        },
                        "val": {"jsonIetfVal": "IkRPV04i"},
                    }
                ],
            }
        },
        ["down r1/eth1"],
    ),
    "protobuf sync": ({"syncResponse": True}, ["ignored"]),
    "telegraf": (
        {
            "name": "ifstate",
            "tags": {"name": "eth1", "source": "r1", "path": "/interfaces"},
            "fields": {"oper_status": "DOWN"},
            "timestamp": 1594065869,
        },
        ["down r1/eth1"],
    ),
    "no target": (told(OPENCONFIG, "DOWN", source=""), ["rejected unknown_type"]),
    "no message": ({"hello": 1}, ["rejected unknown_type"]),
    "a value that is none": (told(OPENCONFIG, None), ["unknown r1/eth1"]),
}


@pytest.mark.parametrize(("body", "read"), GNMI.values(), ids=GNMI)
def test_gnmi(body: object, read: list[str]) -> None:
    assert outcome("gnmi", body) == read


def test_gnmi_may_know_our_names() -> None:
    found = outcome("gnmi", told(OPENCONFIG, "DOWN"), rename={"r1/eth1": "L-1"})

    assert found == ["down L-1"]


def test_hardware_that_is_up_does_not_end_what_its_protocol_says() -> None:
    def told(what: str, state: str) -> list[tuple[str, str]]:
        line = f"<189>Nov 23 01:00:00 r1 {what} Gi0/2, changed state to {state}"
        found = said("syslog", line.encode()).signals
        return [(one.state, one.alarm_id) for one in found]

    link = "%LINK-3-UPDOWN: Interface"
    protocol = "%LINEPROTO-5-UPDOWN: Line protocol on Interface"
    assert told(link, "down") == [("down", "r1/Gi0/2")]
    assert told(protocol, "down") == [("down", "r1/Gi0/2/protocol")]
    assert told(link, "up") == [("up", "r1/Gi0/2")]
    # It is up by hardware that is: the line that says so may be lost.
    both = [("up", "r1/Gi0/2"), ("up", "r1/Gi0/2/protocol")]
    assert sorted(told(protocol, "up")) == both


def test_a_chassis_alarm_that_is_over_is_no_failure_without_a_place() -> None:
    line = "<189>Nov 23 01:00:00 r1 alarmd: Major alarm {}, PEM 0 Input Failure"
    assert outcome("syslog", line.format("set").encode()) == ["quarantined"]
    assert outcome("syslog", line.format("cleared").encode()) == ["ignored"]
