"""Parts that come with the demo; without them a stack is a stack all the same."""

import importlib
import importlib.util
import inspect

from devstack.errors import StackError
from devstack.settings import Settings


async def load_demo_data(settings: Settings) -> None:
    """Let `devstack.demo_data.load(settings)` fill the stack, where it is there."""
    if importlib.util.find_spec("devstack.demo_data"):
        await call("demo_data", "load", settings)


async def call(module: str, function: str, settings: Settings) -> int:
    """Call a function of a module that may not be written yet; return its exit code."""
    name = f"devstack.{module}"
    if importlib.util.find_spec(name) is None:
        message = f"There is no {name} yet"
        raise StackError(message)
    result = getattr(importlib.import_module(name), function)(settings)
    return int((await result if inspect.isawaitable(result) else result) or 0)
