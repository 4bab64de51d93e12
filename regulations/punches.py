"""Punches and absences of one shift: what belongs to it, and which time was owed, worked or spent away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

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
        if any(end < start for start, end in self.breaks):
            raise ValueError("a break must not end before it starts")


@dataclass(frozen=True, slots=True)
class PunchFact:
    """A clock reading; kind "in" or "out"."""

    at: datetime
    kind: str


@dataclass(frozen=True, slots=True)
class LeaveFact:
    """Leave over an interval; only approved leave excuses."""

    starts_at: datetime
    ends_at: datetime
    type: str
    is_approved: bool


@dataclass(frozen=True, slots=True)
class OffPostFact:
    """Time away from the post; an open end lasts until now, at most to the end of the shift."""

    starts_at: datetime
    ends_at: datetime | None
    is_approved: bool


@dataclass(frozen=True, slots=True)
class Readings:
    """The punches of one shift, put in order: who came first, who left last, and what was left aside."""

    first_in_at: datetime | None
    last_out_at: datetime | None
    stays: tuple[Interval, ...]  # between an in and the next out; an open one ends at the horizon
    outside: tuple[PunchFact, ...]  # too far from the shift to belong to it
    is_inside: bool  # the last punch is an in


def owed(shift: ShiftFacts, leave: Iterable[LeaveFact]) -> list[Interval]:
    """The time that is to be worked: the shift without its breaks and without approved leave."""
    excused = [(f.starts_at, f.ends_at) for f in leave if f.is_approved]
    return subtract([(shift.starts_at, shift.ends_at)], [*shift.breaks, *excused])


def read_punches(
    shift: ShiftFacts,
    due: Interval,
    punches: Iterable[PunchFact],
    search: timedelta,
    now: datetime,
) -> Readings:
    """The punches that belong to the shift; `due` is from when to when work was owed.

    A punch more than `search` before the start or after the end belongs to another shift, and so does an
    "in" after the work was over, with all that follows it. The order of the rows and repeated punches make
    no difference.
    """
    earliest, latest = shift.starts_at - search, shift.ends_at + search
    # At one instant the "in" comes first: a double press at the door is a stay of no length.
    ordered = sorted({(whole_seconds(p.at), p.kind) for p in punches if p.at <= now})
    outside = tuple(PunchFact(at, kind) for at, kind in ordered if not earliest <= at <= latest)
    near = [(at, kind) for at, kind in ordered if earliest <= at <= latest]
    next_shift = next((i for i, (at, kind) in enumerate(near) if kind == "in" and at >= due[1]), len(near))
    near = near[:next_shift]
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
    )


def _stays(
    near: Sequence[tuple[datetime, str]], first_in: datetime | None, horizon: datetime
) -> list[Interval]:
    """From an in to the last of the outs that follow it before the next in."""
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
    present: list[Interval] = []
    for start, end in due:
        present += clip(readings.stays, start, end)
    return subtract(present, away)


def away_from_post(
    shift: ShiftFacts, due: Sequence[Interval], off_post: Iterable[OffPostFact], now: datetime
) -> tuple[list[Interval], list[Interval]]:
    """The time away from the post within owed time: all of it, and that which nobody approved."""
    horizon = min(now, shift.ends_at)
    closed = [(f.starts_at, min(f.ends_at or horizon, horizon), f.is_approved) for f in off_post]
    approved = [(a, b) for a, b, is_approved in closed if is_approved]
    unapproved = subtract([(a, b) for a, b, is_approved in closed if not is_approved], approved)

    def in_owed_time(intervals: Sequence[Interval]) -> list[Interval]:
        return merge(i for start, end in due for i in clip(intervals, start, end))

    return in_owed_time([(a, b) for a, b, _ in closed]), unapproved
