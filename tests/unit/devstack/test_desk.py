"""What people ask of an installation on Kafka, and as whom they come there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from contracts.catalogue import EVENTS
from contracts.generate import FOLDER, latest_examples
from devstack import desk
from devstack.clients import brokers, kafka_env
from devstack.errors import StackError
from devstack.rights import AUDITOR, OUTSIDE
from devstack.settings import LOGIN, Settings
from devstack.telling import TOLD, read

GIVEN = {
    "KAFKA_BOOTSTRAP_SERVERS": "kafka.example.net:9093",
    "KAFKA_USERNAME": "auditor",
    "KAFKA_PASSWORD": "told by nobody",
}
NUMBER = {
    "number": "+493023125042",
    "customer_number": "K-1001",
    "line": "L-1001",
    "effective_on": "2026-12-01",
}

# Imports a module where nothing is installed beside what its image pins.
ALONE = """
import importlib.metadata, sys
from devstack.manifests.locks import IMAGES, OURS, closure

inside = closure(IMAGES["release"]) | OURS
foreign = {
    name
    for name, owners in importlib.metadata.packages_distributions().items()
    if not {each.lower().replace("_", "-") for each in owners} & inside
}
for name in list(sys.modules):
    if name.split(".")[0] in foreign | {"devstack"}:
        del sys.modules[name]


class NotThere:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in foreign:
            raise ModuleNotFoundError(name)


sys.meta_path.insert(0, NotThere())
import devstack.desk, devstack.release
"""


class TestLogin:
    def test_of_a_given_kafka_is_that_of_the_services(self) -> None:
        options = brokers(Settings.from_env(GIVEN), AUDITOR)

        assert options["bootstrap_servers"] == "kafka.example.net:9093"
        assert options["security_protocol"] == "SASL_SSL"
        assert options["sasl_mechanism"] == "SCRAM-SHA-512"
        assert options["sasl_plain_username"] == "auditor"
        assert options["sasl_plain_password"] == "told by nobody"  # noqa: S105 - no secret

    def test_names_the_authority_that_was_given(self) -> None:
        settings = Settings.from_env(GIVEN | {"KAFKA_CA_FILE": "/kafka-ca/ca.crt"})

        assert kafka_env(settings, AUDITOR)["KAFKA_CA_FILE"] == "/kafka-ca/ca.crt"

    def test_is_asked_of_nobody_where_none_is_given(self) -> None:
        open_one = {"KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9092"}

        assert brokers(Settings.from_env(open_one), AUDITOR) == {
            "bootstrap_servers": "127.0.0.1:9092"
        }

    def test_is_for_a_given_kafka_alone(self, tmp_path: Path) -> None:
        mine = dict.fromkeys(LOGIN, "theirs") | {"DEV_DIR": str(tmp_path)}

        assert kafka_env(Settings.from_env(mine), AUDITOR).keys() == {
            "KAFKA_BOOTSTRAP_SERVERS"
        }

    @pytest.mark.parametrize("missing", ["KAFKA_USERNAME", "KAFKA_PASSWORD"])
    def test_has_a_name_and_a_password(self, missing: str) -> None:
        with pytest.raises(StackError, match="come together"):
            Settings.from_env(GIVEN | {missing: ""})

    def test_is_not_printed(self) -> None:
        assert "told by nobody" not in repr(Settings.from_env(GIVEN))


class TestTelling:
    def test_is_for_those_around_us_alone(self) -> None:
        assert {event.source for event in TOLD.values()} == set(OUTSIDE)
        for event in EVENTS:
            if event.source not in OUTSIDE:
                with pytest.raises(StackError, match="is not told by hand"):
                    read(event.topic(), "{}")

    @pytest.mark.parametrize("topic", TOLD)
    def test_takes_every_example(self, topic: str) -> None:
        examples = latest_examples(FOLDER / "examples")[topic]
        for example in examples.values():
            assert read(topic, json.dumps(example)).topic() == topic

    def test_says_what_is_wrong(self) -> None:
        unfinished = {name: NUMBER[name] for name in ("number", "customer_number")}
        said = "NumberProvisioned: line: Field required; effective_on: Field required"

        with pytest.raises(StackError, match=said):
            read("NumberProvisioned", json.dumps(unfinished))


def test_the_desk_says_what_can_be_asked(capsys: pytest.CaptureFixture[str]) -> None:
    assert desk.main(["something"]) == 2
    assert "tell NumberProvisioned" in capsys.readouterr().err


def test_the_desk_needs_no_more_than_its_image_has() -> None:
    done = subprocess.run(
        [sys.executable, "-c", ALONE], check=False, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
