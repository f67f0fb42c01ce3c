"""A page as Grafana reads it, for those who have a Grafana."""

import json
from collections.abc import Callable
from typing import Any, Final

from grafana_foundation_sdk.builders import dashboard as builders
from grafana_foundation_sdk.builders import heatmap, stat, timeseries
from grafana_foundation_sdk.builders.common import StackingConfig, VizLegendOptions
from grafana_foundation_sdk.builders.prometheus import Dataquery
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import (
    LegendDisplayMode,
    LegendPlacement,
    StackingMode,
)
from grafana_foundation_sdk.models.dashboard import (
    DashboardLinkType,
    DataSourceRef,
    GridPos,
    Threshold,
    ThresholdsMode,
    VariableRefresh,
)
from grafana_foundation_sdk.models.prometheus import PromQueryFormat

from ops.dashboards.model import COLUMNS, MARKS, Kind, Mark, Page, Panel, Unit

DATASOURCE: Final = DataSourceRef(type_val="prometheus", uid="$datasource")
_UNITS: Final[dict[Unit, str]] = {
    "count": "short",
    "seconds": "s",
    "share": "percentunit",
    "per_second": "ops",
    "bytes": "bytes",
    "yes_no": "bool_yes_no",
}


def dashboard(page: Page, runbooks: str) -> dict[str, Any]:
    """Return the page as Grafana's JSON; `runbooks`: where they are unless changed."""
    board = (
        builders.Dashboard(f"SelfCare / {page.title}")
        .uid(f"selfcare-{page.name}")
        .description(page.about)
        .tags(["selfcare"])
        .refresh("10s")
        .time("now-30m", "now")
        .timezone("browser")
        .readonly()
        .link(
            builders.DashboardLink("SelfCare")
            .type(DashboardLinkType.DASHBOARDS)
            .tags(["selfcare"])
        )
    )
    for variable in _variables(page, runbooks):
        board = board.with_variable(variable)
    for mark in MARKS:
        board = board.annotation(_mark(mark))
    line = 0
    for row in page.rows:
        head = builders.Row(row.title).grid_pos(GridPos(h=1, w=COLUMNS, x=0, y=line))
        board = board.with_row(head)
        line += 1
        for panel, x, y in row.placed():
            place = GridPos(h=panel.height, w=panel.width, x=x, y=line + y)
            board = board.with_panel(_panel(panel, place))
        line += row.height
    found: dict[str, Any] = json.loads(
        JSONEncoder(sort_keys=True).encode(board.build())
    )
    return found


def _variables(page: Page, runbooks: str) -> list[Any]:
    where = builders.TextBoxVariable("runbooks").label("Runbooks at")
    found = [
        builders.DatasourceVariable("datasource").type("prometheus"),
        where.default_value(runbooks),
    ]
    if page.by_instance:
        found += [
            _variable("job", "label_values(up, job)"),
            _variable("instance", 'label_values(up{job=~"$job"}, instance)'),
        ]
    return found


def _variable(name: str, query: str) -> Any:
    return (
        builders.QueryVariable(name)
        .datasource(DATASOURCE)
        .query(query)
        .multi(multi=True)
        .include_all(include_all=True)
        .refresh(VariableRefresh.ON_TIME_RANGE_CHANGED)
    )


def _mark(mark: Mark) -> Any:
    return (
        builders.AnnotationQuery()
        .name(mark.name)
        .datasource(DATASOURCE)
        .enable(enable=True)
        .icon_color(mark.colour)
        .expr(mark.expr)
    )


def _panel(panel: Panel, place: GridPos) -> Any:
    made: Any = _KINDS[panel.kind](panel)
    made = (
        made.title(panel.title)
        .description(panel.description)
        .unit(_UNITS[panel.unit])
        .datasource(DATASOURCE)
        .grid_pos(place)
    )
    for index, query in enumerate(panel.queries):
        target = Dataquery().expr(query.expr).datasource(DATASOURCE)
        if panel.kind == "heat":
            target = target.format(PromQueryFormat.HEATMAP)
        target = target.ref_id(chr(ord("A") + index)).exemplar(
            panel.kind == "heat" or _has_exemplars(query.expr)
        )
        made = made.with_target(target.legend_format(query.legend or "__auto"))
    link = builders.DashboardLink(f"What to do: {panel.runbook}")
    url = f"${{runbooks}}/{panel.runbook}.md"
    return made.links([link.type(DashboardLinkType.LINK).url(url)])


def _has_exemplars(expr: str) -> bool:
    return "histogram_quantile" in expr and "duration_seconds_bucket" in expr


def _stat(panel: Panel) -> Any:
    steps = [Threshold(value=None, color="green")]
    steps += [Threshold(value=value, color=colour) for value, colour in panel.limits]
    limits = builders.ThresholdsConfig().mode(ThresholdsMode.ABSOLUTE).steps(steps)
    return stat.Panel().thresholds(limits)


def _graph(panel: Panel) -> Any:
    legend = (
        VizLegendOptions()
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .show_legend(show_legend=True)
    )
    made = timeseries.Panel().fill_opacity(8).min(0).legend(legend)
    if panel.stacked:
        made = made.stacking(StackingConfig().mode(StackingMode.NORMAL))
    return made


def _heat(_panel: Panel) -> Any:
    return heatmap.Panel().calculate(calculate=False)


_KINDS: Final[dict[Kind, Callable[[Panel], Any]]] = {
    "stat": _stat,
    "graph": _graph,
    "heat": _heat,
}
