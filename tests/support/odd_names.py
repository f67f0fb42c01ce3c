"""Messages with header names that are no text: other languages' clients send them."""

from collections.abc import Sequence

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.producer import message_accumulator
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy
from typing_extensions import override

Message = tuple[bytes, Sequence[tuple[str, bytes]]]


class NoText(str):
    """A header name that leaves as bytes which no text has."""

    __slots__ = ()

    @override
    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfe\xc3"


async def send_together(
    kafka: str, topic: str, *messages: Message, packed: str | None = None
) -> None:
    """Send values with their headers to partition 0, all in one batch."""
    with pytest.MonkeyPatch.context() as patched:
        # The builder in C would ask no name how it is encoded.
        patched.setattr(
            message_accumulator,
            "DefaultRecordBatchBuilder",
            _DefaultRecordBatchBuilderPy,
        )
        async with AIOKafkaProducer(
            bootstrap_servers=kafka, compression_type=packed
        ) as producer:
            batch = producer.create_batch()
            for value, headers in messages:
                batch.append(key=b"a", value=value, timestamp=None, headers=headers)
            await (await producer.send_batch(batch, topic, partition=0))
