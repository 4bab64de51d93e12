"""Fixing a team's month of attendance: what has to be settled before, and what is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db import audit, rulebooks
from db.accounts import display_name
from db.attendance import judge_days, words_of
from db.engine import take_write_lock
from db.models import (
    AttendanceDay,
    AttendanceMonth,
    AttendanceMonthRow,
    Leave,
    Overtime,
    PunchCorrection,
    Shift,
    SwapRequest,
    Team,
)
from db.month_reads import agents_of, fixed_elsewhere, locks_of, month_bounds, people_of
from db.month_rest import days_of_teams
from db.refusals import Refused, StaleCase
from db.visibility import NOT_YOURS, demand
from regulations.access import AccessRefused, Scope
from regulations.attendance_totals import added, missed_classes
from regulations.rulebook import Rulebook
from regulations.wording import instant_text
from regulations.worktime import WorkCalendar

_LONGEST_NOTE = 2000
_BATCH = 5000  # verdicts worded at once
_DAY = timedelta(days=1)


def lock_month(
    session: Session,
    scope: Scope,
    *,
    team_id: int,
    month: str,
    note: str,
    now: datetime,
    book: Rulebook | None = None,
) -> AttendanceMonth:
    """Fix a team's month as it stands now: every person's totals and days with their reasoning. There is no way back.

    Everything is judged once more first. The caller commits. Raises AccessRefused without attendance.lock or for a
    team out of scope, StaleCase when it was fixed already, Refused for a month that runs, that has shifts without
    a verdict, requests that nobody decided (it says how many), or nothing to fix.
    """
    demand(scope, "attendance.lock")
    first, last = _asked_bounds(month)
    take_write_lock(session.connection())
    team = session.get(Team, team_id, with_for_update=True)
    if team is None or not scope.sees_team(team_id):
        raise AccessRefused(NOT_YOURS)
    book = book or rulebooks.in_force(session)
    zone = WorkCalendar.from_rulebook(book).timezone
    _refuse_fixed(session, team, first, book)
    if now.astimezone(zone).date() <= last:
        raise Refused(
            f"{month} 尚未结束，{last.isoformat()} 过后才能锁定。",
            f"{month} is not over: it can be fixed after {last.isoformat()}",
        )
    agents = agents_of(session, team_id, fixed_elsewhere(session, first, team_id))
    judge_days(session, from_on=first, to_on=last, book=book, now=now, agent_ids=agents)
    _refuse_unfinished(session, agents, first, last, now)
    _refuse_undecided(count_undecided(session, agents, month, book))
    missed = missed_classes(book)
    elsewhere = fixed_elsewhere(session, first, team_id)
    days, rest_words = days_of_teams(session, scope, first, last, [team_id], elsewhere, now, book)
    people = people_of(days.get(team_id, {}), missed)
    if not people:
        raise Refused(
            f"{team.name} {month} 没有已判定的班次，没有可锁定的数字。",
            f"{team.name} has no judged shift in {month}: there is nothing to fix",
        )
    numbers = [day.fact.shift_id for person in people for day in person.days]
    steps = _steps_of(session, [n for n in numbers if n not in rest_words], book)
    row = AttendanceMonth(
        team_id=team_id,
        team=team,
        month=first,
        locked_by=scope.actor,
        locked_at=now,
        note=note.replace("\x00", "").strip()[:_LONGEST_NOTE],
        rulebook_version=book.version,
        rows=[
            AttendanceMonthRow(
                agent_id=person.agent_id,
                totals=person.totals.as_record(),
                days=[
                    {
                        **day.as_record(),
                        "steps": steps.get((day.fact.shift_id, person.agent_id))
                        or rest_words.get(day.fact.shift_id, []),
                    }
                    for day in person.days
                ],
            )
            for person in people
        ],
    )
    session.add(row)
    session.flush()
    sums = added(person.totals for person in people).as_record()
    detail = {"team": team.name, "people": len(people), "totals": sums, "rulebook": book.version}
    audit.record(session, scope, "attendance.month_locked", "month", f"{month} {team.code}", detail, at=now)
    return row


def count_undecided(session: Session, agent_ids: Sequence[int], month: str, book: Rulebook) -> dict[str, int]:
    """Requests of these people for days of the month that nobody has decided: {"leave": 1, …}, without zeros."""
    first, last = month_bounds(month)
    work = WorkCalendar.from_rulebook(book)
    begin, end = work.start_of_day(first), work.start_of_day(last + _DAY)
    asked = {
        "leave": select(func.count(Leave.id)).where(
            Leave.agent_id.in_(agent_ids),
            Leave.status == "requested",
            Leave.starts_at < end,
            Leave.ends_at > begin,
        ),
        "swap": select(func.count(SwapRequest.id)).where(
            SwapRequest.requester_id.in_(agent_ids) | SwapRequest.partner_id.in_(agent_ids),
            SwapRequest.state == "requested",
            SwapRequest.swap_on.between(first, last) | SwapRequest.payback_on.between(first, last),
        ),
        "correction": select(func.count(PunchCorrection.id)).where(
            PunchCorrection.agent_id.in_(agent_ids),
            PunchCorrection.state == "requested",
            PunchCorrection.work_on.between(first, last),
        ),
        "overtime": select(func.count(Overtime.id)).where(
            Overtime.agent_id.in_(agent_ids),
            Overtime.state == "requested",
            Overtime.work_on.between(first, last),
        ),
    }
    counts = {kind: session.scalar(query) or 0 for kind, query in asked.items()}
    return {kind: n for kind, n in counts.items() if n}


def count_waiting(session: Session, scope: Scope, team_id: int, month: str, book: Rulebook) -> dict[str, int]:
    """What stands in the way of fixing a team's month, as `count_undecided` tells it.

    Raises AccessRefused without attendance.lock or for a team out of scope, ValueError for no month.
    """
    demand(scope, "attendance.lock")
    if not scope.sees_team(team_id):
        raise AccessRefused(NOT_YOURS)
    first, _last = month_bounds(month)
    agents = agents_of(session, team_id, fixed_elsewhere(session, first, team_id))
    return count_undecided(session, agents, month, book)


_REQUESTS = {
    "leave": ("请假", "leave"),
    "swap": ("换班", "swaps"),
    "correction": ("补卡", "corrections"),
    "overtime": ("加班", "overtime"),
}


def _refuse_undecided(counts: Mapping[str, int]) -> None:
    if not counts:
        return
    n = sum(counts.values())
    zh = "、".join(f"{_REQUESTS[kind][0]} {count}" for kind, count in counts.items())
    en = ", ".join(f"{_REQUESTS[kind][1]} {count}" for kind, count in counts.items())
    raise Refused(
        f"还有 {n} 项申请未审批（{zh}），请先审批再锁定。",
        f"{n} requests are not decided yet ({en}): decide them, then fix the month",
    )


def _asked_bounds(month: str) -> tuple[date, date]:
    try:
        return month_bounds(month)
    except ValueError:
        raise Refused("月份应写成 2026-10 这样。", "write the month like 2026-10") from None


def _refuse_fixed(session: Session, team: Team, first: date, book: Rulebook) -> None:
    kept = locks_of(session, first, [team.id]).get(team.id)
    if kept is None:
        return
    at = instant_text(kept.locked_at, WorkCalendar.from_rulebook(book).timezone)
    who = display_name(session, kept.locked_by)
    raise StaleCase(
        f"{team.name} {first:%Y-%m} 已由 {who} 于 {at} 锁定。",
        f"{team.name} {first:%Y-%m} was fixed by {who} at {at}",
    )


def _refuse_unfinished(
    session: Session, agents: Iterable[int], first: date, last: date, now: datetime
) -> None:
    unfinished = session.scalar(
        select(func.count(Shift.id))
        .outerjoin(
            AttendanceDay, (AttendanceDay.shift_id == Shift.id) & (AttendanceDay.agent_id == Shift.agent_id)
        )
        .where(
            Shift.agent_id.in_(list(agents)),
            Shift.work_on.between(first, last),
            (Shift.ends_at > now) | AttendanceDay.id.is_(None) | (AttendanceDay.class_ == "pending"),
        )
    )
    if unfinished:
        raise Refused(
            f"还有 {unfinished} 个班次未结束、仍可能补到下班打卡或请假待批，请稍后再锁定。",
            f"{unfinished} shifts are not over, may still get their clock-out, or wait for leave to be decided: fix the"
            " month a little later",
        )


def _steps_of(session: Session, shift_ids: Sequence[int], book: Rulebook) -> dict[tuple[int, int], list[Any]]:
    """The reasoning of every verdict by shift and person, also of days like any other, which keep none of their own."""
    found: dict[tuple[int, int], list[Any]] = {}
    for start in range(0, len(shift_ids), _BATCH):
        some = shift_ids[start : start + _BATCH]
        days = session.scalars(
            select(AttendanceDay)
            .where(AttendanceDay.shift_id.in_(some))
            .execution_options(populate_existing=True)  # judged in bulk a moment ago
        ).all()
        found.update(words_of(session, days, book))
    return found
