"""Every sample of a real system, and what it must be read as."""

import pytest
from pydantic_core import from_json

from outage_watcher.sources.formats import Inbounds
from support.readings import NOW, SAMPLES, lines, said
from support.sample_outcomes import OUTCOMES

FORMATS = {
    "alertmanager-live": "alertmanager",
    "cloudevents": "cloudevents",
    "gnmi": "gnmi",
    "icinga2-live": "icinga2",
    "opennms": "opennms",
    "snmp-live": "snmp",
    "tmf642-derived": "tmf642",
    "ves": "ves",
    "zabbix-live": "zabbix",
}
TIMES = {
    "alertmanager-live/01_line_down_firing.json": "2026-11-23T00:51:54.548000+00:00",
    "alertmanager-live/02_line_down_resolved.json": "2026-11-23T00:51:57.548000+00:00",
    "gnmi/nokia_sros_vpls_oper_state_down.json": "2020-07-06T20:04:29.313066+00:00",
    "icinga2-live/03_statechange_hard_down.json": "2026-11-23T00:56:42.860146+00:00",
    "opennms/alarm_nodeDown.json": "2017-06-21T16:20:27.050000+00:00",
    "snmp-live/01_linkDown_v2c_hex_utf8_alias.json": "2026-11-23T01:13:10+00:00",
    "tmf642-derived/v4_AlarmDeleteEvent.json": "2026-11-23T23:00:00+00:00",
    "ves/ves4_fault_lossOfSignal_port.json": "2016-07-26T10:20:13+00:00",
    "ves/ves7_fault_as_on_message_bus.json": "2014-10-15T13:02:52+00:00",
    "ves/ves_stndDefined_3gpp_notifyNewAlarm.json": None,
    "zabbix-live/11_webhook_problem_23.json": "2026-11-23T01:15:19+00:00",
    "zabbix-live/13_webhook_recovery_22.json": "2026-11-23T01:15:28+00:00",
}


def format_of(sample: str) -> str:
    return FORMATS[sample.partition("/")[0]]


def read(sample: str) -> bytes:
    return (SAMPLES / sample).read_bytes()


def test_the_table_has_every_sample() -> None:
    files = {
        str(file.relative_to(SAMPLES))
        for file in SAMPLES.glob("*/*")
        if file.parent.name in FORMATS
    }

    assert files == OUTCOMES.keys()


@pytest.mark.parametrize("sample", OUTCOMES)
def test_a_sample_is_read_as_what_it_means(sample: str) -> None:
    assert lines(said(format_of(sample), read(sample))) == OUTCOMES[sample]


@pytest.mark.parametrize("sample", TIMES)
def test_a_sample_occurred_when_it_says(sample: str) -> None:
    (signal,) = said(format_of(sample), read(sample)).signals

    found = signal.occurred_at and signal.occurred_at.isoformat()
    assert found == TIMES[sample]


@pytest.mark.parametrize(
    "sample",
    [name for name in OUTCOMES if name.endswith(".json")],
)
def test_a_sample_is_recognised_where_nobody_says_what_it_is(sample: str) -> None:
    found = Inbounds().recognised(from_json(read(sample)))

    assert found
    assert found.name == format_of(sample)


@pytest.mark.parametrize("sample", OUTCOMES)
def test_no_other_source_reads_a_failure_of_a_place_into_a_sample(sample: str) -> None:
    for name in FORMATS.values():
        if name != format_of(sample):
            found = Inbounds().of(name)
            assert found
            states = [each.state for each in found.read(read(sample), now=NOW).signals]
            assert "down" not in states, name
