"""A week of the roster as plain values: the grid of people and days, what is wrong with it, how the posts are covered."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

import pandas as pd
import streamlit as st

from dashboard.charts_roster import SIGNS
from dashboard.filters import parse_day
from dashboard.formats import NOTHING
from dashboard.i18n import N_, _, lang, listed, name
from dashboard.reads import TTL_SECONDS, minute, open_session, rulebook, today, work_calendar
from db import roster
from db.coverage import TeamCoverage
from db.models import Agent, Shift
from db.roster_facts import Template
from regulations.access import Scope
from regulations.coverage import hours_text
from regulations.rest_days import Duty
from regulations.roster import CODES, NOTES, Conflict
from regulations.verdict import Lang
from settings import get_settings

WEEK = 7
DAY = timedelta(days=1)
LATEST = date(2100, 1, 1)  # nobody is rostered beyond
WEEKDAYS = (
    N_("Monday"), N_("Tuesday"), N_("Wednesday"), N_("Thursday"), N_("Friday"), N_("Saturday"), N_("Sunday"),
)  # fmt: skip

# Lists of conflicts: those that are to be mended, of posts, of people, and what is only to be seen.
VIEWS = {
    "mend": N_("To be mended"),
    "posts": N_("Posts"),
    "people": N_("Rest and hours"),
    "notes": N_("To be seen"),
}
_POSTS = ("empty_post", "short_post")
VIEW_CODES: dict[str, tuple[str, ...]] = {
    "mend": tuple(code for code in CODES if code not in NOTES),
    "posts": _POSTS,
    "people": tuple(code for code in CODES if code not in NOTES and code not in _POSTS),
    "notes": tuple(code for code in CODES if code in NOTES),
}


@dataclass(frozen=True, slots=True)
class ShownWeek:
    """What the page shows of a week; nothing in it is a row of the database.

    grid, one row a person and day: who (id as text), label (name and number), team, day (ISO), state, words, marks.
    conflicts: key, code, label, clause, who, when, text, shifts, steps, and the ids behind (people, dates, shift_ids).
    """

    days: tuple[date, ...]
    grid: pd.DataFrame
    conflicts: pd.DataFrame
    coverage: tuple[TeamCoverage, ...]
    duties: tuple[Duty, ...]
    shift_count: int
    people: Mapping[int, str]
    names: Mapping[int, tuple[str, str]]  # name and staff number
    posts: tuple[str, ...]  # in use in these weeks, the most used first
    usual: Mapping[int, str]  # where each person mostly stands
    templates: tuple[Template, ...]
    before: Mapping[str, int]  # conflicts of the week before, by code

    def count(self, view: str) -> int:
        """How many conflicts a list has."""
        return int(self.conflicts["code"].isin(VIEW_CODES[view]).sum())

    def count_before(self, view: str) -> int:
        """How many it had in the week before."""
        return sum(self.before.get(code, 0) for code in VIEW_CODES[view])


def asked_day(text: str | None) -> date | None:
    """A day of an address that a roster may be drawn up for; None for anything else."""
    day = parse_day(text)
    return day if day is not None and day <= LATEST else None


def monday_of(day: date) -> date:
    """The Monday of a day's week."""
    return day - day.weekday() * DAY


def shown_week(scope: Scope, from_on: date, team_id: int | None) -> ShownWeek:
    """The week from a Monday, of one team or of all that the viewer sees."""
    return _shown_week(get_settings().database, scope, from_on, team_id, minute(), lang())


@st.cache_data(ttl=TTL_SECONDS, show_spinner=False, max_entries=100)
def _shown_week(
    database: str, scope: Scope, from_on: date, team_id: int | None, at: datetime, language: Lang
) -> ShownWeek:
    with open_session() as session:
        found = roster.week(session, scope, from_on, team_id, book=rulebook(), now=at, with_before=True)
        people = {agent.id: agent.name for agent in found.people}
        names = {agent.id: (agent.name, agent.number) for agent in found.people}
        marks, calendar = _marks(found), work_calendar()
        holidays = frozenset(day for day in found.days if calendar.is_public_holiday(day))
        words = _Words(calendar.timezone)
        rows = [
            _grid_row(agent, day, found, marks, holidays, words)
            for agent in found.people
            for day in found.days
        ]
        grid = pd.DataFrame(rows, columns=["who", "label", "team", "day", "state", "words", "marks"])
        posts, usual = _posts(found)
    return ShownWeek(
        found.days,
        grid,
        conflict_rows(found.conflicts, people),
        found.coverage,
        found.duties,
        found.shift_count,
        people,
        names,
        posts,
        usual,
        found.facts.templates,
        found.before,
    )


def weekday_name(day: date) -> str:
    """Monday … Sunday."""
    return _(WEEKDAYS[day.weekday()])


def day_title(day: date) -> str:
    """A day as a heading: weekday, date, and what it is besides."""
    extra = work_calendar().holiday_name(day, lang())
    words = f"{weekday_name(day)} {day:%m-%d}"
    if extra:
        words += f" {SIGNS['holiday']}{extra}"
    return f"{words} · {_('today')}" if day == today() else words


def shift_name(code: str) -> str:
    """What a shift is called."""
    return name("shift_code", code)


def hours_of(starts_at: datetime, ends_at: datetime) -> str:
    """Local times of a shift."""
    return hours_text(starts_at, ends_at, work_calendar().timezone)


