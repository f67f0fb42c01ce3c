"""Structured logs: one JSON object a line, with numbers and secrets masked."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import structlog

from contracts.phone_number import mask

_NUMBER = re.compile(r"(?<![\w-])(?:\+|00|0)[1-9]\d{6,14}(?![\w-])|\+\d{7,15}")
_SECRET = re.compile(
    r"password|secret|token|session|cookie|authorization", re.IGNORECASE
)


def set_up(service: str, *, level: str, form: str) -> None:
    """Send all logs, the libraries' too, to standard output in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_personal_data,
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if form == "console"
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for noisy in ("aiokafka", "httpx", "httpcore", "uvicorn.access"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.contextvars.bind_contextvars(service=service)


def hide_personal_data(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask phone numbers in every value; drop what a secret's name holds."""
    for name, value in event.items():
        event[name] = "***" if _SECRET.search(name) else masked(value)
    return event


def masked(value: object) -> object:
    """Return the value with every phone number in it masked, at any depth."""
    if isinstance(value, str):
        return _NUMBER.sub(lambda found: mask(found[0]), value)
    if isinstance(value, Mapping):
        return {key: masked(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [masked(item) for item in value]
    return value if isinstance(value, bool | int | float | None) else masked(str(value))
