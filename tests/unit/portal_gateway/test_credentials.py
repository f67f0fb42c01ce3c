"""What a good password is, and how long a stranger waits."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from contracts.products import ELIGIBLE_PRODUCTS
from portal_gateway.domain.credentials import (
    COMMON_WORDS,
    check_password,
    check_username,
    name_key,
    network_of,
    normal,
    posted_password,
    wait_after,
)
from portal_gateway.domain.refused import Refused

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
OWN_WORDS = ("büro", "buero", "c-1001", "1001")
PRODUCT_WORDS = re.split(r"\W+", " ".join(ELIGIBLE_PRODUCTS.values()).casefold())
"""Words that count for little: what is left of a password without them has to do."""


@given(st.text(st.characters(codec="utf-8"), min_size=15, max_size=128))
def test_no_composition_rules(password: str) -> None:
    assume(15 <= len(normal(password)) <= 128)
    bare = normal(password).casefold()
    assume(len(set(bare)) >= 12)
    names = (*COMMON_WORDS, *PRODUCT_WORDS, *OWN_WORDS)
    assume(not any(word in bare for word in names if len(word) > 2))

    assert check_password(password, context=["büro", "C-1001"]) == normal(password)


@pytest.mark.parametrize(("length", "code"), [(14, "short"), (129, "long")])
def test_length_counts_code_points(length: int, code: str) -> None:
    with pytest.raises(Refused) as refused:
        check_password(("aäß€𝄞xyz123" * 20)[:length], context=[])

    assert refused.value.code == f"password_too_{code}"


COMPANY = "Bäckerei Morgenrot GmbH & Co. KG"


@pytest.mark.parametrize(
    "password",
    [
        "Bäckerei Morgenrot!",
        "bäckereimorgenrot2026",
        "Baeckerei-Morgenrot-1",
        "!!Morgenrot GmbH 2026!?#",
        "Morgenrot-Morgenrot-77",
        "BaeckereiMorgenrot1",
        "204913-204913-204913",
        "ecotel sipTrunk 2.0 Pro!",
        "Jubiläumstarif2026!",
    ],
)
def test_names_that_everybody_knows_are_no_password(password: str) -> None:
    context = ["baeckerei.morgenrot", "K-204913"]

    with pytest.raises(Refused) as refused:
        check_password(password, context=context, known=[COMPANY])

    assert refused.value.code == "password_like_name"


@pytest.mark.parametrize(
    "password",
    ["Morgenrot über dem Kanal", "Kirschbaum am Kanal 12", "Bäckerei Kx7-pq2!wv9"],
)
def test_names_among_other_words_are_fine(password: str) -> None:
    assert check_password(password, context=[], known=[COMPANY]) == password


def test_composed_and_decomposed_are_the_same() -> None:
    assert name_key("Bu\u0308ro") == name_key("BÜRO")
    assert check_username("Bu\u0308ro", None) == "Büro"


def test_posted_passwords_have_no_letters_to_mistake() -> None:
    password = posted_password(range(32))

    assert not set(password) & set("01OI")
    assert password.startswith("ABCD-EFGH")


@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(9, 0), (10, 30), (11, 60), (12, 120), (15, 960), (99, 960)],
)
def test_waits_grow_and_end(failures: int, seconds: int) -> None:
    wait = wait_after(failures, NOON, allowed=10, now=NOON)

    assert wait == timedelta(seconds=seconds)
    later = NOON + timedelta(seconds=seconds)
    assert wait_after(failures, NOON, allowed=10, now=later) == timedelta(0)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:ff::7", "2001:db8:1::/56"),
        ("nonsense", "unknown"),
    ],
)
def test_neighbours_share_a_limit(address: str, network: str) -> None:
    assert network_of(address) == network
