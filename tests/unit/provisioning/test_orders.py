"""Which orders are refused, and with which words."""

import pytest

from contracts.products import ELIGIBLE_PRODUCTS
from provisioning.domain.orders import Order, refusal
from support.provisioning import CATALOGUE, an_order

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
