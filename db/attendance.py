"""Attendance: the verdict on every shift, and today's board.

A verdict is always re-derivable from shift, punches, leave and time off the post; it is kept so that
lists and figures need not derive it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session, contains_eager

from db import rulebooks
from db.attendance_facts import Facts, RosterEntry, roster_entry
from db.models import Agent, AttendanceDay, Shift
from db.visibility import within
from regulations import attendance as rules
from regulations.access import Scope
from regulations.rulebook import Rulebook
from regulations.verdict import Step

BATCH = 500  # rows of one INSERT or UPDATE


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
    facts = Facts.gather(session, on, on, [shift.agent_id for shift in shifts])
    rows = []
    for shift in shifts:
        verdict = facts.judge(roster_entry(shift), book, now)
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
            )
        )
    return rows


def judge_days(
    session: Session,
    *,
    from_on: date,
    to_on: date,
    book: Rulebook,
    now: datetime,
    agent_ids: Sequence[int] | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> int:
    """Judge every shift of these local dates that has begun, and keep the verdicts; how many were written.

    A shift already judged keeps the rulebook it was judged under; `book` is for the others. A verdict that
    has not changed is not written again. Facts are read once for the whole range, not once per day.
    """
    facts = Facts.gather(session, from_on, to_on, agent_ids)
    kept = _kept_verdicts(session, from_on, to_on, agent_ids)
    made: list[dict[str, Any]] = []
    changed: list[dict[str, Any]] = []
    entries = [entry for entry in facts.roster if from_on <= entry.work_on <= to_on]
    for done, entry in enumerate(entries):
        before = kept.get(entry.id)
        rules_of_then = book if before is None else rulebooks.made_under(session, before["version"], book)
        if entry.starts_at > now and before is None:
            continue
        values = _values(entry, facts.judge(entry, rules_of_then, now), rules_of_then.version, now)
        if before is None:
            made.append(values)
        elif any(values[name] != before[name] for name in _COMPARED):
            changed.append({"id": before["id"], **values})
        if on_progress is not None and done % BATCH == 0:
            on_progress(done / len(entries))
    for start in range(0, len(made), BATCH):
        session.execute(insert(AttendanceDay), made[start : start + BATCH])
    for start in range(0, len(changed), BATCH):
        session.execute(update(AttendanceDay), changed[start : start + BATCH])
    return len(made) + len(changed)


_COMPARED = (
    "class_",
    "late_minutes",
    "early_minutes",
    "worked_minutes",
    "first_in_at",
    "last_out_at",
    "work_on",
    "agent_id",
    "steps",
)


def _kept_verdicts(
    session: Session, from_on: date, to_on: date, agent_ids: Sequence[int] | None
) -> dict[int, dict[str, Any]]:
    day = AttendanceDay
    query = select(
        day.id,
        day.shift_id,
        day.rulebook_version.label("version"),
        day.class_.label("class_"),
        *(getattr(day, name) for name in _COMPARED if name != "class_"),
    ).where(day.shift_id.in_(select(Shift.id).where(Shift.work_on >= from_on, Shift.work_on <= to_on)))
    if agent_ids is not None:
        query = query.where(day.agent_id.in_(agent_ids))
    return {row["shift_id"]: dict(row) for row in session.execute(query).mappings()}


def _values(entry: RosterEntry, verdict: rules.DayVerdict, version: str, now: datetime) -> dict[str, Any]:
    return {
        "shift_id": entry.id,
        "agent_id": entry.agent_id,
        "work_on": entry.work_on,
        "class_": verdict.class_,
        "late_minutes": verdict.late_minutes,
        "early_minutes": verdict.early_minutes,
        "worked_minutes": verdict.worked_minutes,
        "first_in_at": verdict.first_in_at,
        "last_out_at": verdict.last_out_at,
        "clauses": list(verdict.clauses),
        "steps": [step.as_record() for step in verdict.steps],
        "rulebook_version": version,
        "judged_at": now,
    }
