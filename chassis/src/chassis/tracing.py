"""The W3C trace that a request or message belongs to, carried along by context."""

import re
import secrets
from contextvars import ContextVar

_TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

current: ContextVar[str | None] = ContextVar("traceparent", default=None)


def continued(traceparent: str | None) -> str:
    """Return a new span of the same trace, or of a new one where there is none."""
    if traceparent and _TRACEPARENT.fullmatch(traceparent):
        trace, flags = traceparent[3:35], traceparent[-2:]
    else:
        trace, flags = secrets.token_hex(16), "01"
    return f"00-{trace}-{secrets.token_hex(8)}-{flags}"
