"""The bills of materials name all that is pinned, with the hashes that are checked."""

import json
from pathlib import Path

from devstack.licences import LOCKS
from devstack.sbom import missing, of_environment, of_lock, without_hashes
from devstack.settings import ROOT


def bill(*parts: tuple[str, str]) -> str:
    """Return a bill of materials of these packages and versions."""
    components = [{"name": name, "version": version} for name, version in parts]
    return json.dumps({"components": components})


def test_an_images_bill_is_complete_and_has_hashes(tmp_path: Path) -> None:
    lock = LOCKS / "portal-gateway.lock"
    of_lock(lock, tmp_path / "bill.json")
    told = (tmp_path / "bill.json").read_text(encoding="utf-8")

    assert missing(lock.read_text(encoding="utf-8"), told) == []
    assert without_hashes(told) == []


def test_the_bill_of_development_is_complete(tmp_path: Path) -> None:
    of_environment(tmp_path / "bill.json")
    told = (tmp_path / "bill.json").read_text(encoding="utf-8")
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    assert missing(lock, told) == []


def test_what_a_bill_leaves_out_is_named() -> None:
    lock = "a==1 \\\n  --hash=x\nb-b==2\nc==3 ; sys_platform == 'win32' \\\n"

    assert missing(lock, bill(("A", "1"), ("b_b", "2"))) == []
    assert missing(lock, bill(("a", "1"))) == ["b-b==2"]
    assert missing(lock, bill(("a", "9"), ("b-b", "2"))) == ["a==1"]
