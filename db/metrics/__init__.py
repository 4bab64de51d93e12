"""Metrics: one metric, one definition, one scope.

Every card, chart, drill-down list, export and meeting page asks here. docs/metrics.md is made from the registry.
"""

from __future__ import annotations

from db.metrics.definition import Figure, Metric
from db.metrics.figures import PERCENTILES, figure_of
from db.metrics.reading import (
    Only,
    UnknownGroup,
    figure,
    figures_across,
    figures_by,
    group_names,
    rows,
)
from db.metrics.registry import METRICS

__all__ = [
    "METRICS",
    "PERCENTILES",
    "Figure",
    "Metric",
    "Only",
    "UnknownGroup",
    "figure",
    "figure_of",
    "figures_across",
    "figures_by",
    "group_names",
    "rows",
]
