"""What is generated from the events is what is committed."""

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts import generate
from contracts.catalogue import EVENTS
from contracts.schema import DIALECT, key_of, schema_of
from contracts.signals import NetworkSignal


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the package's folder that a test may spoil."""
    for name in ("schemas", "examples"):
        shutil.copytree(generate.FOLDER / name, tmp_path / name)
    shutil.copy(generate.FOLDER / "asyncapi.json", tmp_path)
    return tmp_path


class TestFiles:
    def test_are_as_fresh_as_the_code(self) -> None:
        stale = generate.stale(generate.FOLDER)

        assert not stale, "run python -m contracts.generate"

    def test_generating_twice_changes_nothing(self, folder: Path) -> None:
        generate.write(folder, generate.generated(folder))

        assert generate.stale(folder) == []

    @pytest.mark.parametrize("file", ["schemas/OrderPlaced.json", "asyncapi.json"])
    def test_a_changed_file_is_stale(self, folder: Path, file: str) -> None:
        path = folder / file
        path.write_text(path.read_text().replace("ordered", "bought"))

        assert generate.stale(folder) == [file]

    def test_a_missing_file_is_stale(self, folder: Path) -> None:
        (folder / "schemas" / "OrderPlaced.json").unlink()

        assert generate.stale(folder) == ["schemas/OrderPlaced.json"]

    def test_a_schema_of_no_event_is_stale_and_goes(self, folder: Path) -> None:
        (folder / "schemas" / "OrderLost.json").write_text("{}")
        assert generate.stale(folder) == ["schemas/OrderLost.json"]

        generate.write(folder, generate.generated(folder))

        assert generate.stale(folder) == []

    def test_a_release_is_never_written_twice(self, folder: Path) -> None:
        generate.release(folder, "v1")

        with pytest.raises(FileExistsError):
            generate.release(folder, "v1")

    def test_v10_is_newer_than_v9(self, tmp_path: Path) -> None:
        for name in ("v9", "v10", "notes"):
            (tmp_path / name).mkdir()

        assert generate.newest(tmp_path).name == "v10"

    def test_the_command_agrees(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "argv", ["generate", "--check"])
        generate.main()

    def test_the_command_names_what_is_stale(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (folder / "asyncapi.json").unlink()
        monkeypatch.setattr(generate, "FOLDER", folder)
        monkeypatch.setattr(sys, "argv", ["generate", "--check"])

        with pytest.raises(SystemExit, match=r"stale: asyncapi\.json"):
            generate.main()


class TestSchema:
    @pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.__name__)
    def test_is_valid_and_says_where_the_event_travels(self, event: Any) -> None:
        schema = schema_of(event)

        Draft202012Validator.check_schema(schema)
        assert schema["$schema"] == DIALECT
        assert schema["$id"] == f"urn:selfcare:event:{event.__name__}"
        assert schema["title"] == schema["x-topic"] == event.__name__
        assert schema["description"]
        assert schema["x-source"] == event.source

    def test_names_fields_as_they_travel(self) -> None:
        properties = schema_of(NetworkSignal)["properties"]

        assert "source" in properties
        assert "reported_by" not in properties

    def test_carries_what_is_said_of_a_field(self) -> None:
        kept = json.loads((generate.FOLDER / "schemas/NetworkSignal.json").read_text())

        description = kept["properties"]["confirmed"]["description"]
        assert description == "The source debounces by itself: no hold-down."

    def test_spells_a_key_of_two_fields(self) -> None:
        assert key_of(NetworkSignal) == "{source}|{alarm_id}"
