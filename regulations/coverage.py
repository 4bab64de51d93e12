"""How many people a post has at each time of a day, against how many it needs (B1.17: the desk is never empty).

A day is cut where something changes: somebody comes, goes or is away, or another need begins. Nobody is counted twice
at one time, however often he is rostered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import chain, pairwise

from regulations.verdict import Step

ANY_POST = ""  # the row of a team's people at whatever post
EVERY_DAY, HOLIDAYS = -1, 7  # values of Need.weekday beside 0 Monday … 6 Sunday
MINUTES = 1440
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Need:
    """So many people at a post between two minutes after local midnight; the end may lie beyond 1440.

    `post` ANY_POST: at whatever post. Where several needs of a post fall on one time the more particular one
    counts: public holidays before a day of the week before every day; of two as particular, the larger.
    Raises ValueError for times in the wrong order or outside the day, and for less than nobody.
    """

    post: str
    weekday: int
    starts_minute: int
    ends_minute: int
    required: int

    def __post_init__(self) -> None:
        if not 0 <= self.starts_minute < MINUTES or not 0 < self.ends_minute - self.starts_minute <= MINUTES:
            raise ValueError("a need begins within its day, ends after it begins, and lasts a day at most")
        if not EVERY_DAY <= self.weekday <= HOLIDAYS or self.required < 0:
            raise ValueError("no such day of the week, or fewer than nobody")


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody who is rostered at a post [start, end); `breaks` are taken off when they leave the post empty."""

    person: int
    post: str
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Absence:
    """Time [start, end) for which somebody rostered is not to be counted on: approved leave, or he did not come."""

    person: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch [start, end) of a post in which nothing changes. Counts are of persons.

    `rostered` are on the roster, `expected` those of them who are not away; `people` are the expected, `away` the rest.
    """

    post: str
    starts_at: datetime
    ends_at: datetime
    required: int
    rostered: int
    expected: int
    people: tuple[int, ...] = field(default=())
    away: tuple[int, ...] = field(default=())

    @property
    def gap(self) -> int:
        """How many are missing against what is required; 0 when there are enough."""
        return max(0, self.required - self.expected)

    @property
    def is_empty(self) -> bool:
        """Whether somebody should be at the post (it is required, or it was rostered) and nobody is."""
        return not self.expected and (self.required > 0 or self.rostered > 0)

    @property
    def minutes(self) -> int:
        """Its length in whole minutes."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


def coverage(
    shifts: Iterable[Presence],
    absences: Iterable[Absence],
    needs: Iterable[Need],
    day: date,
    zone: tzinfo,
    *,
    is_holiday: Callable[[date], bool] = lambda _day: False,
    breaks_count: bool = True,
) -> tuple[Interval, ...]:
    """The local day from midnight to midnight, post by post, cut where a count changes; the times are UTC.

    A row for ANY_POST counts everybody and is given when a need or a shift names no post; the posts follow by name.
    Stretches in which nobody is needed and nobody rostered are left out. With `breaks_count` somebody on a break still
    counts (breaks are taken in turn). `is_holiday` tells which days the needs of public holidays are for.
    """
    begin, end = _midnight(day, zone), _midnight(day + _DAY, zone)
    on = [s for s in shifts if s.starts_at < end and s.ends_at > begin]
    off = [a for a in absences if a.starts_at < end and a.ends_at > begin]
    wanted = _needs_on(needs, day, zone, is_holiday)
    posts = sorted({s.post for s in on} | {w.post for w in wanted})
    found: list[Interval] = []
    for post in posts:
        at_post = on if post == ANY_POST else [s for s in on if s.post == post]
        of_post = [w for w in wanted if w.post == post]
        found.extend(_of_post(post, at_post, off, of_post, (begin, end), breaks_count))
    return tuple(found)


