"""The nine products with which the option can be ordered."""

from collections.abc import Mapping
from types import MappingProxyType

ELIGIBLE_PRODUCTS: Mapping[str, str] = MappingProxyType(
    {
        "sip-account-2.0": "ecotel sipAccount 2.0",
        "sip-trunk-2.0": "ecotel sipTrunk 2.0",
        "sip-trunk-2.0-pro": "ecotel sipTrunk 2.0 Pro",
        "jubilaeumstarif": "ecotel Jubiläumstarif",
        "office-flat-ngn": "ecotel office-flat NGN",
        "voice-direct-ngn": "ecotel voice-direct NGN",
        "pmx-ngn": "ecotel PMX NGN",
        "pmx-ngn-option": "ecotel PMX NGN Option",
        "centrex-premium": "ecotel centrex Premium",
    }
)
"""Catalogue key to the product's name as customers know it."""

_BRAND = "ecotel "
_KEYS = {
    called.removeprefix(_BRAND).casefold(): key
    for key, name in ELIGIBLE_PRODUCTS.items()
    for called in (key, name)
}


def product_key(said: str) -> str:
    """Return the key of the product that is called so; of no product what was said."""
    plain = " ".join(said.split()).casefold()
    return _KEYS.get(plain.removeprefix(_BRAND), said)
