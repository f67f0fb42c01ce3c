"""Words of the configurator."""

from typing import Final

from portal_gateway.texts.pages.phrase import Phrase

WORDS: Final[dict[str, Phrase]] = {}
