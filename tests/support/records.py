"""Records of NetworkSignal, as they come from Kafka."""

import json
from itertools import count

from aiokafka import ConsumerRecord

from support.watching import NOON

_offsets = count()


def record(body: object, **headers: str) -> ConsumerRecord:
    value = (
        body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    )
    return ConsumerRecord(
        topic="NetworkSignal",
        partition=0,
        offset=next(_offsets),
        timestamp=int(NOON.timestamp() * 1000),
        timestamp_type=0,
        key=None,
        value=value,
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=-1,
        headers=[
            (name.replace("__", "-"), text.encode()) for name, text in headers.items()
        ],
    )
