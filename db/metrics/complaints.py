"""Metrics of complaints: how many came, how many deadlines were kept, how many cases are overdue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select, true
from sqlalchemy.orm import join

from db.clocks import whole_second
from db.metrics.definition import Cases, Group, Metric
from db.models import Agent, Complaint, ComplaintClock, Team
from regulations.rulebook import Rulebook

_GROUPS = {
    "category": Group(Complaint.category, names="complaint_category"),
    "department": Group(Complaint.department),
    "channel": Group(Complaint.channel, names="complaint_channel"),
    "severity": Group(Complaint.severity, names="severity"),
}
_COMPLAINT = {
    "number": Complaint.number,
    "complaint_id": Complaint.id,
    "received_at": Complaint.received_at,
    "team": Team.name,
    "agent": Agent.name,
    "category": Complaint.category,
    "department": Complaint.department,
    "severity": Complaint.severity,
    "summary": Complaint.summary,
}


def _people() -> Any:
    return join(join(Complaint, Team, Team.id == Complaint.team_id), Agent, Agent.id == Complaint.agent_id)


def _clock_cases(*clocks: str) -> Callable[[Rulebook, datetime], Cases]:
    """Deadlines that have fallen due: kept, late, or open and overdue. One not yet due is in no figure."""

    def cases(book: Rulebook, now: datetime) -> Cases:
        clock = ComplaintClock
        conditions = [
            clock.due_at < whole_second(now),  # the due second itself is still in time
            # What waits for the customer where the rulebook pauses the clock has not fallen due.
            or_(clock.met_at.is_not(None), clock.state != "on_hold"),
        ]
        if clocks:
            conditions.append(clock.clock.in_(clocks))
        return Cases(
            source=join(_people(), clock, clock.complaint_id == Complaint.id),
            on=clock.due_on,
            team=Complaint.team_id,
            agent=Complaint.agent_id,
            conditions=conditions,
            counts=and_(clock.met_at.is_not(None), clock.met_at <= clock.due_at),
            columns={
                **_COMPLAINT,
                "clock": clock.clock,
                "ordinal": clock.ordinal,
                "due_at": clock.due_at,
                "met_at": clock.met_at,
            },
            groups={**_GROUPS, "clock": Group(clock.clock, names="clock")},
        )

    return cases


def _received(book: Rulebook, now: datetime) -> Cases:
    return Cases(
        source=_people(),
        on=Complaint.received_on,
        team=Complaint.team_id,
        agent=Complaint.agent_id,
        conditions=[Complaint.received_at <= now],
        counts=true(),
        columns={**_COMPLAINT, "channel": Complaint.channel, "status": Complaint.status},
        groups=_GROUPS,
    )


def _open_overdue(book: Rulebook, now: datetime) -> Cases:
    overdue = (
        select(
            ComplaintClock.complaint_id,
            func.min(ComplaintClock.due_on).label("due_on"),
            func.min(ComplaintClock.due_at).label("due_at"),
            func.count().label("clocks"),
        )
        .where(
            ComplaintClock.due_at < whole_second(now),
            # Read as of `now`: what was met later was open then.
            or_(ComplaintClock.met_at.is_(None), ComplaintClock.met_at > now),
            ComplaintClock.state != "on_hold",
        )
        .group_by(ComplaintClock.complaint_id)
        .subquery()
    )
    return Cases(
        source=join(_people(), overdue, overdue.c.complaint_id == Complaint.id),
        on=overdue.c.due_on,
        team=Complaint.team_id,
        agent=Complaint.agent_id,
        conditions=[or_(Complaint.closed_at.is_(None), Complaint.closed_at > now)],
        counts=true(),
        columns={**_COMPLAINT, "due_at": overdue.c.due_at, "overdue_clocks": overdue.c.clocks},
        groups=_GROUPS,
    )


def _attainment(
    key: str, clocks: tuple[str, ...], zh: str, en: str, what: tuple[str, str], clauses: tuple[str, ...],
    parameters: tuple[str, ...],
) -> Metric:  # fmt: skip
    return Metric(
        key=f"complaint.{key}_attainment",
        zh=zh,
        en=en,
        definition_zh=f"期内到期的{what[0]}时限中，按时完成的占比。到期仍未完成的算超时；尚未到期的不计入。按到期日归入期间。",
        definition_en=f"Of the deadlines for {what[1]} that fell due in the period, the share that was kept. Open and overdue"
        " counts as missed; not yet due is left out. A deadline belongs to the day on which it falls due.",
        numerator=("按时完成的时限", "Deadlines kept"),
        denominator=("期内已到期的时限", "Deadlines fallen due in the period"),
        unit="percent",
        better="up",
        clauses=clauses,
        cases=_clock_cases(*clocks),
        target_key="complaint.on_time_target",
        parameters=parameters,
    )


_FORWARD = ("complaint.forward_within",)
_FIRST = ("complaint.first_feedback_within",)
_FINAL = ("complaint.final_feedback_within",)
_PROGRESS = ("complaint.progress_interval",)

COMPLAINT_METRICS: tuple[Metric, ...] = (
    _attainment(
        "all_clocks", (), "投诉时限达成率", "All deadlines kept", ("全部投诉", "any step of a complaint"),
        ("A6.22", "A6.28", "E1.20"), (*_FORWARD, *_FIRST, *_FINAL, *_PROGRESS),
    ),
    _attainment(
        "forward", ("forward",), "转交及时率", "Forwarded in time", ("转交责任部门", "passing it to the department"),
        ("A6.22",), _FORWARD,
    ),
    _attainment(
        "first_feedback", ("first_feedback",), "首次反馈及时率", "First feedback in time",
        ("首次反馈客户", "the first feedback to the customer"), ("A6.28",), _FIRST,
    ),
    _attainment(
        "final_feedback", ("final_feedback",), "最终答复及时率", "Final feedback in time",
        ("最终答复客户", "the final feedback to the customer"), ("A6.28",), _FINAL,
    ),
    _attainment(
        "progress", ("progress",), "进展联系及时率", "Progress contacts in time",
        ("未解决期间联系客户", "contacting the customer while unsolved"), ("E1.20",), _PROGRESS,
    ),
    Metric(
        key="complaint.received",
        zh="投诉受理量",
        en="Complaints received",
        definition_zh="期内受理的投诉件数，按受理当日归入期间。",
        definition_en="How many complaints were received in the period, by the local day of receipt.",
        numerator=("受理的投诉", "Complaints received"),
        denominator=None,
        unit="count",
        better="down",
        clauses=("A6.22", "A5.7"),
        cases=_received,
    ),
    Metric(
        key="complaint.open_overdue",
        zh="超时未结案件",
        en="Open overdue cases",
        definition_zh="尚未结案、且至少有一个时限已过仍未完成的投诉件数。按最早一个超时时限的到期日归入期间。",
        definition_en="Cases not closed with at least one deadline passed and not met. A case belongs to the day on which the"
        " earliest of these fell due.",
        numerator=("超时未结的投诉", "Open overdue cases"),
        denominator=None,
        unit="count",
        better="down",
        clauses=("A6.22", "A6.28", "E1.20"),
        cases=_open_overdue,
        parameters=(*_FORWARD, *_FIRST, *_FINAL, *_PROGRESS),
    ),
)  # fmt: skip
