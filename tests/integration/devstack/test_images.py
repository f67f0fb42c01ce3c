"""What the Dockerfile does without an engine: the same script, into an empty folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment that the image of forwarding has under /app."""
    folder = tmp_path_factory.mktemp("image") / "app"
    subprocess.run(
        [
            ROOT / "deploy" / "install.sh",
            *(folder, "deploy/locks/forwarding.lock"),
            *("./contracts", "./chassis", "./services/forwarding"),
        ],
        cwd=ROOT,
        env=os.environ
        | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"},
        check=True,
        capture_output=True,
    )
    return folder


def run(app: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [app / "bin" / "python", "-I", *words],
        cwd=app,
        env={"PYTHONDONTWRITEBYTECODE": "1", **env},
        check=False,
        capture_output=True,
        text=True,
    )


def test_an_image_starts_with_nothing_but_its_lock(app: Path) -> None:
    asked = run(
        app, "-m", "forwarding", "--help", FORWARDING_DATABASE_URL="postgresql://x"
    )

    assert asked.returncode == 0, asked.stderr
    assert "dead-letters" in asked.stdout


def test_an_image_without_its_secret_names_it(app: Path) -> None:
    asked = run(app, "-m", "forwarding")

    assert asked.returncode == 1
    assert "database_url" in asked.stderr


def test_an_image_reads_its_secrets_from_files(app: Path, tmp_path: Path) -> None:
    secret = tmp_path / "forwarding_database_url"
    secret.write_text("postgresql://somebody:hidden@database/selfcare\n")
    said = run(
        app,
        *("-c", "from forwarding.settings import Settings; print(Settings())"),
        SECRETS_DIR=str(tmp_path),
    )

    assert said.returncode == 0, said.stderr
    assert "database_url=SecretStr" in said.stdout
    assert "hidden" not in said.stdout


def test_an_image_has_no_tool_to_install_more(app: Path) -> None:
    assert run(app, "-c", "import pip").returncode != 0
    assert run(app, "-c", "import pytest").returncode != 0
    assert run(app, "-c", "import uv_build").returncode != 0
