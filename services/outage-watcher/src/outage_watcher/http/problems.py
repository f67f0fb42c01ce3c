"""Errors as RFC 9457 problems: each with a type of its own and a stable code."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from chassis import requests
from chassis.errors import Rejected, Unavailable
from chassis.postgres import TRANSIENT

STATUS = {
    "unknown_outage": 404,
    "unknown_window": 404,
    "outage_is_over": 409,
    "window_is_over": 409,
    "version_conflict": 412,
}


class Problem(Exception):
    """A request that is refused, with what its sender may know."""

    def __init__(self, status: int, code: str, detail: str, **more: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.more = more


def answer(problem: Problem) -> JSONResponse:
    """Return the problem as the response it stands for."""
    headers = {401: {"WWW-Authenticate": "Bearer"}, 503: {"Retry-After": "1"}}
    status, said = problem.status, str(problem)
    more = problem.more
    return requests.problem(status, problem.code, said, headers.get(status), **more)


def tell_problems(api: FastAPI) -> None:
    """Make every error of the API a problem."""

    async def problem(_request: Request, error: Exception) -> JSONResponse:
        told = answer(_problem(error))
        # A 405 has to name the methods that there are.
        told.headers.update(getattr(error, "headers", None) or {})
        return told

    expected = (Problem, Rejected, HTTPException, RequestValidationError, Unavailable)
    for kind in (*expected, *TRANSIENT):
        api.add_exception_handler(kind, problem)


def _problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case Rejected():
            return Problem(STATUS.get(error.code, 422), error.code, error.reason)
        case RequestValidationError():
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            return Problem(422, "invalid", f"{where}: {first['msg']}")
        case HTTPException(status_code=status):
            codes = {404: "not_found", 405: "method_not_allowed"}
            return Problem(status, codes.get(status, f"http_{status}"), error.detail)
    return Problem(503, "unavailable", "Try the same again in a moment.")
