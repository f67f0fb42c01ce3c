"""A page as Perses reads it."""

from typing import Any, Final

from ops.dashboards.model import Page, Panel, Query, Row, Unit

DATASOURCE: Final = {"kind": "PrometheusDatasource"}
MADE: Final = "2026-11-28T00:00:00Z"

_UNITS: Final[dict[Unit, dict[str, Any]]] = {
    "count": {"unit": "decimal", "shortValues": True},
    "seconds": {"unit": "seconds"},
    "share": {"unit": "percent-decimal", "decimalPlaces": 2},
    "per_second": {"unit": "decimal", "shortValues": True},  # as titles say
    "bytes": {"unit": "bytes"},
    "yes_no": {"unit": "decimal", "decimalPlaces": 0},
}
# A large number is read digit by digit; an axis has no room for that.
_EXACT: Final[dict[Unit, dict[str, Any]]] = {"count": {"shortValues": False}}
_COLOURS: Final = {"green": "#2e8b57", "orange": "#d98200", "red": "#c0392b"}


def dashboard(page: Page) -> dict[str, Any]:
    """Return the page as a Perses dashboard."""
    panels: dict[str, Any] = {}
    layouts = [_layout(row, panels) for row in page.rows]
    return {
        "kind": "Dashboard",
        "metadata": {
            "name": page.name,
            "project": "selfcare",
            "version": 0,
            "createdAt": MADE,
            "updatedAt": MADE,
        },
        "spec": {
            "display": {"name": page.title, "description": page.about},
            "duration": "30m",
            "refreshInterval": "10s",
            "datasources": {},
            "variables": _variables() if page.by_instance else [],
            "panels": panels,
            "layouts": layouts,
        },
    }


def _variables() -> list[dict[str, Any]]:
    return [
        _variable("job", "Service", "up"),
        _variable("instance", "Instance", 'up{job=~"$job"}'),
    ]


def _variable(label: str, title: str, series: str) -> dict[str, Any]:
    return {
        "kind": "ListVariable",
        "spec": {
            "name": label,
            "display": {"name": title},
            "allowMultiple": True,
            "allowAllValue": True,
            "defaultValue": "$__all",
            "plugin": {
                "kind": "PrometheusLabelValuesVariable",
                "spec": {"labelName": label, "matchers": [series]},
            },
        },
    }


def _layout(row: Row, panels: dict[str, Any]) -> dict[str, Any]:
    items = []
    for panel, x, y in row.placed():
        name = f"p{len(panels) + 1:02d}"
        panels[name] = _panel(panel)
        items.append(
            {
                "x": x,
                "y": y,
                "width": panel.width,
                "height": panel.height,
                "content": {"$ref": f"#/spec/panels/{name}"},
            }
        )
    title = {"title": row.title, "collapse": {"open": True}}
    return {"kind": "Grid", "spec": {"display": title, "items": items}}


def _panel(panel: Panel) -> dict[str, Any]:
    link = f"/runbooks/{panel.runbook}"
    links = [{"name": f"What to do: {panel.runbook}", "url": link}]
    return {
        "kind": "Panel",
        "spec": {
            "display": {"name": panel.title, "description": panel.description},
            "plugin": _stat(panel) if panel.kind == "stat" else _graph(panel),
            "queries": [_query(query) for query in panel.queries],
            "links": links,
        },
    }


def _stat(panel: Panel) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "calculation": "last-number",
        "format": _UNITS[panel.unit] | _EXACT.get(panel.unit, {}),
        "sparkline": {},
        "valueFontSize": 28,
    }
    if panel.limits:
        spec["thresholds"] = {
            "mode": "absolute",
            "defaultColor": _COLOURS["green"],
            "steps": [
                {"value": value, "color": _COLOURS[colour]}
                for value, colour in panel.limits
            ],
        }
    return {"kind": "StatChart", "spec": spec}


def _graph(panel: Panel) -> dict[str, Any]:
    visual: dict[str, Any] = {
        "display": "line",
        "lineWidth": 1.75,
        "areaOpacity": 0.5 if panel.stacked else 0.08,
        "palette": {"mode": "categorical"},
        # A quantile exists only while something happens: dots alone are hard to see.
        "connectNulls": panel.unit == "seconds" and panel.kind == "graph",
    }
    if panel.stacked:
        visual["stack"] = "all"
    return {
        "kind": "TimeSeriesChart",
        "spec": {
            "legend": {"position": "bottom", "mode": "list", "size": "small"},
            "yAxis": {"show": True, "format": _axis(panel), "min": 0},
            "visual": visual,
        },
    }


def _axis(panel: Panel) -> dict[str, Any]:
    # The bounds of a heat map are lines here, and how often is what they count.
    return _UNITS["count" if panel.kind == "heat" else panel.unit]


def _query(query: Query) -> dict[str, Any]:
    return {
        "kind": "TimeSeriesQuery",
        "spec": {
            "plugin": {
                "kind": "PrometheusTimeSeriesQuery",
                "spec": {"query": query.expr, "seriesNameFormat": query.legend},
            }
        },
    }
