"""What is marked across all graphs: when it shows, and that both kinds get the same."""

import json
import re
from html import unescape
from pathlib import Path

import httpx
import pytest

from ops.dashboards.model import MARKS
from ops.server import create_app
from ops.settings import Settings
from support.programs import program, run

NAMES = [mark.name for mark in MARKS]
OLD = 'build_info{service="forwarding", version="1", revision="a"}'
NEW = 'build_info{service="forwarding", version="1", revision="b"}'
OTHER = 'build_info{service="provisioning", version="1", revision="a"}'
LATE = 'build_info{service="canary", version="1", revision="a"}'
"""Prometheus looked at the others a moment before."""
RESTARTED = 'build_info{service="portal-gateway", version="1", revision="a"}'
GATE = 'outage_storm_gate_active{source="probe"}'
TWO_MINUTES = 4
"""A deploy is one for so many steps of 30 seconds."""
CASES = {
    # A step is 30 s; each row says what the mark shows at each step.
    "Deploys": (
        {
            OLD: "1x14 _x14",
            NEW: "_x14 1x14",
            OTHER: "1x28",
            LATE: "_ 1x27",
            RESTARTED: "1x5 _x5 1x17",
        },
        [0] * 14 + [1] * TWO_MINUTES + [0] * 10,
    ),
    "Storm gates": ({GATE: "0x2 1x2 0x2"}, [0, 0, 0, 1, 1, 1, 0]),
    "Maintenance windows": (
        {"outage_windows_running": "0x2 2x2 0x2"},
        [0, 0, 0, 1, 1, 1, 0],
    ),
}


@pytest.mark.parametrize("name", NAMES)
def test_a_mark_shows_what_happened_and_nothing_else(name: str, tmp_path: Path) -> None:
    [mark] = [mark for mark in MARKS if mark.name == name]
    series, shown = CASES[name]
    rule = {"record": "marked", "expr": f"count({mark.expr}) or vector(0)"}
    tests = [
        {
            "interval": "30s",
            "input_series": [
                {"series": each, "values": values} for each, values in series.items()
            ],
            "promql_expr_test": [
                {
                    "expr": "marked",
                    "eval_time": f"{step * 30}s",
                    "exp_samples": [{"labels": "marked", "value": value}],
                }
                for step, value in enumerate(shown)
            ],
        }
    ]
    rules = {"groups": [{"name": "marks", "interval": "30s", "rules": [rule]}]}
    (tmp_path / "rules.yml").write_text(json.dumps(rules))
    file = tmp_path / "test.yml"
    asked = {"rule_files": ["rules.yml"], "evaluation_interval": "30s", "tests": tests}
    file.write_text(json.dumps(asked))

    tried = run(program("promtool"), "test", "rules", file.name, cwd=tmp_path)

    assert tried.returncode == 0, tried.stdout + tried.stderr


async def test_the_page_tells_its_script_what_to_mark() -> None:
    transport = httpx.ASGITransport(create_app(Settings.from_env({})))
    async with httpx.AsyncClient(transport=transport, base_url="http://ops") as client:
        html = (await client.get("/d/impact")).text

    [told] = re.findall(r"data-marks='([^']*)'", html)
    marks = json.loads(unescape(told))
    assert [(each["name"], each["expr"]) for each in marks] == [
        (mark.name, mark.expr) for mark in MARKS
    ]
