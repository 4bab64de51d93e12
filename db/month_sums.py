"""What a month of attendance adds up to, read without its shifts: as many rows as there are kinds of days."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import Text, cast, func, select
from sqlalchemy.orm import Session

from db.models import Agent, AttendanceDay, AttendanceMonth, AttendanceMonthRow, Shift
from db.month_reads import fixed_elsewhere
from db.month_rest import rest_days_of
from db.visibility import within
from regulations.access import Scope
from regulations.attendance_totals import EVERYDAY, Totals, added, missed_classes, total, total_of_kinds
from regulations.rulebook import Rulebook

_NONE_THAT_COUNT = ("[]", *(json.dumps([code]) for code in sorted(EVERYDAY)))  # as the column holds them


def fixed_sums(session: Session, scope: Scope, first: date, team_ids: Iterable[int]) -> dict[int, Totals]:
    """What each fixed team added up to when it was fixed, of the people in scope."""
    query = (
        select(AttendanceMonth.team_id, AttendanceMonthRow.agent_id, AttendanceMonthRow.totals)
        .join(AttendanceMonthRow, AttendanceMonthRow.month_id == AttendanceMonth.id)
        .where(AttendanceMonth.month == first, AttendanceMonth.team_id.in_(list(team_ids)))
    )
    found: dict[int, list[Totals]] = defaultdict(list)
    for team_id, agent_id, totals in session.execute(query):
        found[team_id] += []
        if scope.agent_id is None or agent_id == scope.agent_id:
            found[team_id].append(Totals.from_record(totals))
    return {team_id: added(parts) for team_id, parts in found.items()}


def live_sums(
    session: Session,
    scope: Scope,
    first: date,
    last: date,
    team_ids: Sequence[int],
    now: datetime,
    book: Rulebook,
) -> Totals:
    """What the verdicts of these teams add up to as they stand now, with the days worked without a shift."""
    missed = missed_classes(book)
    if not team_ids:
        return added(())
    elsewhere = fixed_elsewhere(session, first, None)
    people = [Agent.team_id.in_(team_ids), *within(scope, team=Agent.team_id, agent=Agent.id)]
    if elsewhere:
        people.append(Agent.id.not_in(elsewhere))
    is_over = Shift.ends_at <= now
    has_remarks = cast(AttendanceDay.remarks, Text).not_in(_NONE_THAT_COUNT)
    kind = (
        AttendanceDay.class_,
        is_over,
        AttendanceDay.late_minutes,
        AttendanceDay.early_minutes,
        AttendanceDay.extra_minutes,
        AttendanceDay.approved_extra_minutes,
        has_remarks,
    )
    rows = session.execute(
        select(*kind, func.count())
        .join(Shift, Shift.id == AttendanceDay.shift_id)
        .join(Agent, Agent.id == AttendanceDay.agent_id)
        .where(AttendanceDay.work_on.between(first, last), *people)
        .group_by(*kind)
    )
    kinds = (((row[0], bool(row[1]), *row[2:6], bool(row[6])), row[7]) for row in rows)
    of_shifts = total_of_kinds(kinds, missed)
    rest, _words = rest_days_of(session, people, first, last, book, now)
    of_rest = total((day.fact for _person, days in rest.values() for day in days), missed)
    return added([of_shifts, of_rest])
