"""When options ended, and what came before and after it."""

from dataclasses import dataclass
from datetime import date, datetime

from chassis.clock import day_in_berlin


@dataclass(frozen=True, slots=True)
class End:
    """The newest end of a customer's option, also when it is his again by now."""

    at: datetime
    version: int | None = None
    """None: it ended before versions of ends were noted."""

    def is_after(self, version: int | None, moment: datetime) -> bool:
        """Tell whether it is newer than a version; by the moment if need be."""
        if version is None or self.version is None:
            return self.at >= moment
        return self.version > version

    def is_before(self, opened_on: date | None, version: int) -> bool:
        """Tell whether an option came after it; its version grows by moves, too."""
        day = day_in_berlin(self.at)
        if opened_on is None or opened_on < day:
            return False
        return opened_on > day or (self.version is not None and version > self.version)
