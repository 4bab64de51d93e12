"""Attendance as rows of a spreadsheet: a row a shift, and a row a person and month.

What somebody was on leave for is not in them: leave is leave, whoever exports it.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager

from db import attendance_months, rulebooks
from db.accounts import display_name
from db.models import Agent, AttendanceDay, Shift
from db.visibility import within
from regulations.access import Scope
from regulations.attendance_totals import MEASURES
from regulations.attendance_verdict import class_label
from regulations.names import NAMES, name_of

DAY_TITLES: tuple[tuple[str, str], ...] = (
    ("日期", "Date"),
    ("工号", "Staff number"),
    ("姓名", "Name"),
    ("班组", "Team"),
    ("班次", "Shift"),
    ("开班", "Shift begins"),
    ("下班", "Shift ends"),
    ("结论", "Verdict"),
    ("迟到分钟", "Late, min"),
    ("早退分钟", "Early, min"),
    ("在岗分钟", "Worked, min"),
    ("离岗分钟", "Off the post, min"),
    ("已批延时分钟", "Approved extra, min"),
    ("未批延时分钟", "Unapproved extra, min"),
    ("本月第几次迟到", "Which lateness of the month"),
    ("上班打卡", "Clocked in"),
    ("下班打卡", "Clocked out"),
    ("备注", "Remarks"),
    ("条款", "Clauses"),
)

MONTH_TITLES: tuple[tuple[str, str], ...] = (
    ("月份", "Month"),
    ("工号", "Staff number"),
    ("姓名", "Name"),
    ("班组", "Team"),
    *(NAMES["attendance_total"][code] for code in MEASURES),
    ("锁定人", "Fixed by"),
    ("锁定时间", "Fixed at"),
)


def day_rows(
    session: Session,
    scope: Scope,
    from_on: date,
    to_on: date,
    now: datetime,
    team_id: int | None,
    lang: str,
) -> list[tuple[Any, ...]]:
    """The judged shifts of the days in scope, by day and staff number."""
    query = (
        select(AttendanceDay)
        .join(AttendanceDay.agent)
        .join(AttendanceDay.shift)
        .options(contains_eager(AttendanceDay.agent), contains_eager(AttendanceDay.shift))
        .where(
            AttendanceDay.work_on.between(from_on, to_on),
            *within(scope, team=Agent.team_id, agent=AttendanceDay.agent_id),
        )
        .order_by(AttendanceDay.work_on, Agent.number, Shift.starts_at, AttendanceDay.id)
    )
    if team_id is not None:
        query = query.where(Agent.team_id == team_id)
    book = rulebooks.in_force(session)
    named: dict[
        tuple[str, str], str
    ] = {}  # by class and rulebook: what is severe has the name its rulebook gives it
    rows = []
    for day in session.scalars(query):
        key = (day.class_, day.rulebook_version)
        if key not in named:
            then = rulebooks.made_under(session, day.rulebook_version, book)
            label = (
                class_label(day.class_, then, "en" if lang == "en" else "zh")
                if day.class_ == "severe"
                else ""
            )
            named[key] = label or name_of("attendance_class", day.class_, lang)
        rows.append(_day_row(day, named[key], lang))
    return rows


def _day_row(day: AttendanceDay, verdict: str, lang: str) -> tuple[Any, ...]:
    approved = min(day.approved_extra_minutes, day.extra_minutes)
    return (
        day.work_on,
        day.agent.number,
        day.agent.name,
        day.agent.team.name,
        day.shift.code,
        day.shift.starts_at,
        day.shift.ends_at,
        verdict,
        day.late_minutes,
        day.early_minutes,
        day.worked_minutes,
        day.off_post_minutes,
        approved,
        day.extra_minutes - approved,
        day.month_count or None,
        day.first_in_at,
        day.last_out_at,
        ("; " if lang == "en" else "；").join(name_of("attendance_remark", one, lang) for one in day.remarks),
        " ".join(day.clauses),
    )


def month_rows(
    session: Session,
    scope: Scope,
    from_on: date,
    to_on: date,
    now: datetime,
    team_id: int | None,
    lang: str,
) -> list[tuple[Any, ...]]:
    """Everybody's totals of each whole month that the days touch; a fixed month as it was fixed."""
    rows: list[tuple[Any, ...]] = []
    first = from_on.replace(day=1)
    while first <= to_on:
        found = attendance_months.totals(session, scope, f"{first:%Y-%m}", team_id, now=now)
        for team in found.teams:
            fixed = (display_name(session, team.fixed.by), team.fixed.at) if team.fixed else ("", None)
            rows += [
                (
                    found.month,
                    who.number,
                    who.name,
                    team.name,
                    *(who.totals[code] for code in MEASURES),
                    *fixed,
                )
                for who in team.people
            ]
        first = (first + timedelta(days=31)).replace(day=1)
    return rows