def conflict_rows(found: tuple[Conflict, ...], people: Mapping[int, str]) -> pd.DataFrame:
    """Conflicts as rows, in the order given."""
    rows = [
        {
            "key": conflict_key(one),
            "code": one.code,
            "label": [conflict_label(one.code)],
            "clause": one.clause or NOTHING,
            "who": _who(one, people),
            "when": _when(one.dates),
            "text": one.text(lang()),
            "shifts": len(one.shift_ids),
            "steps": [step.as_record() for step in one.steps],
            "people": one.people,
            "dates": one.dates,
            "shift_ids": one.shift_ids,
        }
        for one in found
    ]
    columns = [
        "key",
        "code",
        "label",
        "clause",
        "who",
        "when",
        "text",
        "shifts",
        "steps",
        "people",
        "dates",
        "shift_ids",
    ]
    return pd.DataFrame(rows, columns=columns)


def conflict_key(one: Conflict) -> str:
    """A conflict as it stands in an address."""
    told = f"{one.code}|{one.dates}|{one.people}|{one.post}|{one.shift_ids}|{one.en}"
    return hashlib.sha256(told.encode()).hexdigest()[:12]


def conflict_label(code: str) -> str:
    """A kind of conflict with its sign."""
    sign = {"on_leave": SIGNS["leave"], "holiday_shift": SIGNS["holiday"]}.get(code, SIGNS["wrong"])
    return f"{sign} {name('roster_conflict', code)}"


def _who(one: Conflict, people: Mapping[int, str]) -> str:
    named = [people[person] for person in one.people if person in people]
    if len(named) > 3:
        return _("{names} and {n} more", names=listed(named[:3]), n=len(named) - 3)
    return listed(named) or one.post or NOTHING


def _when(dates: tuple[date, ...]) -> str:
    if len(dates) > 2:
        return f"{dates[0]:%m-%d}–{dates[-1]:%m-%d}"
    return listed(f"{day:%m-%d}" for day in dates)


def _posts(found: roster.Week) -> tuple[tuple[str, ...], dict[int, str]]:
    """The posts in use, the most used first, and each person's usual one."""
    everywhere: Counter[str] = Counter()
    usual = {}
    for person, shifts in found.facts.shifts.items():
        counted = Counter(shift.post for shift in shifts if shift.post)
        everywhere += counted
        if counted:
            usual[person] = counted.most_common(1)[0][0]
    return tuple(post for post, _count in everywhere.most_common()), usual


def _marks(found: roster.Week) -> dict[tuple[int, date], list[Conflict]]:
    """The conflicts of a person on a day; those of posts are shown with the posts, holidays at the head of the day."""
    marks: dict[tuple[int, date], list[Conflict]] = {}
    for one in found.conflicts:
        if one.is_note or one.code in _POSTS:
            continue
        for person in one.people:
            for day in one.dates:
                marks.setdefault((person, day), []).append(one)
    return marks


def _grid_row(
    agent: Agent,
    day: date,
    found: roster.Week,
    marks: Mapping[tuple[int, date], list[Conflict]],
    holidays: frozenset[date],
    words: _Words,
) -> dict[str, object]:
    """A person's day: its state, its words, and its marks, the broken rules first with their clauses."""
    shifts = found.shifts.get((agent.id, day), ())
    wrong = {one.code: one for one in (marks.get((agent.id, day), []) if shifts else [])}
    is_away, is_asked = (agent.id, day) in found.away, (agent.id, day) in found.asked
    is_holiday = bool(shifts) and day in holidays
    told = [
        f"{SIGNS['wrong']}{name('roster_conflict', one.code)}{f' {one.clause}' if one.clause else ''}"
        for one in wrong.values()
    ]
    if is_away:
        told.append(f"{SIGNS['leave']}{_('On leave')}")
    elif is_asked:
        told.append(f"{SIGNS['asked']}{_('Leave asked for')}")
    if is_holiday:
        told.append(f"{SIGNS['holiday']}{_('Holiday')}")
    states = {
        "wrong": bool(wrong),
        "leave": is_away,
        "asked": is_asked,
        "holiday": is_holiday,
        "work": bool(shifts),
    }
    return {
        "who": str(agent.id),
        "label": f"{agent.name} {agent.number}",
        "team": agent.team.name,
        "day": day.isoformat(),
        "state": next((state for state, holds in states.items() if holds), "rest"),
        "words": words.of(shifts) or ("" if is_away else words.rest),
        "marks": "\n".join(told),
    }


class _Words:
    """What stands in a cell of the grid. Zone and names are asked for once, not for each of thousands of cells."""

    def __init__(self, zone: tzinfo) -> None:
        self.zone = zone
        self.rest = _("Rest day")
        self._called: dict[str, str] = {}

    def of(self, shifts: tuple[Shift, ...]) -> str:
        """Hours and name of the one shift, or the hours of several, a line each."""
        hours = [hours_text(shift.starts_at, shift.ends_at, self.zone) for shift in shifts]
        if len(shifts) != 1:
            return "\n".join(hours)
        code, post = shifts[0].code, shifts[0].post
        if code not in self._called:
            self._called[code] = shift_name(code)
        return f"{hours[0]}\n{' '.join(part for part in (self._called[code], post) if part)}"
