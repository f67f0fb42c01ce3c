"""The file in which an operator says how his sources name lines and elements."""

import json
import tomllib
from pathlib import Path

from pydantic import ValidationError

from outage_watcher.sources.formats import Inbounds


def described(file: Path | None) -> Inbounds:
    """Return the sources of a TOML or JSON file; raises ValueError with the reason."""
    if file is None:
        return Inbounds()
    text = file.read_text(encoding="utf-8")
    try:
        said = json.loads(text) if file.suffix == ".json" else tomllib.loads(text)
        return Inbounds(said)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{file}: {where}: {first['msg']}") from None
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"{file}: {error}") from None
