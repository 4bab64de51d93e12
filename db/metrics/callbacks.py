"""Metrics of callbacks. Four different denominators: due, attempted, connected, completed; each figure names its own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlalchemy.orm import join

from db.clocks import whole_second
from db.metrics.definition import Cases, Group, Metric
from db.models import Agent, Callback, CallbackAttempt, Team
from regulations.callback_course import REACHED
from regulations.rulebook import Rulebook

_SOURCE = join(join(Callback, Team, Team.id == Callback.team_id), Agent, Agent.id == Callback.agent_id)
_RATE_COUNTS = "callback.rate_counts"


def _tried(now: datetime, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    attempt = CallbackAttempt
    return exists().where(
        attempt.callback_id == Callback.id, attempt.at.between(Callback.arisen_at, now), *conditions
    )


def _completed(now: datetime) -> ColumnElement[bool]:
    return and_(Callback.completed_at.is_not(None), Callback.completed_at <= now)


def _settled(now: datetime) -> ColumnElement[bool]:
    """Ended without being completed: a refusal, nobody to be reached."""
    return and_(
        Callback.settled_at.is_not(None),
        Callback.settled_at <= now,
        or_(Callback.completed_at.is_(None), Callback.completed_at > now),
    )


def _cases(now: datetime, counts: ColumnElement[bool], *conditions: ColumnElement[bool]) -> Cases:
    """Callbacks that have fallen due, are completed or ended already (regulations.callback_rates), and `conditions`."""
    return Cases(
        source=_SOURCE,
        on=Callback.due_on,
        team=Callback.team_id,
        agent=Callback.agent_id,
        conditions=[or_(Callback.due_at < whole_second(now), _completed(now), _settled(now)), *conditions],
        counts=counts,
        columns={
            "number": Callback.number,
            "callback_id": Callback.id,
            "complaint_id": Callback.complaint_id,
            "kind": Callback.kind,
            "subject": Callback.subject,
            "team": Team.name,
            "agent": Agent.name,
            "arisen_at": Callback.arisen_at,
            "due_at": Callback.due_at,
            "completed_at": Callback.completed_at,
            "satisfaction": Callback.satisfaction,
            "settled_at": Callback.settled_at,
            "settled_reason": Callback.settled_reason,
            "customer": Callback.customer_name,
        },
        groups={
            "category": Group(Callback.kind, names="callback_kind"),
            "satisfaction": Group(Callback.satisfaction, names="satisfaction"),
            "settled_reason": Group(Callback.settled_reason, names="settled_reason"),
        },
    )


def _rate(book: Rulebook, now: datetime) -> Cases:
    counts_attempts = book.choice(_RATE_COUNTS) == "attempted"
    return _cases(now, _tried(now) if counts_attempts else _completed(now))


def _punctuality(book: Rulebook, now: datetime) -> Cases:
    return _cases(now, and_(_completed(now), Callback.completed_at <= Callback.due_at))


def _coverage(book: Rulebook, now: datetime) -> Cases:
    return _cases(now, _tried(now))


def _connect_rate(book: Rulebook, now: datetime) -> Cases:
    return _cases(now, _tried(now, CallbackAttempt.outcome.in_(sorted(REACHED))), _tried(now))


def _ended(book: Rulebook, now: datetime) -> Cases:
    return _cases(now, _settled(now))


def _satisfaction(book: Rulebook, now: datetime) -> Cases:
    return _cases(now, func.coalesce(Callback.satisfaction, "") == "satisfied", _completed(now))


_DUE = ("期内到期、已完成或已终止的回访", "Callbacks of the period fallen due, completed or ended")
_CLAUSES = ("E1.21", "E1.22", "E5.9", "E5.10", "E5.11")

CALLBACK_METRICS: tuple[Metric, ...] = (
    Metric(
        key="callback.rate",
        zh="回访率",
        en="Callback rate",
        definition_zh="期内到期的回访中，截至统计时已完成的占比。逾期后补做的也算完成；没有打通的、客户拒绝的、终止的不算完成，"
        "仍在分母中。",
        definition_en="Of the callbacks that fell due in the period, the share completed by the time of calculation. One made late"
        " still counts as made; one that reached nobody, was refused or ended does not, and stays in the denominator.",
        numerator=("已完成的回访", "Callbacks completed"),
        denominator=_DUE,
        unit="percent",
        better="up",
        clauses=_CLAUSES,
        cases=_rate,
        target_key="callback.target_rate",
        parameters=("callback.categories", _RATE_COUNTS),
    ),
    Metric(
        key="callback.punctuality",
        zh="回访及时率",
        en="Callback punctuality",
        definition_zh="期内到期的回访中，在到期日之前完成的占比。与回访率并列：率看做没做，及时率看按没按时。",
        definition_en="Of the callbacks that fell due in the period, the share completed by their due time. Shown beside the rate:"
        " that one asks whether it was done, this one whether in time.",
        numerator=("按时完成的回访", "Callbacks completed in time"),
        denominator=_DUE,
        unit="percent",
        better="up",
        clauses=("E1.20", "E5.9", "E5.10", "E5.11"),
        cases=_punctuality,
        parameters=("callback.after_resolution_within", "callback.late_tolerance"),
    ),
    Metric(
        key="callback.coverage",
        zh="回访覆盖率",
        en="Callback coverage",
        definition_zh="期内到期的回访中，至少联系过客户一次的占比，无论是否接通。",
        definition_en="Of the callbacks that fell due in the period, the share in which the customer was tried at least once,"
        " reached or not.",
        numerator=("联系过的回访", "Callbacks tried"),
        denominator=_DUE,
        unit="percent",
        better="up",
        clauses=("E5.13",),
        cases=_coverage,
        parameters=(_RATE_COUNTS,),
    ),
    Metric(
        key="callback.connect_rate",
        zh="回访接通率",
        en="Callback connect rate",
        definition_zh="期内到期、至少联系过一次的回访中，接通过客户的占比。接通后拒绝回访的也算接通，号码错误不算。"
        "从未联系的不在分母中，见回访覆盖率。",
        definition_en="Of the callbacks fallen due in the period that were tried at least once, the share in which the customer was"
        " reached. Who answered and refused was reached; a wrong number reached a stranger. One never tried is not in the"
        " denominator; see the coverage.",
        numerator=("接通过的回访", "Callbacks in which the customer was reached"),
        denominator=("联系过的回访", "Callbacks tried"),
        unit="percent",
        better="up",
        clauses=("E5.13",),
        cases=_connect_rate,
        parameters=(_RATE_COUNTS,),
    ),
    Metric(
        key="callback.satisfaction",
        zh="回访满意率",
        en="Callback satisfaction",
        definition_zh="期内到期且已完成的回访中，客户评价为“满意”的占比。“一般”“不满意”和没有评价的不算满意。",
        definition_en="Of the callbacks of the period that were completed, the share that the customer rated satisfied. Neutral,"
        " dissatisfied and no rating do not count as satisfied.",
        numerator=("客户满意的回访", "Callbacks rated satisfied"),
        denominator=("已完成的回访", "Callbacks completed"),
        unit="percent",
        better="up",
        clauses=("E1.22", "E5.13"),
        cases=_satisfaction,
        target_key="callback.satisfaction_target",
    ),
    Metric(
        key="callback.settled",
        zh="回访终止率",
        en="Callbacks ended, not made",
        definition_zh="期内到期的回访中，未完成而终止的占比：客户拒绝、多次联系不上、号码有误或不再需要。这些仍算应回访、未完成。",
        definition_en="Of the callbacks that fell due in the period, the share that ended without being made: refused, not to be"
        " reached, no right number, no longer needed. They stay due and not completed.",
        numerator=("终止未完成的回访", "Callbacks ended, not made"),
        denominator=_DUE,
        unit="percent",
        better="down",
        clauses=("E5.13",),
        cases=_ended,
        parameters=("callback.refusal_settles", "callback.max_attempts"),
    ),
)
