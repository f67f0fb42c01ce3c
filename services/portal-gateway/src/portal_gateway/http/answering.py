"""What shapes of answers are made of: the OpenAPI document is derived from them."""

from typing import Annotated, Final

from pydantic import ConfigDict, WithJsonSchema, with_config

answer: Final = with_config(ConfigDict(use_attribute_docstrings=True))
"""Decorates a shape: what its docstrings say, the OpenAPI document says."""


def one_of(*words: str) -> WithJsonSchema:
    """Describe a text that is one of these words."""
    return WithJsonSchema({"type": "string", "enum": list(words)})


Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Number = Annotated[
    str, WithJsonSchema({"type": "string", "examples": ["+493023125042"]})
]
"""E.164, or its beginning with dots where agents see no more."""
NumberKind = Annotated[str, one_of("number", "block")]
OutageKind = Annotated[str, one_of("fault", "planned", "degradation")]
Channel = Annotated[str, one_of("product_order", "portal", "phone", "mail")]
