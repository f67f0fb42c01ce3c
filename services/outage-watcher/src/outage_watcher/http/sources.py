"""Who speaks: each source has a secret, and some may act as operators."""

import hmac
import json
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request

from outage_watcher.http.problems import Problem

OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Source:
    """Whoever has proved by its secret who it is."""

    name: str
    is_operator: bool = False


class Sources:
    """The secrets; the file says `{name: secret}` or `{name: {secret, role}}`."""

    def __init__(self, secrets: dict[str, str], operators: frozenset[str]) -> None:
        self._secrets = secrets
        self._operators = operators | {OPERATOR}

    @classmethod
    def load(cls, file: Path | None) -> "Sources":
        """Read the file; without one nobody may speak over HTTP."""
        said = json.loads(file.read_text(encoding="utf-8")) if file else {}
        whole = {
            name: value if isinstance(value, dict) else {"secret": value}
            for name, value in said.items()
        }
        if bad := [name for name, value in whole.items() if not value.get("secret")]:
            raise ValueError(f"{file}: no secret for {', '.join(bad)}")
        return cls(
            {name: str(value["secret"]) for name, value in whole.items()},
            frozenset(
                name for name, value in whole.items() if value.get("role") == OPERATOR
            ),
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of all sources."""
        return tuple(self._secrets)

    def authenticated(self, request: Request) -> Source:
        """Return who sends the request; raises a 401 for anybody else."""
        scheme, _, secret = request.headers.get("authorization", "").partition(" ")
        # The bytes as they came: some of a letter look like spaces one by one.
        given = secret.strip(" \t").encode("latin-1", "replace")
        found = [
            name
            for name, known in self._secrets.items()
            if hmac.compare_digest(known.encode(), given)
        ]
        if scheme.lower() != "bearer" or not found:
            raise Problem(401, "unauthenticated", "Send the secret of your source.")
        return Source(found[0], found[0] in self._operators)

    def operator(self, request: Request) -> Source:
        """Return the operator who sends the request; raises a 401 or 403."""
        source = self.authenticated(request)
        if not source.is_operator:
            raise Problem(403, "operators_only", "Only an operator may do this.")
        return source
