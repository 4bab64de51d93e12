"""How many people a post has at each time of a day, against how many it needs (B1.17: the desk is never empty).

Four numbers, each with its own name: required, rostered, expected (the roster with approved overtime, without approved
leave) and present (the expected who came and have not left, and whoever stayed on). A day is cut where one of them
changes. Who is recorded as off the post without anybody standing in is not present. Nobody is counted twice at one time, however often he is rostered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Literal

from regulations.coverage_needs import (
    ANY_POST,
    EVERY_DAY,
    HOLIDAYS,
    MINUTES,
    Need,
    Wanted,
    midnight,
    needs_on,
)

__all__ = [
    "ANY_POST",
    "EVERY_DAY",
    "HOLIDAYS",
    "MINUTES",
    "Absence",
    "Interval",
    "Need",
    "Presence",
    "coverage",
    "gap_minutes",
    "gaps",
    "hours_text",
    "within",
]

Why = Literal["roster", "overtime", "stayed"]
When = Literal["over", "now", "ahead"]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Presence:
    """Somebody at a post [start, end); `breaks` are taken off when they leave the post empty.

    `why` he is there: on the roster, by approved overtime, or he stayed on after it until he clocked out.
    """

    person: int
    post: str
    starts_at: datetime
    ends_at: datetime
    breaks: tuple[tuple[datetime, datetime], ...] = ()
    why: Why = "roster"


@dataclass(frozen=True, slots=True)
class Absence:
    """Time [start, end) for which somebody is not to be counted on: approved leave, or he is not there."""

    person: int
    starts_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch [start, end) of a post in which nothing changes. Counts are of persons.

    `rostered` are on the roster; `expected` are those of them who have no approved leave, and whoever has approved
    overtime; `present` are the expected who are there, and whoever stayed on. Of time that has begun `present` is what
    the clock says; of time ahead it is who is still counted on: not who should be at work now and is not. `when` it lies,
    as seen from the moment of asking.

    The persons: `people` are the present, `away` on leave, `missing` expected and not there, `off_post` there and away
    from the post with nobody standing in; `overtime` are expected and `stayed` present though not on the roster.
    """

    post: str
    starts_at: datetime
    ends_at: datetime
    required: int
    rostered: int
    expected: int
    present: int
    people: tuple[int, ...] = field(default=())
    away: tuple[int, ...] = field(default=())
    missing: tuple[int, ...] = field(default=())
    overtime: tuple[int, ...] = field(default=())
    stayed: tuple[int, ...] = field(default=())
    off_post: tuple[int, ...] = field(default=())
    when: When = "ahead"

    @property
    def gap(self) -> int:
        """How many are short of what is required; 0 when there are enough."""
        return max(0, self.required - self.present)

    @property
    def planned_gap(self) -> int:
        """How many would be short if everybody expected were there: what roster, leave and overtime leave open."""
        return max(0, self.required - self.expected)

    @property
    def is_empty(self) -> bool:
        """Whether somebody should be at the post (it is required, or it was rostered) and nobody is."""
        return not self.present and (self.required > 0 or self.rostered > 0)

    @property
    def everybody(self) -> tuple[int, ...]:
        """Whoever has to do with it: present, on leave, missing, or off the post."""
        return tuple(sorted({*self.people, *self.away, *self.missing, *self.off_post}))

    @property
    def minutes(self) -> int:
        """Its length in whole minutes."""
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def required_minutes(self) -> int:
        """Person-minutes required. Minutes are those of the clock, so that stretches that touch add up exactly."""
        return self.required * self._clock_minutes()

    @property
    def gap_minutes(self) -> int:
        """Person-minutes short, counted as those required."""
        return self.gap * self._clock_minutes()

    def _clock_minutes(self) -> int:
        return int(self.ends_at.timestamp() // 60) - int(self.starts_at.timestamp() // 60)


def coverage(
    shifts: Iterable[Presence],
    absences: Iterable[Absence],
    needs: Iterable[Need],
    day: date,
    zone: tzinfo,
    *,
    missing: Iterable[Absence] = (),
    off_post: Iterable[Absence] = (),
    now: datetime | None = None,
    is_holiday: Callable[[date], bool] = lambda _day: False,
    breaks_count: bool = True,
) -> tuple[Interval, ...]:
    """The local day from midnight to midnight, post by post, cut where a count changes; the times are UTC.

    `absences` are approved leave, `missing` the times at which somebody expected is not there (`regulations.attended`)
    as known at `now`, `off_post` the times at which somebody left the post unheld; without `now` all of it is ahead.

    A row for ANY_POST counts everybody and is given when a need or a shift names no post; the posts follow by name.
    Stretches in which nobody is needed and nobody expected or on leave are left out. With `breaks_count` somebody on a break still
    counts (breaks are taken in turn). `is_holiday` tells which days the needs of public holidays are for.
    """
    begin, end = midnight(day, zone), midnight(day + _DAY, zone)
    on = [s for s in shifts if s.starts_at < end and s.ends_at > begin]
    off = [a for a in absences if a.starts_at < end and a.ends_at > begin]
    gone = [a for a in missing if a.starts_at < end and a.ends_at > begin]
    left = [a for a in off_post if a.starts_at < end and a.ends_at > begin]
    wanted = needs_on(needs, day, zone, is_holiday)
    posts = sorted({s.post for s in on} | {w.post for w in wanted})
    found: list[Interval] = []
    for post in posts:
        at_post = on if post == ANY_POST else [s for s in on if s.post == post]
        of_post = [w for w in wanted if w.post == post]
        found.extend(_of_post(post, at_post, (off, gone, left), of_post, (begin, end), now, breaks_count))
    return tuple(found)


def gaps(intervals: Iterable[Interval]) -> tuple[Interval, ...]:
    """The stretches that are short of people or empty, the emptiest first, then the largest gap, then by time."""
    short = [i for i in intervals if i.gap or i.is_empty]
    return tuple(sorted(short, key=lambda i: (not i.is_empty, -i.gap, i.starts_at, i.post)))


def gap_minutes(intervals: Iterable[Interval]) -> int:
    """Person-minutes short: every person who is short counts for as long as he is."""
    return sum(i.gap_minutes for i in intervals)


def within(intervals: Iterable[Interval], starts_at: datetime, ends_at: datetime) -> tuple[Interval, ...]:
    """The part of the intervals inside [start, end)."""
    return tuple(
        replace(i, starts_at=max(i.starts_at, starts_at), ends_at=min(i.ends_at, ends_at))
        for i in intervals
        if i.starts_at < ends_at and i.ends_at > starts_at
    )


def hours_text(starts_at: datetime, ends_at: datetime, zone: tzinfo) -> str:
    """Local times of day: 18:00–24:00; an end at midnight is written 24:00."""
    end = f"{ends_at.astimezone(zone):%H:%M}"
    return f"{starts_at.astimezone(zone):%H:%M}–{'24:00' if end == '00:00' else end}"


def _of_post(
    post: str,
    shifts: Sequence[Presence],
    absences: tuple[Sequence[Absence], Sequence[Absence], Sequence[Absence]],
    wanted: Sequence[Wanted],
    day: tuple[datetime, datetime],
    now: datetime | None,
    breaks_count: bool,
) -> list[Interval]:
    begin, end = day
    persons = {s.person for s in shifts}
    off, gone, left = ([a for a in those if a.person in persons] for those in absences)
    cuts = {begin, end}
    for timed in (shifts, off, gone, left, wanted):
        cuts.update(at for one in timed for at in (one.starts_at, one.ends_at))
    if not breaks_count:
        cuts |= {at for s in shifts for pause in s.breaks for at in pause}
    inside = sorted(cut.astimezone(UTC) for cut in cuts if begin <= cut <= end)
    found: list[Interval] = []
    for start, stop in pairwise(inside):
        if start == stop:
            continue
        required = max(
            ((w.rank, w.required) for w in wanted if w.starts_at <= start < w.ends_at), default=(0, 0)
        )[1]
        there = [s for s in shifts if _is_at_post(s, start, breaks_count)]
        one = _stretch(
            post, (start, stop), required, there, *(_at(those, start) for those in (off, gone, left))
        )
        if not (one.rostered or one.expected or required):
            continue
        last = found[-1] if found else None
        if last is not None and last.ends_at == start and _is_same(last, one):
            found[-1] = replace(last, ends_at=stop)
        else:
            found.append(one)
    return [replace(one, when=_when(one, now)) for one in found]


def _stretch(
    post: str,
    span: tuple[datetime, datetime],
    required: int,
    there: Iterable[Presence],
    on_leave: set[int],
    gone: set[int],
    left: set[int],
) -> Interval:
    by: dict[str, set[int]] = {"roster": set(), "overtime": set(), "stayed": set()}
    for one in there:
        by[one.why].add(one.person)
    rostered, extra = by["roster"], by["overtime"] - by["roster"]
    away = (rostered | extra) & on_leave
    expected = (rostered | extra) - away
    missing = (expected & gone) - by["stayed"]
    stayed = by["stayed"] - expected
    here = (expected - missing) | stayed
    off_post = here & left
    present = here - off_post
    return Interval(
        post,
        *span,
        required,
        len(rostered),
        len(expected),
        len(present),
        people=tuple(sorted(present)),
        away=tuple(sorted(away)),
        missing=tuple(sorted(missing)),
        overtime=tuple(sorted(extra - away)),
        stayed=tuple(sorted(stayed)),
        off_post=tuple(sorted(off_post)),
    )


def _is_same(one: Interval, other: Interval) -> bool:
    """Whether nothing changes between two stretches that touch."""
    return replace(one, starts_at=other.starts_at, ends_at=other.ends_at) == other


def _when(one: Interval, now: datetime | None) -> When:
    if now is None or one.starts_at > now:
        return "ahead"
    return "over" if one.ends_at <= now else "now"


def _at(absences: Iterable[Absence], at: datetime) -> set[int]:
    return {a.person for a in absences if a.starts_at <= at < a.ends_at}


def _is_at_post(shift: Presence, at: datetime, breaks_count: bool) -> bool:
    if not shift.starts_at <= at < shift.ends_at:
        return False
    return breaks_count or not any(start <= at < end for start, end in shift.breaks)
