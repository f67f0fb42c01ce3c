"""
How evenly lines fall on many databases, and what a large outage then costs each.

Lines are put on a shard by the hash of their name, as PostgreSQL's hash partitions
and Kafka's keys would be. Access nodes are of many sizes: most are small.
"""

import random
import zlib
from collections import Counter
from collections.abc import Iterator

NUMBERS = 100_000_000
A_LINE = 10
SHARDS = (16, 64, 256)
RATE = 40_000
"""Numbers that one shard tells in a second: half of what 2 cores measured, and less."""
NODE_LINES = (50, 500, 5_000)
NODES = " / ".join(f"{lines:,}" for lines in NODE_LINES)
SEED = 4711


HEAD = f"""
{NUMBERS:,} numbers on {NUMBERS // A_LINE:,} lines, by hash of the line; a shard tells
{RATE:,} numbers a second. Of a node's lines, the share that the busiest shard has:

| shards | numbers each | fullest | region of 2,000,000, last s | nodes of {NODES} |
|--:|--:|--:|--:|--:|"""


def table() -> str:
    """Return the table: the fullest shard, and the slowest of an outage."""
    return "\n".join([HEAD, *map(_row, SHARDS)])


def _row(shards: int) -> str:
    some = random.Random(SEED)  # noqa: S311 - a simulation that says the same each time
    # A tenth of the lines is enough to see the spread; it only shrinks with more.
    full = _spread(shards, NUMBERS // A_LINE // 10, some)
    region = _spread(shards, 2_000_000 // A_LINE, some)
    last = max(region.values()) * A_LINE / RATE
    nodes = [
        max(_spread(shards, lines, some).values()) / lines * 100 for lines in NODE_LINES
    ]
    fullest = max(full.values()) / (sum(full.values()) / shards)
    shares = " / ".join(f"{share:.0f} %" for share in nodes)
    return (
        f"| {shards} | {NUMBERS // shards:,} | {fullest:.3f} times the mean"
        f" | {last:.2f} | {shares} |"
    )


def _spread(shards: int, lines: int, some: random.Random) -> Counter[int]:
    """Count lines on each shard."""
    return Counter(zlib.crc32(name) % shards for name in _names(lines, some))


def _names(count: int, some: random.Random) -> Iterator[bytes]:
    return (b"L-%d" % some.getrandbits(48) for _ in range(count))
