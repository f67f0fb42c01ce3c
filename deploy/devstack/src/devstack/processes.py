"""Knows a process again after its parent is gone: by pid and start time together."""

import os
import signal
import sys
import time
from pathlib import Path

import psutil

POLL = 0.05
CLOCK_SLACK = 2.0  # a start time is derived from the boot time, which may be corrected


def identity(pid: int | None = None) -> str:
    """Return what tells a process from a later one with the same pid."""
    pid = pid or os.getpid()
    return f"{pid}:{psutil.Process(pid).create_time():.2f}"


def find(identity: str) -> psutil.Process | None:
    """Return the living process of that identity."""
    pid, _, started = identity.strip().partition(":")
    try:
        process = psutil.Process(int(pid))
        same = abs(process.create_time() - float(started)) < CLOCK_SLACK
    except (psutil.Error, ValueError):
        return None
    return process if same and is_alive(process) else None


def is_alive(process: psutil.Process) -> bool:
    """Tell whether it still does something: a zombie only waits for its parent."""
    try:
        alive: bool = process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
    return alive and bool(process.is_running())


def wait(running: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Return those that still run when all have ended or time is up."""
    deadline = time.monotonic() + seconds
    while (running := [*filter(is_alive, running)]) and time.monotonic() < deadline:
        time.sleep(POLL)
    return running


def recorded(file: Path) -> psutil.Process | None:
    """Return the living process that a pid file names."""
    try:
        return find(file.read_text(encoding="utf-8"))
    except OSError:
        return None


def record(file: Path, pid: int | None = None) -> None:
    """Write a pid file that cannot be mistaken for another process later."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(identity(pid), encoding="utf-8")


def forget(file: Path, pid: int) -> None:
    """Remove a pid file, unless a later stack has written its own there."""
    if file.exists() and file.read_text(encoding="utf-8").startswith(f"{pid}:"):
        file.unlink(missing_ok=True)


def end(processes: list[psutil.Process], patience: float = 10.0) -> None:
    """Ask processes to stop, and make those stop that do not."""
    for process in processes:
        _signal(process, signal.SIGTERM)
    stubborn = wait(processes, patience)
    for process in stubborn:
        _signal(process, signal.SIGKILL)
    wait(stubborn, patience)


def sweep(folder: Path) -> list[str]:
    """End what a killed stack left running and return the names."""
    files = sorted(folder.glob("*.pid"))
    left = {file.stem: process for file in files if (process := recorded(file))}
    end(list(left.values()))
    for file in files:
        file.unlink(missing_ok=True)
    return list(left)


def listener(port: int) -> str | None:
    """Name the program that listens on a port, where the system lets us see it."""
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.Error:
        return None
    for connection in connections:
        taken = connection.laddr and connection.laddr.port == port
        if taken and connection.status == psutil.CONN_LISTEN and connection.pid:
            return _described(connection.pid)
    return None


def _described(pid: int) -> str:
    try:
        return f"pid {pid} ({psutil.Process(pid).name()})"
    except psutil.Error:
        return f"pid {pid}"


def _signal(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
    except psutil.AccessDenied:
        print(f"May not stop pid {process.pid}: another user's", file=sys.stderr)
