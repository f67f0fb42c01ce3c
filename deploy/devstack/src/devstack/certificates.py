"""The certificates of a secured stack: made once, trusted by nobody else."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from devstack.rights import BROKER
from devstack.settings import AUTHORITY, HOST


@dataclass(frozen=True, slots=True)
class Certificates:
    """Where an authority's and its one server's certificate lie, as PEM."""

    folder: Path

    @property
    def authority(self) -> Path:
        """Whom clients have to trust."""
        return self.folder / AUTHORITY

    @property
    def chain(self) -> Path:
        """The server's certificate."""
        return self.folder / "server.pem"

    @property
    def key(self) -> Path:
        """The server's private key, PKCS 8."""
        return self.folder / "server.key"

    @property
    def both(self) -> Path:
        """Key and certificate in one file, as Kafka reads them."""
        return self.folder / "server-and-key.pem"


def certificates(folder: Path) -> Certificates:
    """Return them, made if they are new; the authority's own key is never written."""
    found = Certificates(folder)
    if not found.authority.exists():
        shutil.rmtree(folder, ignore_errors=True)
        draft = folder.with_name(f".{folder.name}-{os.getpid()}")
        _make(Certificates(draft))
        draft.rename(folder)
    return found


def _make(new: Certificates) -> None:
    new.folder.mkdir(mode=0o755, parents=True)
    authority = trustme.CA(organization_name="SelfCare development")
    server = authority.issue_cert(HOST, "localhost", common_name=BROKER)
    chain = b"".join(each.bytes() for each in server.cert_chain_pems)
    key = load_pem_private_key(server.private_key_pem.bytes(), None).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    new.authority.write_bytes(authority.cert_pem.bytes())
    new.chain.write_bytes(chain)
    for file, content in ((new.key, key), (new.both, key + chain)):
        file.touch(mode=0o600)
        file.write_bytes(content)
