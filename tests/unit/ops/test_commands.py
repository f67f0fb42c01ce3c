"""Who asks for what needs a stack hears how to get one."""

from pathlib import Path

import pytest

from devstack import processes
from devstack.errors import StackError
from devstack.settings import Settings as Stack
from ops import __main__ as ops


@pytest.mark.parametrize("words", [["up"], ["shell", "forwarding"]])
def test_without_a_stack_nothing_starts_and_it_says_what_to_do(
    words: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DEV_DIR", str(tmp_path))

    code = ops.main(words)

    said = " ".join(capfd.readouterr().err.split())
    assert code == 1
    assert f"No stack runs in {tmp_path}" in said
    assert "make up" in said
    assert list(tmp_path.iterdir()) == []


def test_what_a_killed_stack_left_is_no_stack(tmp_path: Path) -> None:
    stack = Stack.from_env({"DEV_DIR": str(tmp_path)})
    stack.run.mkdir()
    (stack.run / "stack.pid").write_text("1:1.00")
    (stack.run / "ready").touch()

    with pytest.raises(StackError):
        ops.require(stack)

    processes.record(stack.run / "stack.pid")
    ops.require(stack)
