"""Which orders are refused, and with which words."""

from dataclasses import replace
from datetime import timedelta
from typing import get_args

import pytest

from contracts.orders import Channel
from contracts.products import ELIGIBLE_PRODUCTS
from provisioning.domain.orders import (
    Order,
    contract_of,
    contracts,
    option_since,
    refusal,
)
from support.provisioning import CATALOGUE, MORNING, NOON, an_order

HOUR = timedelta(hours=1)
NAMES = list(ELIGIBLE_PRODUCTS.values())


def refused(order: Order, extended: Order | None = None) -> str | None:
    why = refusal(order, CATALOGUE.get(order.product), extended, NAMES)
    return why.code if why else None


class TestRefusal:
    @pytest.mark.parametrize("product", ELIGIBLE_PRODUCTS)
    def test_spares_each_product_that_can_have_the_option(self, product: str) -> None:
        assert refused(an_order(product=product)) is None

    def test_meets_a_product_that_cannot_have_it(self) -> None:
        assert refused(an_order(product="mobile")) == "product_not_eligible"

    def test_spares_such_a_product_without_the_option(self) -> None:
        assert refused(an_order(product="mobile", option=False)) is None

    def test_meets_an_unknown_product_even_without_the_option(self) -> None:
        order = an_order(product="sip-trunk-1.0", option=False)

        assert refused(order) == "unknown_product"

    @pytest.mark.parametrize("product", ["mobile", "sip-trunk-1.0"])
    def test_names_all_nine_products(self, product: str) -> None:
        order = an_order(product=product)

        why = refusal(order, CATALOGUE.get(product), None, NAMES)

        assert why
        assert all(name in why.reason for name in ELIGIBLE_PRODUCTS.values())

    def test_calls_the_option_and_the_product_by_their_names(self) -> None:
        why = refusal(an_order(product="mobile"), CATALOGUE["mobile"], None, ["A", "B"])

        assert why
        assert why.reason == (
            "ecotel @once SelfCare ist zu Mobilfunk nicht erhältlich. "
            "Bestellbar ist ecotel @once SelfCare mit: A, B."
        )

    def test_meets_an_add_on_to_an_order_nobody_knows(self) -> None:
        assert refused(an_order(extends="P-9", channel="phone")) == "unknown_order"

    def test_meets_an_add_on_for_another_product(self) -> None:
        contract = an_order("P-9", product="pmx-ngn")

        assert (
            refused(an_order(extends="P-9", channel="phone"), contract)
            == "other_product"
        )


class TestOpenAddOn:
    @pytest.mark.parametrize("channel", get_args(Channel))
    def test_is_all_but_what_comes_with_the_product(self, channel: Channel) -> None:
        order = an_order(channel=channel)

        assert order.is_open_add_on is (channel != "product_order")

    def test_is_none_that_names_the_order_it_extends(self) -> None:
        assert not an_order(extends="P-1", channel="phone").is_open_add_on


class TestContracts:
    def test_are_also_add_ons_that_find_no_contract(self) -> None:
        add_on, other = an_order(channel="phone"), an_order("P-2", product="pmx-ngn")

        assert set(contracts([add_on, other])) == {add_on, other}
        assert contracts([add_on, an_order("P-0")]) == [an_order("P-0")]

    def test_are_orders_that_were_taken_and_extend_no_other(self) -> None:
        good = an_order()
        refused = replace(an_order("P-2"), refused=True)
        extension = an_order("X-1", extends="P-1", channel="phone")
        late_refusal = replace(extension, order_id="X-2", refused=True)

        assert contracts([refused, extension, late_refusal, good]) == [good]


class TestOptionSince:
    def add_on(self, order_id: str, *, hours: int) -> Order:
        return an_order(
            order_id, extends="P-1", channel="phone", at=MORNING + hours * HOUR
        )

    def test_is_the_first_order_that_brought_it(self) -> None:
        contract = an_order(option=False)
        added = [self.add_on("X-1", hours=2), self.add_on("X-2", hours=1)]

        assert option_since(contract, [contract, *added]) == MORNING + HOUR

    def test_ends_with_what_was_placed_until_it_was_given_back(self) -> None:
        contract = replace(an_order(), cancelled_at=NOON)
        until_then = self.add_on("X-1", hours=3)
        afterwards = self.add_on("X-2", hours=4)
        assert until_then.placed_at == NOON

        assert option_since(contract, [contract, until_then]) is None
        assert option_since(contract, [contract, afterwards]) == NOON + HOUR


class TestContractOf:
    """Of an add-on that names no contract, which is the one that it means."""

    OTHER = an_order("P-0", product="centrex-premium", at=MORNING - HOUR)
    MEANT = an_order("P-1")
    NEWER = an_order("P-2", product="pmx-ngn", at=MORNING + HOUR)
    ADD_ON = an_order("X-1", channel="phone", at=NOON)

    def found(self, *orders: Order) -> str | None:
        contract = contract_of("X-1", "single", NOON, orders)
        return contract.order_id if contract else None

    def test_is_the_one_of_its_product(self) -> None:
        orders = (self.OTHER, self.MEANT, self.NEWER, self.ADD_ON)

        assert self.found(*orders) == "P-1"

    def test_is_none_when_it_was_refused(self) -> None:
        refused = replace(self.ADD_ON, refused=True)

        assert self.found(self.MEANT, refused) is None

    def test_is_none_when_nobody_knows_the_order(self) -> None:
        assert self.found(self.MEANT) is None

    def test_without_a_name_is_the_newest_whose_numbers_look_like_it(self) -> None:
        single, block = frozenset({"single"}), frozenset({"block"})
        first = replace(self.MEANT, shapes=single)
        second = replace(self.NEWER, shapes=single)
        other = replace(self.OTHER, shapes=block, placed_at=MORNING + HOUR)
        later = replace(
            self.NEWER, order_id="P-9", shapes=single, placed_at=NOON + HOUR
        )
        orders = [later, other, second, first]

        assert contract_of(None, "single", NOON, orders) == second
        assert contract_of(None, "single", second.placed_at, orders) == second
        assert contract_of(None, "block", NOON, orders) == other
        assert contract_of(None, "single", MORNING - HOUR, orders) == first
        assert contract_of(None, "extension", NOON, orders[1:3]) == second

    def test_without_a_name_is_none_that_was_given_back_before_while_another_lives(
        self,
    ) -> None:
        given_back = replace(self.NEWER, cancelled_at=NOON)
        orders = [self.MEANT, given_back]

        assert contract_of(None, "single", NOON + HOUR, orders) == self.MEANT
        assert contract_of(None, "single", NOON - HOUR, orders) == given_back
        assert contract_of(None, "single", NOON + HOUR, [given_back]) == given_back

    def test_without_a_name_is_one_that_was_given_back_and_ordered_again(self) -> None:
        given_back = replace(self.NEWER, cancelled_at=NOON)
        again = an_order(
            "X-2", extends="P-2", channel="phone", product="pmx-ngn", at=NOON + HOUR
        )
        orders = [self.MEANT, given_back, again]

        assert contract_of(None, "single", NOON + 2 * HOUR, orders) == given_back
        assert contract_of(None, "single", NOON, orders) == self.MEANT
