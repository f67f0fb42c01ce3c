"""Which label, host, object or path names the line or element: a source's rules."""

import re
from dataclasses import dataclass
from datetime import tzinfo
from functools import lru_cache
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from outage_watcher.sources import times
from outage_watcher.sources.values import Facts, key

LINES = (
    "{line}", "{line_id}", "{line_name}", "{line_number}", "{access_line}",
    "{access_line_id}", "{dsl_line}", "{subscriber_line}", "{circuit}",
    "{circuit_id}", "{cktid}", "{leitung}", "{anschluss}",
)  # fmt: skip
"""What the name of a line is usually called; case, `_` and `-` make no difference."""
ELEMENTS = (
    "{element}", "{element_id}", "{network_element}", "{ne}", "{ne_id}", "{ne_name}",
    "{node}", "{node_id}", "{node_name}", "{access_node}", "{dslam}", "{olt}",
    "{msan}", "{bng}", "{bras}", "{aggregation}",
)  # fmt: skip
LINE_PATTERN = (
    r"(?i)(?:access[-_ ]?)?(?:line|leitung|anschluss)(?:[-_ .:/#]|\d).*"
    r"|l[-_]?\d[\w./-]*"
)
"""What lines are usually called, where lines and elements are named alike."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where something fails."""

    element: str | None = None
    lines: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return what stands for it in the key of an alarm."""
        return "+".join((*((self.element,) if self.element else ()), *self.lines))


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"no regular expression: {error}") from None
    return pattern


def _is_zone(name: str) -> str:
    times.zone_of(name)
    return name


Pattern = Annotated[str, AfterValidator(_compiles)]
Zone = Annotated[str, AfterValidator(_is_zone)]


class Rules(BaseModel):
    """How one source is read; each module has its own, a file may change them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: str | None = Field(
        default=None, description="Whose form it has; without: that of its own name"
    )
    line: tuple[str, ...] = Field(
        default=LINES,
        description="Templates of a line's name, the first that can be filled counts",
    )
    place: tuple[str, ...] = Field(
        default=(), description="The same; a line where line_pattern fits, else element"
    )
    element: tuple[str, ...] = Field(
        default=ELEMENTS, description="The same for an element, where no line was found"
    )
    line_pattern: Pattern = Field(
        default=LINE_PATTERN, description="Regular expression of all names of lines"
    )
    rename: dict[str, str] = Field(
        default={}, description="From the source's name of a place to ours"
    )
    outages: tuple[Pattern, ...] = Field(
        default=(), description="Names of alarms that are outages; without: all"
    )
    ignore: tuple[Pattern, ...] = Field(
        default=(), description="Names of alarms that never are"
    )
    severities: tuple[str, ...] = Field(
        default=(), description="Severities that are outages, in place of the usual"
    )
    identity: tuple[str, ...] = Field(
        default=(), description="What makes the key of an alarm beside its place"
    )
    heartbeats: tuple[str, ...] = Field(
        default=(), description="Alarms that always fire: the source lives"
    )
    blind: tuple[str, ...] = Field(
        default=(), description="Alarms that say that the source does not see"
    )
    down_traps: tuple[str, ...] = Field(default=(), description="OIDs: it failed")
    up_traps: tuple[str, ...] = Field(default=(), description="OIDs: it is back")
    debounced: bool = Field(
        default=False, description="It waits by itself before it says down: no hold"
    )
    zone: Zone = Field(default="UTC", description="Of times that name no zone")

    @property
    def tz(self) -> tzinfo:
        """Return the zone of times that name none."""
        return times.zone_of(self.zone)

    def find(self, facts: Facts) -> Place | None:
        """Return the place that is named, or None."""
        if name := filled(self.line, facts):
            return self.as_line(name)
        for template in self.place:
            if name := filled((template,), facts):
                return self.called(name)
        if name := filled(self.element, facts):
            return Place(element=self._ours(name))
        return None

    def called(self, name: str) -> Place:
        """Return a name as a line where it looks like one, else as an element."""
        if self.is_line(name) or self.is_line(self._ours(name)):
            return self.as_line(name)
        return Place(element=self._ours(name))

    def is_line(self, name: str) -> bool:
        """Return whether it looks like the name of a line."""
        return re.fullmatch(self.line_pattern, name) is not None

    def concerns(self, name: str) -> bool:
        """Return whether an alarm of that name can be an outage."""
        if any(re.search(each, name) for each in self.ignore):
            return False
        return not self.outages or any(re.search(each, name) for each in self.outages)

    def as_line(self, name: str) -> Place:
        """Return the line of that name, by our name."""
        return Place(lines=(self._ours(name),))

    def _ours(self, name: str) -> str:
        return self.rename.get(name, name)


def together(*places: Place | None) -> Place | None:
    """Return several places as one; further elements stand among the lines."""
    known = [place for place in places if place]
    if not known:
        return None
    elements = list(dict.fromkeys(each.element for each in known if each.element))
    lines = dict.fromkeys(line for each in known for line in each.lines)
    return Place(next(iter(elements), None), (*lines, *elements[1:]))


def filled(templates: tuple[str, ...], facts: Facts) -> str:
    """Return the first template that the facts can fill, filled, else nothing."""
    for template in templates:
        names, form = _parsed(template)
        found = [facts.get(name, "") for name in names]
        if all(found):
            return form.format(*found)
    return ""


@lru_cache(maxsize=1024)
def _parsed(template: str) -> tuple[tuple[str, ...], str]:
    parts = re.split(r"\{([^{}]+)\}", template)
    names = tuple(key(name) for name in parts[1::2])
    form = "{}".join(part.replace("{", "{{").replace("}", "}}") for part in parts[::2])
    return names, form
