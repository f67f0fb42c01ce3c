"""How a notice is worded."""

from typing import NamedTuple


class Wording(NamedTuple):
    """Subject and first sentence of a mail, and the whole of a short message."""

    subject: str
    opening: str
    short: str
