"""Just enough PromQL to ask which metrics an expression reads."""

import re

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"|\'(?:[^\'\\]|\\.)*\'')
_GROUPING = re.compile(
    r"\b(?:by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)"
)
_MATCHERS = re.compile(r"\{[^{}]*\}")
_RANGE = re.compile(r"\[[^\]]*\]")
_NAME = re.compile(r"(?<![\w:.$])[a-zA-Z_:][\w:]*(?!\s*\()(?![\w:])")
_WORDS = {"and", "or", "unless", "bool", "offset", "by", "without", "on", "Inf", "NaN"}
_GROUPERS = {"group_left", "group_right", "ignoring"}


def metrics_in(expr: str) -> set[str]:
    """Return the names of the metrics, recorded ones too."""
    plain = _STRING.sub('""', expr)
    for part in (_MATCHERS, _RANGE, _GROUPING):
        plain = part.sub(" ", plain)
    return set(_NAME.findall(plain)) - _WORDS - _GROUPERS


def concrete(expr: str) -> str:
    """Return the expression with the dashboards' variables filled in."""
    return (
        expr.replace("$__rate_interval", "1m")
        .replace("$job", ".*")
        .replace("$instance", ".*")
    )
