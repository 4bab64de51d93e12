"""From a numerator and a denominator to the figure: its value, target and clauses by the rulebook in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from db.metrics.definition import MEANS, Figure, Metric
from db.metrics.registry import METRICS
from quality.intervals import wilson
from regulations.rulebook import Rulebook

PERCENTILES = (50, 75, 90, 95)


def figure_of(key: str, numerator: int, denominator: int, book: Rulebook) -> Figure:
    """The metric with numbers that were counted elsewhere by the same rule, such as those of a fixed month."""
    return made_of(METRICS[key], book, numerator, denominator)


def made_of(metric: Metric, book: Rulebook, total: Any, count: int, ranks: Sequence[Any] = ()) -> Figure:
    """The figure of a metric. `ranks`: for one in hours its percentiles, as many as PERCENTILES."""
    numerator = float(total)
    if metric.unit not in MEANS:
        numerator = int(numerator)
    clauses = _clauses(metric, book)
    if metric.unit == "count":
        return Figure(metric.key, numerator, None, numerator, None, metric.unit, clauses)
    goal = target(metric, book)
    if metric.unit == "hours":
        marks = tuple(
            (p, round(float(h), 4)) for p, h in zip(PERCENTILES, ranks, strict=True) if h is not None
        )
        median = marks[0][1] if marks else None
        return Figure(metric.key, numerator, count, median, goal, metric.unit, clauses, marks)
    value = None
    if count:
        value = round(numerator * (100 if metric.unit == "percent" else 1) / count, 4)
    found = Figure(metric.key, numerator, count, value, goal, metric.unit, clauses)
    return _with_interval(found) if metric.has_interval else found


def _with_interval(figure: Figure) -> Figure:
    """The same percentage with Wilson's interval."""
    if not figure.denominator:
        return replace(figure, n=0)
    low, high = (round(100 * end, 4) for end in wilson(figure.numerator, figure.denominator))
    return replace(figure, low=low, high=high, n=figure.denominator)


def target(metric: Metric, book: Rulebook) -> float | None:
    """The target in the metric's unit; None where the rulebook sets none or has it off."""
    if metric.target_key is None or metric.target_key not in book.keys():  # noqa: SIM118 - a method, not a dict
        return None
    value = book.parameter(metric.target_key).value
    return None if value is None else float(value)


def _clauses(metric: Metric, book: Rulebook) -> tuple[str, ...]:
    """The clauses of the rulebook in force; the catalogue's own where its entries name none."""
    known = set(book.keys())
    found = [clause for key in metric.parameters if key in known for clause in book.clauses(key)]
    return tuple(dict.fromkeys(found)) or metric.clauses
