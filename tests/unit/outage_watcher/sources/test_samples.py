"""Every sample of a real system, and what it must be read as."""

import pytest
from pydantic_core import from_json

from outage_watcher.sources.formats import Inbounds
from support.readings import NOW, SAMPLES, lines, said

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
NUMBER_POOL = "down scfx0001vm002cap001"
WITHIN_DOWNTIME = [
    "unknown line-0003",
    "down line-0003 planned",
    "down line-0003",
    "up line-0003",
    "up line-0003",
    "unknown line-0003",
    "unknown line-0003",
    "down line-0003",
    "down line-0003",
    "up line-0003",
    "up line-0003",
    "notice maintenance_began line-0003",
    "notice acknowledged line-0003",
]
OUTCOMES: dict[str, list[str]] = {
    "alertmanager-live/01_line_down_firing.json": ["down L0007"],
    "alertmanager-live/02_line_down_resolved.json": ["up L0007"],
    "alertmanager-live/03_watchdog_repeat.json": ["beat"],
    "alertmanager-live/10_group_4_firing.json": [
        "down G0",
        "down G1",
        "down G2",
        "down G3",
    ],
    "alertmanager-live/11_group_truncated_max_alerts_2.json": [
        "down G0",
        "down G1",
        "notice incomplete",
    ],
    "alertmanager-live/12_group_mixed_and_resolved_never_seen_firing.json": [
        "up G0",
        "down G1",
        "down G2",
        "down G3",
        "up G9",
    ],
    "alertmanager-live/13_group_repeat_same_alerts.json": [
        "down G1",
        "down G2",
        "down G3",
    ],
    "alertmanager-live/20_unicode_labels.json": ["down Ö-Straße/ß 12 — 東京 🚧"],
    "alertmanager-live/22_minimal_only_alertname.json": ["quarantined"],
    "alertmanager-live/30_false_clear_exporter_died.json": ["up L0012"],
    "alertmanager-live/31_monitoring_lost_firing.json": [
        "blind LineMonitoringLost/lines/127.0.0.1:19101"
    ],
    "alertmanager-live/32_monitoring_lost_resolved.json": [
        "beat LineMonitoringLost/lines/127.0.0.1:19101"
    ],
    "alertmanager-live/37_firing_after_silence_expired.json": ["down L0017"],
    "alertmanager-live/38_node_down_firing.json": ["down dslam-01"],
    "cloudevents/spec_batch.json": ["rejected unknown_type"] * 2,
    "cloudevents/spec_example_0.json": ["rejected unknown_type"],
    "gnmi/concatenated_objects_stream.txt": [
        "down router2.lab.com/testvpls",
        "down router1.lab.com/test",
        "rejected not_json",
        "ignored",
        "ignored",
    ],
    "gnmi/nokia_sros_vpls_oper_state_down.json": ["down router2.lab.com/testvpls"],
    "icinga2-live/01_checkresult_soft_1_of_3.json": ["unknown line-0001"],
    "icinga2-live/02_statechange_soft_down.json": ["unknown line-0001"],
    "icinga2-live/03_statechange_hard_down.json": ["down line-0001"],
    "icinga2-live/04_notification_problem.json": ["down line-0001"],
    "icinga2-live/06_statechange_hard_up.json": ["up line-0001"],
    "icinga2-live/07_notification_recovery.json": ["up line-0001"],
    "icinga2-live/12_downtime_started.json": ["notice maintenance_began line-0003"],
    "icinga2-live/15_line0003_in_downtime_then_still_down.json": WITHIN_DOWNTIME,
    "opennms/alarm_list_4.json": ["quarantined"] * 4,
    "opennms/alarm_nodeDown.json": ["down wan4"],
    "snmp-live/00_snmptrapd_log_raw.txt": [
        "down 127.0.0.1/1048",
        "down 127.0.0.1/7",
        "notice restarted",
        "rejected not_json",
        "rejected not_json",
        "rejected not_json",
        "rejected not_json",
        "ignored",
        "ignored",
    ],
    "snmp-live/01_linkDown_v2c_hex_utf8_alias.json": ["down Kunde Müller, Köln-Süd"],
    "tmf642-derived/v4_AlarmAttributeValueChangeEvent_partial.json": ["ignored"],
    "tmf642-derived/v4_AlarmDeleteEvent.json": ["up @8812"],
    "ves/ves4_fault_lossOfSignal_port.json": ["down circuit-1"],
    "ves/ves7_batch.json": [NUMBER_POOL, NUMBER_POOL],
    "ves/ves7_fault_as_on_message_bus.json": [NUMBER_POOL],
    "ves/ves7_invalid.json": ["rejected unknown_type"],
    "ves/ves_stndDefined_3gpp_notifyNewAlarm.json": [NUMBER_POOL],
    "zabbix-live/01_realtime_export_problems.ndjson": [
        "down L0001",
        "down L0002",
        "up @23",
        "up @22",
    ],
    "zabbix-live/03_export_recovery_only_p_eventid.json": ["up @23"],
    "zabbix-live/11_webhook_problem_23.json": ["down L0002"],
    "zabbix-live/13_webhook_recovery_22.json": ["up L0001"],
    "zabbix-live/21_api_event_get.json": [
        "up L0002",
        "up L0001",
        "ignored",
        "ignored",
    ],
}
"""Heartbeats of one eye have its name behind them; `@` is an alarm without a place."""

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
