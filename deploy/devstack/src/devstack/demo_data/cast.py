"""
The demo's customers: one for each product, with numbers reserved for fiction.

The office-flat customer has the numbers of the product's flyer. Lines of several
customers hang under the same elements, so that one failure hits more than one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from contracts.products import ELIGIBLE_PRODUCTS

MOBILE: Final = "015228817386"
FLYER_MOBILE: Final = "+4917717712345"
OFFICE: Final = "+493023125042"

ELEMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "AN-BERLIN-1": ("AN-BERLIN-1", "AGG-BERLIN", "REGION-OST"),
    "AN-BERLIN-2": ("AN-BERLIN-2", "AGG-BERLIN", "REGION-OST"),
    "AN-FRANKFURT-1": ("AN-FRANKFURT-1", "AGG-FRANKFURT", "REGION-MITTE"),
    "AN-FRANKFURT-2": ("AN-FRANKFURT-2", "AGG-FRANKFURT", "REGION-MITTE"),
    "AN-KOELN-1": ("AN-KOELN-1", "AGG-RHEIN", "REGION-WEST"),
    "AN-DUESSELDORF-1": ("AN-DUESSELDORF-1", "AGG-RHEIN", "REGION-WEST"),
    "AN-CANARY": ("AN-CANARY",),
}
"""Access node to everything above a line there, nearest first."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What a customer set for a number or block."""

    number: str
    target: str | None = None
    enabled: bool = True
    keep_extension: bool = False
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class Numbers:
    """Numbers that come to one line; days counted from the day of loading."""

    line: str
    node: str
    numbers: tuple[str, ...] = ()
    blocks: tuple[tuple[str, str], ...] = ()
    extensions: Mapping[str, str] | None = None
    ported: bool = True
    in_days: int = 0


@dataclass(frozen=True, slots=True)
class Customer:
    """One customer with his contract."""

    number: str
    product: str
    username: str
    company: str
    address: str
    positions: tuple[tuple[str, int], ...]
    holds: tuple[Numbers, ...]
    rules: tuple[Rule, ...] = ()
    adds_option_by: str | None = None
    """He ordered the product alone, and the option later: by phone or mail."""


def run(first: str, count: int) -> tuple[str, ...]:
    """Return so many numbers, one after the other."""
    return tuple(f"+{int(first[1:]) + step}" for step in range(count))


def positions(product: str, *more: tuple[str, int]) -> tuple[tuple[str, int], ...]:
    """Return what is printed on the order of a product with the option."""
    return ((ELIGIBLE_PRODUCTS[product], 1), *more, ("ecotel @once SelfCare", 1))
