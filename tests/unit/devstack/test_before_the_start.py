"""What is wrong with a stack's settings is said before anything starts."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from devstack.errors import KeeperEnded, StackError
from devstack.settings import SERVICES, Settings
from devstack.supervise import check_ports, check_switch


@pytest.mark.parametrize(
    ("ports", "said"),
    [
        (
            {"OUTAGE_WATCHER_PORT": "8091", "MAIL_PORT": "8091"},
            "8091 .*outage-watcher .OUTAGE_WATCHER_PORT.*postbox .MAIL_PORT.",
        ),
        (
            {"KAFKA_CONTROLLER_PORT": "5432"},
            "5432 .*controller .KAFKA_CONTROLLER_PORT.*PostgreSQL .POSTGRES_PORT.",
        ),
    ],
)
def test_one_port_for_two_parts(
    tmp_path: Path, ports: Mapping[str, str], said: str
) -> None:
    settings = Settings.from_env({"DEV_DIR": str(tmp_path), **ports})

    with pytest.raises(StackError, match=said):
        check_ports(settings)


@pytest.mark.parametrize(
    ("code", "how"), [(-9, "was ended by SIGKILL"), (0, "ended with 0")]
)
def test_a_stack_that_ended_by_itself_says_how(code: int, how: str) -> None:
    said = str(KeeperEnded("kafka", code, "/tmp/logs"))  # noqa: S108 - only named

    assert said.startswith(f"What keeps kafka {how}, so ")


PLAIN = {
    "PORTAL_GATEWAY_PORT": 8080,
    "PROVISIONING_PORT": 8081,
    "FORWARDING_PORT": 8082,
    "OUTAGE_WATCHER_PORT": 8083,
    "KAFKA_PORT": 9092,
    "POSTGRES_PORT": 5432,
}
"""What a stack is told to be apart from others; the rest of its ports follow."""


def rest(settings: Settings) -> tuple[int, ...]:
    """Return the ports that nobody need name: of Kafka, the switch, and beside it."""
    beside = settings.mail_port, settings.sms_port, settings.canary_port
    return settings.controller_port, settings.switch_port, *beside


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, (9093, 8090, 8091, 8092, 8084)),
        ({"PORTAL_GATEWAY_PORT": 9080}, (9093, 9090, 9091, 9094, 9084)),
        ({"PORTAL_GATEWAY_PORT": 8073}, (9093, 8084, 8085, 8086, 8077)),
        ({"POSTGRES_PORT": 9093}, (9094, 8090, 8091, 8092, 8084)),
        ({"SWITCH_PORT": 7000}, (9093, 7000, 7001, 7002, 8084)),
        ({"MAIL_PORT": 8090}, (9093, 8091, 8090, 8093, 8084)),
        ({"PORTAL_GATEWAY_PORT": 65530}, (9093, 1024, 1025, 1026, 65534)),
    ],
)
def test_ports_that_nobody_named_lie_beside_the_others_and_make_way(
    change: dict[str, int], found: tuple[int, ...]
) -> None:
    asked = {name: str(port) for name, port in (PLAIN | change).items()}

    settings = Settings.from_env(asked)

    assert rest(settings) == found
    assert len({*settings.ports.values(), *rest(settings)}) == len(SERVICES) + 5


def test_a_switch_that_is_not_installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.from_env({"SWITCH": "kamailio"})
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("devstack.settings.DEBIANS_PATH", str(tmp_path))

    with pytest.raises(StackError, match=r"kamailio and sipp.*make programs"):
        check_switch(settings)


def test_a_switch_that_only_remembers_needs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings.from_env({"SWITCH": "simulated"})
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("devstack.settings.DEBIANS_PATH", str(tmp_path))

    check_switch(settings)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("SECURE", "perhaps"),
        ("POSTGRES_FSYNC", "no"),
        ("SELFCARE_DEMO_DATA", "false"),
        ("SELFCARE_OFFLINE", "yes"),
        ("CANARY_EVERY", "5m"),
    ],
)
def test_what_cannot_be_read_is_not_taken_for_something_else(
    name: str, text: str
) -> None:
    with pytest.raises(StackError, match=f"{name}={text} .*: give "):
        Settings.from_env({name: text})


@pytest.mark.parametrize(
    ("text", "is_on"), [("1", True), ("0", False), ("on", True), ("off", False)]
)
def test_what_is_on_or_off_may_be_said_in_words_or_figures(
    tmp_path: Path, text: str, *, is_on: bool
) -> None:
    names = "SECURE", "POSTGRES_FSYNC", "SELFCARE_DEMO_DATA", "SELFCARE_OFFLINE"
    settings = Settings.from_env(
        {"DEV_DIR": str(tmp_path), **dict.fromkeys(names, text)}
    )

    found = settings.secure, settings.fsync, settings.demo_data, settings.offline
    assert found == (is_on,) * 4


@pytest.mark.parametrize("network", ["127.300.1", "127.1.999", "10.0.0", "127.1"])
def test_a_network_for_calls_that_is_none(network: str) -> None:
    with pytest.raises(StackError, match="SIP_NETWORK="):
        Settings.from_env({"SIP_NETWORK": network})


@pytest.mark.parametrize(
    "module", ["devstack.sbom", "devstack.manifests", "devstack.desk"]
)
def test_asked_for_help_a_command_does_nothing_else(
    module: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "--help"],
        cwd=tmp_path,
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr
    assert f"python -m {module}" in done.stdout
    assert not list(tmp_path.iterdir())


def test_a_story_without_kafka_is_told_in_a_sentence() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "devstack", "story", "outage", "0" * 8],
        env={**os.environ, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1"},
        check=False,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 1
    assert "Kafka at 127.0.0.1:1 cannot be read" in done.stderr
    assert "Unclosed" not in done.stderr
