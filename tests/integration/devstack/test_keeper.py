"""A keeper starts its program again, and says what it ended with."""

import sys
import threading
from pathlib import Path

import pytest

from devstack.keeper import Keeper

REFUSED = "WATCHER_HOLD: no duration"


def said_of(script: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Return what is said of a program that ended once."""
    keeper = Keeper("watcher", [sys.executable, "-c", script], folder, folder, "")
    keeping = threading.Thread(target=keeper.keep)
    keeping.start()
    said = ""
    while "starts again" not in said:
        said += capsys.readouterr().out
    keeper.stopping.set()
    keeping.join()
    return said


@pytest.mark.parametrize(
    ("script", "last_words"),
    [
        (f"raise SystemExit('{REFUSED}')", f" ({REFUSED})"),
        (f"print('one'); raise SystemExit('{REFUSED}')", f" (one; {REFUSED})"),
        ("raise SystemExit('x' * 1000)", f" (…{'x' * 300})"),
        ("raise SystemExit(3)", ""),
        ('print(\'{"event": "x"}\'); raise SystemExit(1)', ""),
        ("import os; print('still well', flush=True); os.abort()", ""),
    ],
)
def test_a_refusal_to_start_is_said_at_once(
    script: str, last_words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "watcher.log").write_text("of an earlier run\n", encoding="utf-8")

    said = said_of(script, tmp_path, capsys)

    assert f"{last_words}, starts again in" in said
    assert "earlier" not in said
    assert ("(" in said) == bool(last_words)
