"""What is wrong with a roster, and what that rests on (A1.5, A3.3, A3.9). Posts: `regulations.posts`.

Facts are the shifts of some people, and some weeks of them: a run of days worked is as long as the shifts that are
given. What is found is about the roster, not about the people on it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from regulations.coverage import hours_text
from regulations.intervals import Interval, subtract, total
from regulations.verdict import Step
from regulations.wording import day_text, span_text
from regulations.worktime import WorkCalendar, add

if TYPE_CHECKING:
    from regulations.rulebook import Rulebook

WEEK = 7
CODES = (  # what hurts most first
    "double_booking",
    "empty_post",
    "no_rest_day",
    "swap_on_holiday",
    "back_to_back",
    "short_post",
    "on_leave",
    "holiday_shift",
)
NOTES = frozenset({"on_leave", "holiday_shift"})  # to be seen, not to be mended
_DAY = timedelta(days=1)
_REST, _GAP = "shift.rest_days_per_week", "shift.min_rest"
_SWAP_GAP, _SWAP_HOLIDAY = "swap.back_to_back_allowed", "swap.on_holiday_allowed"


@dataclass(frozen=True, slots=True)
class RosterShift:
    """A shift on the roster. `work_on` is its local date, also past midnight; `is_swapped`: it came by a swap."""

    person: int
    work_on: date
    starts_at: datetime
    ends_at: datetime
    code: str = ""
    post: str = ""
    id: int | None = None
    is_swapped: bool = False


@dataclass(frozen=True, slots=True)
class Conflict:
    """One thing that is wrong with the roster, or to be seen on it. `code` is one of CODES."""

    code: str
    clause: str | None
    zh: str
    en: str
    people: tuple[int, ...]
    dates: tuple[date, ...]
    shift_ids: tuple[int, ...] = ()
    post: str = ""
    steps: tuple[Step, ...] = ()

    @property
    def is_note(self) -> bool:
        """Whether it is only to be seen: a shift somebody is on leave from, a shift on a public holiday."""
        return self.code in NOTES

    def text(self, lang: str = "zh") -> str:
        """The sentence in the language asked for; it names no people."""
        return self.en if lang == "en" else self.zh


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
        found += _on_leave(ordered, away, calendar)
    found += _on_holidays(shifts_by_person, book, calendar)
    return in_order(
        conflict
        for conflict in found
        if any((first is None or on >= first) and (last is None or on <= last) for on in conflict.dates)
    )


def in_order(found: Iterable[Conflict]) -> tuple[Conflict, ...]:
    """What hurts most first, then by date, then by person."""
    return tuple(sorted(found, key=lambda c: (CODES.index(c.code), c.dates, c.people, c.post, c.zh)))


def _ids(*shifts: RosterShift) -> tuple[int, ...]:
    return tuple(s.id for s in shifts if s.id is not None)


def _days(*shifts: RosterShift) -> tuple[date, ...]:
    return tuple(sorted({s.work_on for s in shifts}))


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
                "double_booking", None, zh, en, (group[0].person,), _days(*group), _ids(*group),
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
    groups = _overlapping(ordered)
    for before, after in pairwise(groups):
        earlier, later = max(before, key=lambda s: s.ends_at), after[0]
        pause = later.starts_at - earlier.ends_at
        if _is_split(earlier, later, pause):
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
                _days(earlier, later),
                _ids(earlier, later),
                steps=tuple(steps),
            )
        )
    return found


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
    worked = sorted({s.work_on for s in ordered if subtract([(s.starts_at, s.ends_at)], away)})
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
                "no_rest_day", clause, zh, en, (ordered[0].person,), tuple(run), _ids(*behind), steps=steps
            )
        )
    return found


def _on_leave(
    ordered: Sequence[RosterShift], away: Sequence[Interval], calendar: WorkCalendar
) -> list[Conflict]:
    """Shifts from which the person has approved leave, wholly or for a part: somebody else is needed."""
    found: list[Conflict] = []
    for shift in ordered:
        whole = shift.ends_at - shift.starts_at
        left = total(subtract([(shift.starts_at, shift.ends_at)], away))
        if left == whole:
            continue
        when = f"{shift.work_on:%m-%d} {hours_text(shift.starts_at, shift.ends_at, calendar.timezone)}"
        seconds = (whole - left).total_seconds()
        if left:
            zh = f"{when} 的班次中有 {span_text(seconds, 'zh')}已批准请假"
            en = f"On leave for {span_text(seconds, 'en')} of the shift {when}"
        else:
            zh, en = f"{when} 的班次已批准请假", f"On leave from the shift {when}"
        found.append(
            Conflict("on_leave", None, zh, en, (shift.person,), (shift.work_on,), _ids(shift), shift.post, (Step(zh, en),))
        )  # fmt: skip
    return found


def _on_holidays(
    shifts_by_person: Mapping[int, Sequence[RosterShift]], book: Rulebook, calendar: WorkCalendar
) -> list[Conflict]:
    """Who is rostered on each public holiday; a shift that came there by a swap is one by itself."""
    by_day: dict[date, list[RosterShift]] = defaultdict(list)
    for shifts in shifts_by_person.values():
        for shift in shifts:
            if calendar.is_public_holiday(shift.work_on):
                by_day[shift.work_on].append(shift)
    is_barred = book.flag(_SWAP_HOLIDAY) is False
    clause = book.clause(_SWAP_HOLIDAY) if is_barred else None
    found: list[Conflict] = []
    for on, shifts in by_day.items():
        zh_day, en_day = calendar.holiday_name(on) or "", calendar.holiday_name(on, "en") or ""
        people = tuple(sorted({s.person for s in shifts}))
        zh = f"{on:%m-%d} {zh_day}当班 {len(people)} 人"
        en = f"{len(people)} on duty on {on:%m-%d}, {en_day}"
        rule = Step(
            "节假日当班人员不得换班" if is_barred else "节假日当班",
            "Who is on duty on a public holiday may not swap" if is_barred else "On duty on a public holiday",
            clause,
        )
        steps = [Step(f"{day_text(on, 'zh')} 是{zh_day}", f"{day_text(on, 'en')} is {en_day}"), rule]
        if calendar.is_provisional(on):
            steps.append(
                Step(
                    "当年官方放假安排尚未公布，暂按法定节日",
                    "The official list is not published yet: provisional",
                )
            )
        found.append(
            Conflict("holiday_shift", clause, zh, en, people, (on,), _ids(*shifts), steps=tuple(steps))
        )
        if not is_barred:
            continue
        for shift in shifts:
            if shift.is_swapped:
                found.append(
                    Conflict(
                        "swap_on_holiday",
                        clause,
                        f"{on:%m-%d} {zh_day}的班次经换班而来",
                        f"The shift on {on:%m-%d}, {en_day}, came by a swap",
                        (shift.person,),
                        (on,),
                        _ids(shift),
                        shift.post,
                        tuple(steps),
                    )
                )
    return found
