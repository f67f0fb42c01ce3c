"""A dashboard as we think of it; Perses and Grafana get the same from it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

COLUMNS: Final = 24

Unit = Literal["count", "seconds", "share", "per_second", "bytes", "yes_no"]
Kind = Literal["stat", "graph", "heat"]
Colour = Literal["green", "orange", "red"]


@dataclass(frozen=True, slots=True)
class Query:
    """PromQL, and how each of its series is called in the legend."""

    expr: str
    legend: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """One question and its answer."""

    title: str
    description: str
    """What it means for customers, and what is normal."""
    queries: tuple[Query, ...]
    runbook: str
    """The alert whose page says what to do."""
    unit: Unit = "count"
    kind: Kind = "graph"
    width: int = 8
    height: int = 7
    limits: tuple[tuple[float, Colour], ...] = ()
    """From which value on it is of which colour; below the first it is green."""
    stacked: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """Panels that belong together."""

    title: str
    panels: tuple[Panel, ...]

    def placed(self) -> Iterator[tuple[Panel, int, int]]:
        """Yield each panel with its column and line, flowing like words."""
        x = y = tallest = 0
        for panel in self.panels:
            if x + panel.width > COLUMNS:
                x, y, tallest = 0, y + tallest, 0
            yield panel, x, y
            x, tallest = x + panel.width, max(tallest, panel.height)

    @property
    def height(self) -> int:
        """Return how many lines it takes."""
        return max(y + panel.height for panel, _, y in self.placed())


@dataclass(frozen=True, slots=True)
class Page:
    """One dashboard."""

    name: str
    title: str
    about: str
    rows: tuple[Row, ...]
    by_instance: bool = False
    """Whether a person may look at one service or instance alone."""

    @property
    def panels(self) -> list[Panel]:
        """Return every panel, in reading order."""
        return [panel for row in self.rows for panel in row.panels]


def stat(
    title: str,
    description: str,
    expr: str,
    *,
    runbook: str,
    unit: Unit = "count",
    width: int = 3,
    limits: tuple[tuple[float, Colour], ...] = (),
) -> Panel:
    """Return one large number with its recent past."""
    return Panel(
        title,
        description,
        (Query(expr),),
        runbook,
        unit,
        "stat",
        width,
        4,
        limits,
    )


def graph(
    title: str,
    description: str,
    *queries: tuple[str, str],
    runbook: str,
    unit: Unit = "count",
    width: int = 8,
    stacked: bool = False,
) -> Panel:
    """Return lines over time."""
    return Panel(
        title,
        description,
        tuple(Query(expr, legend) for expr, legend in queries),
        runbook,
        unit,
        "graph",
        width,
        7,
        stacked=stacked,
    )


def heat(
    title: str,
    description: str,
    histogram: str,
    *,
    runbook: str,
    width: int = 8,
) -> Panel:
    """Return how often it took how long; where no heat map is, a line a bound."""
    bounds = 'le=~"0.05|0.1|0.25|0.5|1.0|5.0|20.0|60.0|300.0|[+]Inf"'
    expr = f"sum by (le) (increase({histogram}{{{bounds}}}[$__rate_interval]))"
    query = Query(expr, "≤ {{le}}")
    return Panel(title, description, (query,), runbook, "seconds", "heat", width, 7)


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that is drawn across all graphs while it is so."""

    name: str
    expr: str
    text: str
    """What it says of itself: `{{label}}`, or `{{value}}` for the most that it was."""
    colour: Colour
    lasts: bool = True
    """False: a moment, drawn where it begins."""


_BUILD: Final = "service, version, revision"
MARKS: Final = (
    Mark(
        "Deploys",
        # A restart is none, nor is anything new to who has only begun to look.
        f"count by ({_BUILD}) (build_info)"
        f" unless count by ({_BUILD}) (last_over_time(build_info[10m] offset 2m))"
        " and on () count(last_over_time(build_info[10m] offset 4m))",
        "{{service}} {{version}} {{revision}}",
        "green",
        lasts=False,
    ),
    Mark(
        "Storm gates",
        "max by (source) (outage_storm_gate_active) == 1",
        "{{source}}: more failures at once than may be true",
        "red",
    ),
    Mark(
        "Maintenance windows",
        "max(outage_windows_running) > 0",
        "{{value}} running",
        "orange",
    ),
)
"""Grafana draws them by itself, Perses by `ui/src/marks.jsx`."""


_ZOOM: Final = "$__rate_interval"


def or_none(expr: str, label: str) -> str:
    """Show the series that are not 0, and one called `none` while there is no such."""
    return f'{expr} > 0 or on () label_replace(vector(0), "{label}", "none", "", "")'


def lately(rate: str, counter: str, by: str) -> str:
    """Show rates of what moved within 15 minutes, also while it pauses."""
    moved = f"sum by ({by}) (increase({counter}[15m])) > 0"
    none = f'label_replace(vector(0), "{by}", "none", "", "")'
    return f"{rate} and on ({by}) {moved} or on () {none}"


def quantiles(
    histogram: str, by: str = "", *, over: str | None = None
) -> tuple[tuple[str, str], ...]:
    """Return p50, p95 and p99 of a histogram, a line each; `over`: of what is rare."""
    grouped, name = (f"le, {by}", f"{{{{{by}}}}} ") if by else ("le", "")
    rate = f"increase({histogram}[{over}])" if over else f"rate({histogram}[{_ZOOM}])"
    rates = f"sum by ({grouped}) ({rate})"
    return tuple(
        (f"histogram_quantile({q}, {rates})", f"{name}p{q * 100:g}")
        for q in (0.5, 0.95, 0.99)
    )
