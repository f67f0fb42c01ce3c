"""The job of a release on Kafka and PostgreSQL of others: what it says and refuses."""

import shlex
from pathlib import Path

import pytest

from devstack import release
from devstack.rights import acls, all_rights

NOBODY = "127.0.0.1:1"


def run(capsys: pytest.CaptureFixture[str], *words: str, **env: str) -> tuple[int, str]:
    """Return how the job ends and what it complains of."""
    ended = release.main([*words], {"SECRETS_DIR": "/nowhere", **env})
    return ended, capsys.readouterr().err


@pytest.mark.parametrize(
    ("env", "complaint"),
    [
        ({}, "KAFKA_BOOTSTRAP_SERVERS is not set"),
        ({"KAFKA_USERNAME": "deployer"}, "KAFKA_USERNAME and KAFKA_PASSWORD"),
        ({"KAFKA_CA_FILE": "/nowhere/ca.pem"}, "there is no file /nowhere/ca.pem"),
        ({"KAFKA_BOOTSTRAP_SERVERS": NOBODY}, f"Kafka at {NOBODY} does not let us"),
    ],
)
def test_what_keeps_it_out_of_kafka_is_a_sentence(
    capsys: pytest.CaptureFixture[str], env: dict[str, str], complaint: str
) -> None:
    given = {"KAFKA_BOOTSTRAP_SERVERS": NOBODY, **env} if env else {}

    ended, said = run(capsys, "topics", **given)

    assert ended == 1
    assert complaint in said
    assert "Traceback" not in said


def test_a_database_that_is_away_is_a_sentence_without_its_password(
    capsys: pytest.CaptureFixture[str],
) -> None:
    urls = {
        f"{name}_DATABASE_URL": f"postgresql://x:hidden@{NOBODY}/selfcare"
        for name in (
            *("ADMIN", "PORTAL_GATEWAY", "PROVISIONING"),
            *("FORWARDING", "OUTAGE_WATCHER"),
        )
    }

    ended, said = run(capsys, "database", **urls)

    assert ended == 1
    assert f"PostgreSQL at {NOBODY}" in said
    assert "ADMIN_DATABASE_URL" in said
    assert "hidden" not in said


def test_the_log_in_may_lie_in_files(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "kafka_bootstrap_servers").write_text(NOBODY, encoding="utf-8")
    (tmp_path / "kafka_username").write_text("deployer", encoding="utf-8")

    ended, said = run(capsys, "topics", SECRETS_DIR=str(tmp_path))

    assert ended == 1
    assert "KAFKA_USERNAME and KAFKA_PASSWORD come together" in said


@pytest.mark.parametrize(("words", "ended"), [(["--help"], 0), (["topic"], 2)])
def test_it_says_what_it_takes(
    capsys: pytest.CaptureFixture[str], words: list[str], ended: int
) -> None:
    with pytest.raises(SystemExit) as stopped:
        release.main(words, {})

    assert stopped.value.code == ended
    assert "database, topics or rights" in "".join(capsys.readouterr()) or ended == 2


def test_the_rights_that_it_prints_are_those_of_the_table() -> None:
    given = set()
    for line in release.rights_to_give():
        words = shlex.split(line)
        user = words[words.index("--allow-principal") + 1].removeprefix("User:")
        operation = words[words.index("--operation") + 1]
        for kind in ("topic", "group"):
            given |= {
                (user, kind, words[at + 1], operation)
                for at, word in enumerate(words)
                if word == f"--{kind}"
            }

    assert given == {
        (acl.user, acl.kind, acl.name, acl.operation)
        for rights in all_rights()
        for acl in acls(rights)
    }
