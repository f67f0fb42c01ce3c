"""What stands on sheets, and the batches made of them, read back by others' code."""

import random

from aiokafka.record.default_records import DefaultRecordBatch
from hypothesis import given
from hypothesis import strategies as st

from forwarding.packing import LARGEST, MOST_RECORDS, Packer
from forwarding.sheets import MOST_ROWS, Row, Sheet, sheet_of, sheets_of
from forwarding.splicing import Shared, shared
from support.sheets import rows_of

COMMON = shared(
    {"in_effect": True, "reason": "Störung ☎", "version": 12345},
    {"ce_specversion": "1.0", "ce_id": "", "ce_type": "ForwardingApplied"},
    id_prefix="12345:",
)
HEADERS = [("ce_specversion", b"1.0"), ("ce_type", b"ForwardingApplied")]

numbers = st.integers(0, 10**12).map(lambda n: f"+49{n}".encode())
scopes = st.one_of(numbers, numbers.map(lambda n: n + b"-" + n[:-1] + b"9"))
heads = st.binary(min_size=1, max_size=40).map(lambda b: b'{"number":"' + b)
any_rows = st.lists(st.tuples(scopes, heads), min_size=1, max_size=200)


def alike(count: int, seed: int = 1) -> list[Row]:
    """Return rows as they are for numbers of one element."""
    dice = random.Random(seed)  # noqa: S311 - no secret
    return [
        (
            b"+492214%07d" % at,
            b'{"number":"+492214%07d","line":"L%03d","target":"+49302312%04d"'
            % (at, at // 10 % 1000, dice.randrange(10_000)),
        )
        for at in range(count)
    ]


def packed(sheets: list[Sheet], common: Shared = COMMON) -> list[bytes]:
    """Return the batches that sheets make, as they go over the wire."""
    packers = [Packer(common)]
    for sheet in sheets:
        if not packers[-1].takes(sheet):
            packers.append(Packer(common))
        packers[-1].add(sheet)
    return [bytes(packer.batch()._build()) for packer in packers]  # noqa: SLF001


def read(batches: list[bytes], common: Shared = COMMON) -> list[Row]:
    """Return the rows of batches, after everything else in them was compared."""
    rows: list[Row] = []
    for data in batches:
        batch = DefaultRecordBatch(data)
        assert batch.validate_crc()
        for offset, record in enumerate(batch):
            assert record.offset == offset
            assert record.value.endswith(common.tail)
            headers = list(record.headers)
            name, event_id = headers.pop()
            assert (name, headers) == ("ce_id", HEADERS)
            scope = event_id.removeprefix(common.id_prefix)
            assert record.key == scope.partition(b"-")[0]
            rows.append((scope, record.value.removesuffix(common.tail)))
    return rows


@given(any_rows)
def test_what_was_put_on_sheets_is_on_them(rows: list[Row]) -> None:
    found = [row for sheet in sheets_of(rows) for row in rows_of(sheet)]
    assert sorted(found) == sorted(rows)


@given(any_rows)
def test_any_rows_are_read_as_they_were(rows: list[Row]) -> None:
    assert sorted(read(packed(list(sheets_of(rows))))) == sorted(rows)


@given(st.lists(st.integers(1, 150), min_size=1, max_size=8), st.integers(0, 9))
def test_sheets_follow_each_other_in_a_batch(sizes: list[int], seed: int) -> None:
    rows = alike(sum(sizes), seed)
    sheets: list[Sheet] = []
    for size in sizes:
        begin = sum(sheet.count for sheet in sheets)
        sheets.append(sheet_of(rows[begin : begin + size]))
    batches = packed(sheets)
    assert read(batches) == rows
    assert len(batches) == -(-len(rows) // MOST_RECORDS)


def test_a_full_sheet_is_a_small_part_of_what_it_says() -> None:
    rows = alike(MOST_ROWS)
    [batch] = packed([sheet_of(rows)])
    assert read([batch]) == rows
    plain = sum(2 * len(s) + len(h) + len(COMMON.tail) for s, h in rows)
    assert len(batch) < plain / 3
    assert sum(len(sheet.columns) for sheet in sheets_of(rows)) < 20 * len(rows)


def test_rows_that_have_nothing_in_common_fit_into_what_brokers_take() -> None:
    dice = random.Random(2)  # noqa: S311 - no secret
    rows = [(b"+%014d" % at, dice.randbytes(900)) for at in range(3000)]
    sheets = list(sheets_of(rows))
    batches = packed(sheets)
    assert sorted(read(batches)) == sorted(rows)
    assert max(map(len, batches)) < LARGEST + 100_000 < 1 << 20


def test_records_too_long_to_be_copied_are_told_whole() -> None:
    noise = random.Random(3).randbytes(70_000)  # noqa: S311 - no secret
    rows = [(b"+49221%d" % at, b'{"a":%d' % at + noise) for at in range(5)]
    assert read(packed([sheet_of(rows)])) == rows


def test_the_same_row_again_and_again_is_told_each_time() -> None:
    rows = alike(1) * 70
    assert read(packed([sheet_of(rows)])) == rows
