"""What is said to a caller whose request cannot be served (RFC 9457)."""

import json
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse
from typing_extensions import override


class Problem(Exception):
    """A request that is answered with a problem instead of a result."""

    def __init__(
        self, status: HTTPStatus, code: str, detail: str | None = None
    ) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail


class Answer(JSONResponse):
    """JSON in plain ASCII, so that whatever was sent can be shown back."""

    @override
    def render(self, content: Any) -> bytes:
        return json.dumps(content, separators=(",", ":")).encode("ascii")


def _answer(status: HTTPStatus, code: str, detail: str | None) -> Answer:
    problem = {
        "type": f"/problems/{code}",
        "title": status.phrase,
        "status": status.value,
        "code": code,
    }
    if detail is not None:
        problem["detail"] = detail
    return Answer(problem, status.value, media_type="application/problem+json")


async def on_problem(_: Request, error: Exception) -> Answer:
    """Answer a request that we found wrong."""
    if not isinstance(error, Problem):
        raise error
    return _answer(error.status, error.code, error.detail)


async def on_http_exception(_: Request, error: Exception) -> Answer:
    """Answer a request that found no door."""
    if not isinstance(error, HTTPException):
        raise error
    status = HTTPStatus(error.status_code)
    answer = _answer(status, status.name.lower(), None)
    answer.headers.update(error.headers or {})
    return answer
