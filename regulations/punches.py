"""Punches and absences of one shift: what belongs to it, and which time was owed, worked or spent away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from regulations.intervals import Interval, clip, merge, subtract
from regulations.worktime import whole_seconds


@dataclass(frozen=True, slots=True)
class ShiftFacts:
    """A rostered shift. Raises ValueError when it does not end after it starts or a break runs backwards."""

    starts_at: datetime
    ends_at: datetime
    breaks: tuple[Interval, ...] = ()

    def __post_init__(self) -> None:
        if self.ends_at <= self.starts_at:
            raise ValueError("a shift must end after it starts")
        if self.breaks and any(end < start for start, end in self.breaks):
            raise ValueError("a break must not end before it starts")


@dataclass(frozen=True, slots=True)
class PunchFact:
    """A clock reading; kind "in" or "out"."""

    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class LeaveFact:
    """Leave over an interval; only approved leave excuses.

    `is_approved` None: asked for and not decided yet. `filed_at`: when it was asked for, or told by telephone (A2.55); None
    where that is not known, which counts as before the shift.
    """

    starts_at: datetime
    ends_at: datetime
    type: str
    is_approved: bool | None
    filed_at: datetime | None = None

    @property
    def is_undecided(self) -> bool:
        """Whether nobody has decided on it yet."""
        return self.is_approved is None


@dataclass(frozen=True, slots=True)
class OffPostFact:
    """Time away from the post; an open end lasts until now, at most to the end of the shift.

    `kind` is a code of names.NAMES["off_post_kind"]; `is_relieved`: somebody stood in at the post.
    """

    starts_at: datetime
    ends_at: datetime | None
    is_approved: bool
    kind: str = "off_post"
    is_relieved: bool = False


class Readings(NamedTuple):
    """The punches of one shift, put in order: who came first, who left last, and what was left aside."""

    first_in_at: datetime | None
    last_out_at: datetime | None
    stays: tuple[Interval, ...]  # between an in and the next out; an open one ends at the horizon
    outside: tuple[PunchFact, ...]  # too far from the shift to belong to it
    is_inside: bool  # the last punch is an in
    doubled: int  # readings that repeat another within seconds
    later: tuple[Interval, ...]  # stays that began when the work was over


def owed(shift: ShiftFacts, leave: Sequence[LeaveFact]) -> list[Interval]:
    """The time that is to be worked: the shift without its breaks and without approved leave."""
    excused = [(f.starts_at, f.ends_at) for f in leave if f.is_approved] if leave else []
    if not excused and not shift.breaks:
        return [(shift.starts_at, shift.ends_at)]
    return subtract([(shift.starts_at, shift.ends_at)], [*shift.breaks, *excused])


def waits_for_leave(shift: ShiftFacts, leave: Sequence[LeaveFact]) -> bool:
    """Whether leave that is not decided yet would, once approved, leave nothing of the shift to be worked."""
    waiting = [f for f in leave if f.is_undecided]
    if not waiting:
        return False
    excused = [(f.starts_at, f.ends_at) for f in leave if f.is_approved or f.is_undecided]
    return not subtract([(shift.starts_at, shift.ends_at)], [*shift.breaks, *excused])


def gaps(readings: Readings, due: Sequence[Interval], away: Sequence[Interval]) -> list[Interval]:
    """The owed time between an out and the next in, without the time off the post that was recorded."""
    if len(readings.stays) < 2:
        return []
    between = [(left, back) for (_, left), (back, _) in pairwise(readings.stays)]
    missing = [part for start, end in due for part in clip(between, start, end)]
    return subtract(missing, away) if away else missing


def belongs_to(at: datetime, kind: str, shifts: Sequence[Interval], reach: timedelta) -> int | None:
    """Which of a person's shifts a reading belongs to; None when all are further than `reach`.

    A reading within a shift belongs to it: who comes two hours late has come to that one, however near the next. Where
    another shift adjoins or overlaps on that side, and for readings outside any, it is the nearest: an in by the start,
    an out by the end. `shifts` are in order of their start.
    """
    nearest = within = None
    least = timedelta.max
    for index, (starts_at, ends_at) in enumerate(shifts):
        if starts_at < at < ends_at:
            within = index
        elif not starts_at - reach <= at <= ends_at + reach:
            continue
        far = abs(at - (starts_at if kind == "in" else ends_at))
        if far < least:
            nearest, least = index, far
    if within is None or within == nearest:
        return nearest
    start, end = shifts[within]
    if kind == "in":
        adjoins = any(at < starts_at <= end for starts_at, _ in shifts)
    else:
        adjoins = any(start <= ends_at < at for _, ends_at in shifts)
    return nearest if adjoins else within


def read_punches(
    shift: ShiftFacts,
    due: Interval,
    punches: Iterable[PunchFact],
    search: timedelta,
    double: timedelta | None,
    now: datetime,
) -> Readings:
    """The punches that belong to the shift; `due` is from when to when work was owed.

    A punch more than `search` before the start or after the end belongs to another shift, and so does an
    "in" after the work was over, with all that follows it. Readings that lie up to `double` apart are one. The
    order of the rows and repeated punches make no difference.
    """
    earliest, latest = shift.starts_at - search, shift.ends_at + search
    # At one instant the "in" comes first: a double press at the door is a stay of no length.
    ordered = sorted({(whole_seconds(p.at), p.kind) for p in punches if p.at <= now})
    outside = tuple(PunchFact(at, kind) for at, kind in ordered if not earliest <= at <= latest)
    near = [reading for reading in ordered if earliest <= reading[0] <= latest] if outside else ordered
    near, doubled = _without_doubles(near, due, double)
    next_shift = next((i for i, (at, kind) in enumerate(near) if kind == "in" and at >= due[1]), len(near))
    near, later = near[:next_shift], near[next_shift:]
    ins = [at for at, kind in near if kind == "in"]
    first_in = ins[0] if ins else None
    # An "out" before anybody came in ends the shift before this one, unless nobody ever came in.
    outs = [at for at, kind in near if kind == "out" and (first_in is None or at >= first_in)]
    outs = [at for at in outs if first_in is not None or at > due[0]]
    is_inside = bool(ins) and (not outs or ins[-1] > outs[-1])
    return Readings(
        first_in_at=first_in,
        last_out_at=None if is_inside or not outs else outs[-1],
        stays=tuple(_stays(near, first_in, min(now, shift.ends_at))),
        outside=outside,
        is_inside=is_inside,
        doubled=doubled,
        later=tuple(_stays(later, later[0][0], later[0][0])) if later else (),
    )


def _without_doubles(
    near: list[tuple[datetime, str]], due: Interval, double: timedelta | None
) -> tuple[list[tuple[datetime, str]], int]:
    """The readings with those that lie up to `double` after the first of them taken as one, and how many fell away.

    Of the same kind the first coming and the last leaving count. Where both kinds were pressed, whoever was inside
    leaves, unless he came back in that moment; whoever was outside comes, or, if he never came, leaves when the end is
    nearer than the start.
    """
    if double is None or all(b[0] - a[0] > double for a, b in pairwise(near)):
        return near, 0
    kept: list[tuple[datetime, str]] = []
    is_inside = has_come = False
    first = 0
    while first < len(near):
        after = first + 1
        while after < len(near) and near[after][0] - near[first][0] <= double:
            after += 1
        found = _as_one(near[first:after], due, is_inside, has_come)
        if found is not None:
            kept.append(found)
            is_inside = found[1] == "in"
            has_come = has_come or is_inside
        first = after
    return kept, len(near) - len(kept)


def _as_one(
    group: Sequence[tuple[datetime, str]], due: Interval, is_inside: bool, has_come: bool
) -> tuple[datetime, str] | None:
    ins = [reading for reading in group if reading[1] == "in"]
    outs = [reading for reading in group if reading[1] == "out"]
    if not ins or not outs:
        return ins[0] if ins else outs[-1]
    if is_inside:
        is_blip = group[-1][1] == "in" and group[-1][0] < due[1]
        return None if is_blip else outs[-1]
    is_leaving = not has_come and due[1] - group[0][0] < group[0][0] - due[0]
    return outs[-1] if is_leaving else ins[0]


def _stays(
    near: Sequence[tuple[datetime, str]], first_in: datetime | None, horizon: datetime
) -> list[Interval]:
    """From an in to the last of the outs that follow it before the next in."""
    if len(near) == 2 and near[0][1] == "in" and near[1][1] == "out":
        return [(near[0][0], near[1][0])] if near[0][0] < near[1][0] else []
    stays: list[Interval] = []
    since: datetime | None = None
    left: datetime | None = None
    for at, kind in near:
        if first_in is None or at < first_in:
            continue
        if kind == "in":
            if since is not None and left is not None:
                stays.append((since, left))
                since = left = None
            since = since or at
        else:
            left = at
    if since is not None:
        stays.append((since, left or horizon))
    return merge(stays)


def worked(readings: Readings, due: Sequence[Interval], away: Sequence[Interval]) -> list[Interval]:
    """The owed time at which the person was there, without the time away from the post."""
    if len(readings.stays) == 1 and not away:  # the day like any other
        a, b = readings.stays[0]
        return [(max(a, start), min(b, end)) for start, end in due if a < end and start < b]
    present: list[Interval] = []
    for start, end in due:
        present += clip(readings.stays, start, end)
    return subtract(present, away) if away else present


def away_from_post(
    shift: ShiftFacts, due: Sequence[Interval], off_post: Iterable[OffPostFact], now: datetime
) -> list[Interval]:
    """The time away from the post within owed time, whatever for and approved or not."""
    horizon = min(now, shift.ends_at)
    closed = [(f.starts_at, min(f.ends_at or horizon, horizon)) for f in off_post]
    return merge(i for start, end in due for i in clip(closed, start, end)) if closed else []
