"""Icinga 2 in every type of event, and its kin."""

from typing import Any

import pytest

from support.readings import outcome, said

AT = 1795395402.402279


def result(state: int, state_type: int = 1) -> dict[str, Any]:
    return {"state": state, "vars_after": {"state": state, "state_type": state_type}}


def event(kind: str, host: str = "line-1", **more: Any) -> dict[str, Any]:
    return {"type": kind, "host": host, "timestamp": AT, "downtime_depth": 0} | more


def changed(state: int, state_type: int = 1, **more: Any) -> dict[str, Any]:
    return event("StateChange", state=state, state_type=state_type, **more)


def notified(kind: str, **more: Any) -> dict[str, Any]:
    return event("Notification", notification_type=kind, users=[], **more)


CASES: dict[str, tuple[object, list[str]]] = {
    "host up": (changed(0), ["up line-1"]),
    "host down, hard": (changed(1), ["down line-1"]),
    "host down, soft": (changed(1, 0), ["unknown line-1"]),
    "host up again from soft": (changed(0, 0), ["up line-1"]),
    "states as floats": (changed(1.0, 1.0), ["down line-1"]),  # type: ignore[arg-type]  # as Icinga may
    "in a downtime": (changed(1, downtime_depth=2), ["down line-1 planned"]),
    "up in a downtime": (changed(0, downtime_depth=2), ["up line-1"]),
    "service critical": (changed(2, service="pppoe"), ["down line-1"]),
    "service warning": (changed(1, service="pppoe"), ["unknown line-1"]),
    "service unknown": (changed(3, service="pppoe"), ["unknown line-1"]),
    "service ok": (changed(0, service="pppoe"), ["up line-1"]),
    "service called after a line": (
        changed(2, host="dslam-1", service="line-7"),
        ["down line-7"],
    ),
    "an element": (changed(1, host="dslam-1"), ["down dslam-1"]),
    "a disk of an element is not the element": (
        changed(2, host="dslam-1", service="disk"),
        ["quarantined"],
    ),
    "a disk that is well again": (
        changed(0, host="dslam-1", service="disk"),
        ["ignored"],
    ),
    "check of a host: warning is up": (
        event("CheckResult", check_result=result(1)),
        ["up line-1"],
    ),
    "check of a host: critical is down": (
        event("CheckResult", check_result=result(2)),
        ["down line-1"],
    ),
    "check of a host: unknown is down": (
        event("CheckResult", check_result=result(3)),
        ["down line-1"],
    ),
    "check, soft": (
        event("CheckResult", check_result=result(2, 0)),
        ["unknown line-1"],
    ),
    "check without what came of it": (
        event("CheckResult", check_result={"state": 2}),
        ["unknown line-1"],
    ),
    "check without a state": (
        event("CheckResult", check_result={}),
        ["rejected unknown_type"],
    ),
    "check of a service": (
        event("CheckResult", service="pppoe", check_result=result(2)),
        ["down line-1"],
    ),
    "problem": (notified("PROBLEM"), ["down line-1"]),
    "problem of a service, a warning": (
        notified("PROBLEM", service="x", check_result=result(1)),
        ["unknown line-1"],
    ),
    "recovery": (notified("RECOVERY"), ["up line-1"]),
    "acknowledgement": (notified("ACKNOWLEDGEMENT"), ["remark acknowledged line-1"]),
    "custom": (notified("CUSTOM"), ["ignored"]),
    "downtime starts": (notified("DOWNTIMESTART"), ["remark maintenance_began line-1"]),
    "downtime ends": (notified("DOWNTIMEEND"), ["remark maintenance_ended line-1"]),
    "downtime removed": (
        notified("DOWNTIMEREMOVED"),
        ["remark maintenance_ended line-1"],
    ),
    "flapping starts": (notified("FLAPPINGSTART"), ["remark flapping_began line-1"]),
    "flapping ends": (notified("FLAPPINGEND"), ["remark flapping_ended line-1"]),
    "flapping event with state 0": (
        event("Flapping", state=0, state_type=1, is_flapping=True),
        ["remark flapping_began line-1"],
    ),
    "flapping is over": (
        event("Flapping", state=1, state_type=1, is_flapping=False),
        ["remark flapping_ended line-1"],
    ),
    "acknowledged with state": (
        event("AcknowledgementSet", state=1, state_type=1, author="a", comment="c"),
        ["remark acknowledged line-1"],
    ),
    "acknowledgement cleared": (
        event("AcknowledgementCleared", state=0, state_type=1),
        ["remark unacknowledged line-1"],
    ),
    "downtime triggered": (
        {"type": "DowntimeTriggered", "downtime": {"host_name": "line-1"}},
        ["remark maintenance_began line-1"],
    ),
    "downtime removed event": (
        {"type": "DowntimeRemoved", "downtime": {"host_name": "line-1"}},
        ["remark maintenance_ended line-1"],
    ),
    "downtime only planned": ({"type": "DowntimeAdded", "downtime": {}}, ["ignored"]),
    "comment": ({"type": "CommentAdded", "comment": {}}, ["ignored"]),
    "created": (
        {"type": "ObjectCreated", "object_type": "Host", "object_name": "line-1"},
        ["ignored"],
    ),
    "deleted host": (
        {"type": "ObjectDeleted", "object_type": "Host", "object_name": "line-1"},
        ["up line-1"],
    ),
    "deleted downtime": (
        {"type": "ObjectDeleted", "object_type": "Downtime", "object_name": "x!y"},
        ["ignored"],
    ),
    "no host": ({"type": "StateChange", "state": 1}, ["rejected unknown_type"]),
    "type of the future": ({"type": "Nova", "state": 1}, ["rejected unknown_type"]),
    "hosts of the API": (
        {
            "results": [
                {
                    "type": "Host",
                    "name": "line-1",
                    "attrs": {"state": 1, "state_type": 1},
                },
                {
                    "type": "Host",
                    "name": "line-2",
                    "attrs": {"state": 0, "state_type": 1},
                },
            ]
        },
        ["down line-1", "up line-2"],
    ),
    "services of the API": (
        {
            "results": [
                {
                    "type": "Service",
                    "name": "line-1!pppoe",
                    "attrs": {"state": 2, "state_type": 1, "host_name": "line-1"},
                }
            ]
        },
        ["down line-1"],
    ),
    "a variable of the host": (
        {
            "results": [
                {
                    "type": "Host",
                    "name": "cpe-17",
                    "attrs": {"state": 1, "state_type": 1, "vars": {"line_id": "L9"}},
                }
            ]
        },
        ["down L9"],
    ),
    "a script, host": (
        {"notification_type": "PROBLEM", "host_name": "line-1", "host_state": "DOWN"},
        ["down line-1"],
    ),
    "a script, service": (
        {
            "notificationtype": "PROBLEM",
            "hostname": "line-1",
            "servicedesc": "ping",
            "servicestate": "CRITICAL",
        },
        ["down line-1"],
    ),
}


