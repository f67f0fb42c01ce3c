"""Whatever arrives ends as an event or as a refusal with its reason."""

import json
from base64 import b64encode
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from chassis import inbox
from chassis.errors import Rejected
from contracts.event import derived_id
from contracts.numbers import NumberProvisioned
from contracts.orders import OrderPlaced
from contracts.signals import NetworkSignal

STAMP = datetime(2026, 11, 23, 12, tzinfo=UTC)
ORDER = {
    "order_id": "O1",
    "customer_number": "K1",
    "product": "sip-trunk-2.0",
    "channel": "portal",
    "placed_by": "max",
    "placed_at": "2026-11-23T12:00:00Z",
}
GOOD = json.dumps(ORDER).encode()
STRUCTURED = ("content-type", b"application/cloudevents+json; charset=UTF-8")
Header = tuple[str, bytes | None]


def record(value: bytes | None, *headers: Header, topic: str = "OrderPlaced") -> Any:
    """Return a record as Kafka's client hands it over."""
    return inbox.Record(
        topic=topic,
        partition=1,
        offset=7,
        timestamp=int(STAMP.timestamp() * 1000),
        timestamp_type=0,
        key=b"K1",
        value=value,
        checksum=None,
        serialized_key_size=2,
        serialized_value_size=0,
        headers=headers,
    )


def order(**changes: object) -> bytes:
    """Return an order's bytes with other fields."""
    return json.dumps(ORDER | changes).encode()


class TestRead:
    @pytest.mark.parametrize("taken", [-1, 300_000_000_000_000, 2**63 - 1])
    def test_a_time_of_kafka_that_is_none_is_no_reason_to_stop(
        self, taken: int
    ) -> None:
        odd = replace(record(GOOD), timestamp=taken)

        assert inbox.read(odd, OrderPlaced).time == datetime(1970, 1, 1, tzinfo=UTC)

    def test_takes_the_envelope_from_the_headers(self) -> None:
        received = inbox.read(
            record(
                GOOD,
                ("ce_id", b"E1"),
                ("ce_type", b"OrderPlaced"),
                ("ce_time", b"2026-11-23T13:30:00+01:00"),
                ("traceparent", b"00-1-2-01"),
            ),
            OrderPlaced,
        )

        assert received.event == OrderPlaced.model_validate(ORDER)
        assert received.id == "E1"
        assert received.time == datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
        assert received.traceparent == "00-1-2-01"

    def test_makes_an_envelope_where_there_is_none(self) -> None:
        received = inbox.read(record(GOOD), OrderPlaced)

        assert received.id == derived_id("OrderPlaced", 1, 7)
        assert received.time == STAMP
        assert received.traceparent is None

    def test_takes_the_envelope_from_a_structured_event(self) -> None:
        told = {"id": "E2", "type": "de.ecotel.OrderPlaced", "data": ORDER}
        told["time"] = "2026-11-23T12:30:00Z"

        received = inbox.read(
            record(json.dumps(told).encode(), STRUCTURED), OrderPlaced
        )

        assert received.event.order_id == "O1"
        assert received.id == "E2"
        assert received.time == datetime(2026, 11, 23, 12, 30, tzinfo=UTC)

    @pytest.mark.parametrize("prefix", ["ce_", "CE_", "Ce_", "ce-", "CE-"])
    def test_takes_headers_however_their_names_are_written(self, prefix: str) -> None:
        told = (
            (f"{prefix}id", b"E1"),
            (f"{prefix}time", b"2026-11-23T13:30:00+01:00"),
            ("Traceparent", b"00-1-2-01"),
        )

        received = inbox.read(record(GOOD, *told), OrderPlaced)

        assert received.id == "E1"
        assert received.time == datetime(2026, 11, 23, 12, 30, tzinfo=UTC)
        assert received.traceparent == "00-1-2-01"
        with pytest.raises(Rejected):
            inbox.read(record(GOOD, (f"{prefix}type", b"Other")), OrderPlaced)

    def test_knows_a_structured_event_however_its_header_is_written(self) -> None:
        told = json.dumps({"id": "E2", "data": ORDER}).encode()
        kind = ("Content-Type", b"application/CloudEvents+JSON")

        assert inbox.read(record(told, kind), OrderPlaced).id == "E2"

    def test_unpacks_a_structured_event_whose_data_is_in_base64(self) -> None:
        told = {"id": "E2", "data_base64": b64encode(GOOD).decode()}

        received = inbox.read(
            record(json.dumps(told).encode(), STRUCTURED), OrderPlaced
        )

        assert received.event == OrderPlaced.model_validate(ORDER)

    @pytest.mark.parametrize(
        "claimed", [b"OrderPlaced", b"de.ecotel.OrderPlaced", b"a.b.OrderPlaced"]
    )
    def test_takes_its_type_with_any_prefix(self, claimed: bytes) -> None:
        received = inbox.read(record(GOOD, ("ce_type", claimed)), OrderPlaced)

        assert received.event.order_id == "O1"

    @pytest.mark.parametrize(
        "claimed", [b"OrderConfirmed", b"orderplaced", b"OrderPlaced.v2", b"\xff", b""]
    )
    def test_refuses_another_type(self, claimed: bytes) -> None:
        with pytest.raises(Rejected) as refused:
            inbox.read(record(GOOD, ("ce_type", claimed)), OrderPlaced)

        assert refused.value.code == "wrong_type"

    def test_a_header_without_text_is_none(self) -> None:
        assert inbox.read(record(GOOD, ("ce_id", None)), OrderPlaced).id == derived_id(
            "OrderPlaced", 1, 7
        )

    @pytest.mark.parametrize("told", [b"x" * 201, b"x" * 1_000_000, b"a\x00b"])
    def test_an_id_that_cannot_be_stored_stands_for_one_that_can(
        self, told: bytes
    ) -> None:
        first, second = (
            inbox.read(record(GOOD, ("ce_id", told)), OrderPlaced).id for _ in range(2)
        )
        other = inbox.read(record(GOOD, ("ce_id", told + b"y")), OrderPlaced).id

        assert first == second != other
        assert len(first) <= inbox.LONGEST_ID
        assert "\x00" not in first

    @pytest.mark.parametrize(
        "told",
        [
            b"yesterday",
            b"2026-11-23T12:00:00",
            b"0001-01-01T00:00:00+14:00",
            b"9999-12-31T23:59:59-14:00",
            b"\xff",
            b"",
        ],
    )
    def test_a_time_that_is_none_is_when_kafka_took_it(self, told: bytes) -> None:
        assert inbox.read(record(GOOD, ("ce_time", told)), OrderPlaced).time == STAMP


