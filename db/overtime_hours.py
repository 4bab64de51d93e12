"""Hours beyond the roster: those nobody approved, by person, and the time off that approved ones earn once worked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from db import leave_account, rulebooks
from db.engine import take_write_lock
from db.models import Agent, AttendanceDay, LeaveEntry, Overtime, Punch
from db.refusals import Refused
from db.rest_days import list_rest_days
from db.visibility import NOT_YOURS, within
from regulations import overtime_hours as rules
from regulations.access import AccessRefused, Scope
from regulations.lateness import span_of
from regulations.rulebook import Rulebook
from regulations.verdict import Step

_BEFORE = timedelta(hours=24)  # the clock-in before overtime that goes on from a shift
_LOOK_BACK = timedelta(days=62)  # clock readings arrive late, but not later than two months


@dataclass(frozen=True, slots=True)
class UnapprovedDay:
    """A day on which somebody was there beyond his roster without approved overtime for all of it. Minutes are whole.

    `day_id` is the day's verdict, 0 for a rest day: it has no shift, so all of it is beyond the roster.
    """

    day_id: int
    work_on: date
    extra_minutes: int
    approved_minutes: int
    minutes: int
    left_at: datetime | None
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class UnapprovedPerson:
    """What one person stayed without approval, the longest day first. `minutes` is the sum of its days."""

    agent: Agent
    minutes: int
    days: tuple[UnapprovedDay, ...]


def unapproved(
    session: Session,
    scope: Scope,
    from_on: date,
    to_on: date,
    *,
    team_id: int | None = None,
    book: Rulebook | None = None,
    now: datetime | None = None,
) -> list[UnapprovedPerson]:
    """Who was there beyond his roster without approval on these local dates, both included; most minutes first.

    Read from the days' verdicts, each under the rulebook it was judged under: time beyond the shift from
    `overtime.counts_from` on, without the late shift that goes on by itself (A1.6); and from the rest days that were
    worked, as known at `now` (None: the present). Raises AccessRefused.
    """
    demand_view(scope)
    book, now = book or rulebooks.in_force(session), now or datetime.now(UTC)
    query = (
        select(AttendanceDay)
        .join(AttendanceDay.agent)
        .options(contains_eager(AttendanceDay.agent))
        .where(
            AttendanceDay.work_on >= from_on,
            AttendanceDay.work_on <= to_on,
            AttendanceDay.extra_minutes > AttendanceDay.approved_extra_minutes,
            *within(scope, team=Agent.team_id, agent=AttendanceDay.agent_id),
        )
    )
    if team_id is not None:
        query = query.where(Agent.team_id == team_id)
    days: dict[int, list[UnapprovedDay]] = defaultdict(list)
    people: dict[int, Agent] = {}
    for row in session.scalars(query):
        of_then = rulebooks.made_under(session, row.rulebook_version, book)
        found = rules.uncovered(row.extra_minutes, row.approved_extra_minutes, of_then)
        if found.minutes:
            people[row.agent_id] = row.agent
            days[row.agent_id].append(
                UnapprovedDay(
                    row.id,
                    row.work_on,
                    found.extra_minutes,
                    found.approved_minutes,
                    found.minutes,
                    row.last_out_at,
                    found.steps,
                )
            )
    for rest in list_rest_days(
        session, scope, from_on=from_on, to_on=to_on, book=book, now=now, team_id=team_id
    ):
        worked = rest.verdict
        found = rules.uncovered(worked.extra_minutes, worked.approved_extra_minutes, book)
        if "unapproved_extra" in worked.remarks and found.minutes:
            people[rest.agent.id] = rest.agent
            days[rest.agent.id].append(
                UnapprovedDay(
                    0,
                    rest.on,
                    found.extra_minutes,
                    found.approved_minutes,
                    found.minutes,
                    worked.last_out_at,
                    tuple(worked.steps),
                )
            )
    persons = [
        UnapprovedPerson(
            people[agent_id],
            sum(day.minutes for day in of_person),
            tuple(sorted(of_person, key=lambda day: (-day.minutes, day.work_on))),
        )
        for agent_id, of_person in days.items()
    ]
    return sorted(persons, key=lambda person: (-person.minutes, person.agent.number))


def grant_worked(session: Session, book: Rulebook, now: datetime) -> int:
    """Put approved overtime that is to be given back as time off on the account once it was worked; how many were.

    What counts is the time between clock-in and clock-out within the approved hours, under the rulebook the request was
    made under. A request waits until its clock-out is there. Called by the worker; it may run again at any time: each request
    is granted once.
    """
    take_write_lock(session.connection())
    granted = select(LeaveEntry.overtime_id).where(LeaveEntry.overtime_id.is_not(None))
    waiting = session.scalars(
        select(Overtime)
        .where(
            Overtime.state == "approved",
            Overtime.compensation == "time_off",
            Overtime.ends_at <= now,
            Overtime.ends_at >= now - _LOOK_BACK,
            Overtime.id.not_in(granted),
        )
        .order_by(Overtime.id)
        .with_for_update(of=Overtime, skip_locked=True)
    ).all()
    count = 0
    for row in waiting:
        minutes = _worked(session, row, book, now)
        if not minutes:
            continue
        of_then = rulebooks.made_under(session, row.rulebook_version, book)
        try:
            leave_account.grant_time_off(session, row, rules.hours_of(minutes), of_then, now)
        except Refused:  # the rulebook turns no hours into days: nothing to put on the account
            continue
        count += 1
    return count


def _worked(session: Session, row: Overtime, book: Rulebook, now: datetime) -> int:
    """Minutes of the approved time that were worked; 0 while the clock-out may still come."""
    search = span_of(book, "attendance.punch_search") or timedelta()
    replaced = select(Punch.corrects_id).where(Punch.corrects_id.is_not(None))
    readings = session.execute(
        select(Punch.at, Punch.kind).where(
            Punch.agent_id == row.agent_id,
            Punch.at >= row.starts_at - _BEFORE,
            Punch.at <= min(row.ends_at + search, now),
            Punch.id.not_in(replaced),
        )
    ).all()
    if not any(kind == "out" and at >= row.ends_at for at, kind in readings) and now < row.ends_at + search:
        return 0
    present = rules.stays((at, kind) for at, kind in readings)
    return rules.worked_minutes((row.starts_at, row.ends_at), present)


def demand_view(scope: Scope) -> None:
    """Raises AccessRefused for a role that sees nobody's requests, its own neither."""
    if not scope.may("requests.view") and not scope.may("own.view"):
        raise AccessRefused(NOT_YOURS)
