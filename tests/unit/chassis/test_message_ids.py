"""A sender's id is taken as it is, unless no database can hold it."""

import pytest
from aiokafka import ConsumerRecord

from chassis import inbox
from contracts.orders import OrderCancelled


def read_id(ce_id: bytes, offset: int = 0) -> str:
    value = (
        b'{"order_id": "P-1", "customer_number": "7", "channel": "phone",'
        b' "cancelled_by": "agent", "cancelled_at": "2026-11-23T08:00:00Z"}'
    )
    record = ConsumerRecord(
        "OrderCancelled", 0, offset, 0, 0, None, value, None, -1, 1, [("ce_id", ce_id)]
    )
    return inbox.read(record, OrderCancelled).id


class TestId:
    def test_is_the_senders(self) -> None:
        assert read_id(b"m-1") == "m-1"

    @pytest.mark.parametrize("ce_id", [b"m\x00", b"m" * 10_000])
    def test_that_cannot_be_stored_is_replaced_by_one_that_can(
        self, ce_id: bytes
    ) -> None:
        kept = read_id(ce_id)

        assert "\x00" not in kept
        assert len(kept) < 100
        assert read_id(ce_id, offset=1) == kept
