"""What the checks of a roster rest on, read at once: shifts of some weeks, approved leave, which shifts came by a swap."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from sqlalchemy import Text, cast, select
from sqlalchemy.orm import Session

from db.models import Agent, Leave, Shift, SwapRequest
from db.visibility import within
from regulations import roster as rules
from regulations.access import Scope
from regulations.intervals import Interval
from regulations.rulebook import Rulebook
from regulations.values import TimeWindow
from regulations.work_calendar import WorkCalendar

DAY = timedelta(days=1)
WEEK = 7
LOOK_BACK, LOOK_AHEAD = 4 * WEEK, WEEK  # days around a week: a run of days worked is told at its length
_WORKED = ("approved", "settled", "failed")  # swaps that moved their shifts


@dataclass(frozen=True, slots=True)
class Template:
    """A kind of shift to choose from: its name, local start, length, and breaks in minutes after the start."""

    code: str
    start: time
    minutes: int
    breaks: tuple[tuple[int, int], ...] = ()

    def times_on(self, on: date, zone: tzinfo) -> tuple[datetime, datetime]:
        """Begin and end of such a shift of a local date, UTC."""
        begin = datetime.combine(on, self.start, zone)
        return begin.astimezone(UTC), (begin + timedelta(minutes=self.minutes)).astimezone(UTC)

    def breaks_on(self, on: date, zone: tzinfo) -> tuple[tuple[datetime, datetime], ...]:
        """Its breaks on a local date, UTC."""
        begin = datetime.combine(on, self.start, zone)
        return tuple(
            ((begin + timedelta(minutes=a)).astimezone(UTC), (begin + timedelta(minutes=b)).astimezone(UTC))
            for a, b in self.breaks
        )


@dataclass(frozen=True, slots=True)
class RosterFacts:
    """Shifts and approved leave by person, and the kinds of shift in use, most used first."""

    shifts: Mapping[int, Sequence[rules.RosterShift]]
    leave: Mapping[int, Sequence[Interval]]
    templates: tuple[Template, ...]

    def around(self, first: date, last: date) -> RosterFacts:
        """What the days from `first` to `last` are checked by, where more was read at once."""
        begin_on, end_on = first - LOOK_BACK * DAY, last + LOOK_AHEAD * DAY
        kept = {
            person: [shift for shift in shifts if begin_on <= shift.work_on <= end_on]
            for person, shifts in self.shifts.items()
        }
        return replace(self, shifts={person: shifts for person, shifts in kept.items() if shifts})


def gather(
    session: Session, scope: Scope, first: date, last: date, team_id: int | None, book: Rulebook
) -> RosterFacts:
    """The facts of these days and of the weeks around them, of everybody in scope (or of one team)."""
    calendar = WorkCalendar.from_rulebook(book)
    begin_on, end_on = first - LOOK_BACK * DAY, last + LOOK_AHEAD * DAY
    mine = [*within(scope, team=Agent.team_id, agent=Agent.id)]
    if team_id is not None:
        mine.append(Agent.team_id == team_id)
    query = (
        select(
            Shift.id, Shift.agent_id, Shift.work_on, Shift.starts_at, Shift.ends_at, Shift.code, Shift.post,
            cast(Shift.breaks, Text).label("breaks"),
        )
        .join(Agent, Agent.id == Shift.agent_id)
        .where(Shift.work_on.between(begin_on, end_on), *mine)
    )  # fmt: skip
    swapped = _swapped(session, begin_on, end_on)
    shifts: dict[int, list[rules.RosterShift]] = defaultdict(list)
    uses: dict[Template, int] = dict.fromkeys(_defined(book), 0)
    # Thousands of shifts begin together: their breaks are read once for all of them.
    alike: Counter[tuple[str, datetime, datetime, str]] = Counter()
    for row in session.execute(query):
        shifts[row.agent_id].append(
            rules.RosterShift(
                row.agent_id, row.work_on, row.starts_at, row.ends_at, row.code, row.post, row.id, row.id in swapped
            )
        )  # fmt: skip
        alike[row.code, row.starts_at, row.ends_at, row.breaks] += 1
    for (code, starts_at, ends_at, breaks), count in alike.items():
        kind = template_of(code, starts_at, ends_at, json.loads(breaks), calendar.timezone)
        uses[kind] = uses.get(kind, 0) + count
    leave = select(Leave.agent_id, Leave.starts_at, Leave.ends_at).join(Agent, Agent.id == Leave.agent_id)
    leave = leave.where(
        Leave.status == "approved",
        Leave.starts_at < calendar.start_of_day(end_on + DAY),
        Leave.ends_at > calendar.start_of_day(begin_on),
        *mine,
    )
    away: dict[int, list[Interval]] = defaultdict(list)
    for person, starts_at, ends_at in session.execute(leave):
        away[person].append((starts_at, ends_at))
    return RosterFacts(shifts, away, tuple(sorted(uses, key=lambda kind: (-uses[kind], kind.start))))


def template_of(
    code: str, starts_at: datetime, ends_at: datetime, breaks: Sequence[Mapping[str, str]], zone: tzinfo
) -> Template:
    """The kind of a shift on the roster."""
    placed = tuple(
        (_minutes(datetime.fromisoformat(b["start"]) - starts_at), _minutes(datetime.fromisoformat(b["end"]) - starts_at))
        for b in breaks
    )  # fmt: skip
    start = starts_at.astimezone(zone).time()
    return Template(code, start, _minutes(ends_at - starts_at), placed)


def moved(at: datetime, days: int, zone: tzinfo) -> datetime:
    """The same time of day some days later, UTC."""
    return (at.astimezone(zone) + days * DAY).astimezone(UTC)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def _defined(book: Rulebook) -> list[Template]:
    """The shifts the rulebook names."""
    return [
        Template(d.code, d.start, _length(d.start, d.end), tuple(_placed(d.start, pause) for pause in d.breaks))
        for d in book.shift_definitions()
    ]  # fmt: skip


def _of_day(at: time) -> int:
    return at.hour * 60 + at.minute


def _length(start: time, end: time) -> int:
    return (_of_day(end) - _of_day(start)) % (24 * 60) or 24 * 60


def _placed(start: time, pause: TimeWindow) -> tuple[int, int]:
    begin = (_of_day(pause.start) - _of_day(start)) % (24 * 60)
    return begin, begin + _length(pause.start, pause.end)


def _swapped(session: Session, first: date, last: date) -> set[int]:
    """The shifts that another person works after a swap, both ways."""
    query = select(SwapRequest.shift_id, SwapRequest.payback_shift_id).where(
        SwapRequest.state.in_(_WORKED),
        SwapRequest.swap_on.between(first - LOOK_BACK * DAY, last)
        | SwapRequest.payback_on.between(first, last),
    )
    return {shift for row in session.execute(query) for shift in row if shift is not None}
