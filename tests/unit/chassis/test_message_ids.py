"""A sender's id is taken as it is, unless no database can hold it."""

import pytest
from aiokafka import ConsumerRecord

from chassis import inbox
from contracts.orders import OrderCancelled


def read_id(ce_id: bytes, offset: int = 0, *, source: str = "") -> str:
    value = (
        b'{"order_id": "P-1", "customer_number": "7", "channel": "phone",'
        b' "cancelled_by": "agent", "cancelled_at": "2026-11-23T08:00:00Z"}'
    )
    headers = [("ce_id", ce_id)] + ([("ce_source", source.encode())] if source else [])
    record = ConsumerRecord(
        "OrderCancelled", 0, offset, 0, 0, None, value, None, -1, 1, headers
    )
    return inbox.read(record, OrderCancelled).id


class TestId:
    def test_is_the_senders(self) -> None:
        assert read_id(b"m-1") == "m-1"

    def test_is_the_senders_also_where_he_names_himself(self) -> None:
        assert read_id(b"m-1", source=OrderCancelled.source) == "m-1"

    def test_of_two_senders_is_not_the_same(self) -> None:
        """CloudEvents: no two of one sender have the same id, of two they may."""
        ids = {read_id(b"1", source=source) for source in ("", "shop", "/crm/7")}

        assert len(ids) == 3
        assert read_id(b"1", offset=1, source="shop") in ids

    @pytest.mark.parametrize("ce_id", [b"m\x00", b"m" * 10_000])
    def test_that_cannot_be_stored_is_replaced_by_one_that_can(
        self, ce_id: bytes
    ) -> None:
        kept = read_id(ce_id)

        assert "\x00" not in kept
        assert len(kept) < 100
        assert read_id(ce_id, offset=1) == kept