@pytest.mark.parametrize(("body", "read"), CASES.values(), ids=CASES)
def test_icinga2(body: object, read: list[str]) -> None:
    assert outcome("icinga2", body) == read


class TestIcinga2:
    def test_each_downtime_has_a_key_of_its_own(self) -> None:
        body = {"type": "DowntimeStarted", "timestamp": AT}
        for name, key in (("line-1!a", "line-1!a"), (None, None)):
            downtime = {"__name": name, "host_name": "line-1", "service_name": ""}
            (remark,) = said("icinga2", body | {"downtime": downtime}).remarks

            assert remark.work == key

    @pytest.mark.parametrize(
        ("told", "flaps"),
        [(True, True), (1, True), (False, False), (0.0, False), (None, None)],
    )
    def test_a_list_says_whether_it_flaps(
        self, told: object, *, flaps: bool | None
    ) -> None:
        attrs = {"state": 0, "state_type": 1, "flapping": told}
        listed = {"results": [{"type": "Host", "name": "line-1", "attrs": attrs}]}

        assert said("icinga2", listed).signals[0].flapping is flaps

    def test_a_hard_state_needs_no_hold(self) -> None:
        assert said("icinga2", changed(1)).signals[0].confirmed

    def test_all_events_of_a_check_have_one_key(self) -> None:
        body = [
            changed(2, service="pppoe"),
            notified("PROBLEM", service="pppoe"),
            event("CheckResult", service="pppoe", check_result=result(2)),
        ]
        found = said("icinga2", body).signals

        assert {each.alarm_id for each in found} == {"line-1!pppoe"}

    def test_a_stream_that_is_cut_harms_no_event_before_it(self) -> None:
        body = b'{"type":"StateChange","host":"line-1","state":1,"state_type":1}\n{"ty'

        assert outcome("icinga2", body) == ["down line-1", "rejected not_json"]

    def test_a_deleted_host_is_not_a_host_that_is_up(self) -> None:
        body = {"type": "ObjectDeleted", "object_type": "Host", "object_name": "line-1"}

        assert said("icinga2", body).signals[0].deleted

    def test_hosts_may_be_elements_and_services_lines(self) -> None:
        body = changed(2, host="dslam-1", service="port 3")
        found = outcome("icinga2", body, line=["{host}/{service}"])

        assert found == ["down dslam-1/port 3"]


NAGIOS: dict[str, tuple[object, list[str]]] = {
    "host down": (
        {"NOTIFICATIONTYPE": "PROBLEM", "HOSTNAME": "line-1", "HOSTSTATE": "DOWN"},
        ["down line-1"],
    ),
    "host unreachable": (
        {
            "NOTIFICATIONTYPE": "PROBLEM",
            "HOSTNAME": "line-1",
            "HOSTSTATE": "UNREACHABLE",
        },
        ["unknown line-1"],
    ),
    "recovery": (
        {"NOTIFICATIONTYPE": "RECOVERY", "HOSTNAME": "line-1", "HOSTSTATE": "UP"},
        ["up line-1"],
    ),
    "a macro that was not filled": (
        {"HOSTNAME": "$HOSTNAME$", "HOSTSTATE": "DOWN"},
        ["rejected unknown_type"],
    ),
    "checkmk, a host with a service named": (
        {"WHAT": "HOST", "HOSTNAME": "line-1", "SERVICEDESC": "", "HOSTSTATE": "DOWN"},
        ["down line-1"],
    ),
    "soft": (
        {"HOSTNAME": "line-1", "HOSTSTATE": "DOWN", "HOSTSTATETYPE": "SOFT"},
        ["unknown line-1"],
    ),
    "no state": ({"HOSTNAME": "line-1"}, ["rejected unknown_type"]),
    "in a downtime": (
        {
            "HOSTNAME": "line-1",
            "HOSTSTATE": "DOWN",
            "HOSTDOWNTIME": "1",
            "downtime_depth": 1,
        },
        ["down line-1 planned"],
    ),
    "flapping": (
        {"NOTIFICATIONTYPE": "FLAPPINGSTART", "HOSTNAME": "line-1", "HOSTSTATE": "UP"},
        ["remark flapping_began line-1"],
    ),
}


@pytest.mark.parametrize(("body", "read"), NAGIOS.values(), ids=NAGIOS)
def test_nagios_and_checkmk(body: object, read: list[str]) -> None:
    assert outcome("nagios", body) == outcome("checkmk", body) == read
