"""What the owner of a number is sent who wants no forwarded calls."""

from collections.abc import Mapping
from typing import Final

from portal_gateway.texts.said import Language

SMS: Final[Mapping[Language, str]] = {
    "de": "ecotel: Code {code}. Wer ihn eingibt, beendet alle Rufumleitungen zu dieser "
    "Nummer. Gilt {minutes} Minuten. Nicht angefordert? Dann bitte nicht weitergeben.",
    "en": "ecotel: code {code}. Whoever enters it ends all forwardings to this number. "
    "Good for {minutes} minutes. Not asked for? Then please tell nobody.",
}
