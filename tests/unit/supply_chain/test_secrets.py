"""The scan for secrets, as `make check` runs it, finds one that comes in."""

import subprocess
import sys
from pathlib import Path

import pytest

from devstack.settings import ROOT

HOOK = str(Path(sys.executable).with_name("detect-secrets-hook"))

# Put together here, so that this file holds none.
LEAKS = {
    "a key of a cloud": "key: " + "AKIA" + "Z7Q3KJ5T2M8W4X9B\n",
    "a private key": "-----BEGIN " + "RSA PRIVATE KEY-----\nMIIE\n",
    "a password in an address": "url: postgresql://app:" + "Tr0ub4dor3" + "@db/x\n",
    "a password by its name": "db_pass" + "word: 'k9-Xw.7Qz_pLm3'\n",
}


def scanned(file: Path) -> subprocess.CompletedProcess[str]:
    """Scan a file as `make check` does."""
    command = [HOOK, "--baseline", str(ROOT / ".secrets.baseline"), str(file)]
    return subprocess.run(
        command, check=False, capture_output=True, text=True, cwd=ROOT
    )


@pytest.mark.parametrize("leak", LEAKS)
def test_a_secret_in_a_file_is_found(tmp_path: Path, leak: str) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(LEAKS[leak], encoding="utf-8")

    found = scanned(file)

    assert found.returncode == 1
    assert str(file) in found.stdout


def test_a_file_without_one_passes(tmp_path: Path) -> None:
    file = tmp_path / "values.yaml"
    file.write_text("port: 8080\nname: forwarding\n", encoding="utf-8")

    assert scanned(file).returncode == 0
