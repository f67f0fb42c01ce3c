"""The objectives: what is left of each budget, and how fast it burns."""

from typing import Final

from ops.dashboards.model import Page, Row, graph, heat, quantiles, stat
from ops.slos import SLOS, error_ratio

_BUDGETS = Row(
    "What is left of the budget of 28 days",
    tuple(
        stat(
            slo.title,
            f"{slo.promise}. Objective {slo.objective * 100:g} %."
            " Here 100 %: nothing was bad; 0 %: the budget is spent.",
            f'slo:budget_left:ratio{{slo="{slo.name}"}}',
            unit="share",
            width=8 if index < 3 else 6,  # noqa: PLR2004 - two rows that fill the page
            limits=((-1000, "red"), (0.1, "orange"), (0.5, "green")),
            runbook=slo.alert,
        )
        for index, slo in enumerate(SLOS)
    ),
)

_BURNING = Row(
    "How fast it burns: 1 spends the budget in 28 days, 14.4 in two",
    tuple(
        graph(
            f"Burn rate over {window}",
            f"The share of bad over {window}, in budgets.",
            (
                (
                    f"{error_ratio(window)}"
                    " / on (slo) group_left () (1 - slo:objective:ratio)"
                ),
                "{{slo}}",
            ),
            runbook="ForwardingActivationBudgetBurn",
        )
        for window in ("1h", "6h", "3d")
    ),
)

_CANARY = Row(
    "The canary: the whole chain, played every few minutes",
    (
        graph(
            "Signal to diverted",
            "From the canary's signal until the switch diverts its calls.",
            *quantiles("canary_roundtrip_seconds_bucket"),
            unit="seconds",
            width=12,
            runbook="ProtectionBudgetBurn",
        ),
        graph(
            "Recovery to home",
            "From the canary's recovery until its calls ring at home.",
            *quantiles("canary_restore_seconds_bucket"),
            unit="seconds",
            width=12,
            runbook="CanaryFailing",
        ),
        heat(
            "Outage to diverted, how often how long",
            "Every outage, the canary's too, from OutageDetected to the last number.",
            "forwarding_activation_duration_seconds_bucket",
            width=12,
            runbook="ForwardingActivationBudgetBurn",
        ),
        graph(
            "Runs in 15 minutes",
            "By result; everything but ok is a broken promise.",
            ("sum by (result) (increase(canary_runs_total[15m]))", "{{result}}"),
            width=12,
            runbook="CanaryFailing",
        ),
    ),
)

PAGE: Final = Page(
    "slo",
    "Objectives",
    "What was promised, what is left of the budget, and the canary.",
    (_BUDGETS, _BURNING, _CANARY),
)
