"""Asking a metric: the figure, the figures by group, the cases behind it. All read the same selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Integer, Select, case, cast, false, func, null, or_, select
from sqlalchemy.orm import Session

from db.coverage_hours import required_stretches
from db.metrics.definition import Cases, Figure, Group, Metric
from db.metrics.estimating import estimates
from db.metrics.figures import PERCENTILES, made_of
from db.metrics.registry import METRICS
from db.metrics.sql import day_text, month_of
from db.metrics.unswept import missing_rounds
from db.models import Agent, Team
from db.visibility import within
from regulations.access import Scope
from regulations.names import name_of
from regulations.rulebook import Rulebook

Asked = tuple[str, str, Figure]
Crossed = tuple[tuple[str, ...], tuple[str, ...], Figure]
Only = Literal["all", "counts", "rest"]


class UnknownGroup(ValueError):
    """The metric cannot be broken down like that. The message lists how it can."""


def figure(
    session: Session,
    scope: Scope,
    key: str | Metric,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
    team_id: int | None = None,
    agent_id: int | None = None,
    where: Mapping[str, str] | None = None,
) -> Figure:
    """The metric for the local days from_on to to_on, both included, in the viewer's scope.

    `key` may be a metric that is in no registry, because it is made for one question (db.metrics.quality_trends).
    `where` keeps one group of some breakdowns: {"category": "refund"}. Raises KeyError for an unknown metric,
    UnknownGroup for a breakdown it does not have.
    """
    metric = _metric(key)
    cases = _cases_of(session, metric, book, now, from_on, to_on)
    selected = _selected(metric, cases, scope, from_on, to_on, team_id, agent_id, where)
    return _answers(session, metric, cases, selected, (), book)[0][2]


def figures_by(
    session: Session,
    scope: Scope,
    key: str | Metric,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
    by: str = "month",
    team_id: int | None = None,
    agent_id: int | None = None,
    lang: str = "zh",
    where: Mapping[str, str] | None = None,
) -> list[Asked]:
    """(code, name, figure) of each group that has cases, in the order of the codes; one query for all.

    `by`: month, day, team, agent, or what the metric adds (`groups`). The numerators and denominators of the
    groups add up to those of `figure`. Raises KeyError for an unknown metric, UnknownGroup for an unknown `by`.
    """
    found = figures_across(
        session, scope, key, from_on, to_on, book, now, (by,), team_id, agent_id, lang, where
    )
    return [(codes[0], names[0], one) for codes, names, one in found]


def figures_across(
    session: Session,
    scope: Scope,
    key: str | Metric,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
    by: Sequence[str],
    team_id: int | None = None,
    agent_id: int | None = None,
    lang: str = "zh",
    where: Mapping[str, str] | None = None,
) -> list[Crossed]:
    """As `figures_by`, for every combination of several breakdowns that has cases; one query for all."""
    metric = _metric(key)
    cases = _cases_of(session, metric, book, now, from_on, to_on)
    chosen = [_group(metric, cases, one) for one in by]
    selected = _selected(metric, cases, scope, from_on, to_on, team_id, agent_id, where)
    return [
        (
            codes,
            tuple(
                name_of(group.names, code, lang) if group.names else called
                for group, code, called in zip(chosen, codes, names, strict=True)
            ),
            one,
        )
        for codes, names, one in _answers(session, metric, cases, selected, chosen, book)
    ]


def rows(
    session: Session,
    scope: Scope,
    key: str | Metric,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
    team_id: int | None = None,
    agent_id: int | None = None,
    where: Mapping[str, str] | None = None,
    only: Only = "all",
) -> list[dict[str, Any]]:
    """The cases behind the figure, those that do not count first, then by day.

    As many as the denominator (for a count, as the numerator; of what is weighed, their `weight` adds up to it); the
    boolean column `counts` tells which of them are in the numerator, `value` what each adds to it, `hours` how long it took (None: still open), `on` the
    local day it belongs to. `only`: those that count, or the rest. Raises KeyError for an unknown metric,
    UnknownGroup for a breakdown it does not have.
    """
    metric = _metric(key)
    cases = _cases_of(session, metric, book, now, from_on, to_on)
    counts = case((cases.counts, 1), else_=0)
    columns: list[Any] = [column.label(name) for name, column in cases.columns.items()]
    if cases.value is not None:
        columns.append(cases.value.label("value"))
    if cases.weight is not None:
        columns.append(cases.weight.label("weight"))
    if cases.hours is not None:
        columns.append(case((cases.counts, cases.hours)).label("hours"))
    query = (
        _selected(metric, cases, scope, from_on, to_on, team_id, agent_id, where)
        .with_only_columns(*columns, cases.on.label("on"), counts.label("counts"), maintain_column_froms=True)
        .order_by(counts, cases.on, *list(cases.columns.values())[:3])
    )
    if only != "all":
        query = query.where(counts == (1 if only == "counts" else 0))
    return [{**row, "counts": bool(row["counts"])} for row in session.execute(query).mappings()]


def groups(cases: Cases) -> dict[str, Group]:
    """Every way in which these cases can be broken down."""
    return {
        "month": Group(month_of(cases.on)),
        "day": Group(day_text(cases.on)),
        "team": Group(Team.code, Team.name),
        **({} if cases.agent is None else {"agent": Group(Agent.number, Agent.name)}),
        **cases.groups,
    }


def group_names(key: str, book: Rulebook, now: datetime) -> tuple[str, ...]:
    """The values of `by` that the metric understands. Raises KeyError for an unknown metric."""
    return tuple(groups(METRICS[key].cases(book, now)))


def _metric(key: str | Metric) -> Metric:
    return METRICS[key] if isinstance(key, str) else key


def _cases_of(
    session: Session, metric: Metric, book: Rulebook, now: datetime, from_on: date, to_on: date
) -> Cases:
    if metric.needs_stretches:
        return metric.cases(book, now, required_stretches(session, from_on, to_on, book, now))
    if metric.needs_unswept:
        return metric.cases(book, now, missing_rounds(session, book, now))
    return metric.cases(book, now)


def _group(metric: Metric, cases: Cases, by: str) -> Group:
    known = groups(cases)
    if by not in known:
        raise UnknownGroup(f"{metric.key} can be grouped by {', '.join(known)}, not by {by!r}")
    return known[by]


def _selected(
    metric: Metric, cases: Cases, scope: Scope, from_on: date, to_on: date, team_id: int | None,
    agent_id: int | None, where: Mapping[str, str] | None,
) -> Select[Any]:  # fmt: skip
    nobody: Any = cast(null(), Integer)
    query = (
        select(func.count())
        .select_from(cases.source)
        .where(cases.on.between(from_on, to_on), *cases.conditions)
        .where(*within(scope, team=cases.team, agent=nobody if cases.agent is None else cases.agent))
    )
    if team_id is not None:
        query = query.where(cases.team == team_id)
    if agent_id is not None:
        query = query.where(false() if cases.agent is None else cases.agent == agent_id)
    for by, code in (where or {}).items():
        column = _group(metric, cases, by).code
        # "" is how a group without a code is answered; asked with it, the same rows come back.
        query = query.where(column == code if code else or_(column.is_(None), column == ""))
    return query


def _answers(
    session: Session, metric: Metric, cases: Cases, selected: Select[Any], chosen: Sequence[Group], book: Rulebook
) -> list[Crossed]:  # fmt: skip
    """The figure of each combination of codes with its stored names; without groups, one figure."""
    if metric.estimate is not None:
        return estimates(session, metric, cases, selected, chosen, book)
    size = len(chosen)
    query = _ranked(cases, selected, chosen) if cases.hours is not None else _summed(cases, selected, chosen)
    answers: list[Crossed] = []
    for row in session.execute(query):
        codes = tuple("" if code is None else str(code) for code in row[:size])
        names = tuple(str(called or "") for called in row[size : 2 * size])
        total, count, *ranks = row[2 * size :]
        answers.append((codes, names, made_of(metric, book, total, count, ranks)))
    return answers


def _summed(cases: Cases, selected: Select[Any], chosen: Sequence[Group]) -> Select[Any]:
    codes = [group.code for group in chosen]
    names = [func.max(group.code if group.name is None else group.name) for group in chosen]
    added = cases.value if cases.value is not None else case((cases.counts, 1), else_=0)
    weighed = func.count() if cases.weight is None else func.coalesce(func.sum(cases.weight), 0)
    sums = (func.coalesce(func.sum(added), 0), weighed)
    query = selected.with_only_columns(*codes, *names, *sums, maintain_column_froms=True)
    return query.group_by(*codes).order_by(*codes)


def _ranked(cases: Cases, selected: Select[Any], chosen: Sequence[Group]) -> Select[Any]:
    """Counts and percentiles. The percentile P of n values is the one at rank ceil(P x n / 100) (nearest rank)."""
    inner = selected.with_only_columns(
        *(group.code.label(f"c{n}") for n, group in enumerate(chosen)),
        *(
            (group.code if group.name is None else group.name).label(f"n{n}")
            for n, group in enumerate(chosen)
        ),
        case((cases.counts, cases.hours)).label("hours"),
        maintain_column_froms=True,
    ).subquery()
    codes = [inner.c[f"c{n}"] for n in range(len(chosen))]
    within_group: dict[str, Any] = {"partition_by": codes} if codes else {}
    finished_first = (case((inner.c.hours.is_(None), 1), else_=0), inner.c.hours)
    ranked = select(
        inner,
        func.row_number().over(order_by=finished_first, **within_group).label("place"),
        func.count(inner.c.hours).over(**within_group).label("finished"),
    ).subquery()
    codes = [ranked.c[f"c{n}"] for n in range(len(chosen))]
    names = [func.max(ranked.c[f"n{n}"]) for n in range(len(chosen))]
    marks = [
        func.min(case((ranked.c.place * 100 >= ranked.c.finished * percent, ranked.c.hours)))
        for percent in PERCENTILES
    ]
    query = select(*codes, *names, func.count(ranked.c.hours), func.count(), *marks)
    return query.group_by(*codes).order_by(*codes)
