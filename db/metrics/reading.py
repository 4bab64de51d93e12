"""Asking a metric: the figure, the figures by group, the cases behind it. All three read the same selection."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from db.metrics.definition import Cases, Figure, Group, Metric
from db.metrics.registry import METRICS
from db.metrics.sql import day_text, month_of
from db.models import Agent, Team
from db.visibility import within
from regulations.access import Scope
from regulations.names import name_of
from regulations.rulebook import Rulebook

Asked = tuple[str, str, Figure]


class UnknownGroup(ValueError):
    """The metric cannot be broken down like that. The message lists how it can."""


def figure(
    session: Session,
    scope: Scope,
    key: str,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
    team_id: int | None = None,
    agent_id: int | None = None,
) -> Figure:
    """The metric for the local days from_on to to_on, both included, in the viewer's scope.

    Raises KeyError for an unknown metric.
    """
    metric = METRICS[key]
    cases = metric.cases(book, now)
    row = session.execute(
        _selected(cases, scope, from_on, to_on, team_id, agent_id).with_only_columns(
            *_sums(cases), maintain_column_froms=True
        )
    ).one()
    return _figure(metric, book, row[0], row[1])


def figures_by(
    session: Session,
    scope: Scope,
    key: str,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
    by: str = "month",
    team_id: int | None = None,
    agent_id: int | None = None,
    lang: str = "zh",
) -> list[Asked]:
    """(code, name, figure) of each group that has cases, in the order of the codes; one query for all.

    `by`: month, day, team, agent, or what the metric adds (`groups`). The numerators and denominators of the
    groups add up to those of `figure`. Raises KeyError for an unknown metric, UnknownGroup for an unknown `by`.
    """
    metric = METRICS[key]
    cases = metric.cases(book, now)
    group = groups(cases).get(by)
    if group is None:
        raise UnknownGroup(f"{key} can be grouped by {', '.join(groups(cases))}, not by {by!r}")
    code = group.code
    name = group.name if group.name is not None else code
    query = (
        _selected(cases, scope, from_on, to_on, team_id, agent_id)
        .with_only_columns(code, func.max(name), *_sums(cases), maintain_column_froms=True)
        .group_by(code)
        .order_by(code)
    )
    answers: list[Asked] = []
    for found, called, numerator, denominator in session.execute(query):
        shown = "" if found is None else str(found)
        label = name_of(group.names, shown, lang) if group.names else str(called or "")
        answers.append((shown, label, _figure(metric, book, numerator, denominator)))
    return answers


def rows(
    session: Session,
    scope: Scope,
    key: str,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
    team_id: int | None = None,
    agent_id: int | None = None,
) -> list[dict[str, Any]]:
    """The cases behind the figure, those that do not count first, then by day.

    As many as the denominator (for a count, as the numerator); the boolean column `counts` tells which of them
    are in the numerator, `value` what each adds to a mean, `on` the local day it belongs to.
    Raises KeyError for an unknown metric.
    """
    cases = METRICS[key].cases(book, now)
    counts = case((cases.counts, 1), else_=0)
    columns: list[Any] = [column.label(name) for name, column in cases.columns.items()]
    if cases.value is not None:
        columns.append(cases.value.label("value"))
    query = (
        _selected(cases, scope, from_on, to_on, team_id, agent_id)
        .with_only_columns(*columns, cases.on.label("on"), counts.label("counts"), maintain_column_froms=True)
        .order_by(counts, cases.on, *list(cases.columns.values())[:2])
    )
    return [{**row, "counts": bool(row["counts"])} for row in session.execute(query).mappings()]


def groups(cases: Cases) -> dict[str, Group]:
    """Every way in which these cases can be broken down."""
    return {
        "month": Group(month_of(cases.on)),
        "day": Group(day_text(cases.on)),
        "team": Group(Team.code, Team.name),
        "agent": Group(Agent.number, Agent.name),
        **cases.groups,
    }


def group_names(key: str, book: Rulebook, now: datetime) -> tuple[str, ...]:
    """The values of `by` that the metric understands. Raises KeyError for an unknown metric."""
    return tuple(groups(METRICS[key].cases(book, now)))


def _selected(
    cases: Cases, scope: Scope, from_on: date, to_on: date, team_id: int | None, agent_id: int | None
) -> Select[Any]:
    query = (
        select(func.count())
        .select_from(cases.source)
        .where(cases.on.between(from_on, to_on), *cases.conditions)
        .where(*within(scope, team=cases.team, agent=cases.agent))
    )
    if team_id is not None:
        query = query.where(cases.team == team_id)
    if agent_id is not None:
        query = query.where(cases.agent == agent_id)
    return query


def _sums(cases: Cases) -> Sequence[Any]:
    added = cases.value if cases.value is not None else case((cases.counts, 1), else_=0)
    return func.coalesce(func.sum(added), 0), func.count()


def _figure(metric: Metric, book: Rulebook, total: Any, count: int) -> Figure:
    numerator = float(total)
    if metric.unit != "points":
        numerator = int(numerator)
    value: float | None
    if metric.unit == "count":
        return Figure(metric.key, numerator, None, numerator, None, metric.unit, _clauses(metric, book))
    value = None
    if count:
        value = round(numerator * (100 if metric.unit == "percent" else 1) / count, 4)
    return Figure(
        metric.key, numerator, count, value, target(metric, book), metric.unit, _clauses(metric, book)
    )


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
