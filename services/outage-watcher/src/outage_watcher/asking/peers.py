"""The sources that can be asked: where they are, and how they know us."""

import json
import ssl
import tomllib
from pathlib import Path
from typing import Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from outage_watcher.sources.formats import Inbounds

Form = Literal["alertmanager", "icinga2", "opennms"]


class Peer(BaseModel):
    """One source that can be asked; secrets are given here or as files."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(pattern=r"^https?://", description="Without the API's own path")
    form: Form | None = Field(default=None, description="Without: that of its name")
    token: SecretStr | None = Field(default=None, description="Bearer")
    username: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = Field(default=None, description="Who signed its certificate")
    certificate: Path | None = Field(default=None, description="Ours, with its key")
    timeout_seconds: float = Field(default=10, gt=0)
    page_size: int = Field(default=500, ge=1)
    path: str | None = Field(default=None, description="In place of the usual one")

    def connect(self) -> httpx.AsyncClient:
        """Return a client that knows the address, the secret and the certificate."""
        headers = {"accept": "application/json"}
        if self.token:
            headers["authorization"] = f"Bearer {self.token.get_secret_value()}"
        basic = None
        if self.username:
            password = self.password.get_secret_value() if self.password else ""
            basic = httpx.BasicAuth(self.username, password)
        return httpx.AsyncClient(
            base_url=self.url.rstrip("/"),
            headers=headers,
            auth=basic,
            verify=self._trust(),
            timeout=self.timeout_seconds,
            trust_env=False,
        )

    def _trust(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self.ca_file)
        if self.certificate:
            context.load_cert_chain(self.certificate)
        return context


def load_peers(file: Path | None, inbounds: Inbounds) -> dict[str, Peer]:
    """Return the peers of a TOML or JSON file; raises ValueError with the reason."""
    if file is None:
        return {}
    text = file.read_text(encoding="utf-8")
    try:
        said = tomllib.loads(text) if file.suffix == ".toml" else json.loads(text)
        peers = {name: Peer.model_validate(each) for name, each in said.items()}
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise ValueError(f"{file}: {where}: {first['msg']}") from None
    except (ValueError, AttributeError) as error:
        raise ValueError(f"{file}: {error}") from None
    for name in peers:
        if inbounds.of(name) is None:
            raise ValueError(f"{file}: {name}: nobody said which format it has")
    return peers
