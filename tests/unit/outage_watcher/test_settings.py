"""What an operator sets, and what is refused at the start."""

import json
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from chassis.settings import read
from outage_watcher.http.sources import Sources
from outage_watcher.settings import Settings


@pytest.fixture(autouse=True)
def url(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTAGE_WATCHER_DATABASE_URL", "postgresql://nowhere")


def test_the_defaults_are_those_of_the_decision() -> None:
    policy = Settings().policy()

    assert policy.of("any").down == timedelta(seconds=30)
    assert policy.of("any").up == timedelta(seconds=120)
    assert Settings().port == 8083


def test_a_source_may_have_holds_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OUTAGE_WATCHER_HOLD_UP", "PT60S")
    own = {"icinga": {"hold_down": "PT0S"}}
    monkeypatch.setenv("OUTAGE_WATCHER_PER_SOURCE", json.dumps(own))

    holds = Settings().policy().of("icinga")

    assert (holds.down, holds.up) == (timedelta(0), timedelta(seconds=60))


def test_a_short_hold_of_all_or_of_a_source_shortens_what_flapping_needs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OUTAGE_WATCHER_HOLD_UP", "PT4S")
    own = {"probe": {"hold_up": "PT2S"}, "noc": {"flap_quiet": "PT5M"}}
    monkeypatch.setenv("OUTAGE_WATCHER_PER_SOURCE", json.dumps(own))

    policy = Settings().policy()

    quiet = {name: policy.of(name).quiet for name in ("any", "probe", "noc")}
    assert quiet == {
        "any": timedelta(seconds=30),
        "probe": timedelta(seconds=15),
        "noc": timedelta(minutes=5),
    }


@pytest.mark.parametrize("name", ["SOURCES", "NAMES", "ASK"])
def test_a_file_that_is_not_there_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"OUTAGE_WATCHER_{name}_FILE", "/nowhere/file.json")
    monkeypatch.setattr(sys, "argv", ["outage_watcher"])

    with pytest.raises(SystemExit, match=f"^OUTAGE_WATCHER_{name}_FILE: there is no"):
        read(Settings)


@pytest.mark.parametrize("hold", ["HOLD_DOWN", "FLAP_QUIET"])
def test_a_hold_cannot_be_negative(monkeypatch: pytest.MonkeyPatch, hold: str) -> None:
    monkeypatch.setenv(f"OUTAGE_WATCHER_{hold}", "-PT1S")

    with pytest.raises(ValidationError):
        Settings()


def test_a_source_without_a_secret_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "sources.json"
    file.write_text('{"probe": ""}')

    with pytest.raises(ValueError, match="probe"):
        Sources.load(file)


def test_a_role_makes_an_operator(tmp_path: Path) -> None:
    file = tmp_path / "sources.json"
    file.write_text('{"noc": {"secret": "s", "role": "operator"}, "probe": "p"}')

    assert Sources.load(file).names == ("noc", "probe")
