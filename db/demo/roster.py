"""Who is rostered when, and who has leave."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from db.demo.conduct import Conduct
from db.demo.people import Person
from db.demo.stage import Stage, insert_rows, pick
from db.models import AttendanceDay, Leave, OffPost, Punch, Shift
from regulations.values import ShiftDefinition

_AHEAD_DAYS = 7  # the roster is known a week ahead


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
# Who works what: agents of a team take these in turn, moving on by one each week.
_TURNS = {
    "goods": ("early", "early", "early", "day", "day", "day", "day", "late", "late", "late"),
    "hospital": ("day",),
    "property": ("early", "early", "late", "late", "night", "night", "night"),
}
_LEAVE_WORDS = {
    "sick": ("感冒发烧，遵医嘱休息", "急性肠胃炎", "牙科治疗"),
    "personal": ("家中有事", "孩子家长会", "办理房产手续", "陪家人就医"),
    "official": ("参加集团服务礼仪培训", "参加消费者协会座谈"),
    "emergency": ("孩子突发高烧急诊",),
    "marriage": ("婚假",),
}


@dataclass
class Roster:
    """What the other parts need to know: who is at work when."""

    shifts: list[dict[str, Any]] = field(default_factory=list)
    by_day: dict[date, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    counts: dict[str, int] = field(default_factory=dict)


def fill_roster(session: Session, stage: Stage, people: Sequence[Person]) -> Roster:
    """Thirteen months of shifts and what became of them, up to `now`."""
    roster = Roster()
    _draw_up_shifts(stage, people, roster)
    leave = _grant_leave(stage, people, roster)
    conduct = Conduct(stage, {p.id: p for p in people}, leave, roster.shifts)
    for shift in roster.shifts:
        if shift["starts_at"] <= stage.now:
            conduct.work(shift)
    conduct.stage_the_board(roster.shifts)
    counts = roster.counts
    counts["shifts"] = insert_rows(session, Shift, roster.shifts)
    counts["leave"] = insert_rows(session, Leave, [row for rows in leave.values() for row in rows])
    counts["punches"] = insert_rows(session, Punch, conduct.punch_rows())
    counts["off_post"] = insert_rows(session, OffPost, conduct.off_post_rows())
    counts["attendance_days"] = insert_rows(session, AttendanceDay, conduct.verdicts(roster.shifts))
    return roster


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
    hours = _hours_of(stage)
    days = [*stage.days, *(stage.today + timedelta(days=i) for i in range(1, _AHEAD_DAYS + 1))]
    for day in days:
        week = day.toordinal() // 7
        is_holiday = stage.calendar.is_public_holiday(day)
        for person in people:
            if day < person.hired_on or day.weekday() == (person.place + week) % 7:
                continue  # one rest day in the week, moving on by one
            if is_holiday and not _works_on_holiday(person, day):
                continue
            turns = _TURNS[person.team]
            kind = hours[turns[(person.place + week) % len(turns)]]
            shift = {
                "id": len(roster.shifts) + 1,
                "agent_id": person.id,
                "work_on": day,
                "code": kind.code,
                "starts_at": stage.at(day, kind.start),
                "ends_at": stage.at(day, kind.end),
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


def _works_on_holiday(person: Person, day: date) -> bool:
    # No hospital callbacks are made on public holidays; after-sales halves its staff; the property desk stays.
    if person.team == "goods":
        return (person.place + day.toordinal()) % 2 == 0
    return person.team == "property"


def _grant_leave(stage: Stage, people: Sequence[Person], roster: Roster) -> dict[int, list[dict[str, Any]]]:
    dice = stage.dice("leave")
    shifts_of: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for shift in roster.shifts:
        shifts_of[shift["agent_id"]].append(shift)
    names = {p.id: p.name for p in people}
    granted: dict[int, list[dict[str, Any]]] = defaultdict(list)
    leave_id = 0
    for agent_id, shifts in shifts_of.items():
        at = 0
        while at < len(shifts):
            if dice.random() >= 0.016:
                at += 1
                continue
            kind = pick(dice, {"sick": 4, "personal": 5, "official": 2, "emergency": 1, "marriage": 0.15})
            length = {"marriage": 3}.get(kind, dice.choice((1, 1, 1, 2)))
            last = shifts[min(at + length, len(shifts)) - 1]
            starts_at, ends_at = shifts[at]["starts_at"], last["ends_at"]
            if ends_at - starts_at > timedelta(days=6):
                at += 1
                continue
            filed_at = starts_at - timedelta(
                hours=dice.uniform(1.2, 4) if kind == "emergency" else dice.uniform(20, 90)
            )
            if filed_at > stage.now:
                break
            status = "refused" if kind == "personal" and dice.random() < 0.08 else "approved"
            if starts_at > stage.now and stage.now - filed_at < timedelta(hours=18):
                status = "requested"
            leave_id += 1
            granted[agent_id].append(
                {
                    "id": leave_id,
                    "agent_id": agent_id,
                    "type": kind,
                    "starts_at": starts_at,
                    "ends_at": ends_at,
                    "filed_at": filed_at,
                    "filed_by": names[agent_id],
                    "status": status,
                    "approver": "" if status == "requested" else ("秦岚" if length > 3 else "罗文静"),
                    "has_certificate": kind in ("sick", "emergency") and dice.random() < 0.8,
                    "reason": dice.choice(_LEAVE_WORDS[kind]),
                }
            )
            at += length
    return granted
