"""Who is rostered when; swaps, leave and conduct follow from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.demo.conduct import Conduct, Extra
from db.demo.leave import grant_leave
from db.demo.people import Person
from db.demo.stage import Stage, continue_numbering, insert_rows
from db.demo.swaps import Swaps
from db.models import Leave, OffPost, Punch, Shift
from regulations.lateness import span_of
from regulations.values import ShiftDefinition

_AHEAD_DAYS = 7  # the roster is known a week ahead
_CYCLE_DAYS, _RESTS = 27, frozenset({0, 7, 14, 21})


@dataclass(frozen=True)
class Hours:
    """A kind of shift of this department as local hours; above 24 is the next day."""

    code: str
    start: float
    end: float
    rest_start: float
    rest_end: float


# The demo department's own roster; a shift of the same code in the rulebook takes its hours from there.
_HOURS = {
    "early": Hours("early", 7.5, 16.5, 11.5, 12.5),
    "day": Hours("day", 9, 18, 12, 13),
    "late": Hours("late", 15, 24, 19, 20),
    "night": Hours("night", 22.5, 31.5, 27, 28),
}
# Who works what: agents of a team take these in turn, moving on by one each week, so that few go from late to early.
_TURNS = {
    "goods": ("late", "late", "late", "day", "day", "day", "day", "early", "early", "early"),
    "hospital": ("day",),
    "property": ("early", "early", "late", "late", "night", "night", "night"),
}


@dataclass
class Roster:
    """What the other parts need to know: who is at work when."""

    shifts: list[dict[str, Any]] = field(default_factory=list)
    by_day: dict[date, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[str, int] = field(default_factory=dict)
    extra: list[Extra] = field(default_factory=list)  # who stayed on after a shift
    forgotten: list[tuple[dict[str, Any], str, datetime]] = field(
        default_factory=list
    )  # readings that are missing
    attended: set[int] = field(default_factory=set)  # shifts to which somebody came
    fast_on: date | None = None  # the day on which a device's clock was ahead


def fill_roster(session: Session, stage: Stage, people: Sequence[Person]) -> Roster:
    """Thirteen months of shifts and what became of them, up to `now`. The verdicts come at the end (`requests`)."""
    roster = Roster()
    _draw_up_shifts(stage, people, roster)
    counts, shifts = roster.counts, roster.shifts
    counts["shifts"] = insert_rows(session, Shift, shifts)
    continue_numbering(session, [Shift])
    swaps = Swaps(session, stage, people, shifts)
    swaps.play()
    counts["swaps"] = swaps.count
    leave = grant_leave(stage, people, shifts, swaps.days)
    conduct = Conduct(stage, {p.id: p for p in people}, leave, shifts, swaps.failed)
    for shift in shifts:
        if shift["starts_at"] <= stage.now:
            conduct.work(shift)
    conduct.stage_the_board(shifts)
    conduct.come_in_on_rest_days(shifts)
    roster.extra = [extra for extra in conduct.extra.values() if extra.shift["id"] in conduct.punches]
    roster.forgotten = conduct.forgotten
    roster.attended = {shift_id for shift_id, punches in conduct.punches.items() if punches}
    roster.fast_on = _fast_day(stage)
    counts["leave"] = insert_rows(session, Leave, [row for rows in leave.values() for row in rows])
    counts["punches"] = insert_rows(session, Punch, conduct.punch_rows(roster.fast_on))
    counts["off_post"] = insert_rows(session, OffPost, conduct.off_post_rows())
    continue_numbering(session, [Leave, Punch, OffPost])
    return roster


def _fast_day(stage: Stage) -> date | None:
    """A day of last week on which a device's clock was ahead; None where the demo has none so long ago."""
    day = stage.today - timedelta(days=8)
    return day if day > stage.start else None


def _hours_of(stage: Stage) -> dict[str, Hours]:
    hours = dict(_HOURS)
    for definition in stage.book.shift_definitions():
        hours[definition.code] = _from_definition(definition, hours.get(definition.code))
    return hours


def _from_definition(definition: ShiftDefinition, ours: Hours | None) -> Hours:
    start = definition.start.hour + definition.start.minute / 60
    end = definition.end.hour + definition.end.minute / 60
    end = end if end > start else end + 24
    if definition.breaks:
        rest = definition.breaks[0]
        return Hours(
            definition.code,
            start,
            end,
            rest.start.hour + rest.start.minute / 60,
            rest.end.hour + rest.end.minute / 60,
        )
    # A rulebook that names no break leaves it to the department; keep ours while it lies inside the shift.
    rest_start, rest_end = (ours.rest_start, ours.rest_end) if ours else (start + 4, start + 5)
    return Hours(definition.code, start, end, rest_start, rest_end)


def _draw_up_shifts(stage: Stage, people: Sequence[Person], roster: Roster) -> None:
    hours, between = _hours_of(stage), span_of(stage.book, "shift.min_rest") or timedelta()
    ended: dict[int, datetime] = {}
    days = [*stage.days, *(stage.today + timedelta(days=i) for i in range(1, _AHEAD_DAYS + 1))]
    for day in days:
        week = day.toordinal() // 7
        is_holiday = stage.calendar.is_public_holiday(day)
        for person in people:
            if day < person.hired_on or _rests(person, day):
                continue
            if is_holiday and not _works_on_holiday(person, day):
                continue
            turns = _TURNS[person.team]
            kind = hours[turns[(person.place + week) % len(turns)]]
            starts_at, ends_at = stage.at(day, kind.start), stage.at(day, kind.end)
            if person.id in ended and starts_at - ended[person.id] < between:
                continue  # the turn changes: a day off between the two
            ended[person.id] = ends_at
            shift = {
                "id": len(roster.shifts) + 1,
                "agent_id": person.id,
                "work_on": day,
                "code": kind.code,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "breaks": [
                    {
                        "start": stage.at(day, kind.rest_start).isoformat(),
                        "end": stage.at(day, kind.rest_end).isoformat(),
                    }
                ],
                "post": {"goods": "热线", "hospital": "回访", "property": "前台"}[person.team],
            }
            roster.shifts.append(shift)
            roster.by_day[day].append(shift)


def _rests(person: Person, day: date) -> bool:
    """Six on, one off, and every fourth rest day a day earlier, so that it moves through the week (A1.5)."""
    return (day.toordinal() + person.place * 5) % _CYCLE_DAYS in _RESTS


def _works_on_holiday(person: Person, day: date) -> bool:
    # No hospital callbacks are made on public holidays; after-sales halves its staff; the property desk stays.
    if person.team == "goods":
        return (person.place + day.toordinal()) % 2 == 0
    return person.team == "property"
