"""Secrets that must be read again, encrypted with keys that are not in the database."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from chassis.errors import Unavailable
from portal_gateway.domain.refused import Refused
from portal_gateway.settings import Settings


def is_open(settings: Settings) -> bool:
    """Tell whether there are keys, so that secrets can be kept at all."""
    return bool(settings.secret_keys.get_secret_value().strip())


def seal(settings: Settings, secret: str) -> bytes:
    """Encrypt with the newest key; raises Refused where there is none."""
    if not is_open(settings):
        raise Refused("second_factor_unavailable")
    return _keys(settings.secret_keys.get_secret_value()).encrypt(secret.encode())


def unseal(settings: Settings, sealed: bytes) -> str:
    """Decrypt with whichever key fits; raises Unavailable when none does."""
    try:
        keys = _keys(settings.secret_keys.get_secret_value())
        return keys.decrypt(sealed).decode()
    except (InvalidToken, ValueError) as error:
        raise Unavailable("no key fits a stored secret") from error


@lru_cache(maxsize=4)
def _keys(told: str) -> MultiFernet:
    return MultiFernet([Fernet(key.strip()) for key in told.split(",") if key.strip()])
