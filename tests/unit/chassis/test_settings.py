"""What an operator sets, and what he gets when he sets nothing."""

import sys
from datetime import timedelta

import pytest
from pydantic import Field, ValidationError
from pydantic_settings import SettingsConfigDict

from chassis.settings import ServiceSettings, read

URL = "postgresql://tiny:canary@127.0.0.1/selfcare"


class Settings(ServiceSettings):
    """Settings of a service with a prefix of its own."""

    model_config = SettingsConfigDict(env_prefix="TINY_")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take away what the machine may have set."""
    for name in ("KAFKA_BOOTSTRAP_SERVERS", "LOG_LEVEL", "LOG_FORMAT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TINY_DATABASE_URL", URL)


def test_defaults_suit_one_machine() -> None:
    settings = Settings()

    assert settings.kafka_bootstrap_servers == "127.0.0.1:9092"
    assert settings.host == "127.0.0.1"
    assert settings.handler_timeout == timedelta(seconds=20)
    assert settings.stop_timeout == timedelta(seconds=15)
    assert settings.dead_letters_in_a_row == 500
    assert settings.inbox_retention == timedelta(days=100)
    assert settings.dead_letter_retention == timedelta(days=7)
    assert settings.log_format == "json"
    assert settings.trusted_proxies == ""


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("TINY_PORT", "8099", "port", 8099),
        ("TINY_INSTANCE", "2", "instance", 2),
        ("TINY_HANDLER_TIMEOUT", "PT5S", "handler_timeout", timedelta(seconds=5)),
        ("TINY_STOP_TIMEOUT", "PT1M", "stop_timeout", timedelta(minutes=1)),
        ("LOG_LEVEL", "debug", "log_level", "DEBUG"),
        ("KAFKA_BOOTSTRAP_SERVERS", "a:1,b:2", "kafka_bootstrap_servers", "a:1,b:2"),
        (
            "TINY_TRUSTED_PROXIES",
            "10.0.0.0/8, ::1",
            "trusted_proxies",
            "10.0.0.0/8, ::1",
        ),
        ("LOG_FORMAT", "console", "log_format", "console"),
        ("LOG_LEVEL", "DEBUG", "log_level", "DEBUG"),
    ],
)
def test_reads_the_environment(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, field: str, value: object
) -> None:
    monkeypatch.setenv(name, text)

    settings = Settings()

    assert getattr(settings, field) == value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("TINY_PORT", "ninety"),
        ("TINY_POOL_SIZE", "1"),
        ("TINY_INSTANCE", "-1"),
        ("TINY_TRUSTED_PROXIES", "*"),
        ("TINY_TRUSTED_PROXIES", "127.0.0.1,proxy.internal"),
        ("TINY_DEAD_LETTERS_IN_A_ROW", "0"),
        ("TINY_HANDLER_TIMEOUT", "soon"),
        ("TINY_DATABASE_URL", "localhost"),
        ("KAFKA_CA_FILE", "/nowhere/ca.pem"),
        ("LOG_FORMAT", "xml"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_refuses_nonsense_and_does_not_repeat_it(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str
) -> None:
    monkeypatch.setenv(name, text)

    with pytest.raises(ValidationError) as refused:
        Settings()

    assert "input_value" not in str(refused.value)


def test_a_program_ends_and_names_each_wrong_variable_as_it_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TINY_DATABASE_URL")
    wrong = {
        "TINY_POOL_SIZE": "1",
        "KAFKA_CA_FILE": "/nowhere/ca.pem",
        "TINY_TRUSTED_PROXIES": "a proxy",
        "TINY_HANDLER_TIMEOUT": "5s",
    }
    for name, text in wrong.items():
        monkeypatch.setenv(name, text)
    monkeypatch.setattr(sys, "argv", ["tiny", "serve"])

    with pytest.raises(SystemExit) as ended:
        read(Settings)

    said = dict(line.split(": ", 1) for line in str(ended.value).splitlines())
    assert said.keys() == {*wrong, "TINY_DATABASE_URL"}
    assert said["TINY_DATABASE_URL"].endswith(
        "no file tiny_database_url in SECRETS_DIR"
    )
    assert said["TINY_POOL_SIZE"] == "Input should be greater than or equal to 4"
    assert said["TINY_HANDLER_TIMEOUT"] == "no duration in a form such as PT30S or P7D"


class Places(Settings):
    """A setting that is a JSON object."""

    per_place: dict[str, dict[str, timedelta]] = Field(default_factory=dict)


def test_what_is_wrong_within_an_object_is_named_by_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TINY_PER_PLACE", '{"roof": {"hold": "PT1S", "pause": "1s"}}')
    monkeypatch.setattr(sys, "argv", ["tiny"])

    with pytest.raises(SystemExit, match=r"^TINY_PER_PLACE: roof\.pause: no duration"):
        read(Places)


def test_an_object_that_is_no_json_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINY_PER_PLACE", "{roof")
    monkeypatch.setattr(sys, "argv", ["tiny"])

    with pytest.raises(SystemExit, match=r"^TINY_PER_PLACE: no JSON$"):
        read(Places)


def test_what_belongs_together_is_told_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KAFKA_USERNAME", "tiny")
    monkeypatch.delenv("KAFKA_PASSWORD", raising=False)
    monkeypatch.setattr(sys, "argv", ["tiny"])

    with pytest.raises(SystemExit, match=r"^KAFKA_USERNAME and KAFKA_PASSWORD come"):
        read(Settings)


def test_who_asks_for_help_needs_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TINY_DATABASE_URL")
    monkeypatch.setattr(sys, "argv", ["tiny", "rewind", "--help"])

    assert read(Settings).pool_size == 8


def test_needs_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TINY_DATABASE_URL")

    with pytest.raises(ValidationError, match="database_url"):
        Settings()


def test_never_shows_the_password_of_the_database() -> None:
    settings = Settings()

    assert "canary" not in f"{settings!r} {settings} {settings.model_dump_json()}"
    assert settings.database_url.get_secret_value() == URL


def test_every_setting_says_what_it_is() -> None:
    fields = ServiceSettings.model_fields.items()

    assert [name for name, field in fields if not field.description] == []
