"""How else programs write what they say: each variant was once read wrongly."""

from datetime import UTC, datetime

import pytest

from outage_watcher.sources.formats import FORMATS, Inbounds
from support.readings import NOW, VARIANTS, outcome, raw, said

NAMES = [(form, name) for form, table in VARIANTS.items() for name in table]

LONERS = {"alertmanager", "grafana", "uptimerobot", "meraki", "cloudwatch"}
"""They send no lists, or let a failure count among alerts of one key."""


@pytest.mark.parametrize(("form", "name"), NAMES, ids=map("-".join, NAMES))
def test_a_variant_is_read_as_what_it_means(form: str, name: str) -> None:
    variant = VARIANTS[form][name]

    assert outcome(form, raw(variant)) == variant["read"]


@pytest.mark.parametrize("form", sorted(VARIANTS.keys() - LONERS))
def test_variants_in_one_list_are_read_as_each_alone(form: str) -> None:
    """A neighbour changes nothing, neither a good one nor a bad one."""
    alone = [each for each in VARIANTS[form].values() if "body" in each]
    together = outcome(form, [each["body"] for each in alone])

    assert sorted(together) == sorted(read for each in alone for read in each["read"])


@pytest.mark.parametrize(("form", "name"), NAMES, ids=map("-".join, NAMES))
def test_no_other_source_reads_a_failure_into_it(form: str, name: str) -> None:
    kin = {"nagios", "checkmk", "icinga2"}, {"alertmanager", "grafana"}
    same = {form}.union(*(each for each in kin if form in each))
    for other in FORMATS.keys() - same:
        found = Inbounds().of(other)
        assert found
        read = found.read(raw(VARIANTS[form][name]), now=NOW)
        assert "down" not in [each.state for each in read.signals], other


def test_variants_are_of_known_forms() -> None:
    assert VARIANTS.keys() <= FORMATS.keys()


def test_the_time_that_stands_before_a_record_is_its_own() -> None:
    record = VARIANTS["syslog"]["Fluentd, time and record"]["body"]

    (signal,) = said("syslog", record).signals

    assert signal.occurred_at == datetime(2026, 11, 23, 1, 50, 0, 500000, UTC)
