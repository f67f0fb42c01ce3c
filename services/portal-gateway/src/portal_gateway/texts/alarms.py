"""What contacts hear of their account: that it was they who did it, or was not."""

from collections.abc import Mapping
from typing import Final

from portal_gateway.texts.said import Language
from portal_gateway.texts.wording import Wording

SECURITY_WORDING: Final[Mapping[Language, Wording]] = {
    "de": Wording(
        "{what}",
        "{what}: {by}, {at}. Waren Sie das nicht, rufen Sie uns bitte gleich an: "
        "0800-0326835.",
        "ecotel: {what} ({by}, {at}). Waren Sie das nicht? 0800-0326835 {link}",
    ),
    "en": Wording(
        "{what}",
        "{what}: {by}, {at}. If that was not you, please call us at once: "
        "0800-0326835.",
        "ecotel: {what} ({by}, {at}). Not you? 0800-0326835 {link}",
    ),
}

SECURITY: Final[Mapping[str, Mapping[Language, str]]] = {
    "credentials_changed": {
        "de": "Benutzername und Kennwort geändert",
        "en": "User name and password changed",
    },
    "password_changed": {"de": "Kennwort geändert", "en": "Password changed"},
    "username_changed": {"de": "Benutzername geändert", "en": "User name changed"},
    "second_factor_enrolled": {
        "de": "Zweiter Faktor eingerichtet",
        "en": "Second factor set up",
    },
    "second_factor_removed": {
        "de": "Zweiter Faktor entfernt",
        "en": "Second factor removed",
    },
    "recovery_codes_renewed": {
        "de": "Ersatzcodes erneuert",
        "en": "Recovery codes renewed",
    },
    "contact_removed": {"de": "Kontakt entfernt", "en": "Contact removed"},
    "target_waits": {
        "de": "Neues Ziel {target} eingetragen, es gilt ab {until}",
        "en": "New target {target} entered, it can be used from {until} on",
    },
    "forwardings_held": {
        "de": "Ihre Rufumleitungen sind angehalten",
        "en": "Your forwardings are held off",
    },
    "forwardings_released": {
        "de": "Ihre Rufumleitungen gelten wieder",
        "en": "Your forwardings hold again",
    },
}
"""What happened to an account, as its contacts hear it."""
