"""What every event has in common: CloudEvents 1.0 in binary mode."""

from datetime import MAXYEAR, MINYEAR, UTC, date, datetime
from typing import Annotated, ClassVar
from uuid import NAMESPACE_URL, uuid4, uuid5

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    field_validator,
)
from pydantic_core import PydanticUseDefault

LONGEST_NAME = 255
"""Characters: two such names are a key that PostgreSQL's indexes take (2,700 bytes)."""

Name = Annotated[str, Field(max_length=LONGEST_NAME)]
"""What names something, and is looked up by it."""
Moment = Annotated[
    AwareDatetime,
    Field(ge=datetime.min.replace(tzinfo=UTC), le=datetime.max.replace(tzinfo=UTC)),
]
"""A time with its offset, and one in UTC too: as that PostgreSQL keeps it."""
Day = Annotated[date, Field(ge=date(1, 1, 2), le=date(9999, 12, 30))]
"""A day that has one before and one behind it."""
Version = Annotated[int, Field(ge=0, le=2**31 - 1)]
"""Counts the changes of one thing; a reader may keep it in 32 bits."""
Sequence = Annotated[int, Field(ge=0, le=2**63 - 1)]
"""Counts changes of all things together; a reader needs 64 bits."""


def is_meant(at: datetime) -> bool:
    """
    Return whether a time is one: the years 1 and 9999 say that nobody knows it.

    In UTC, or in Berlin, their first and last days may not even exist.
    """
    return MINYEAR < at.year < MAXYEAR


class Fact(BaseModel):
    """Part of an event: frozen, and blind to fields it does not know."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
    )


class Event(Fact):
    """Something that happened; its class name is its type and its topic."""

    source: ClassVar[str]
    """The service (or outside system) that tells it."""

    @classmethod
    def topic(cls) -> str:
        """Return the Kafka topic, which is the event's type."""
        return cls.__name__

    @property
    def key(self) -> str:
        """Return what keeps its order: events with one key stay in sequence."""
        raise NotImplementedError


class ToldByOthers(Event):
    """An event that programs of others tell, and write as their languages do."""

    @field_validator("*", mode="before")
    @classmethod
    def _null_is_left_out(cls, value: object) -> object:
        if value is None:
            raise PydanticUseDefault
        return value


def new_id() -> str:
    """Return an id nobody else has."""
    return str(uuid4())


def derived_id(*parts: object) -> str:
    """Return the same id for the same parts, always and everywhere."""
    return str(uuid5(NAMESPACE_URL, "|".join(map(str, parts))))
