"""What all sources share: times, names, severities, and bytes taken apart."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from outage_watcher.sources import severities, times, values
from outage_watcher.sources.described import described
from outage_watcher.sources.payload import parts
from outage_watcher.sources.rules import Place, Rules
from outage_watcher.sources.said import short

BERLIN = ZoneInfo("Europe/Berlin")
MOMENT = "2026-11-23T01:15:15+00:00"
NEW_YEAR = datetime(2027, 1, 1, 0, 0, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "said",
    [
        1795396515,
        1795396515.0,
        "1795396515",
        1795396515000,
        "1795396515000",
        1795396515000000,
        1795396515000000000,
        "2026-11-23T01:15:15Z",
        "2026-11-23T01:15:15.0000000Z",
        "2026-11-23 01:15:15",
        "2026-11-23T02:15:15+01:00",
        "2026-11-23T02:15:15+0100",
        "20261123T011515Z",
        "2026.11.23 01:15:15",
        "2026/11/23 01:15:15",
        "2026-11-23 02:15:15 CET",
        "2026-11-23 03:15:15 MEST",
        "Mon, 23 Nov 2026 02:15:15 +0100",
        "Mon Nov 23 01:15:15 2026",
        "Mon Nov 23 01:15:15 UTC 2026",
        "2026 Nov 23 01:15:15",
        "23-11-2026 01:15:15",
        "23.11.2026 01:15:15",
    ],
)
def test_a_moment_in_any_form(said: object) -> None:
    found = times.instant(said)

    assert found
    assert found.isoformat() == MOMENT


@pytest.mark.parametrize(
    "said",
    [
        "Mon Nov 23 01:15:15.9 2026",
        "2026 Nov 23 01:15:15.900",
        "Nov 23 2026 01:15:15.900000000",
        "23.11.2026 01:15:15,9",
        "2026-11-23 02:15:15.9 CET",
        "2026-11-23 01:15:15.9",
        "2026-11-23T01:15:15,900Z",
    ],
)
def test_a_fraction_of_a_second_is_kept(said: str) -> None:
    found = times.instant(said)

    assert found
    assert found.isoformat() == "2026-11-23T01:15:15.900000+00:00"


def test_a_time_without_a_zone_is_of_that_of_the_source() -> None:
    found = times.instant("2026-11-23 02:15:15", BERLIN)

    assert found
    assert found.isoformat() == MOMENT


@pytest.mark.parametrize(
    "said",
    [
        "xyz",
        "",
        None,
        0,
        -1,
        True,
        [],
        {},
        "0001-01-01T00:00:00Z",
        "1970-01-01T00:00:00Z",
        12345,
        1e300,
        float("nan"),
        float("inf"),
        "9999-12-31T23:59:59-12:00",
        "{EVENT.DATE}",
        "2026-13-45T00:00:00Z",
        "24:00",
        "٣",
    ],
)
def test_what_is_no_time_is_none(said: object) -> None:
    assert times.instant(said) is None


def test_a_day_without_a_year_is_never_far_ahead() -> None:
    found = times.of_this_year("Dec 31 23:59:59", NEW_YEAR)

    assert found
    assert found.year == 2026
    assert times.of_this_year("Feb 29 10:00:00", NEW_YEAR) is None


@pytest.mark.parametrize("fraction", [".25", ",25", ".250000000"])
def test_a_time_without_a_year_keeps_its_fraction(fraction: str) -> None:
    found = times.of_this_year(f"Dec 31 23:59:59{fraction}", NEW_YEAR)

    assert found
    assert (found.year, found.microsecond) == (2026, 250000)


@pytest.mark.parametrize(
    "said",
    [
        "{EVENT.RECOVERY.ID}",
        "*UNKNOWN*",
        "*monitorID*",
        "$HOSTNAME$",
        "[no value]",
        " ",
        None,
        {},
        "{#IFNAME}",
        "{$MACRO}",
    ],
)
def test_what_nobody_filled_in_says_nothing(said: object) -> None:
    assert values.text(said) == ""


@pytest.mark.parametrize(
    ("said", "plain"),
    [(8812, "8812"), (1.0, "1"), (True, "true"), (" x ", "x"), (1.5, "1.5")],
)
def test_ids_and_the_like_are_texts(said: object, plain: str) -> None:
    assert values.text(said) == plain


@pytest.mark.parametrize(
    ("said", "plain"),
    [(7, 7), ("007", 7), ("٣", 3), (" 1 ", 1), ("²", None), ("1" * 5000, None),
     ("-1", None), (1.5, None), ("", None), (None, None), (True, None)],
)  # fmt: skip
def test_a_number_is_written_in_digits(said: object, plain: int | None) -> None:
    assert values.number(said) == plain


@pytest.mark.parametrize(
    ("said", "weight"),
    [
        (1, "cleared"),
        ("2", "outage"),
        (3, "outage"),
        (4, "outage"),
        (5, "lesser"),
        (6, "lesser"),
        ("Critical", "outage"),
        ("MAJOR", "outage"),
        ("indeterminate", "outage"),
        ("minor", "lesser"),
        ("Warning", "lesser"),
        ("cleared", "cleared"),
        ("", None),
        (None, None),
        ("sev1", "outage"),
    ],
)
def test_severities_of_x733_as_words_and_numbers(said: object, weight: str) -> None:
    assert severities.weigh(said, severities.ITU) == weight


@pytest.mark.parametrize(
    ("name", "is_line"),
    [
        ("L0007", True),
        ("line-0001", True),
        ("L-200010-1", True),
        ("Leitung 7", True),
        ("access-line/9", True),
        ("line_x", True),
        ("dslam-01", False),
        ("linecard-3", False),
        ("lab-router1", False),
        ("AN-BERLIN-1", False),
        ("l", False),
        ("line", False),
    ],
)
def test_what_looks_like_a_line(name: str, *, is_line: bool) -> None:
    assert Rules().is_line(name) == is_line


def test_a_long_key_stays_its_own() -> None:
    one, two = short("x" * 300 + "1"), short("x" * 300 + "2")

    assert one != two
    assert len(one) == len(two) == 255
    assert short("x" * 255) == "x" * 255


class TestParts:
    def plain(self, body: bytes, *, as_stream: bool = True) -> list[object]:
        found = parts(body, as_stream=as_stream)
        return [each.why.code if each.why else each.value for each in found]

    def test_one_value(self) -> None:
        assert self.plain(b' {"a": 1} ', as_stream=False) == [{"a": 1}]
        assert self.plain(b'\xef\xbb\xbf{"a": 1}') == [{"a": 1}]

    def test_values_behind_each_other(self) -> None:
        assert self.plain(b'{"a":1}{"a":2}\n\n[3]\x1e{"a":4}') == [
            {"a": 1},
            {"a": 2},
            [3],
            {"a": 4},
        ]

    def test_a_broken_line_harms_no_neighbour(self) -> None:
        body = b'{"a":1}\n{"a":\n{"a":2}'
        raw = [each.raw for each in parts(body, as_stream=True)]

        assert self.plain(body) == [{"a": 1}, "not_json", {"a": 2}]
        assert raw == [b"", b'{"a":', b""]

    def test_nothing_inside_of_a_broken_value_is_taken_for_one(self) -> None:
        body = b'{\n "a": nothing,\n {"state": "down"}\n}\n{"a":2}'

        assert self.plain(body) == ["not_json", {"a": 2}]

    def test_one_brace_too_many_spoils_what_is_no_stream(self) -> None:
        assert self.plain(b'{"a":1}}', as_stream=False) == ["not_json"]

    @pytest.mark.parametrize(
        "body", [b"", b" \n", b"\x1e\n", b"\xff", b"[" * 100_000, b'{"a":NaN}']
    )
    def test_what_is_no_json(self, body: bytes) -> None:
        found = parts(body, as_stream=True)

        assert found
        assert all(each.why for each in found)

    def test_halves_of_characters_are_no_text(self) -> None:
        assert self.plain(b'{"a":"\\ud800"}') == ["not_json"]

    def test_so_much_rubbish_is_looked_at_once(self) -> None:
        assert len(parts(b"[\n" * 100_000, as_stream=True)) <= 200


class TestNamesFile:
    def write(self, folder: Path, text: str, suffix: str = "toml") -> Path:
        file = folder / f"names.{suffix}"
        file.write_text(text, encoding="utf-8")
        return file

    def test_toml(self, tmp_path: Path) -> None:
        text = '[west]\nformat = "alertmanager"\nline = ["{anschluss_nr}"]\n'
        inbound = described(self.write(tmp_path, text)).of("west")

        assert inbound
        assert inbound.rules.find({"anschlussnr": "7"}) == Place(lines=("7",))
        assert inbound.rules.heartbeats, "what the file does not say stays as it was"

    def test_json(self, tmp_path: Path) -> None:
        file = self.write(tmp_path, '{"zabbix": {"zone": "Europe/Berlin"}}', "json")
        inbound = described(file).of("zabbix")

        assert inbound
        assert inbound.rules.tz == BERLIN

    @pytest.mark.parametrize(
        "text",
        [
            "[x",
            '[a]\nformat = "moon"',
            "[a]\n",
            '[zabbix]\nline = "{x}"',
            '[zabbix]\nline_pattern = "("',
            '[zabbix]\nzone = "Moon/Base"',
            "[zabbix]\nlinee = []",
            "zabbix = 1",
        ],
    )
    def test_a_mistake_is_named_with_its_file(self, tmp_path: Path, text: str) -> None:
        with pytest.raises(ValueError, match=r"names\.toml"):
            described(self.write(tmp_path, text))
