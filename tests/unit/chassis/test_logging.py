"""No log line ever shows a whole phone number or a secret."""

import io
import json
import logging as stdlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from chassis import logging
from chassis.logging import masked
from contracts.event import derived_id

CANARY = "23125042"
"""The end of every number below: it must never be seen."""
SECRET = "canary-4711"  # noqa: S105 - it is made to be looked for

FORMS = [
    "+493023125042",
    "00493023125042",
    "03023125042",
    "493023125042",
    "+49 30 23125042",
    "+49 (0)30 23125042",
    "0049 30 23125042",
    "030 23125042",
    "030/23125042",
    "030-23125042",
    "(030) 23125042",
    "tel:+493023125042",
    "sip:+493023125042@pbx",
    "%2B493023125042",
    "%2b493023125042",
    "x+493023125042",
    "+493023125042,+493023125042",
]


@pytest.fixture
def lines(
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """Set up logging as a service does; returns what was written so far."""
    out = io.StringIO()
    monkeypatch.setattr("sys.stdout", out)
    root = stdlib.getLogger()
    before, level = root.handlers[:], root.level
    logging.set_up("a-service", level="debug", form="json")

    def read() -> list[dict[str, Any]]:
        return [json.loads(line) for line in out.getvalue().splitlines()]

    yield read
    root.handlers[:] = before
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


class TestMasked:
    @pytest.mark.parametrize("form", FORMS)
    @pytest.mark.parametrize("around", ["{}", "call to {} failed", "b'{}'", '{{"{}"}}'])
    def test_hides_a_number_however_it_is_written(self, form: str, around: str) -> None:
        shown = str(masked(around.format(form)))

        assert CANARY not in shown.replace(" ", "")
        assert CANARY[-5:] not in shown

    def test_shows_enough_to_tell_customers_apart(self) -> None:
        assert masked("+493023125042") == "+4930231*****"

    @pytest.mark.parametrize(
        "text",
        [
            "2026-11-23T12:00:00.123456+00:00",
            "2026-11-23",
            "0196f3a2-7c41-7d2e-9b3f-5a1c0e8d4b67",
            derived_id("a"),
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "partition 0 offset 123456789",
            "took 0.123456789 s",
            "127.0.0.1:9092",
            "K1000",
            "O-1001",
        ],
    )
    def test_leaves_what_is_no_number(self, text: str) -> None:
        assert masked(text) == text

    def test_reaches_every_depth_and_every_key(self) -> None:
        value = {"a": [{"+493023125042": ("030 23125042", {"+493023125042"})}]}

        assert CANARY not in str(masked(value)).replace(" ", "")

    @pytest.mark.parametrize(
        "name",
        ["password", "Passwd", "client_secret", "token", "Authorization", "Set-Cookie"],
    )
    def test_drops_what_a_secret_name_holds_at_any_depth(self, name: str) -> None:
        assert SECRET not in str(masked({"request": [{name: SECRET}]}))

    def test_drops_credentials_of_an_address(self) -> None:
        shown = masked(f"postgresql://forwarding:{SECRET}@127.0.0.1/selfcare")

        assert shown == "postgresql://***@127.0.0.1/selfcare"

    def test_drops_a_bearer(self) -> None:
        assert masked(f"Bearer {SECRET}") == "Bearer ***"

    @pytest.mark.parametrize("value", [None, True, 7, 1.5])
    def test_keeps_plain_values(self, value: object) -> None:
        assert masked(value) is value

    def test_looks_into_objects_and_bytes(self) -> None:
        assert CANARY not in str(masked(b"+493023125042"))
        assert CANARY not in str(masked(ValueError("+493023125042")))


Lines = Callable[[], list[dict[str, Any]]]


class TestLogs:
    @pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x1b[2K", "\x00"])
    def test_no_text_begins_a_line_of_its_own(self, lines: Lines, end: str) -> None:
        forged = f'x{end}{{"event": "logged_in"}}'
        structlog.get_logger("x").info(f"odd {forged}", username=forged)
        stdlib.getLogger("another").warning("failed: %s", forged)

        assert [line["event"][:4] for line in lines()] == ["odd ", "fail"]
        assert lines()[0]["username"] == forged

    def test_are_one_json_object_a_line_with_the_service(self, lines: Lines) -> None:
        structlog.get_logger("x").info("number_opened", number="+493023125042")

        [line] = lines()
        assert line["event"] == "number_opened"
        assert line["service"] == "a-service"
        assert line["level"] == "info"
        assert line["number"] == "+4930231*****"
        assert line["timestamp"]

    def test_hide_numbers_and_secrets_of_a_traceback(self, lines: Lines) -> None:
        try:
            fails("+493023125042")
        except ValueError:
            structlog.get_logger().exception("failed", password=SECRET)

        [line] = lines()
        assert "ValueError" in line["exception"]
        assert CANARY not in json.dumps(line)
        assert SECRET not in json.dumps(line)

    def test_hide_numbers_of_an_exception_that_was_handed_over(
        self, lines: Lines
    ) -> None:
        structlog.get_logger().warning(
            "message_failed", exc_info=ValueError("bad 03023125042")
        )

        [line] = lines()
        assert "ValueError" in line["exception"]
        assert CANARY not in json.dumps(line)

    def test_hide_them_in_logs_of_libraries(self, lines: Lines) -> None:
        library = stdlib.getLogger("asyncio")
        try:
            fails("+493023125042")
        except ValueError:
            library.exception("lost %s at %s", "0049 30 23125042", "x")

        [line] = lines()
        assert line["logger"] == "asyncio"
        assert "Traceback" in line["exception"]
        assert CANARY not in json.dumps(line).replace(" ", "")

    def test_are_readable_at_a_terminal_and_masked_as_well(
        self, monkeypatch: pytest.MonkeyPatch, lines: Lines
    ) -> None:
        assert lines() == []
        out = io.StringIO()
        monkeypatch.setattr("sys.stdout", out)
        logging.set_up("a-service", level="INFO", form="console")

        structlog.get_logger().info("number_opened", number="+493023125042")

        assert "number_opened" in out.getvalue()
        assert CANARY not in out.getvalue()

    def test_say_nothing_below_their_level(self, lines: Lines) -> None:
        logging.set_up("a-service", level="WARNING", form="json")

        structlog.get_logger().info("too_quiet")
        stdlib.getLogger("aiokafka.consumer").info("too_quiet")

        assert lines() == []


class TestLibraries:
    @pytest.fixture
    def at(self, monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
        """Return what sets the clock of log records."""
        make = stdlib.makeLogRecord({}).__class__

        def set_clock(seconds: float) -> None:
            def made(*args: Any, **more: Any) -> stdlib.LogRecord:
                record = make(*args, **more)
                record.created = seconds
                return record

            monkeypatch.setattr(stdlib, "_logRecordFactory", made)

        return set_clock

    def test_what_one_says_again_and_again_is_shown_seldom_with_how_often(
        self, lines: Lines, at: Callable[[float], None]
    ) -> None:
        kafka = stdlib.getLogger("aiokafka.conn")
        for tenths in range(205):
            at(tenths / 10)
            kafka.warning("no node %s", tenths)

        assert [line["event"] for line in lines()] == [
            "no node 0",
            "no node 100 (and 99 times before)",
            "no node 200 (and 99 times before)",
        ]

    def test_another_message_is_shown_at_once(
        self, lines: Lines, at: Callable[[float], None]
    ) -> None:
        at(0)
        kafka = stdlib.getLogger("aiokafka.conn")
        kafka.warning("no node")
        kafka.warning("a fenced member")
        stdlib.getLogger("aiokafka.group").warning("no node")

        assert len(lines()) == 3

    def test_what_we_say_is_shown_each_time(
        self, lines: Lines, at: Callable[[float], None]
    ) -> None:
        at(0)
        for _ in range(3):
            structlog.get_logger("forwarding.flips").warning("flip_interrupted")
            stdlib.getLogger("asyncpg").warning("gone")

        assert len(lines()) == 6

    def test_kinds_without_end_take_no_memory(self) -> None:
        seldom = logging.Seldom("aiokafka")
        for number in range(3000):
            about = {"name": "aiokafka", "msg": f"no {number}", "created": 0.0}
            assert seldom.filter(stdlib.makeLogRecord(about))

        assert len(seldom._kinds) <= 1000  # noqa: SLF001 - what it holds is the claim


def fails(number: str) -> None:
    """Raise with the number in the message and in the frame."""
    raise ValueError(f"cannot divert {number}")
