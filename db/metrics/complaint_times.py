"""How long the steps of a complaint took, in hours: median and percentiles, with what is still open beside them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import aliased, join, outerjoin

from db.clocks import whole_second
from db.metrics.complaint_parts import (
    COMPLAINT_COLUMNS,
    COMPLAINT_GROUPS,
    complaints_with_people,
    is_open,
)
from db.metrics.definition import Cases, Group, Metric
from db.metrics.sql import hours_between
from db.models import Complaint, ComplaintClock, ComplaintEvent, DepartmentAssignment, SurgeAlert
from regulations.rulebook import Rulebook

_UNDONE = ("未经此步骤就结案的不计入。", "A case closed without this step is left out.")


def _happened(kinds: tuple[str, ...], now: datetime) -> Any:
    """When the first of these events happened to a case, up to `now`."""
    return (
        select(func.min(ComplaintEvent.at))
        .where(
            ComplaintEvent.complaint_id == Complaint.id,
            ComplaintEvent.kind.in_(kinds),
            ComplaintEvent.at <= now,
        )
        .correlate(Complaint)
        .scalar_subquery()
    )


def _from_receipt(clock: str, done: Callable[[datetime], Any]) -> Callable[[Rulebook, datetime], Cases]:
    """From receipt to `done`; a case closed without it never took that step and is in no figure."""

    def cases(book: Rulebook, now: datetime) -> Cases:
        done_at = done(now)
        is_done = and_(done_at.is_not(None), done_at <= now)
        limit = aliased(ComplaintClock, name="limit_clock")
        has_limit = and_(limit.complaint_id == Complaint.id, limit.clock == clock, limit.ordinal == 1)
        return Cases(
            source=outerjoin(complaints_with_people(), limit, has_limit),
            on=Complaint.received_on,
            team=Complaint.team_id,
            agent=Complaint.agent_id,
            conditions=[Complaint.received_at <= now, or_(is_done, is_open(now))],
            counts=is_done,
            columns={
                **COMPLAINT_COLUMNS,
                "done_at": done_at,
                # What the clock of the first round allowed this case, for the limit drawn beside the times.
                "allowed_hours": hours_between(limit.started_at, limit.due_at),
            },
            groups=COMPLAINT_GROUPS,
            hours=hours_between(Complaint.received_at, done_at),
        )

    return cases


def _event(*kinds: str) -> Callable[[datetime], Any]:
    return lambda now: _happened(kinds, now)


def _department_answers(book: Rulebook, now: datetime) -> Cases:
    """From sending a case to a department till its answer; one recalled or closed unanswered is in no figure."""
    sent = DepartmentAssignment
    is_answered = and_(sent.returned_at.is_not(None), sent.returned_at <= now)
    is_waiting = and_(or_(sent.recalled_at.is_(None), sent.recalled_at > now), is_open(now))
    return Cases(
        source=join(complaints_with_people(), sent, sent.complaint_id == Complaint.id),
        on=Complaint.received_on,
        team=Complaint.team_id,
        agent=Complaint.agent_id,
        conditions=[sent.sent_at <= now, or_(is_answered, is_waiting)],
        counts=is_answered,
        columns={
            "number": Complaint.number,
            "department": sent.department,
            "sent_at": sent.sent_at,
            **{name: column for name, column in COMPLAINT_COLUMNS.items() if name != "department"},
            "done_at": sent.returned_at,
            "answer_due_on": sent.answer_due_on,
        },
        groups={**COMPLAINT_GROUPS, "department": Group(sent.department)},
        hours=hours_between(sent.sent_at, sent.returned_at),
    )


def _surge_answers(book: Rulebook, now: datetime) -> Cases:
    """From raising an alert till somebody took it on; the alert belongs to the case that tipped it."""
    alert = SurgeAlert
    is_taken = and_(alert.acknowledged_at.is_not(None), alert.acknowledged_at <= now)
    is_waiting = or_(alert.closed_at.is_(None), alert.closed_at > now)
    return Cases(
        source=join(complaints_with_people(), alert, alert.tipped_by_id == Complaint.id),
        on=alert.started_on,
        team=Complaint.team_id,
        agent=Complaint.agent_id,
        conditions=[alert.raised_at <= now, or_(is_taken, is_waiting)],
        counts=is_taken,
        columns={
            "number": Complaint.number,
            "alert_id": alert.id,
            **COMPLAINT_COLUMNS,
            "count": alert.count,
            "raised_at": alert.raised_at,
            "done_at": alert.acknowledged_at,
            "by": alert.acknowledged_by,
        },
        groups=COMPLAINT_GROUPS,
        hours=hours_between(alert.raised_at, alert.acknowledged_at),
    )


def _surges_in_time(book: Rulebook, now: datetime) -> Cases:
    """Alerts that were acknowledged, or whose limit is over; the alert belongs to the case that tipped it."""
    alert = SurgeAlert
    is_taken = and_(alert.acknowledged_at.is_not(None), alert.acknowledged_at <= now)
    is_over = alert.acknowledge_due_at < whole_second(now)
    return Cases(
        source=join(complaints_with_people(), alert, alert.tipped_by_id == Complaint.id),
        on=alert.started_on,
        team=Complaint.team_id,
        agent=Complaint.agent_id,
        conditions=[alert.raised_at <= now, alert.acknowledge_due_at.is_not(None), or_(is_taken, is_over)],
        counts=and_(is_taken, alert.acknowledged_at <= alert.acknowledge_due_at),
        columns={
            "number": Complaint.number,
            "alert_id": alert.id,
            **COMPLAINT_COLUMNS,
            "count": alert.count,
            "raised_at": alert.raised_at,
            "due_at": alert.acknowledge_due_at,
            "met_at": case((is_taken, alert.acknowledged_at)),
            "by": alert.acknowledged_by,
        },
        groups=COMPLAINT_GROUPS,
    )


_RECEIVED = ("期内受理的投诉", "complaints received in the period")


def _times(
    key: str, zh: str, en: str, what: tuple[str, str], clauses: tuple[str, ...],
    cases: Callable[[Rulebook, datetime], Cases], parameters: tuple[str, ...] = (),
    subject: tuple[str, str] = _RECEIVED, left_out: tuple[str, str] = _UNDONE,
) -> Metric:  # fmt: skip
    return Metric(
        key=f"complaint.{key}",
        zh=zh,
        en=en,
        definition_zh=f"{subject[0]}，{what[0]}用了多少小时（日历时间）：中位数，以及 75%、90%、95% 在多少小时内完成"
        f"（最近秩法，只算已完成的）。未完成的还没有时长，不进百分位数，但件数始终并列显示。{left_out[0]}",
        definition_en=f"How many hours (on the clock) it took {what[1]}, for {subject[1]}: the median, and the hours within which"
        " 75, 90 and 95 % were done (nearest rank, finished ones only). An open one has no length yet and is in no percentile, but"
        f" how many are open always stands beside it. {left_out[1]}",
        numerator=("已完成的", "Finished"),
        denominator=(f"{subject[0]}（含未完成）", f"{subject[1].capitalize()}, open ones included"),
        unit="hours",
        better="down",
        clauses=clauses,
        cases=cases,
        parameters=parameters,
    )


TIME_METRICS: tuple[Metric, ...] = (
    _times(
        "forward_hours", "转交用时", "Time to forward", ("从受理到转交责任部门", "from receipt to passing it to the department"),
        ("A6.22",), _from_receipt("forward", _event("forwarded")), ("complaint.forward_within",),
    ),
    _times(
        "first_feedback_hours", "首次反馈用时", "Time to first feedback",
        ("从受理到首次反馈客户", "from receipt to the first feedback to the customer"), ("A6.28",),
        _from_receipt("first_feedback", _event("first_feedback", "final_feedback")), ("complaint.first_feedback_within",),
    ),
    _times(
        "department_answer_hours", "部门答复用时", "Time to the department's answer",
        ("从转交到责任部门答复", "from forwarding to the department's answer"), ("A6.24", "C4.23", "E1.54"), _department_answers,
        subject=("期内受理的投诉的转交", "assignments of complaints received in the period"),
        left_out=("未答复就收回或结案的不计入。", "One recalled or closed unanswered is left out."),
    ),
    _times(
        "final_feedback_hours", "最终答复用时", "Time to final feedback",
        ("从受理到第一次最终答复客户", "from receipt to the first final feedback to the customer"), ("A6.28",),
        _from_receipt("final_feedback", _event("final_feedback")), ("complaint.final_feedback_within",),
    ),
    _times(
        "close_hours", "结案用时", "Time to closure", ("从受理到结案", "from receipt to closure"), ("C4.26",),
        _from_receipt("close", lambda now: Complaint.closed_at), ("complaint.close_within",),
        left_out=("重新受理而未再结案的算未完成。", "A case reopened and not closed again is open."),
    ),
    _times(
        "surge_acknowledge_hours", "激增确认用时", "Time to acknowledge a surge",
        ("从发出激增预警到有人确认", "from raising the alert until a person acknowledged it"), ("D1.10",), _surge_answers,
        ("surge.acknowledge_within",), subject=("期内的激增预警", "alerts of surges that began in the period"),
        left_out=("未确认就关闭的不计入。", "One closed without being acknowledged is left out."),
    ),
    Metric(
        key="complaint.surge_acknowledge_attainment",
        zh="激增确认及时率",
        en="Surges acknowledged in time",
        definition_zh="期内的激增预警中，已有人确认或确认时限已过的，在时限内确认的占比。到时限仍无人确认的算超时，包括未确认就关闭的；"
        "时限未到的不计。按集中开始当日归入期间。",
        definition_en="Of the alerts of surges that began in the period, where somebody has acknowledged it or the limit is over, the share"
        " acknowledged within the limit. Nobody by the limit counts as missed, closed unacknowledged too; not yet due is left out.",
        numerator=("按时确认的激增预警", "Alerts acknowledged in time"),
        denominator=("已确认或确认时限已过的激增预警", "Alerts acknowledged or past their limit"),
        unit="percent",
        better="up",
        clauses=("D1.10",),
        cases=_surges_in_time,
        parameters=("surge.acknowledge_within",),
    ),
)  # fmt: skip
