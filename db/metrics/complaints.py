"""Metrics of complaints: how many came, what is overdue, what came back, what was upheld; and all of them in order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, or_, select, true
from sqlalchemy.orm import join

from db.clocks import whole_second
from db.metrics.complaint_clocks import CLOCK_METRICS, PARAMETERS
from db.metrics.complaint_parts import (
    COMPLAINT_COLUMNS,
    COMPLAINT_GROUPS,
    complaints_with_people,
    is_open,
)
from db.metrics.complaint_times import TIME_METRICS
from db.metrics.definition import Cases, Column, Metric
from db.models import Complaint, ComplaintClock, ComplaintEvent
from regulations.rulebook import Rulebook


def _received(
    counts: ColumnElement[bool], *conditions: ColumnElement[bool], **columns: Column
) -> Callable[[Rulebook, datetime], Cases]:
    """Complaints by their local day of receipt."""

    def cases(book: Rulebook, now: datetime) -> Cases:
        return Cases(
            source=complaints_with_people(),
            on=Complaint.received_on,
            team=Complaint.team_id,
            agent=Complaint.agent_id,
            conditions=[Complaint.received_at <= now, *conditions],
            counts=counts,
            columns={**COMPLAINT_COLUMNS, **columns},
            groups=COMPLAINT_GROUPS,
        )

    return cases


def _reopened(book: Rulebook, now: datetime) -> Cases:
    event = ComplaintEvent
    here = (event.complaint_id == Complaint.id, event.at <= now)
    was_closed = exists().where(*here, event.kind == "closed")
    return _received(exists().where(*here, event.kind == "reopened"), was_closed)(book, now)


def _open_overdue(book: Rulebook, now: datetime) -> Cases:
    overdue = (
        select(
            ComplaintClock.complaint_id,
            func.min(ComplaintClock.due_on).label("due_on"),
            func.min(ComplaintClock.due_at).label("due_at"),
            func.count().label("clocks"),
        )
        .where(
            # Here too, so that what closed cases never met is not gathered first.
            ComplaintClock.complaint_id.in_(select(Complaint.id).where(is_open(now))),
            ComplaintClock.due_at < whole_second(now),
            # Read as of `now`: what was met later was open then.
            or_(ComplaintClock.met_at.is_(None), ComplaintClock.met_at > now),
            ComplaintClock.state != "on_hold",
        )
        .group_by(ComplaintClock.complaint_id)
        .subquery()
    )
    return Cases(
        source=join(complaints_with_people(), overdue, overdue.c.complaint_id == Complaint.id),
        on=overdue.c.due_on,
        team=Complaint.team_id,
        agent=Complaint.agent_id,
        conditions=[is_open(now)],
        counts=true(),
        columns={**COMPLAINT_COLUMNS, "due_at": overdue.c.due_at, "overdue_clocks": overdue.c.clocks},
        groups=COMPLAINT_GROUPS,
    )


COMPLAINT_METRICS: tuple[Metric, ...] = (
    *CLOCK_METRICS,
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
        cases=_received(true()),
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
        parameters=PARAMETERS,
    ),
    *TIME_METRICS,
    Metric(
        key="complaint.reopen_rate",
        zh="重新受理率",
        en="Reopen rate",
        definition_zh="期内受理且结过案的投诉中，客户不认可而重新受理过的占比。",
        definition_en="Of the complaints received in the period that were closed at least once, the share taken up again because the"
        " customer rejected the outcome.",
        numerator=("重新受理过的投诉", "Complaints reopened"),
        denominator=("期内受理且结过案的投诉", "Complaints received in the period that were closed"),
        unit="percent",
        better="down",
        clauses=("C4.25",),
        cases=_reopened,
        parameters=("complaint.reopen_links_previous",),
    ),
    Metric(
        key="complaint.upheld_share",
        zh="投诉成立率",
        en="Upheld share",
        definition_zh="期内受理且已认定的投诉中，认定成立的占比。尚未认定的不计入。",
        definition_en="Of the complaints received in the period that were decided, the share upheld. What is not decided yet is left out.",
        numerator=("认定成立的投诉", "Complaints upheld"),
        denominator=("期内受理且已认定的投诉", "Complaints received in the period and decided"),
        unit="percent",
        better="down",
        clauses=("C4.25", "A6.24"),
        cases=_received(
            Complaint.upheld == "yes", Complaint.upheld.in_(("yes", "no")), upheld=Complaint.upheld
        ),
    ),
    Metric(
        key="complaint.repeat_share",
        zh="重复投诉率",
        en="Repeat complaints",
        definition_zh="期内受理的投诉中，就同一件事再次投诉（已关联上一件）的占比。",
        definition_en="Of the complaints received in the period, the share that takes up an earlier case again (linked to it).",
        numerator=("关联上一件的投诉", "Complaints linked to an earlier one"),
        denominator=("期内受理的投诉", "Complaints received in the period"),
        unit="percent",
        better="down",
        clauses=("C4.25",),
        cases=_received(Complaint.previous_id.is_not(None)),
        parameters=("complaint.reopen_links_previous",),
    ),
)
