"""What can go wrong on somebody's machine, each said with the way out."""

import signal


class StackError(Exception):
    """The stack cannot go on; the message tells a person what to do."""


class PortTaken(StackError):
    """Another program listens where one of ours should."""

    def __init__(self, what: str, port: int, variable: str, holder: str | None) -> None:
        by = f" by {holder}" if holder else ""
        super().__init__(
            f"Port {port} for {what} is taken{by}. "
            "Stop that program, or take another port: write "
            f"{variable}={port + 1000} before the same command."
        )


class PortWantedTwice(StackError):
    """Two parts of one stack should listen at the same port."""

    def __init__(self, port: int, *both: tuple[str, str]) -> None:
        names = " and ".join(f"{what} ({variable})" for what, variable in both)
        super().__init__(
            f"Port {port} is wanted by {names}. Give one of them another: "
            f"write {both[-1][1]}=… before the same command."
        )


class AlreadyRunning(StackError):
    """A data folder serves one stack at a time."""

    def __init__(self, folder: str, pid: int) -> None:
        super().__init__(
            f"A stack already runs in {folder} (pid {pid}). Stop it with: make down. "
            "For a second one beside it set DEV_DIR and the ports."
        )


class KeeperEnded(StackError):
    """Nobody asked for it, and the stack does not go on without it."""

    def __init__(self, name: str, code: int, logs: str) -> None:
        how = f"ended with {code}"
        if code < 0:
            how = f"was ended by {signal.Signals(-code).name}"
        super().__init__(
            f"What keeps {name} {how}, so all of the stack was stopped. Its data is "
            "kept: start it again with make up. If nobody did that on purpose, the "
            f"machine may be out of memory (dmesg says so); logs are in {logs}"
        )


class NotFetched(StackError):
    """Something has to come over the network, and the network does not give it."""

    def __init__(self, what: str, cache: str, cause: str) -> None:
        super().__init__(
            f"Cannot fetch {what}: {cause}. The first start needs the network (a Maven "
            f"repository); later ones do not. On a machine without it, copy {cache} "
            "from one that has it, or point SELFCARE_CACHE at a copy."
        )


class Tampered(StackError):
    """A file is not what the lock file says."""

    def __init__(self, problems: list[str]) -> None:
        listed = "\n  ".join(problems)
        super().__init__(
            "These files do not match their checksum in jgo.lock.toml and will not "
            f"run:\n  {listed}\nDelete them to fetch them anew; if that does not help, "
            "do not trust the source they come from."
        )


class NotReady(StackError):
    """A part did not answer before its deadline."""

    def __init__(self, what: str, seconds: float, log: str) -> None:
        super().__init__(
            f"{what} did not answer within {seconds:.0f} s. Its last words are in {log}"
        )