def gaps(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The stretches that are short of people or empty, the emptiest first, then the largest gap, then by time."""
    short = [i for i in intervals if i.gap or i.is_empty]
    return tuple(sorted(short, key=lambda i: (not i.is_empty, -i.gap, i.starts_at, i.post)))


def gap_minutes(intervals: Iterable[Interval]) -> int:
    """Person-minutes missing: every missing person counts for as long as he is missing."""
    return sum(i.gap * i.minutes for i in intervals)


def within(intervals: Iterable[Interval], starts_at: datetime, ends_at: datetime) -> tuple[Interval, ...]:
    """The part of the intervals inside [start, end)."""
    return tuple(
        Interval(
            i.post,
            max(i.starts_at, starts_at),
            min(i.ends_at, ends_at),
            i.required,
            i.rostered,
            i.expected,
            i.people,
            i.away,
        )
        for i in intervals
        if i.starts_at < ends_at and i.ends_at > starts_at
    )


def sentence(intervals: Sequence[Interval], zone: tzinfo, clause: str | None = None) -> Step:
    """What the intervals say in one sentence: empty, short by how many, enough, or that nobody said how many are needed."""
    worst = gaps(intervals)
    if not intervals:
        return Step("没有排班，也没有人数要求", "Nobody is rostered and nobody is required")
    if not worst:
        if any(i.required for i in intervals):
            return Step("各时段人数均已满足", "Every stretch has the people it needs")
        fewest = min(intervals, key=lambda i: (i.expected, i.starts_at))
        when = _between(fewest, zone)
        return Step(
            f"尚未设定所需人数；最少时 {when} 有 {fewest.expected} 人",
            f"No number of people is set; the fewest are {fewest.expected} at {when}",
        )
    first, rest = worst[0], len(worst) - 1
    where_zh, where_en = (f"“{first.post}”", f" at {first.post}") if first.post else ("", "")
    when = _between(first, zone)
    more_zh, more_en = (
        (f"；另有 {rest} 个时段人手不足", f"; {rest} more stretches are short") if rest else ("", "")
    )
    if rest == 1:
        more_en = "; one more stretch is short"
    if first.is_empty:
        zh = f"{where_zh}{when} 空岗（需 {first.required} 人，排班 {first.rostered} 人）{more_zh}"
        en = f"Nobody{where_en} {when} ({first.required} needed, {first.rostered} rostered){more_en}"
    else:
        zh = (
            f"{where_zh}{when} 缺 {first.gap} 人（需 {first.required} 人，可到 {first.expected} 人）{more_zh}"
        )
        en = f"{first.gap} missing{where_en} {when} ({first.required} needed, {first.expected} expected){more_en}"
    return Step(zh, en, clause if first.is_empty else None)


def hours_text(starts_at: datetime, ends_at: datetime, zone: tzinfo) -> str:
    """Local times of day: 18:00–24:00; an end at midnight is written 24:00."""
    end = f"{ends_at.astimezone(zone):%H:%M}"
    return f"{starts_at.astimezone(zone):%H:%M}–{'24:00' if end == '00:00' else end}"


def _between(interval: Interval, zone: tzinfo) -> str:
    return hours_text(interval.starts_at, interval.ends_at, zone)


@dataclass(frozen=True, slots=True)
class _Wanted:
    post: str
    rank: int  # how particular: 2 public holidays, 1 a day of the week, 0 every day
    starts_at: datetime
    ends_at: datetime
    required: int


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _needs_on(
    needs: Iterable[Need], day: date, zone: tzinfo, is_holiday: Callable[[date], bool]
) -> list[_Wanted]:
    """The needs that reach into the day: its own, and those of the day before that end after midnight."""
    found = []
    for need in needs:
        for of_day in (day - _DAY, day):
            is_for_day = (
                is_holiday(of_day)
                if need.weekday == HOLIDAYS
                else need.weekday in (EVERY_DAY, of_day.weekday())
            )
            if not is_for_day:
                continue
            local = datetime.combine(of_day, time(), zone)  # the times of day are read off the wall
            start = (local + need.starts_minute * _MINUTE).astimezone(UTC)
            end = (local + need.ends_minute * _MINUTE).astimezone(UTC)
            rank = 2 if need.weekday == HOLIDAYS else int(need.weekday != EVERY_DAY)
            if end > _midnight(day, zone) and start < _midnight(day + _DAY, zone):
                found.append(_Wanted(need.post, rank, start, end, need.required))
    return found


def _of_post(
    post: str,
    shifts: Sequence[Presence],
    absences: Sequence[Absence],
    wanted: Sequence[_Wanted],
    day: tuple[datetime, datetime],
    breaks_count: bool,
) -> list[Interval]:
    begin, end = day
    cuts = {begin, end}
    timed = chain(
        ((s.starts_at, s.ends_at) for s in shifts),
        ((a.starts_at, a.ends_at) for a in absences),
        ((w.starts_at, w.ends_at) for w in wanted),
    )
    cuts.update(chain.from_iterable(timed))
    if not breaks_count:
        cuts |= {at for s in shifts for pause in s.breaks for at in pause}
    inside = sorted(cut.astimezone(UTC) for cut in cuts if begin <= cut <= end)
    found: list[Interval] = []
    for start, stop in pairwise(inside):
        if start == stop:
            continue
        rostered = {s.person for s in shifts if _is_at_post(s, start, breaks_count)}
        away = {a.person for a in absences if a.starts_at <= start < a.ends_at} & rostered
        required = max(
            ((w.rank, w.required) for w in wanted if w.starts_at <= start < w.ends_at), default=(0, 0)
        )[1]
        if not rostered and not required:
            continue
        people, off = tuple(sorted(rostered - away)), tuple(sorted(away))
        last = found[-1] if found else None
        if (
            last is not None
            and last.ends_at == start
            and (last.required, last.people, last.away) == (required, people, off)
        ):
            found[-1] = Interval(
                post, last.starts_at, stop, required, last.rostered, last.expected, people, off
            )
        else:
            found.append(Interval(post, start, stop, required, len(rostered), len(people), people, off))
    return found


def _is_at_post(shift: Presence, at: datetime, breaks_count: bool) -> bool:
    if not shift.starts_at <= at < shift.ends_at:
        return False
    return breaks_count or not any(start <= at < end for start, end in shift.breaks)
