"""Asking a switch over HTTP, and what its answers mean."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from chassis import tracing
from chassis.errors import Unavailable
from forwarding import metrics
from forwarding.switch import BadAnswer, Conflict, Silent, Throttled, Unreachable
from forwarding.switches.slots import NoSuchSubscriber

DEFAULT_PAUSE = 1.0
CONFLICTS = {httpx.codes.PRECONDITION_FAILED, httpx.codes.CONFLICT}
BUSY = {httpx.codes.TOO_MANY_REQUESTS, httpx.codes.SERVICE_UNAVAILABLE}


@contextmanager
def its_answer(name: str) -> Iterator[None]:
    """
    Read what a switch said; raises BadAnswer where nobody can.

    Then something else answers in its place, a proxy or another program, or what is
    kept for this subscriber is broken.
    """
    try:
        yield
    except (
        *(ValueError, LookupError, TypeError, AttributeError),
        SyntaxError,  # XML that nobody can parse
    ) as error:
        text = f"{name}: not its answer: {error!r}"
        raise BadAnswer(text, "unreadable") from error


class Web:
    """One switch's HTTP."""

    def __init__(self, name: str, http: httpx.AsyncClient) -> None:
        self.name, self._http = name, http

    async def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
        json: object = None,
        params: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """
        Return a good answer.

        Raises NoSuchSubscriber (404), Conflict (409, 412), Throttled (429, and 503
        that says when), BadAnswer for any other; Silent or Unavailable for none: what
        was done is not known then. The span names no path: a number stands in it.
        """
        said: dict[str, Any] = {"content": content, "json": json, "params": params}
        try:
            with tracing.span(f"switch {method}", kind="client") as span:
                named = {**(headers or {}), "traceparent": span.traceparent}
                answer = await self._http.request(method, path, headers=named, **said)
        except httpx.ConnectError as error:
            raise Unreachable(f"{self.name}: {error!r}") from error
        except (httpx.ReadTimeout, httpx.WriteTimeout) as error:
            raise Silent(f"{self.name}: {error!r}", "no_answer") from error
        except httpx.HTTPError as error:
            raise Unavailable(f"{self.name}: {error!r}") from error
        if answer.is_success:
            return answer
        code, after = answer.status_code, answer.headers.get("retry-after", "")
        metrics.RETRIES.labels(self.name, str(code)).inc()
        if code == httpx.codes.NOT_FOUND:
            raise NoSuchSubscriber
        if code in CONFLICTS:
            raise Conflict(f"{self.name}: changed meanwhile")
        if code in BUSY and (after or code == httpx.codes.TOO_MANY_REQUESTS):
            raise Throttled(float(after) if after.isdecimal() else DEFAULT_PAUSE)
        text, reason = f"{self.name}: answered {code}", f"answered_{code}"
        raise BadAnswer(text, reason, writing=method != "GET")

    async def close(self) -> None:
        """Let go of connections."""
        await self._http.aclose()
