"""What can never be stored is refused with the field's name."""

from datetime import UTC, date, datetime

import pytest

from chassis.errors import Rejected
from contracts.event import Event
from contracts.numbers import NumberPorted
from contracts.orders import OrderPlaced, OrderPosition
from provisioning.domain.checks import check, moment, range_of
from support.provisioning import LINE, NOON, OFFICE, ONE, TODAY

PORTED = NumberPorted(number=ONE, customer_number=OFFICE, line=LINE, effective_on=TODAY)
PLACED = OrderPlaced(
    order_id="P-1",
    customer_number=OFFICE,
    product="pmx-ngn",
    channel="phone",
    placed_by="agent",
    placed_at=NOON,
)


class TestCheck:
    @pytest.mark.parametrize(
        ("event", "code"),
        [
            (PORTED.model_copy(update={"line": "L\x00"}), "bad_text"),
            (PORTED.model_copy(update={"elements": ("a", "b\x00")}), "bad_text"),
            (PLACED.model_copy(update={"order_id": "9" * 3000}), "bad_text"),
            (PLACED.model_copy(update={"order_id": " "}), "bad_text"),
            (PLACED.model_copy(update={"customer_number": ""}), "bad_text"),
            (PORTED.model_copy(update={"order_id": ""}), "bad_text"),
            (PORTED.model_copy(update={"line": ""}), "bad_text"),
            (PORTED.model_copy(update={"elements": ("a", "")}), "bad_text"),
            (PORTED.model_copy(update={"effective_on": date.min}), "bad_date"),
            (PORTED.model_copy(update={"effective_on": date.max}), "bad_date"),
            (
                PLACED.model_copy(update={"placed_at": datetime.min}),  # noqa: DTZ901 - as a message may have it
                "bad_date",
            ),
            (
                PLACED.model_copy(
                    update={"positions": (OrderPosition(name="x", quantity=2**31),)}
                ),
                "bad_count",
            ),
        ],
    )
    def test_refuses(self, event: Event, code: str) -> None:
        with pytest.raises(Rejected) as refused:
            check(event, NOON)

        assert refused.value.code == code

    def test_refuses_a_time_of_telling_out_of_this_world(self) -> None:
        with pytest.raises(Rejected, match="ce_time of our time, not 1"):
            check(PORTED, datetime(1, 1, 1, tzinfo=UTC))

    @pytest.mark.parametrize(
        ("event", "reason"),
        [
            (
                PORTED.model_copy(update={"line": "L\x00"}),
                "Send line with at most 500 characters and without NUL.",
            ),
            (
                PLACED.model_copy(
                    update={"positions": (OrderPosition(name="x", quantity=2**31),)}
                ),
                "Send a positions.quantity that can be counted.",
            ),
        ],
    )
    def test_names_the_field_as_the_sender_does(
        self, event: Event, reason: str
    ) -> None:
        with pytest.raises(Rejected) as refused:
            check(event, NOON)

        assert refused.value.reason == reason

    @pytest.mark.parametrize(
        ("field", "last_good", "first_bad"),
        [
            ("line", "L" * 500, "L" * 501),
            ("effective_on", date(1990, 1, 1), date(1989, 12, 31)),
            ("effective_on", date(2199, 12, 31), date(2200, 1, 1)),
        ],
    )
    def test_knows_the_last_that_is_good(
        self, field: str, last_good: object, first_bad: object
    ) -> None:
        check(PORTED.model_copy(update={field: last_good}), NOON)

        with pytest.raises(Rejected, match=f"Send .*{field}"):
            check(PORTED.model_copy(update={field: first_bad}), NOON)

    def test_knows_the_largest_count(self) -> None:
        most = OrderPosition(name="x", quantity=2**31 - 1)

        check(PLACED.model_copy(update={"positions": (most,)}), NOON)

    @pytest.mark.parametrize("event", [PORTED, PLACED])
    def test_lets_the_usual_pass(self, event: Event) -> None:
        check(event, NOON)


class TestRangeOf:
    @pytest.mark.parametrize(
        ("number", "last"),
        [
            ("+492214710000", "+492214709999"),
            ("+492214710000", "+492214710004"),
            ("+492214710000", "+492214719999"),
            ("+492214710000", "+4922147109999"),
        ],
    )
    def test_refuses_ends_that_make_no_block(self, number: str, last: str) -> None:
        with pytest.raises(Rejected, match="Correct the block's ends"):
            range_of(number, last)

    def test_takes_equal_ends_as_a_single_number(self) -> None:
        assert range_of(ONE, ONE).is_single


class TestMoment:
    def test_takes_a_time_without_zone_as_utc(self) -> None:
        assert moment(NOON.replace(tzinfo=None)) == NOON
