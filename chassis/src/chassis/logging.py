"""Structured logs: one JSON object a line, with numbers and secrets masked."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import structlog
from typing_extensions import override

from chassis.tracing import note_trace
from contracts.phone_number import mask

SELDOM_SECONDS = 10.0
_MOST_KINDS = 1000
_NUMBER = re.compile(
    r"""
    (?<![\w-])(?:(?:\+|00)[ ]?|\(?0)        # +49…, 0049…, 030…, (030)…
        [1-9](?:[ ()/-]{0,3}\d){6,14}(?![\w-])
    | (?:\+|%2B)\d{7,15}                   # inside a path or a word
    | (?<![\w.-])49[1-9]\d{8,11}(?![\w-])  # the plus was forgotten
    """,
    re.VERBOSE | re.IGNORECASE,
)
_SECRET = re.compile(
    r"passw|secret|token|session|cookie|authorization|credential|api_?key|dsn",
    re.IGNORECASE,
)
_CREDENTIAL = re.compile(
    r"(?<=://)[^\s/@]+:[^\s/@]+(?=@)|(?<=bearer )\S+", re.IGNORECASE
)
_HIDDEN = "***"


def set_up(service: str, *, level: str, form: str) -> None:
    """Send all logs, the libraries' too, to standard output in one form."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        note_trace,
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
    handler.addFilter(Seldom("aiokafka"))
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


class Seldom(logging.Filter):
    """
    Lets a library say the same only every so often, and then how often it did.

    Without a broker each Kafka client says dozens of times a second that it is away.
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._kinds: dict[tuple[str, object], tuple[float, int]] = {}
        """When something was last let through, and how often it was not since."""

    @override
    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a record is let through."""
        if not super().filter(record):
            return True  # another's: this one says nothing of it
        kind = (record.name, record.msg)
        last, left_out = self._kinds.get(kind, (float("-inf"), 0))
        if abs(record.created - last) < SELDOM_SECONDS:
            self._kinds[kind] = last, left_out + 1
            return False
        if len(self._kinds) >= _MOST_KINDS:
            self._kinds.clear()  # what is told has no end: it is no kind at all
        self._kinds[kind] = record.created, 0
        if left_out:
            record.msg = f"{record.msg} (and {left_out} times before)"
        return True


def hide_personal_data(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Mask phone numbers in every value; drop what a secret's name holds."""
    for name, value in event.items():
        # What structlog passes on beside the values is none of ours.
        if not name.startswith("_"):
            event[name] = _masked_under(name, value)
    return event


def masked(value: object) -> object:
    """Return the value with numbers and secrets masked in it, at any depth."""
    if isinstance(value, str):
        text = _NUMBER.sub(lambda found: mask(found[0]), value)
        return _CREDENTIAL.sub(_HIDDEN, text)
    if isinstance(value, Mapping):
        return {
            masked(str(name)): _masked_under(str(name), item)
            for name, item in value.items()
        }
    if isinstance(value, Sequence | AbstractSet) and not isinstance(value, bytes):
        return [masked(item) for item in value]
    return value if isinstance(value, bool | int | float | None) else masked(str(value))


def _masked_under(name: str, value: object) -> object:
    return _HIDDEN if _SECRET.search(name) else masked(value)