class TestDecode:
    @pytest.mark.parametrize(
        ("value", "code"),
        [
            (None, "empty"),
            (b"", "empty"),
            (b"{", "unreadable"),
            (b"\x00", "unreadable"),
            (b"\xff\xfe{}", "unreadable"),
            (order(order_id="x").replace(b"x", b"\xff"), "unreadable"),
            (b"[" * 200_000, "unreadable"),
            (b'{"a":' * 200_000, "unreadable"),
            (b"9" * 5000, "unreadable"),
            (b"null", "invalid"),
            (b"[]", "invalid"),
            (b'"text"', "invalid"),
            (b"{}", "invalid"),
            (b"NaN", "invalid"),
            (order(option="perhaps"), "invalid"),
            (order(channel="fax"), "invalid"),
            (order(placed_at="yesterday"), "invalid"),
            (order(placed_at=None), "invalid"),
            (order(customer_number=7), "invalid"),
            (order(order_id="a\x00b"), "invalid"),
            (order(order_id="\\\x00"), "invalid"),
        ],
    )
    @pytest.mark.parametrize("wrapped", [False, True])
    def test_refuses_poison(
        self, value: bytes | None, code: str, *, wrapped: bool
    ) -> None:
        content = ""
        if wrapped and value:
            value, content = b'{"data":' + value + b"}", "application/cloudevents+json"

        with pytest.raises(Rejected) as refused:
            inbox.decode(value, OrderPlaced, content)

        assert refused.value.code in {code, "unreadable"}
        assert refused.value.reason
        assert len(refused.value.reason) <= 500

    @pytest.mark.parametrize(
        "value",
        [
            *(b"{}", b"[]", b"7", b'{"data": null}', b'{"data": []}', b"null"),
            *(b'{"data_base64": 7}', b'{"data_base64": "e30"}', b'{"data_base64": ""}'),
            *(b'{"data_base64": "\xc3\xbc==="}', b'{"data_base64": null}'),
        ],
    )
    def test_refuses_a_structured_event_without_data(self, value: bytes) -> None:
        with pytest.raises(Rejected):
            inbox.decode(value, OrderPlaced, "application/cloudevents+json")

    def test_says_that_a_structured_event_lacks_its_data(self) -> None:
        with pytest.raises(Rejected, match=r"no `data`"):
            inbox.decode(
                b'{"type": "OrderPlaced"}', OrderPlaced, "application/cloudevents+json"
            )

    @pytest.mark.parametrize("value", [b"[]", b"7", b"null", b"{", b"\xff"])
    def test_refuses_a_structured_envelope_that_is_none(self, value: bytes) -> None:
        with pytest.raises(Rejected):
            inbox.read(record(value, STRUCTURED), OrderPlaced)

    @pytest.mark.parametrize("name", ["id", "type", "time", "subject"])
    def test_refuses_an_envelope_with_half_a_surrogate(self, name: str) -> None:
        told = {"id": "E2", "type": "OrderPlaced", "data": ORDER, name: "\ud800"}

        with pytest.raises(Rejected) as refused:
            inbox.read(record(json.dumps(told).encode(), STRUCTURED), OrderPlaced)

        assert refused.value.code == "unreadable"

    def test_does_not_repeat_what_it_refuses(self) -> None:
        bad = json.dumps({"number": "0049 30 23125042 canary"}).encode()

        with pytest.raises(Rejected) as refused:
            inbox.decode(bad, NumberProvisioned, "")

        assert "canary" not in refused.value.reason
        assert refused.value.reason.startswith("number: ")

    def test_a_backslash_before_u0000_is_text(self) -> None:
        event = inbox.decode(order(order_id="\\u0000"), OrderPlaced, "")

        assert event.order_id == "\\u0000"

    def test_names_fields_as_they_travel(self) -> None:
        value = b'{"source": "noc", "alarm_id": "1", "state": "up"}'

        assert inbox.decode(value, NetworkSignal, "").reported_by == "noc"
