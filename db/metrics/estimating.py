"""Figures that are estimates: from the rows of a sample to a value with its interval, for every group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from sqlalchemy import Select, case
from sqlalchemy.orm import Session

from db.metrics.definition import Cases, Figure, Group, Metric
from db.metrics.figures import made_of
from quality.estimates import Estimate
from regulations.rulebook import Rulebook


def estimates(
    session: Session, metric: Metric, cases: Cases, selected: Select[Any], chosen: Sequence[Group], book: Rulebook
) -> list[tuple[tuple[str, ...], tuple[str, ...], Figure]]:  # fmt: skip
    """The estimate of each combination of codes with its stored names; without groups, one figure. One query for all.

    Its numerator and denominator are how many rows were heard, of how many.
    """
    assert metric.estimate is not None
    size = len(chosen)
    codes = [group.code for group in chosen]
    query = selected.with_only_columns(
        *codes,
        *(group.code if group.name is None else group.name for group in chosen),
        case((cases.counts, 1), else_=0).label("counts"),
        *(column.label(name) for name, column in cases.inputs.items()),
        maintain_column_froms=True,
    ).order_by(*codes, *list(cases.columns.values())[:1])
    answers = []
    found = session.execute(query).all()
    parts = groupby(found, key=lambda row: tuple(row[:size])) if size else iter([((), iter(found))])
    for code, part in parts:
        rows = list(part)
        names = tuple(max(str(row[size + place] or "") for row in rows) for place in range(size))
        figure = made_of(metric, book, sum(row.counts for row in rows), len(rows))
        estimate = metric.estimate(rows, book)
        answers.append(
            (tuple("" if c is None else str(c) for c in code), names, _estimated(figure, estimate))
        )
    return answers


def _estimated(figure: Figure, estimate: Estimate) -> Figure:
    value, low, high = (
        None if part is None else round(part, 4) for part in (estimate.value, estimate.low, estimate.high)
    )
    return replace(figure, value=value, low=low, high=high, n=estimate.n, steps=estimate.steps)
