"""Reads requests, and turns away those that nobody could understand."""

import json
from http import HTTPStatus
from math import isfinite
from typing import NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import ClientDisconnect, Request

from simulated_switch.problems import Problem
from simulated_switch.values import Refused, complaint, read_key

LARGEST_BODY = 16 * 1024 * 1024
MOST_OPERATIONS = 5_000
MOST_DIGITS = 15

Model = TypeVar("Model", bound=BaseModel)


class BadQuery(Problem):
    """A part of the query that is not what it should be."""

    def __init__(self, name: str) -> None:
        detail = f"{name}: not understood, or too large; + is written %2B."
        super().__init__(HTTPStatus.BAD_REQUEST, "bad_query", detail)


async def read_json(request: Request) -> object:
    """Return the body, or say what keeps it from being JSON."""
    media_type, _, _ = request.headers.get("content-type", "").partition(";")
    encoding = request.headers.get("content-encoding", "identity")
    if media_type.strip().lower() != "application/json" or encoding != "identity":
        raise Problem(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "not_json", "Send plain JSON.")
    body = await _read_body(request)
    try:
        return json.loads(body, parse_float=_number, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "bad_json") from error


async def _read_body(request: Request) -> bytes:
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > LARGEST_BODY:
                raise Problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body_too_large")
    except ClientDisconnect as error:
        raise Problem(HTTPStatus.BAD_REQUEST, "body_incomplete") from error
    return bytes(body)


def _number(text: str) -> float:
    number = float(text)
    return number if isfinite(number) else _no_number(text)


def _no_number(_: str) -> NoReturn:
    message = "not a JSON number"
    raise ValueError(message)


async def read_operations(request: Request) -> list[object]:
    """Return the operations as they came; each is judged on its own later."""
    match await read_json(request):
        case {"operations": list(operations), **rest} if not rest:
            pass
        case _:
            detail = 'Send {"operations": [...]}.'
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad_request", detail)
    if len(operations) > MOST_OPERATIONS:
        status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        raise Problem(status, "too_many_operations", f"At most {MOST_OPERATIONS}.")
    return operations


async def read_model(request: Request, model: type[Model]) -> Model:
    """Return the body as a model."""
    body = await read_json(request)
    try:
        return model.model_validate(body)
    except ValidationError as error:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        raise Problem(status, "bad_request", complaint(error)) from error


def read_count(request: Request, name: str, default: int, *, most: int) -> int:
    """Return a whole number of the query."""
    text = request.query_params.get(name, str(default))
    plain = text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS
    if not plain or int(text) > most:
        raise BadQuery(name)
    return int(text)


def read_truth(request: Request, name: str) -> bool:
    """Return a yes or no of the query."""
    text = request.query_params.get(name, "false")
    if text not in {"true", "false"}:
        raise BadQuery(name)
    return text == "true"


def read_after(request: Request) -> str:
    """Return the key that the page before ended with."""
    name = "after"
    after = request.query_params.get(name, "")
    try:
        return after and read_key(after).text
    except Refused as error:
        # A client that forgets to encode the + would read the first page for ever.
        raise BadQuery(name) from error
