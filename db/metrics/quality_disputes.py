"""Metrics of agents' objections. An objection belongs to the day on which it was filed, and to the agent of its call."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, not_, or_, true
from sqlalchemy.orm import join

from db.clocks import whole_second
from db.metrics.definition import Cases, Group, Metric
from db.models import Agent, Call, Dispute, Team
from regulations.rulebook import Rulebook

_SOURCE = join(
    join(join(Dispute, Call, Call.id == Dispute.call_id), Team, Team.id == Call.team_id),
    Agent,
    Agent.id == Call.agent_id,
)
_TARGET = case(
    (Dispute.target.like("finding:%"), "finding"),
    (Dispute.target.like("added:%"), "added"),
    else_="criterion",
)

_CLAUSES = ("E5.14", "A2.14")  # whose results are objected to


def _cases(now: datetime, counts: ColumnElement[bool], *conditions: ColumnElement[bool]) -> Cases:
    return Cases(
        source=_SOURCE,
        on=Dispute.filed_on,
        team=Call.team_id,
        agent=Call.agent_id,
        conditions=[Dispute.filed_at <= now, *conditions],
        counts=counts,
        columns={
            "dispute_id": Dispute.id,
            "call_id": Call.call_id,
            "subject_kind": _TARGET,
            "team": Team.name,
            "agent": Agent.name,
            "filed_at": Dispute.filed_at,
            "due_at": Dispute.due_at,
            "state": case((Dispute.state == "decided", Dispute.decision), else_=Dispute.state),
            "ruled_at": Dispute.decided_at,
        },
        groups={"subject_kind": Group(_TARGET, names="dispute_target")},
    )


def _is_decided(now: datetime) -> ColumnElement[bool]:
    return and_(Dispute.decided_at.is_not(None), Dispute.decided_at <= now)


def _filed(book: Rulebook, now: datetime) -> Cases:
    return _cases(now, true())


def _open(book: Rulebook, now: datetime) -> Cases:
    return _cases(now, true(), Dispute.state != "withdrawn", not_(_is_decided(now)))


def _in_time(book: Rulebook, now: datetime) -> Cases:
    is_due = or_(_is_decided(now), Dispute.due_at < whole_second(now))
    kept = and_(_is_decided(now), or_(Dispute.due_at.is_(None), Dispute.decided_at <= Dispute.due_at))
    return _cases(now, kept, Dispute.state != "withdrawn", is_due)


def _accepted(book: Rulebook, now: datetime) -> Cases:
    return _cases(now, Dispute.decision == "accepted", _is_decided(now))


DISPUTE_METRICS: tuple[Metric, ...] = (
    Metric(
        key="quality.dispute_filed",
        zh="质检申诉件数",
        en="Objections filed",
        definition_zh="期内客服对质检结论提出的申诉，包括后来撤回的。",
        definition_en="Objections of agents to inspection results filed in the period, those withdrawn later among them.",
        numerator=("提出的申诉", "Objections filed"),
        denominator=None,
        unit="count",
        better="down",
        clauses=_CLAUSES,
        cases=_filed,
        parameters=("qa.dispute_within",),
    ),
    Metric(
        key="quality.dispute_open",
        zh="待裁定的申诉",
        en="Objections open",
        definition_zh="期内提出、至今没有裁定也没有撤回的申诉。",
        definition_en="Objections filed in the period that are neither decided nor withdrawn.",
        numerator=("待裁定的申诉", "Objections open"),
        denominator=None,
        unit="count",
        better="down",
        clauses=_CLAUSES,
        cases=_open,
        parameters=("qa.dispute_decide_within",),
    ),
    Metric(
        key="quality.dispute_in_time",
        zh="申诉按时裁定率",
        en="Objections decided in time",
        definition_zh="期内提出、已裁定或已过裁定时限的申诉中，在时限内裁定的占比。逾期未裁定的算未按时；撤回的不计。",
        definition_en="Of the objections filed in the period that are decided or overdue, the share decided in time. Open overdue ones"
        " count as late; withdrawn ones are left out.",
        numerator=("按时裁定的申诉", "Objections decided in time"),
        denominator=("已裁定或逾期的申诉", "Objections decided or overdue"),
        unit="percent",
        better="up",
        clauses=_CLAUSES,
        cases=_in_time,
        parameters=("qa.dispute_decide_within",),
    ),
    Metric(
        key="quality.dispute_accepted_rate",
        zh="申诉成立率",
        en="Objections accepted",
        definition_zh="期内提出并已裁定的申诉中，裁定成立的占比。高说明当初的复核过严或有误，应当校准。",
        definition_en="Of the objections filed in the period that are decided, the share accepted. A high figure means that reviews were"
        " too strict or wrong, and calls for calibration.",
        numerator=("成立的申诉", "Objections accepted"),
        denominator=("已裁定的申诉", "Objections decided"),
        unit="percent",
        better="down",
        clauses=_CLAUSES,
        cases=_accepted,
        parameters=("qa.dispute_within", "qa.dispute_decide_within"),
    ),
)
