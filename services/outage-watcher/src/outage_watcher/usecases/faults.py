"""Why a command of an operator is refused."""

from datetime import datetime

from chassis.errors import Rejected


class UnknownOutage(Rejected):
    """There is no outage with this id."""

    def __init__(self, outage: str) -> None:
        super().__init__("unknown_outage", f"There is no outage {outage}.")


class OutageIsOver(Rejected):
    """Nobody can change an outage that has ended."""

    def __init__(self, outage: str) -> None:
        super().__init__("outage_is_over", f"The outage {outage} is over.")


class UnknownWindow(Rejected):
    """There is no maintenance window with this id."""

    def __init__(self, window: str) -> None:
        super().__init__("unknown_window", f"There is no maintenance window {window}.")


class WindowIsOver(Rejected):
    """Nobody can change a window that has ended or was cancelled."""

    def __init__(self, window: str) -> None:
        super().__init__("window_is_over", f"The maintenance window {window} is over.")


class VersionConflict(Rejected):
    """Somebody changed it since the operator looked."""

    def __init__(self, expected: int, version: int) -> None:
        super().__init__(
            "version_conflict",
            f"It is version {version} by now, not {expected}: look at it again.",
        )


class EndIsPast(Rejected):
    """Nobody is told that an outage will have ended yesterday."""

    def __init__(self, end: datetime) -> None:
        super().__init__(
            "end_is_past",
            f"estimated_end {end.isoformat(timespec='minutes')} is over already: say "
            "when it will be, or clear the outage.",
        )


class TimeOutOfRange(Rejected):
    """A time in the first or last year of all is meant to say something else."""

    def __init__(self, name: str) -> None:
        super().__init__(
            "time_out_of_range",
            f"{name} is no time that can be meant; an end that is open is left out.",
        )


class BadWindow(Rejected):
    """A window must have places, begin before it ends, and not be over already."""

    def __init__(self, reason: str) -> None:
        super().__init__("bad_window", reason)
