"""PostgreSQL as one process on a folder of its own."""

import hashlib
import os
import secrets
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from devstack.artifacts import Artifacts, exclusive
from devstack.certificates import Certificates, certificates
from devstack.errors import StackError
from devstack.passwords import secret
from devstack.settings import HOST, Settings

SUPERUSER = "postgres"
UNPRIVILEGED = "nobody"
ONLY_BY_TLS = "hostssl all all all scram-sha-256\n"
# Where data goes when root's own folder would be closed to the unprivileged user.
FALLBACK = Path("/var/lib/selfcare-devstack")


@dataclass(frozen=True, slots=True)
class Postgres:
    """A data folder, its port, and the files that serve it."""

    folder: Path
    binaries: Path
    port: int
    password: str
    fsync: bool
    certificates: Certificates | None = None
    """Set on a secured stack: who does not come by TLS is not let in."""

    @classmethod
    def of(cls, settings: Settings, artifacts: Artifacts) -> "Postgres":
        """Return the PostgreSQL of a stack."""
        name = f"postgres-{artifacts.postgres.stem.rpartition('-')[2]}"
        return cls(
            folder=data_folder(settings.dev_dir),
            binaries=settings.cache / name,
            port=settings.postgres_port,
            password=secret(settings.secrets, "postgres"),
            fsync=settings.fsync,
            certificates=certificates(settings.tls) if settings.secure else None,
        )

    def prepare(self, artifacts: Artifacts) -> None:
        """Unpack the server once a machine and make its data folder once a stack."""
        _unpack(artifacts.postgres, self.binaries)
        if owner() and not open_to_all(self.binaries):
            message = (
                f"PostgreSQL runs as {UNPRIVILEGED} and cannot reach {self.binaries}. "
                "Point SELFCARE_CACHE at a folder open to all, as below /var/cache."
            )
            raise StackError(message)
        data = self.folder / "data"
        if not (data / "PG_VERSION").exists():
            self._make(data)
        if self.certificates:
            self._secure(self.certificates)

    def _make(self, data: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        shutil.rmtree(data, ignore_errors=True)
        if user := owner():
            shutil.chown(self.folder, user)
        self._initialise(data)

    def command(self) -> list[str]:
        """Return the command that becomes this PostgreSQL."""
        options = {
            "listen_addresses": HOST,
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "300",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "fsync": "on" if self.fsync else "off",
            "full_page_writes": "on" if self.fsync else "off",
        }
        if self.certificates:
            options |= {
                "ssl": "on",
                "ssl_cert_file": f"{self.folder}/server.pem",
                "ssl_key_file": f"{self.folder}/server.key",
                "hba_file": f"{self.folder}/secured_hba.conf",
            }
        given = [word for pair in options.items() for word in ("-c", "=".join(pair))]
        # It finds its other files from the full path of its program.
        return [
            str(self.binaries / "bin/postgres"),
            "-D",
            f"{self.folder}/data",
            *given,
        ]

    def _secure(self, made: Certificates) -> None:
        """Give the server its key, and let in only who comes by TLS with a password."""
        files = {
            "server.pem": made.chain.read_text(encoding="utf-8"),
            "server.key": made.key.read_text(encoding="utf-8"),
            "secured_hba.conf": ONLY_BY_TLS,
        }
        for name, text in files.items():
            file = self.folder / name
            file.unlink(missing_ok=True)
            file.touch(mode=0o600)
            file.write_text(text, encoding="utf-8")
            if user := owner():
                shutil.chown(file, user)

    def _initialise(self, data: Path) -> None:
        password = self.folder / f"password-{secrets.token_hex(4)}"
        password.touch(mode=0o600)
        password.write_text(self.password, encoding="utf-8")
        if user := owner():
            shutil.chown(password, user)
        command = [
            *(str(self.binaries / "bin/initdb"), "-D", str(data)),
            *("-U", SUPERUSER, "--pwfile", str(password), "-A", "scram-sha-256"),
            *("-E", "UTF8", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
            *("--locale=C", "--no-instructions"),
            *([] if self.fsync else ["--no-sync"]),
        ]
        try:
            done = subprocess.run(  # noqa: S603 - our own binaries
                command,
                cwd=self.folder,
                capture_output=True,
                text=True,
                check=False,
                user=owner(),
                extra_groups=[] if owner() else None,
            )
        finally:
            password.unlink()
        if done.returncode:
            message = f"PostgreSQL could not prepare {data}:\n{done.stderr}"
            raise StackError(message)


def owner() -> str | None:
    """Name the user that PostgreSQL runs as where we are root, which it refuses."""
    return UNPRIVILEGED if os.geteuid() == 0 else None


def data_folder(dev_dir: Path) -> Path:
    """Return where the data of a stack lies: in its folder, if PostgreSQL may go in."""
    if owner() is None or open_to_all(dev_dir):
        return dev_dir / "postgres"
    return FALLBACK / hashlib.sha256(str(dev_dir).encode()).hexdigest()[:12]


def open_to_all(folder: Path) -> bool:
    """Tell whether any user can enter the folder, or could if it were made."""
    existing = [path for path in (folder, *folder.parents) if path.exists()]
    return all(path.stat().st_mode & 0o001 for path in existing)


def admin_url(settings: Settings, database: str = "postgres") -> str:
    """Return the URL of the user that may do everything."""
    if settings.external_database:
        return settings.external_database
    password = quote(secret(settings.secrets, "postgres"))
    place = f"{HOST}:{settings.postgres_port}"
    url = f"postgresql://{SUPERUSER}:{password}@{place}/{database}"
    if not settings.secure:
        return url
    authority = quote(str(Certificates(settings.tls).authority), safe="")
    return f"{url}?sslmode=verify-full&sslrootcert={authority}"


def _unpack(jar: Path, target: Path) -> None:
    if target.exists():
        return
    with exclusive(target.parent):
        if target.exists():
            return
        with tempfile.TemporaryDirectory(dir=target.parent) as folder:
            unpacked = Path(folder) / "postgres"
            with zipfile.ZipFile(jar) as archive:
                name = next(n for n in archive.namelist() if n.endswith(".txz"))
                with (
                    archive.open(name) as packed,
                    tarfile.open(fileobj=packed, mode="r|xz") as files,
                ):
                    if hasattr(tarfile, "data_filter"):  # not before Python 3.11.4
                        files.extraction_filter = tarfile.data_filter
                    files.extractall(unpacked)  # noqa: S202 - its checksum was right
            unpacked.chmod(0o755)
            unpacked.replace(target)
