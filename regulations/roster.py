"""What is wrong with a roster, and what that rests on (A1.5, A3.3, A3.9). Posts: `regulations.posts`.

Facts are the shifts of some people, and some weeks of them: a run of days worked is as long as the shifts that are
given. What is found is about the roster, not about the people on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from regulations.attendance_terms import span
from regulations.coverage import hours_text
from regulations.intervals import Interval, subtract
from regulations.roster_notes import is_touched, on_holidays, on_leave
from regulations.roster_terms import CODES, NOTES, Conflict, RosterShift, days_of, ids_of, in_order
from regulations.values import Duration, Unit
from regulations.verdict import Step
from regulations.wording import day_text, span_text
from regulations.worktime import WorkCalendar, add

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

__all__ = ["CODES", "NOTES", "Conflict", "RosterShift", "conflicts", "in_order"]

WEEK = 7
_DAY = timedelta(days=1)
_REST, _GAP = "shift.rest_days_per_week", "shift.min_rest"
_SWAP_GAP = "swap.back_to_back_allowed"


def conflicts(
    shifts_by_person: Mapping[int, Sequence[RosterShift]],
    book: Rulebook,
    calendar: WorkCalendar,
    *,
    leave: Mapping[int, Sequence[Interval]] | None = None,
    first: date | None = None,
    last: date | None = None,
) -> tuple[Conflict, ...]:
    """What is wrong with these people's shifts, what hurts most first.

    `leave` is approved leave. With `first` and `last` only what touches these dates is told; give the shifts of the
    days around them too, since rest days are counted over seven days. Posts are judged by `regulations.posts`.
    """
    found: list[Conflict] = []
    for person, shifts in shifts_by_person.items():
        ordered = sorted(shifts, key=lambda s: (s.starts_at, s.ends_at))
        away = (leave or {}).get(person, ())
        found += _double_bookings(ordered, calendar)
        found += _back_to_back(ordered, book, calendar)
        found += _without_rest(ordered, away, book)
        found += on_leave(ordered, away, calendar)
    found += on_holidays(shifts_by_person, book, calendar)
    return in_order(
        conflict
        for conflict in found
        if any((first is None or on >= first) and (last is None or on <= last) for on in conflict.dates)
    )


def _double_bookings(ordered: Sequence[RosterShift], calendar: WorkCalendar) -> list[Conflict]:
    """Shifts of one person that overlap; what touches does not overlap."""
    found: list[Conflict] = []
    for group in _overlapping(ordered):
        if len(group) == 1:
            continue
        when = [f"{s.work_on:%m-%d} {hours_text(s.starts_at, s.ends_at, calendar.timezone)}" for s in group]
        zh = f"同一人的班次重叠：{'、'.join(when)}"
        en = f"Shifts of one person overlap: {', '.join(when)}"
        found.append(
            Conflict(
                "double_booking", None, zh, en, (group[0].person,), days_of(*group), ids_of(*group),
                steps=(Step(zh, en), Step("一个人同一时间只能在一个岗位", "Nobody is at two posts at one time")),
            )
        )  # fmt: skip
    return found


def _overlapping(ordered: Sequence[RosterShift]) -> list[list[RosterShift]]:
    groups: list[list[RosterShift]] = []
    for shift in ordered:
        if groups and shift.starts_at < max(s.ends_at for s in groups[-1]):
            groups[-1].append(shift)
        else:
            groups.append([shift])
    return groups


def _back_to_back(ordered: Sequence[RosterShift], book: Rulebook, calendar: WorkCalendar) -> list[Conflict]:
    """Too little time between two shifts. Parts of one split shift are none: same day, same name, a pause between."""
    limit = book.duration(_GAP)
    if limit is None:
        return []
    found: list[Conflict] = []
    plenty = _plenty(limit)
    groups = _overlapping(ordered)
    for before, after in pairwise(groups):
        earlier, later = max(before, key=lambda s: s.ends_at), after[0]
        pause = later.starts_at - earlier.ends_at
        if pause >= plenty or _is_split(earlier, later, pause):
            continue
        if later.starts_at >= add(earlier.ends_at, limit, calendar, is_explained=False).at:
            continue
        is_swap = (earlier.is_swapped or later.is_swapped) and book.flag(_SWAP_GAP) is False
        clause = book.clause(_SWAP_GAP if is_swap else _GAP)
        seconds = pause.total_seconds()
        zh = f"连班：{earlier.work_on:%m-%d} 与 {later.work_on:%m-%d} 两班之间仅隔 {span_text(seconds, 'zh')}"
        en = f"Back to back: {span_text(seconds, 'en')} between the shifts of {earlier.work_on:%m-%d} and {later.work_on:%m-%d}"
        steps = [
            Step(
                f"两班之间不足 {limit.text('zh')}为连班",
                f"Two shifts less than {limit.text('en')} apart are back to back",
                book.clause(_GAP),
            ),
            Step(
                f"前一班 {_ends(earlier, calendar)} 结束，后一班 {_starts(later, calendar)} 开始",
                f"The first ends {_ends(earlier, calendar)}, the second begins {_starts(later, calendar)}",
            ),
        ]
        if is_swap:
            steps.append(
                Step("换班或还班的人不得连班", "Who swaps or pays back may not work back to back", clause)
            )
        found.append(
            Conflict(
                "back_to_back",
                clause,
                zh,
                en,
                (earlier.person,),
                days_of(earlier, later),
                ids_of(earlier, later),
                steps=tuple(steps),
            )
        )
    return found


def _plenty(limit: Duration) -> timedelta:
    """A pause that is enough whatever the calendar says: hours are exact, days take a while longer to be over."""
    if limit.unit not in (Unit.MINUTE, Unit.HOUR):
        return timedelta.max
    return (span(limit, _GAP) or timedelta()) + timedelta(seconds=1)  # parts of a second do not count


def _is_split(earlier: RosterShift, later: RosterShift, pause: timedelta) -> bool:
    return earlier.work_on == later.work_on and earlier.code == later.code and pause > timedelta()


def _starts(shift: RosterShift, calendar: WorkCalendar) -> str:
    return f"{shift.starts_at.astimezone(calendar.timezone):%m-%d %H:%M}"


def _ends(shift: RosterShift, calendar: WorkCalendar) -> str:
    return f"{shift.ends_at.astimezone(calendar.timezone):%m-%d %H:%M}"


def _without_rest(ordered: Sequence[RosterShift], away: Sequence[Interval], book: Rulebook) -> list[Conflict]:
    """Any seven days in a row with fewer rest days than the rule wants; what hangs together is told once.

    A day without a shift is a rest day. A day wholly on approved leave is not worked either.
    """
    wanted = book.integer(_REST)
    if not wanted:
        return []
    worked = sorted(
        {s.work_on for s in ordered if not is_touched(s, away) or subtract([(s.starts_at, s.ends_at)], away)}
    )
    most = WEEK - wanted
    runs: list[list[date]] = []  # days worked in windows that break the rule
    for at, day in enumerate(worked):
        window = [d for d in worked[at : at + WEEK] if d < day + WEEK * _DAY]
        if len(window) <= most:
            continue
        if runs and window[0] <= runs[-1][-1]:
            runs[-1] += [d for d in window if d > runs[-1][-1]]
        else:
            runs.append(window)
    found: list[Conflict] = []
    clause = book.clause(_REST)
    for run in runs:
        begin, end, length = run[0], run[-1], len(run)
        if wanted == 1:
            zh = f"连续 {length} 天没有休息：{begin:%m-%d} 至 {end:%m-%d}"
            en = f"{length} days without a rest day: {begin:%m-%d} to {end:%m-%d}"
        else:
            zh = f"{begin:%m-%d} 至 {end:%m-%d} 排班 {length} 天，任意 7 天休息不足 {wanted} 天"
            en = f"{length} days rostered from {begin:%m-%d} to {end:%m-%d}: fewer than {wanted} rest days in seven"
        behind = [s for s in ordered if s.work_on in set(run)]
        steps = (
            Step(
                f"任意连续 {WEEK} 天内至少休息 {wanted} 天（做{most}休{wanted}）",
                f"At least {wanted} rest day{'s' if wanted > 1 else ''} in any {WEEK} days in a row",
                clause,
            ),
            Step(
                f"{day_text(begin, 'zh')} 至 {day_text(end, 'zh')} 有班 {length} 天；全天请假的日子不计",
                f"{length} days with a shift from {day_text(begin, 'en')} to {day_text(end, 'en')}; days wholly on leave do not count",
            ),
        )
        found.append(
            Conflict(
                "no_rest_day", clause, zh, en, (ordered[0].person,), tuple(run), ids_of(*behind), steps=steps
            )
        )
    return found
