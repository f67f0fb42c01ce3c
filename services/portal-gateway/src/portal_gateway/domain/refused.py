"""What the gateway says no with: a stable code and the facts behind it."""

from collections.abc import Mapping
from typing import Any

from chassis.errors import Rejected


class Refused(Rejected):
    """
    A request that cannot be done as it stands.

    `facts` fill the sentence that `texts` has for the code; `more` goes into the
    answer as it is.
    """

    def __init__(
        self,
        code: str,
        *,
        facts: Mapping[str, object] | None = None,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(code, code)
        self.facts = facts or {}
        self.more = more or {}
        self.headers = headers or {}


def not_found() -> Refused:
    """Return the one answer for what is unknown and what is somebody else's."""
    return Refused("not_found")
