"""Attendance: the verdict on every shift, and today's board.

A verdict is always re-derivable from shift, punches, leave and time off the post; it is kept so that
lists and figures need not derive it again. What somebody may want to dispute keeps its words with it; a day like any
other is worded when it is opened (docs/decisions/0007-plain-days-are-worded-when-opened.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from db import rulebooks
from db.attendance_facts import Facts
from db.attendance_judging import counts_before, judge_days
from db.attendance_queries import DAY
from db.attendance_words import steps_of, words_of
from db.models import Agent, AttendanceDay, Shift
from db.visibility import within
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.verdict import Step
from regulations.worktime import WorkCalendar

__all__ = ["BoardRow", "board", "judge_days", "list_days", "rejudge", "steps_of", "words_of"]


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One shift of the day as it stands now, judged with what is known now."""

    agent: Agent
    shift: Shift
    class_: str
    late_minutes: int
    early_minutes: int
    worked_minutes: int
    first_in_at: datetime | None
    last_out_at: datetime | None
    clauses: tuple[str, ...]
    steps: tuple[Step, ...]
    class_label: str = ""
    off_post_minutes: int = 0
    extra_minutes: int = 0
    approved_extra_minutes: int = 0
    month_count: int = 0
    remarks: tuple[str, ...] = ()


def list_days(
    session: Session,
    scope: Scope,
    *,
    from_on: date,
    to_on: date,
    team_id: int | None = None,
    agent_id: int | None = None,
    class_: str | None = None,
) -> list[AttendanceDay]:
    """Verdicts in scope on the shifts of these local dates, both included, by date and staff number."""
    query = (
        select(AttendanceDay)
        .join(AttendanceDay.agent)
        .options(contains_eager(AttendanceDay.agent))
        .where(
            AttendanceDay.work_on >= from_on,
            AttendanceDay.work_on <= to_on,
            *within(scope, team=Agent.team_id, agent=AttendanceDay.agent_id),
        )
        .order_by(AttendanceDay.work_on, Agent.number, AttendanceDay.id)
    )
    if team_id is not None:
        query = query.where(Agent.team_id == team_id)
    if agent_id is not None:
        query = query.where(AttendanceDay.agent_id == agent_id)
    if class_ is not None:
        query = query.where(AttendanceDay.class_ == class_)
    return list(session.scalars(query))


def board(
    session: Session, scope: Scope, on: date, now: datetime, book: Rulebook, team_id: int | None = None
) -> list[BoardRow]:
    """The shifts of a local date as they stand at `now`, by start and staff number; nothing is written."""
    query = (
        select(Shift)
        .join(Shift.agent)
        .options(contains_eager(Shift.agent))
        .where(Shift.work_on == on, *within(scope, team=Agent.team_id, agent=Shift.agent_id))
        .order_by(Shift.starts_at, Agent.number)
    )
    if team_id is not None:
        query = query.where(Agent.team_id == team_id)
    shifts = list(session.scalars(query))
    agent_ids = sorted({shift.agent_id for shift in shifts})
    facts = Facts.gather(session, on, on, agent_ids)
    entries = {entry.id: entry for entry in facts.roster}
    counts = counts_before(session, on, agent_ids)
    rows = []
    for shift in shifts:
        verdict = facts.judge(entries[shift.id], book, now, counts[shift.agent_id])
        if verdict.month_count:
            counts[shift.agent_id] += 1
        rows.append(
            BoardRow(
                agent=shift.agent,
                shift=shift,
                class_=verdict.class_,
                late_minutes=verdict.late_minutes,
                early_minutes=verdict.early_minutes,
                worked_minutes=verdict.worked_minutes,
                first_in_at=verdict.first_in_at,
                last_out_at=verdict.last_out_at,
                clauses=verdict.clauses,
                steps=verdict.steps,
                class_label=verdict.class_label,
                off_post_minutes=verdict.off_post_minutes,
                extra_minutes=verdict.extra_minutes,
                approved_extra_minutes=verdict.approved_extra_minutes,
                month_count=verdict.month_count,
                remarks=verdict.remarks,
            )
        )
    return rows


def rejudge(session: Session, *, agent_ids: Sequence[int], from_on: date, to_on: date, now: datetime) -> int:
    """Judge these people's shifts of these local dates again after something they rest on has changed.

    Called at the end of the change, in its transaction: a leave decided, a swap, a corrected punch, overtime, the roster.
    The days beside them too, since a reading past midnight belongs to the evening before. A shift that was judged keeps
    its rulebook. How many verdicts were written.
    """
    session.flush()
    book = rulebooks.in_force(session, on=now.date())
    book = rulebooks.in_force(session, on=WorkCalendar.from_rulebook(book).day_of(now))
    from_on, to_on = from_on - DAY, to_on + DAY
    return judge_days(
        session, from_on=from_on, to_on=to_on, book=book, now=now, agent_ids=sorted(set(agent_ids))
    )
