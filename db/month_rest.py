"""Days of a month worked without a shift, as days of the month: beside the shifts, in totals of their own (A1.5, E3.14)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from db.attendance_detail import Reading
from db.models import Agent, Punch
from db.month_days import MonthDay
from db.month_reads import Live, live_of_teams
from db.rest_days import RestDay, find_rest_days
from db.visibility import within
from regulations.access import Scope
from regulations.attendance_totals import REST, DayFact, rest_day_id
from regulations.rulebook import Rulebook
from regulations.verdict import Step
from regulations.worktime import WorkCalendar

_NEAR = timedelta(minutes=5)  # doubled readings at its beginning and its end
Words = dict[int, list[dict[str, Any]]]  # by number of the day: the steps as they are kept


@dataclass(frozen=True, slots=True)
class RestDetail:
    """One day without a shift as it can be checked: how it is counted now, in words, and the readings it rests on."""

    day: MonthDay
    steps: tuple[Step, ...]
    readings: tuple[Reading, ...]


def days_of_teams(
    session: Session,
    scope: Scope,
    first: date,
    last: date,
    team_ids: Sequence[int],
    without: set[int],
    now: datetime,
    book: Rulebook,
) -> tuple[dict[int, Live], Words]:
    """Shifts with their verdicts as they stand now and the days without one, by team and agent.

    `without` are people who stand in another team's fixed month. The words are those of the days without a shift.
    """
    found: dict[int, Live] = live_of_teams(session, scope, first, last, team_ids, without, now)
    if not team_ids:
        return found, {}
    of_teams = [Agent.team_id.in_(team_ids), *within(scope, team=Agent.team_id, agent=Agent.id)]
    rest, words = rest_days_of(session, of_teams, first, last, book, now)
    by_team: dict[int, Live] = defaultdict(dict)
    for agent_id, (person, days) in rest.items():
        if agent_id not in without:
            by_team[person[2]][agent_id] = (person, days)
    return {
        **found,
        **{id_: with_rest_days(found.get(id_, {}), more) for id_, more in by_team.items()},
    }, words


def rest_days_of(
    session: Session,
    people: Sequence[ColumnElement[bool]],
    first: date,
    last: date,
    book: Rulebook,
    now: datetime,
) -> tuple[Live, Words]:
    """Which of the people (conditions on Agent) were there without a shift between two local dates, both included.

    The days of each, and their reasoning. Whoever calls has asked who may see them.

    Somebody who has only clocked in is not over yet on that day itself; afterwards he counts as there with no minutes.
    """
    today = WorkCalendar.from_rulebook(book).day_of(now)
    found: Live = {}
    words: Words = {}
    seen: dict[tuple[int, date], int] = defaultdict(int)
    days = find_rest_days(session, people, from_on=first, to_on=last, book=book, now=now)
    for one in sorted(days, key=lambda day: (day.agent.number, day.on, _begins(day) or now)):
        if _begins(one) is None:
            continue  # its readings lie ahead
        nth = seen[one.agent.id, one.on]
        seen[one.agent.id, one.on] += 1
        day = _month_day(one, rest_day_id(one.agent.id, one.on, nth), today, book)
        person = (one.agent.number, one.agent.name, one.agent.team_id)
        found.setdefault(one.agent.id, (person, []))[1].append(day)
        words[day.fact.shift_id] = [step.as_record() for step in one.verdict.steps]
    return found, words


def rest_of_day(
    session: Session, agent_id: int, on: date, book: Rulebook, now: datetime
) -> tuple[RestDetail, ...]:
    """What one person worked on a local date without a shift; whoever calls has asked whether he may see it."""
    live, words = rest_days_of(session, [Agent.id == agent_id], on, on, book, now)
    found = []
    for _person, days in live.values():
        for day in days:
            steps = tuple(Step.from_record(record) for record in words[day.fact.shift_id])
            found.append(RestDetail(day, steps, _readings(session, agent_id, day)))
    return tuple(found)


def _readings(session: Session, agent_id: int, day: MonthDay) -> tuple[Reading, ...]:
    """Every reading of that time, also those that were put right."""
    rows = session.scalars(
        select(Punch)
        .where(Punch.agent_id == agent_id, Punch.at.between(day.starts_at - _NEAR, day.ends_at + _NEAR))
        .order_by(Punch.at, Punch.id)
    ).all()
    ids = [row.id for row in rows]
    replaced = set(session.scalars(select(Punch.corrects_id).where(Punch.corrects_id.in_(ids))))
    return tuple(
        Reading(
            row.id,
            row.at,
            row.kind,
            row.device,
            row.source,
            row.recorded_at,
            row.recorded_by,
            row.id in replaced,
        )
        for row in rows
    )


def with_rest_days(live: Live, rest: Live) -> Live:
    """Both together, by staff number, everybody's days in order."""
    everybody = {**rest, **live}
    return {
        agent_id: (
            everybody[agent_id][0],
            sorted(
                [day for part in (live, rest) if agent_id in part for day in part[agent_id][1]],
                key=lambda day: (day.fact.work_on, day.starts_at),
            )
            if agent_id in rest
            else everybody[agent_id][1],
        )
        for agent_id in sorted(everybody, key=lambda id_: everybody[id_][0][0])
    }


def _begins(day: RestDay) -> datetime | None:
    return day.verdict.first_in_at or day.verdict.last_out_at


def _month_day(one: RestDay, number: int, today: date, book: Rulebook) -> MonthDay:
    verdict = one.verdict
    begins, ends = _begins(one), verdict.last_out_at or verdict.first_in_at
    assert begins is not None and ends is not None
    fact = DayFact(
        shift_id=number,
        work_on=one.on,
        class_=REST,
        is_over=verdict.last_out_at is not None or one.on < today,
        extra_minutes=verdict.extra_minutes,
        approved_extra_minutes=verdict.approved_extra_minutes,
        remarks=tuple(verdict.remarks),
    )
    return MonthDay(
        fact,
        "",
        begins,
        ends,
        verdict.first_in_at,
        verdict.last_out_at,
        tuple(verdict.clauses),
        book.version,
    )
