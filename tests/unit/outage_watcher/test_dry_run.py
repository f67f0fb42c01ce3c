"""The command that shows how a payload would be read."""

import json
import os
import subprocess
import sys
from pathlib import Path

from devstack.passwords import SOURCES
from outage_watcher.sources.formats import FORMATS
from support.readings import SAMPLES

FIRING = SAMPLES / "alertmanager-live" / "01_line_down_firing.json"
NOTHING_SET = {k: v for k, v in os.environ.items() if not k.startswith("OUTAGE_")}


def run(*arguments: str, body: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    """Run it without a database, without Kafka and without any setting."""
    command = [sys.executable, "-m", "outage_watcher", "dry-run", *arguments]
    return subprocess.run(
        command, input=body, capture_output=True, env=NOTHING_SET, check=False
    )


def test_says_it_to_people() -> None:
    done = run("alertmanager", str(FIRING))

    assert done.returncode == 0, done.stderr
    assert b"down     line L0007" in done.stdout


def test_says_it_to_programs() -> None:
    done = run("icinga2", "-", "--json", body=b'{"type": "CommentAdded"}')

    said = json.loads(done.stdout)
    assert said.keys() == {
        *("signals", "heartbeats", "quarantined", "rejected"),
        *("remarks", "ignored"),
    }
    assert "CommentAdded" in said["ignored"][0]["reason"]


def test_reads_the_names_file(tmp_path: Path) -> None:
    names = tmp_path / "names.toml"
    names.write_text('[west]\nformat = "alertmanager"\nrename = { L0007 = "L-7" }\n')
    done = run("west", str(FIRING), "--names", str(names))

    assert b"down     line L-7" in done.stdout


def test_names_what_it_cannot_do() -> None:
    unknown, missing = run("moon", str(FIRING)), run("ves", "nowhere.json")

    assert (unknown.returncode, missing.returncode) == (2, 2)
    assert b"moon" in unknown.stderr
    assert b"nowhere.json" in missing.stderr


def test_every_format_has_a_secret_in_the_demo() -> None:
    assert FORMATS.keys() <= set(SOURCES)
