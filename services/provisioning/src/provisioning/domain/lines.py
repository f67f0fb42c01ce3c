"""Lines, and the network elements above them."""

from dataclasses import dataclass, replace
from datetime import date, datetime

from provisioning.domain.numbers import Movement


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was told last; a higher version replaces a lower one."""

    line: str
    customer_number: str
    elements: tuple[str, ...]
    version: int
    effective_on: date
    told_at: datetime
    """Of the movement that named the elements."""
    gone: bool = False
    """No number is on it any more."""

    @classmethod
    def first_named(cls, by: Movement) -> "Line":
        """Return a line that nobody named before."""
        return cls(
            by.line,
            by.customer_number,
            by.elements,
            1,
            by.effective_on if by.elements else date.min,
            by.told_at,
        )

    def named_again(self, by: Movement) -> "Line":
        """Return the line as the newest fact has it; without elements: as known."""
        if not by.elements:
            return self
        as_of = (by.effective_on, by.told_at)
        if as_of <= (self.effective_on, self.told_at):
            return self
        changed = (self.customer_number, self.elements) != (
            by.customer_number,
            by.elements,
        )
        return replace(
            self,
            customer_number=by.customer_number,
            elements=by.elements,
            version=self.version + changed,
            effective_on=by.effective_on,
            told_at=by.told_at,
        )

    def used(self, *, by: str | None) -> "Line":
        """Return the line with the numbers of that customer on it, or of nobody."""
        line = replace(self, customer_number=by or self.customer_number, gone=not by)
        return self if line == self else replace(line, version=self.version + 1)
