"""Metrics of satisfaction surveys. Coverage counts services, the others count grades."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, exists, false, true
from sqlalchemy.orm import join

from db.metrics.definition import Cases, Column, Group, Metric
from db.metrics.repairs import ORDER_COLUMNS, ORDER_GROUPS, ORDER_SOURCE
from db.models import Agent, SurveyResponse, Team, WorkOrder
from regulations.rulebook import Rulebook
from regulations.surveys import poor_grade

_SOURCE = join(
    join(SurveyResponse, Team, Team.id == SurveyResponse.team_id), Agent, Agent.id == SurveyResponse.agent_id
)


def _coverage(book: Rulebook, now: datetime) -> Cases:
    asked = exists().where(SurveyResponse.work_order_id == WorkOrder.id, SurveyResponse.answered_at <= now)
    return Cases(
        source=ORDER_SOURCE,
        on=WorkOrder.finished_on,
        team=WorkOrder.team_id,
        agent=WorkOrder.agent_id,
        conditions=[WorkOrder.finished_at <= now],
        counts=asked,
        columns=ORDER_COLUMNS,
        groups=ORDER_GROUPS,
    )


def _answers(
    now: datetime,
    counts: ColumnElement[bool],
    *conditions: ColumnElement[bool],
    value: Column | None = None,
) -> Cases:
    return Cases(
        source=_SOURCE,
        on=SurveyResponse.answered_on,
        team=SurveyResponse.team_id,
        agent=SurveyResponse.agent_id,
        conditions=[SurveyResponse.answered_at <= now, *conditions],
        counts=counts,
        columns={
            "number": SurveyResponse.number,
            "dimension": SurveyResponse.dimension,
            "survey_response_id": SurveyResponse.id,
            "grade": SurveyResponse.grade,
            "points": SurveyResponse.points,
            "team": Team.name,
            "agent": Agent.name,
            "comment": SurveyResponse.comment,
            "answered_at": SurveyResponse.answered_at,
        },
        groups={"dimension": Group(SurveyResponse.dimension), "grade": Group(SurveyResponse.grade)},
        value=value,
    )


def _mean_points(book: Rulebook, now: datetime) -> Cases:
    return _answers(now, true(), SurveyResponse.points.is_not(None), value=SurveyResponse.points)


def _poor_share(book: Rulebook, now: datetime) -> Cases:
    worst = poor_grade(book)
    return _answers(now, false() if worst is None else SurveyResponse.grade == worst)


SURVEY_METRICS: tuple[Metric, ...] = (
    Metric(
        key="survey.coverage",
        zh="评价覆盖率",
        en="Survey coverage",
        definition_zh="期内完工的服务中，收到客户评价的占比。每一次服务都应征询意见；一次服务最多计一份评价。",
        definition_en="Of the services finished in the period, the share graded by the customer. Every service is asked about; one counts"
        " with one form at most.",
        numerator=("收到评价的服务", "Services graded"),
        denominator=("期内完工的服务", "Services finished in the period"),
        unit="percent",
        better="up",
        clauses=("C4.13", "C4.15"),
        cases=_coverage,
    ),
    Metric(
        key="survey.mean_points",
        zh="满意度平均分",
        en="Mean of the grades",
        definition_zh="期内各项评价按等级折算的平均分，每一项评价计一次。没有折算分的等级不计。",
        definition_en="The mean points of the grades given in the period, each dimension of a form counting once. A grade without points"
        " is left out.",
        numerator=("评价折算分之和", "Sum of the points"),
        denominator=("有折算分的评价", "Grades with points"),
        unit="points",
        better="up",
        clauses=("C4.14", "C4.16"),
        cases=_mean_points,
        parameters=("survey.dimensions", "survey.grades", "survey.feeds_monthly_review"),
    ),
    Metric(
        key="survey.poor_share",
        zh="差评占比",
        en="Share of the worst grade",
        definition_zh="期内各项评价中，最低一级（如“较差”）的占比。",
        definition_en="Of the grades given in the period, the share of the lowest one.",
        numerator=("最低一级的评价", "Worst grades"),
        denominator=("全部评价", "All grades"),
        unit="percent",
        better="down",
        clauses=("C4.16",),
        cases=_poor_share,
        parameters=("survey.grades",),
    ),
)
