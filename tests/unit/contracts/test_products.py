"""Which product somebody means, by its key or as it is called."""

import pytest

from contracts.products import ELIGIBLE_PRODUCTS, product_key


@pytest.mark.parametrize(("key", "name"), ELIGIBLE_PRODUCTS.items())
def test_a_product_is_known_by_its_key_and_however_its_name_is_written(
    key: str, name: str
) -> None:
    short = name.removeprefix("ecotel ")
    said = (key, key.upper(), name, name.upper(), short, f"  {short.lower()} ")

    assert {product_key(one) for one in said} == {key}


@pytest.mark.parametrize("said", ["", "ecotel", "fax", "sip-trunk", "ecotel Fax"])
def test_what_is_none_of_them_stays_as_it_was_said(said: str) -> None:
    assert product_key(said) == said
